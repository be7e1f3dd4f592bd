"""The rules that need no store."""

import json
import random
import secrets as system
import string
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ServiceError
from integrations.secretsmanager.cron import CronError, parse_cron
from integrations.secretsmanager.filters import Attributes, matches
from integrations.secretsmanager.names import in_region, read_arn
from integrations.secretsmanager.passwords import random_password
from integrations.secretsmanager.policy_rules import allows, is_public, read_policy
from integrations.secretsmanager.schedule import check_rules, days_between, next_window
from integrations.secretsmanager.staging import CURRENT, PREVIOUS, attach, is_rotating, move
from integrations.secretsmanager.structures import check_structure
from integrations.secretsmanager.texts import check_texts

# ---- cron ----


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def after(expression: str, start: str, number: int = 1) -> list[str]:
    times = parse_cron(expression).times(ms(start))
    return [datetime.fromtimestamp(next(times) / 1000, UTC).strftime("%Y-%m-%d %H") for _ in range(number)]


DUE: list[tuple[str, str, list[str]]] = [
    ("0 8/8 * * ? *", "2026-11-22T09:00", ["2026-11-22 16", "2026-11-23 08", "2026-11-23 16"]),
    ("0 4/12 * * ? *", "2026-11-22T04:00", ["2026-11-22 16", "2026-11-23 04", "2026-11-23 16"]),
    ("0 8 1/7 * ? *", "2026-11-22T09:00", ["2026-11-29 08", "2026-12-01 08", "2026-12-08 08"]),
    ("0 0 ? * SUN#1 *", "2026-11-22T00:00", ["2026-12-06 00", "2027-01-03 00"]),
    ("0 16 L * ? *", "2027-02-01T00:00", ["2027-02-28 16", "2027-03-31 16"]),
    ("0 16 L * ? *", "2028-02-01T00:00", ["2028-02-29 16"]),
    ("0 18 ? * MON-FRI *", "2026-11-20T18:00", ["2026-11-23 18", "2026-11-24 18"]),
    ("0 0 1,15 * ? *", "2026-11-22T00:00", ["2026-12-01 00", "2026-12-15 00"]),
    ("0 10 ? * 6L *", "2026-11-22T00:00", ["2026-11-27 10", "2026-12-25 10"]),
    ("0 1 ? JAN,JUL 2 *", "2026-11-22T00:00", ["2027-01-04 01"]),
    ("0 0 29 2 ? *", "2026-11-22T00:00", ["2028-02-29 00"]),
    ("0 0 29 FEB ? *", "2096-03-01T00:00", ["2104-02-29 00"]),  # 2100 is no leap year
    ("0 0 1 3/3 ? *", "2026-11-22T00:00", ["2026-12-01 00", "2027-03-01 00"]),
    ("0 * ? * L *", "2026-11-22T00:00", ["2026-11-28 00", "2026-11-28 01"]),
]


@pytest.mark.parametrize(("expression", "start", "expected"), DUE)
def test_when_cron_is_due(expression: str, start: str, expected: list[str]) -> None:
    assert after(expression, start, len(expected)) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "", "0 0 * * ?", "5 0 * * ? *", "0 0 * * * *", "0 0 ? * ? *", "0 24 * * ? *", "0 0 0 * ? *", "0 0 32 * ? *",
        "0 0 1 13 ? *", "0 0 ? * 8 *", "0 0 ? * FOO *", "0 0 * * ? 2026", "0 0 ? * SUN#6 *", "0 5-2 * * ? *",
        "0 */0 * * ? *", "0 0 *-3 * ? *", "0 0 1W * ? *", "0 0 1,, * ? *",
    ],
)  # fmt: skip
def test_what_is_no_cron_expression(expression: str) -> None:
    with pytest.raises(CronError):
        parse_cron(expression)


@given(
    hours=st.sets(st.integers(0, 23), min_size=1),
    days=st.sets(st.integers(1, 31), min_size=1),
    months=st.sets(st.integers(1, 12), min_size=1),
    start=st.integers(1_600_000_000, 1_900_000_000),
)
def test_cron_agrees_with_looking_at_every_hour(hours: set[int], days: set[int], months: set[int], start: int) -> None:
    cron = parse_cron(f"0 {_list(hours)} {_list(days)} {_list(months)} ? *")
    found = cron.after(start * 1000)
    hour = start // 3600 + 1
    for _ in range(24 * 366 * 2):
        time = datetime.fromtimestamp(hour * 3600, UTC)
        if time.hour in hours and time.day in days and time.month in months:
            assert found == hour * 3_600_000
            return
        hour += 1
    assert found is None or found > hour * 3_600_000 - 24 * 366 * 2 * 3_600_000


