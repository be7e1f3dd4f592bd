"""Rotation: the function's four steps, its schedule, its failures."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import limits
from tests.integrations.secretsmanager.conftest import Served, refused

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:rotate"
STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
DAY = 86_400


@pytest.fixture(autouse=True)
def fresh(served: Served) -> Iterator[None]:
    yield
    served.rotator.failures.clear()
    served.rotator.lazy = served.rotator.with_token = False


@pytest.fixture
def arn(sm: Any, secret: str) -> Iterator[str]:
    """Of a new secret with the value "first", which no later test's clock rotates."""
    yield str(sm.describe_secret(SecretId=secret)["ARN"])
    sm.delete_secret(SecretId=secret, ForceDeleteWithoutRecovery=True)


def labels(sm: Any, secret: str) -> dict[str, str]:
    shown = sm.describe_secret(SecretId=secret).get("VersionIdsToStages", {})
    return {label: version for version, found in shown.items() for label in found}


def value(sm: Any, secret: str, **which: str) -> str:
    return str(sm.get_secret_value(SecretId=secret, **which)["SecretString"])


@pytest.mark.parametrize("with_token", [False, True])
def test_a_rotation_calls_the_function_four_times(sm: Any, arn: str, served: Served, with_token: bool) -> None:
    served.rotator.with_token = with_token
    old = labels(sm, arn)["AWSCURRENT"]
    begun = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)
    served.clock()
    token = begun["VersionId"]
    assert served.rotator.steps(arn) == STEPS
    events = served.rotator.of(arn)
    assert {event["ClientRequestToken"] for event in events} == {token}
    assert len({event["RotationToken"] for event in events}) == 1 and len(events[0]["RotationToken"]) == 36
    assert value(sm, arn) == f"new {token}" and value(sm, arn, VersionStage="AWSPREVIOUS") == "first"
    assert labels(sm, arn) == {"AWSCURRENT": token, "AWSPREVIOUS": old}
    shown = sm.describe_secret(SecretId=arn)
    assert (shown["RotationEnabled"], shown["RotationLambdaARN"]) == (True, FUNCTION)
    assert abs(shown["LastRotatedDate"].timestamp() - served.clock()) < 1
    assert "NextRotationDate" not in shown and "RotationRules" not in shown
    again = sm.rotate_secret(SecretId=arn)["VersionId"]
    served.clock()
    assert again != token and value(sm, arn) == f"new {again}"


def test_the_announced_version_has_no_value(sm: Any, arn: str, served: Served) -> None:
    served.rotator.failures["createSecret"] = 99
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)["VersionId"]
    served.clock()
    assert labels(sm, arn)["AWSPENDING"] == token
    assert refused(sm.get_secret_value, SecretId=arn, VersionStage="AWSPENDING") == (
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    )
    assert refused(sm.get_secret_value, SecretId=arn, VersionId=token)[0] == "ResourceNotFoundException"
    listed = sm.list_secret_version_ids(SecretId=arn, IncludeDeprecated=True)["Versions"]
    assert token not in {version["VersionId"] for version in listed}
    move = {"VersionStage": "AWSCURRENT", "RemoveFromVersionId": labels(sm, arn)["AWSCURRENT"]}
    code, text = refused(sm.update_secret_version_stage, SecretId=arn, MoveToVersionId=token, **move)
    assert code == "InvalidParameterException" and "has no value yet" in text


def test_a_failed_rotation_begins_again(sm: Any, arn: str, served: Served) -> None:
    served.rotator.failures = {"setSecret": 1, "finishSecret": 1}
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)["VersionId"]
    served.clock()
    assert served.rotator.steps(arn) == STEPS[:2] and value(sm, arn) == "first"
    assert refused(sm.rotate_secret, SecretId=arn) == (
        "InvalidRequestException",
        "A previous rotation isn't complete. That rotation will be reattempted.",
    )
    repeated = sm.rotate_secret(SecretId=arn, ClientRequestToken=token)["VersionId"]
    assert repeated == token, "the same request again"
    served.clock(advanceSeconds=600)
    assert served.rotator.steps(arn) == STEPS[:2] + STEPS + STEPS
    assert value(sm, arn) == f"new {token}"


def test_a_rotation_that_fails_too_often_is_given_up(sm: Any, arn: str, served: Served, caplog: Any) -> None:
    served.rotator.failures["createSecret"] = 99
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 3})[
        "VersionId"
    ]
    served.clock(advanceSeconds=DAY)
    assert served.rotator.steps(arn) == ["createSecret"] * 5
    assert labels(sm, arn)["AWSPENDING"] == token and value(sm, arn) == "first"
    assert "is given up after 5 attempts" in caplog.text and "Lambda.Unknown" not in caplog.text
    assert "hunter2" not in caplog.text, "what the function said is not repeated"
    assert refused(sm.rotate_secret, SecretId=arn)[0] == "InvalidRequestException"
    served.rotator.failures.clear()
    served.days(3)
    assert value(sm, arn) == f"new {token}", "attempted again in its next window, with its version"