def _list(numbers: set[int]) -> str:
    return ",".join(map(str, sorted(numbers)))


# ---- schedules ----

WINDOWS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"AutomaticallyAfterDays": 10}, "2026-11-01T10:30", "2026-11-11T00:00:00", "2026-11-11T23:59:59"),
    ({"ScheduleExpression": "rate(1 day)"}, "2026-11-01T10:30", "2026-11-02T00:00:00", "2026-11-02T23:59:59"),
    ({"ScheduleExpression": "rate(10 hours)"}, "2026-11-01T10:30", "2026-11-01T20:00:00", "2026-11-01T21:00:00"),
    (
        {"ScheduleExpression": "rate(10 days)", "Duration": "3h"},
        "2026-11-01T10:30",
        "2026-11-11T00:00:00",
        "2026-11-11T03:00:00",
    ),
    (
        {"ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "2h"},
        "2026-11-01T08:00",
        "2026-12-01T08:00:00",
        "2026-12-01T10:00:00",
    ),
    ({"ScheduleExpression": "cron(0 8 1 * ? *)"}, "2026-11-01T09:00", "2026-12-01T08:00:00", "2026-12-01T23:59:59"),
    ({"ScheduleExpression": "cron(0 8/8 * * ? *)"}, "2026-11-01T09:00", "2026-11-01T16:00:00", "2026-11-01T17:00:00"),
]


@pytest.mark.parametrize(("rules", "now", "opens", "closes"), WINDOWS)
def test_the_next_window(rules: dict[str, Any], now: str, opens: str, closes: str) -> None:
    schedule = check_rules(rules)
    assert schedule is not None
    window = next_window(schedule, ms(now), ms("2026-11-01T10:00"))
    assert (window.start_ms, window.end_ms) == (ms(opens), ms(closes))


def test_hours_are_counted_on_over_midnight() -> None:
    schedule = check_rules({"ScheduleExpression": "rate(10 hours)"})
    assert schedule is not None
    now, starts = ms("2026-11-01T10:30"), []
    for _ in range(4):
        now = next_window(schedule, now, ms("2026-11-01T10:00")).start_ms
        starts.append(now)
    assert starts == [ms(f"2026-11-{day}") for day in ("01T20:00", "02T06:00", "02T16:00", "03T02:00")]


BAD_RULES: list[tuple[dict[str, Any], str]] = [
    (
        {"AutomaticallyAfterDays": 1, "ScheduleExpression": "rate(1 day)"},
        "You cannot specify both rotation frequency and schedule expression together.",
    ),  # terraform-provider-aws#33329
    ({"ScheduleExpression": "rate(3 hours)"}, "4 hours at least"),
    ({"ScheduleExpression": "rate(1000 days)"}, "999 days at most"),
    ({"ScheduleExpression": "rate(0 days)"}, "must be rate"),
    ({"ScheduleExpression": "every day"}, "must be rate"),
    ({"ScheduleExpression": "cron(0 0 31 2 ? *)"}, "never due"),
    ({"ScheduleExpression": "cron(0 * * * ? *)"}, "4 hours apart"),
    ({"ScheduleExpression": "cron(0 1,3 * * ? *)"}, "4 hours apart"),
    ({"ScheduleExpression": "cron(1 0 * * ? *)"}, "minutes must be 0"),
    ({"ScheduleExpression": "rate(4 hours)", "Duration": "5h"}, "must not extend"),
    ({"ScheduleExpression": "rate(4 days)", "Duration": "25h"}, "must not extend"),
    ({"ScheduleExpression": "cron(0 20 * * ? *)", "Duration": "5h"}, "must not extend"),
    ({"ScheduleExpression": "rate(4 days)", "Duration": "0h"}, "an hour long at least"),
    ({"Duration": "3h"}, "without a rotation schedule"),
]


@pytest.mark.parametrize(("rules", "text"), BAD_RULES)
def test_rules_that_are_refused(rules: dict[str, Any], text: str) -> None:
    with pytest.raises(ServiceError, match=text) as refused:
        check_rules(rules)
    assert refused.value.code == "InvalidParameterException"


@pytest.mark.parametrize(
    ("expression", "days"),
    [("rate(10 days)", 10), ("rate(36 hours)", 2), ("rate(4 hours)", 1), ("cron(0 8 1 * ? *)", 31)],
)
def test_days_between_rotations(expression: str, days: int) -> None:
    schedule = check_rules({"ScheduleExpression": expression})
    assert schedule is not None and days_between(schedule, ms("2026-11-15T00:00")) == days


# ---- labels ----


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([CURRENT, PREVIOUS, "AWSPENDING", "mine"]))))
def test_labels_after_any_attaching(changes: list[tuple[str, str]]) -> None:
    labels: dict[str, str] = {}
    for version, label in changes:
        before = dict(labels)
        labels = attach(labels, version, [label])
        assert labels[label] == version
        if label == CURRENT and before.get(CURRENT, version) != version:
            assert labels[PREVIOUS] == before[CURRENT]
        else:
            assert {**labels, label: None} == {**before, label: None}


def test_going_back_to_the_previous_version() -> None:
    labels = attach(attach({}, "a", [CURRENT]), "b", [CURRENT])
    assert labels == {CURRENT: "b", PREVIOUS: "a"}
    assert move(labels, CURRENT, "b", "a", "arn") == {CURRENT: "a", PREVIOUS: "b"}


def test_when_a_rotation_is_under_way() -> None:
    assert not is_rotating({CURRENT: "a"})
    assert not is_rotating({CURRENT: "a", "AWSPENDING": "a"})
    assert is_rotating({CURRENT: "a", "AWSPENDING": "b"})
    assert is_rotating({"AWSPENDING": "b"})


# ---- passwords ----

KINDS = (string.ascii_lowercase, string.ascii_uppercase, string.digits, string.punctuation)
MEMBERS = ("ExcludeLowercase", "ExcludeUppercase", "ExcludeNumbers", "ExcludePunctuation")