def test_a_rotation_that_was_given_up_can_be_begun_again_by_its_token(sm: Any, arn: str, served: Served) -> None:
    served.rotator.failures["createSecret"] = 5
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)["VersionId"]
    served.clock(advanceSeconds=DAY)
    assert sm.rotate_secret(SecretId=arn, ClientRequestToken=token)["VersionId"] == token
    served.clock()
    assert value(sm, arn) == f"new {token}"


def test_a_function_that_does_not_finish(sm: Any, arn: str, served: Served) -> None:
    served.rotator.lazy = True
    sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)
    served.clock()
    assert served.rotator.steps(arn) == STEPS and value(sm, arn) == "first"
    assert "LastRotatedDate" not in sm.describe_secret(SecretId=arn)
    served.rotator.lazy = False
    served.clock(advanceSeconds=60)
    assert value(sm, arn).startswith("new")


def test_rotate_immediately_false_only_tests(sm: Any, arn: str, served: Served) -> None:
    rules = {"AutomaticallyAfterDays": 3}
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False)[
        "VersionId"
    ]
    served.clock()
    assert served.rotator.steps(arn) == ["testSecret"]
    assert served.rotator.of(arn)[0]["ClientRequestToken"] == token
    assert "AWSPENDING" not in labels(sm, arn) and value(sm, arn) == "first"
    assert refused(sm.get_secret_value, SecretId=arn, VersionId=token)[0] == "ResourceNotFoundException"
    assert "LastRotatedDate" not in sm.describe_secret(SecretId=arn)
    served.days(3.1)
    assert served.rotator.steps(arn) == ["testSecret", *STEPS], "then by its schedule"


def test_a_rotation_under_way_is_cancelled(sm: Any, arn: str, served: Served) -> None:
    served.rotator.failures["setSecret"] = 1
    token = sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)["VersionId"]
    served.clock()
    assert sm.cancel_rotate_secret(SecretId=arn)["VersionId"] == token
    served.clock(advanceSeconds=DAY)
    assert served.rotator.steps(arn) == STEPS[:2]
    shown = sm.describe_secret(SecretId=arn)
    assert shown["RotationEnabled"] is False and labels(sm, arn)["AWSPENDING"] == token
    assert refused(sm.rotate_secret, SecretId=arn)[0] == "InvalidRequestException"
    sm.update_secret_version_stage(SecretId=arn, VersionStage="AWSPENDING", RemoveFromVersionId=token)
    sm.rotate_secret(SecretId=arn)
    served.clock()
    assert value(sm, arn).startswith("new")


def test_cancelling_what_never_rotated(sm: Any, secret: str) -> None:
    assert "VersionId" not in sm.cancel_rotate_secret(SecretId=secret)
    assert "RotationEnabled" not in sm.describe_secret(SecretId=secret)


def test_slow_functions_leave_room_for_others(
    sm: Any, arn: str, name: str, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SECRET_ROTATIONS_AT_ONCE", 1)
    other = sm.create_secret(Name=f"{name}/other", SecretString="first")["ARN"]
    begun, go_on = threading.Event(), threading.Event()

    def hold(event: dict[str, Any]) -> None:
        if event["SecretId"] == arn:
            begun.set()
            assert go_on.wait(20)

    monkeypatch.setattr(served.rotator, "before", hold)
    sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION)
    assert begun.wait(20)
    token = sm.rotate_secret(SecretId=other, RotationLambdaARN=FUNCTION)["VersionId"]
    assert labels(sm, other)["AWSPENDING"] == token, "it is announced, and waits"
    go_on.set()
    served.clock()
    assert served.rotator.steps(arn) == STEPS and served.rotator.steps(other) == []
    served.clock(advanceSeconds=10)
    assert served.rotator.steps(other) == STEPS and value(sm, other) == f"new {token}"
    sm.delete_secret(SecretId=other, ForceDeleteWithoutRecovery=True)


def midnight(seconds: float) -> float:
    return seconds // DAY * DAY


def test_a_schedule_in_days(sm: Any, arn: str, served: Served) -> None:
    now = served.clock()
    sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 2})
    served.clock()
    shown = sm.describe_secret(SecretId=arn)
    assert shown["RotationRules"] == {"AutomaticallyAfterDays": 2}
    assert shown["NextRotationDate"].timestamp() == midnight(now) + 3 * DAY - 1
    served.days(8)
    assert served.rotator.steps(arn) == STEPS * 5, "at once, then at the midnights of days 2, 4, 6 and 8"
    rotated = sm.describe_secret(SecretId=arn)["LastRotatedDate"].timestamp()
    assert rotated == midnight(now) + 8 * DAY