class Seeded(system.SystemRandom):
    """Its randomness, from a seed."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)

    def random(self) -> float:
        return self._source.random()

    def getrandbits(self, k: int) -> int:
        return self._source.getrandbits(k)


@given(
    length=st.integers(4, 60),
    excluded=st.sets(st.integers(0, 3), max_size=3),
    characters=st.text(string.ascii_letters[:40] + "!#"),
    space=st.booleans(),
    each=st.booleans(),
    seed=st.integers(0, 1 << 30),
)
def test_passwords_hold_what_was_asked_for(
    length: int, excluded: set[int], characters: str, space: bool, each: bool, seed: int
) -> None:
    request: dict[str, Any] = {MEMBERS[kind]: True for kind in excluded}
    request |= {"PasswordLength": length, "ExcludeCharacters": characters, "IncludeSpace": space}
    request["RequireEachIncludedType"] = each
    allowed = ["".join(set(chars) - set(characters)) for kind, chars in enumerate(KINDS) if kind not in excluded]
    if not "".join(allowed) and not space:
        return
    password = random_password(request, Seeded(seed))
    assert len(password) == length
    assert set(password) <= set("".join(allowed) + (" " if space else ""))
    assert not each or all(set(password) & set(chars) for chars in allowed if chars)


def test_passwords_that_cannot_be_made() -> None:
    for request, text in (
        ({"PasswordLength": 3}, "too short"),
        (dict.fromkeys(MEMBERS, True), "Every character is excluded"),
    ):
        with pytest.raises(ServiceError, match=text):
            random_password(request, system.SystemRandom())
    assert (
        random_password(
            {"PasswordLength": 2, **dict.fromkeys(MEMBERS, True), "IncludeSpace": True}, system.SystemRandom()
        )
        == "  "
    )


# ---- filters ----

FOUND = Attributes("prod/db-Main", "The Main database", [("Team", "Orders"), ("env", "prod")], "us-east-1")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("name", "prod/", True), ("name", "Prod/", False), ("name", "db", False), ("name", "!prod", False),
        ("name", "!test", True), ("description", "the m", True), ("description", "main", False),
        ("tag-key", "Te", True), ("tag-key", "te", False), ("tag-value", "Ord", True), ("tag-value", "!Ord", False),
        ("primary-region", "us-", True), ("primary-region", "eu-", False), ("owning-service", "rds", False),
        ("owning-service", "!rds", True), ("all", "main orders", True), ("all", "MAIN", True), ("all", "other", False),
        ("all", "main other", False), ("all", "!other", True), ("all", "us-east-1", True), ("all", "-", False),
    ],
)  # fmt: skip
def test_what_a_filter_lets_through(key: str, value: str, expected: bool) -> None:
    assert matches([{"Key": key, "Values": [value]}], FOUND) is expected


def test_filters_together() -> None:
    one, other = {"Key": "name", "Values": ["x", "prod"]}, {"Key": "tag-key", "Values": ["none"]}
    assert matches([], FOUND) and matches([one], FOUND) and not matches([one, other], FOUND)


# ---- policies ----

ARN = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a-AbCdEf"
OTHER = "111111111111"


def policy(**statement: Any) -> str:
    full = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:GetSecretValue", "Resource": "*"} | statement
    return json.dumps({"Version": "2012-10-17", "Statement": [full]})


@pytest.mark.parametrize(
    ("statement", "public"),
    [
        ({}, True),
        ({"Principal": {"AWS": "*"}}, True),
        ({"Principal": {"AWS": ["arn:aws:iam::111111111111:root", "*"]}}, True),
        ({"Principal": {"AWS": "111111111111"}}, False),
        ({"Principal": {"Service": "lambda.amazonaws.com"}}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, False),
        ({"Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}, True),
        ({"Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}}, True),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, True),
    ],
)
def test_what_gives_broad_access(statement: dict[str, Any], public: bool) -> None:
    [found] = read_policy(policy(**statement))
    assert is_public(found) is public


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ({}, True),
        ({"Principal": {"AWS": OTHER}}, True),
        ({"Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"}}, True),
        ({"Principal": {"AWS": f"arn:aws:iam::{OTHER}:user/one"}}, False),
        ({"Principal": {"AWS": "222222222222"}}, False),
        ({"Principal": {"Service": "*"}}, False),
        ({"Action": "secretsmanager:*"}, True),
        ({"Action": "secretsmanager:get*"}, True),
        ({"Action": "secretsmanager:DescribeSecret"}, False),
        ({"Action": "*", "Resource": ARN}, True),
        ({"Resource": ARN + "x"}, False),
        ({"Effect": "Deny"}, False),
        ({"Condition": {"Bool": {"aws:SecureTransport": "true"}}}, False),
    ],
)
def test_whom_of_another_account_a_policy_lets_in(statement: dict[str, Any], allowed: bool) -> None:
    assert allows(policy(**statement), OTHER, "GetSecretValue", ARN) is allowed


# ---- the rest ----


@pytest.mark.parametrize("content", ["hunter2 \ud800", ["a", "\udfff"], [{"Key": "k", "Value": "\ud800"}]])
def test_half_a_character_is_refused(content: Any) -> None:
    """No door lets one in today; an expression might make one."""
    with pytest.raises(ServiceError, match="The SecretString is not valid Unicode text") as refused:
        check_texts({"SecretString": content})
    assert "hunter2" not in str(refused.value)
    check_texts({"SecretString": "a\0ü", "Description": "ü😀", "PasswordLength": 3, "SecretBinary": b"\0"})


def test_arns() -> None:
    found = read_arn(ARN)
    assert found is not None and (found.region, found.account, found.name) == ("us-east-1", "000000000000", "a-AbCdEf")
    assert in_region(ARN, "eu-west-1") == ARN.replace("us-east-1", "eu-west-1")
    for text in (
        "a",
        "arn:aws:sqs:us-east-1:0:secret:a",
        ARN.replace("secret:", "other:"),
        "arn:aws:secretsmanager:::",
    ):
        assert read_arn(text) is None


RDS = {"engine": "mysql", "host": "h", "username": "u", "password": "hunter2"}
STRUCTURES: list[tuple[str, Any, str | None]] = [
    ("RDS", RDS, None),
    ("RDS", RDS | {"port": 3306, "dbname": "d", "extra": 1}, None),
    ("RDS", RDS | {"port": "3306"}, None),
    ("RDS", RDS | {"port": 0}, "port"),
    ("RDS", RDS | {"port": True}, "port"),
    ("RDS", RDS | {"engine": "mongo"}, "engine"),
    ("RDS", {"engine": "mysql"}, "host, username, password"),
    ("RDS", RDS | {"masterarn": "x"}, "masterarn"),
    ("RDS", [], "must be a JSON object"),
    ("DocumentDB", RDS | {"engine": "mongo", "ssl": True}, None),
    ("DocumentDB", RDS | {"engine": "mongo", "ssl": "maybe"}, "ssl"),
    ("Redshift", RDS | {"engine": "redshift", "dbClusterIdentifier": "c"}, None),
    ("Redshift", RDS, "engine"),
]


@pytest.mark.parametrize(("secret_type", "value", "wrong"), STRUCTURES)
def test_structures_of_credentials(secret_type: str, value: Any, wrong: str | None) -> None:
    data = json.dumps(value).encode()
    if wrong is None:
        check_structure(secret_type, "string", data)
        return
    with pytest.raises(ServiceError, match=wrong) as refused:
        check_structure(secret_type, "string", data)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("data", [b"hunter2", b"\xff", b"{"])
def test_what_is_no_json_is_not_repeated(data: bytes) -> None:
    for kind in ("string", "binary"):
        with pytest.raises(ServiceError, match="must be a JSON object") as refused:
            check_structure("RDS", kind, data)
        assert "hunter2" not in str(refused.value)