def test_a_change_by_hand_counts_as_a_rotation(sm: Any, arn: str, served: Served) -> None:
    now = served.clock()
    sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 4})
    served.days(2)
    sm.put_secret_value(SecretId=arn, SecretString="by hand")
    assert sm.describe_secret(SecretId=arn)["NextRotationDate"].timestamp() == midnight(now) + 7 * DAY - 1
    served.days(3)
    assert served.rotator.steps(arn) == STEPS and value(sm, arn) == "by hand"
    served.days(1.1)
    assert served.rotator.steps(arn) == STEPS * 2


def test_a_schedule_by_cron(sm: Any, arn: str, served: Served) -> None:
    served.clock(advanceTo=midnight(served.clock()) + DAY)
    rules = {"ScheduleExpression": "cron(0 8/8 * * ? *)", "Duration": "2h"}
    sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules=rules, RotateImmediately=False)
    now = served.clock()
    shown = sm.describe_secret(SecretId=arn)
    assert shown["RotationRules"] == {"AutomaticallyAfterDays": 1, **rules}
    assert shown["NextRotationDate"] == datetime.fromtimestamp(now + 10 * 3600, UTC)
    served.clock(advanceSeconds=3600 * 8)
    assert served.rotator.steps(arn) == ["testSecret", *STEPS]
    served.clock(advanceSeconds=3600 * 8)
    assert served.rotator.steps(arn) == ["testSecret", *STEPS, *STEPS]
    sm.cancel_rotate_secret(SecretId=arn)
    served.days(2)
    assert len(served.rotator.steps(arn)) == 9
    shown = sm.describe_secret(SecretId=arn)
    assert shown["RotationRules"]["ScheduleExpression"] == rules["ScheduleExpression"], "as it was"
    assert "NextRotationDate" not in shown


def test_a_changed_schedule_replaces_the_old_one(sm: Any, arn: str, served: Served) -> None:
    for days in (2, 200):
        sm.rotate_secret(
            SecretId=arn,
            RotationLambdaARN=FUNCTION,
            RotationRules={"AutomaticallyAfterDays": days},
            RotateImmediately=False,
        )
        served.clock()
    served.days(100)
    assert served.rotator.steps(arn) == ["testSecret"] * 2


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({}, "InvalidRequestException", "No Lambda rotation function ARN is associated with this secret."),
    ({"RotationLambdaARN": "arn:aws:sqs:x"}, "InvalidParameterException", "not the ARN of a Lambda function"),
    ({"ExternalSecretRotationRoleArn": "arn:aws:iam::000000000000:role/r"}, "InvalidParameterException", "RoleArn"),
    ({"ExternalSecretRotationMetadata": [{"Key": "a", "Value": "b"}]}, "InvalidParameterException", "Metadata"),
    (
        {"RotationLambdaARN": FUNCTION, "RotationRules": {"ScheduleExpression": "rate(1 hour)"}},
        "InvalidParameterException",
        "4 hours at least",
    ),
    (
        {"RotationLambdaARN": FUNCTION, "RotationRules": {"AutomaticallyAfterDays": 1001}},
        "ValidationException",
        "automaticallyAfterDays",
    ),
]


@pytest.mark.parametrize(("parameters", "code", "text"), REFUSED)
def test_rotations_that_are_refused(
    sm: Any, secret: str, parameters: dict[str, Any], code: str, text: str, served: Served
) -> None:
    found = refused(sm.rotate_secret, SecretId=secret, **parameters)
    assert found[0] == code and text in found[1]
    assert "RotationEnabled" not in sm.describe_secret(SecretId=secret)


def test_a_token_that_names_another_version(sm: Any, arn: str) -> None:
    current = labels(sm, arn)["AWSCURRENT"]
    code, text = refused(sm.rotate_secret, SecretId=arn, RotationLambdaARN=FUNCTION, ClientRequestToken=current)
    assert code == "InvalidRequestException" and current in text


def test_a_deletion_ends_a_rotation(sm: Any, arn: str, served: Served) -> None:
    served.rotator.failures["setSecret"] = 1
    sm.rotate_secret(SecretId=arn, RotationLambdaARN=FUNCTION, RotationRules={"AutomaticallyAfterDays": 1})
    served.clock()
    sm.delete_secret(SecretId=arn)
    served.days(3)
    assert served.rotator.steps(arn) == STEPS[:2]
    sm.restore_secret(SecretId=arn)
    served.days(1)
    assert len(served.rotator.steps(arn)) > 2, "its schedule goes on"
