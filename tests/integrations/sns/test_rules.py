"""What needs no store: schedules, delivery policies, access policies, names, attributes of messages."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.access_policy import Principal, decision
from engine.errors import ServiceError
from integrations.sns.delivery_policy import (
    check_subscription_policy,
    check_topic_policy,
    effective_subscription_policy,
    http_policy,
)
from integrations.sns.envelope import text_to_sign
from integrations.sns.messages import check_attributes, check_subject, content
from integrations.sns.names import check_endpoint, phone_number
from integrations.sns.policy_document import check_policy, default_policy, with_permission, without_permission
from integrations.sns.retry_schedule import CUSTOMER, FUNCTIONS, MANAGED, RetrySchedule, unpacked
from integrations.sns.subscription_attributes import replay_window

TOPIC = "arn:aws:sns:us-east-1:111122223333:orders"


def refusal(function: Any, *arguments: Any) -> str:
    with pytest.raises(ServiceError) as error:
        function(*arguments)
    return error.value.message


# ---- schedules ----


def delays(schedule: RetrySchedule) -> list[int]:
    found = []
    while (delay := schedule.delay_ms(len(found) + 1)) is not None:
        found.append(delay)
    return found


def test_the_four_phases_in_their_order() -> None:
    schedule = RetrySchedule(2, 1, 3, 2, 5, 25, "linear")
    assert delays(schedule) == [0, 0, 5_000, 5_000, 15_000, 25_000, 25_000, 25_000]
    assert schedule.total_seconds() == sum(delays(schedule)) / 1000


def test_awss_own_schedules() -> None:
    assert MANAGED.retries == 100_015 and CUSTOMER.retries == 50
    assert MANAGED.total_seconds() > 23 * 86_400 and 6 * 3_600 < CUSTOMER.total_seconds() < 8 * 3_600
    assert MANAGED.delay_ms(100_015) == 20_000 and MANAGED.delay_ms(100_016) is None


@given(
    function=st.sampled_from(FUNCTIONS),
    backoff=st.integers(2, 60),
    low=st.integers(1, 100),
    grown=st.integers(0, 3_000),
)
def test_back_off_begins_at_the_shortest_delay_grows_and_ends_at_the_longest(
    function: str, backoff: int, low: int, grown: int
) -> None:
    schedule = RetrySchedule(0, 0, backoff, 0, low, low + grown, function)
    found = delays(schedule)
    assert found[0] == low * 1000 and found[-1] in ((low + grown) * 1000, low * 1000 if not grown else None)
    assert found == sorted(found) and len(found) == backoff
    assert unpacked(schedule.packed()) == schedule


def test_the_functions_differ_in_the_middle() -> None:
    middles = [RetrySchedule(0, 0, 11, 0, 1, 101, function).delay_ms(6) for function in FUNCTIONS]
    assert len(set(middles)) == len(FUNCTIONS)


# ---- delivery policies ----

RETRY = {"minDelayTarget": 1, "maxDelayTarget": 3, "numRetries": 4}

# (policy, the reason)
BAD_SUBSCRIPTION_POLICIES: list[tuple[Any, str]] = [
    ([], "the policy must be a JSON object"),
    ({"retry": {}}, "Unexpected JSON member: retry"),
    ({"healthyRetryPolicy": {}}, "healthyRetryPolicy.minDelayTarget must be specified"),
    ({"healthyRetryPolicy": {**RETRY, "minDelayTarget": 0}}, "must be greater than or equal to 1"),
    ({"healthyRetryPolicy": {**RETRY, "numRetries": 101}}, "must be less than or equal to 100"),
    ({"healthyRetryPolicy": {**RETRY, "numRetries": "4"}}, "must be an integer"),
    ({"healthyRetryPolicy": {**RETRY, "maxDelayTarget": 3_601}}, "must be less than or equal to 3600"),
    ({"healthyRetryPolicy": {**RETRY, "minDelayTarget": 4}}, "maxDelayTarget must be greater than or equal to"),
    ({"healthyRetryPolicy": {**RETRY, "numNoDelayRetries": 5}}, "numRetries must be greater than or equal to the sum"),
    ({"healthyRetryPolicy": {**RETRY, "backoffFunction": "random"}}, "backoffFunction must be one of"),
    ({"healthyRetryPolicy": {**RETRY, "jitter": 1}}, "Unexpected JSON member: healthyRetryPolicy.jitter"),
    (
        {"healthyRetryPolicy": {"minDelayTarget": 3_000, "maxDelayTarget": 3_600, "numRetries": 2}},
        "total retry time must be less than or equal to 3600",
    ),
    ({"throttlePolicy": {"maxReceivesPerSecond": 0}}, "maxReceivesPerSecond must be greater than or equal to 1"),
    ({"requestPolicy": {"headerContentType": "image/png"}}, "is not a supported content type"),
    ({"guaranteed": True}, "cannot be set"),
]


@pytest.mark.parametrize(("policy", "reason"), BAD_SUBSCRIPTION_POLICIES, ids=lambda value: str(value)[:50])
def test_a_bad_delivery_policy(policy: Any, reason: str) -> None:
    message = refusal(check_subscription_policy, json.dumps(policy))
    assert message.startswith("Invalid parameter: DeliveryPolicy: ") and reason in message


def test_a_topics_policy_says_its_own_names() -> None:
    bad = {"http": {"defaultHealthyRetryPolicy": {**RETRY, "minDelayTarget": 0}}}
    message = refusal(check_topic_policy, json.dumps(bad))
    assert "http.defaultHealthyRetryPolicy.minDelayTarget must be greater than or equal to 1" in message
    assert "Unexpected JSON member: sqs" in refusal(check_topic_policy, '{"sqs": {}}')


def test_a_subscription_overrides_its_topic_unless_that_forbids_it() -> None:
    topic: Any = {"http": {"defaultHealthyRetryPolicy": RETRY, "defaultThrottlePolicy": {"maxReceivesPerSecond": 5}}}
    own = {"healthyRetryPolicy": {**RETRY, "numRetries": 9}, "requestPolicy": {"headerContentType": "text/html"}}
    for policy in (topic, own):
        (check_topic_policy if policy is topic else check_subscription_policy)(json.dumps(policy))
    found = http_policy(json.dumps(topic), json.dumps(own))
    assert (found.schedule.retries, found.rate, found.content_type) == (9, 5, "text/html")
    shown = json.loads(effective_subscription_policy(json.dumps(topic), json.dumps(own)))
    assert shown["healthyRetryPolicy"]["numRetries"] == 9 and shown["throttlePolicy"] == {"maxReceivesPerSecond": 5}
    topic["http"]["disableSubscriptionOverrides"] = True
    assert http_policy(json.dumps(topic), json.dumps(own)).schedule.retries == 4


# ---- access policies ----

ME, OTHER = "111122223333", "444455556666"


def statement(**changed: Any) -> dict[str, Any]:
    return {
        "Sid": "s",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "sns:Publish",
        "Resource": TOPIC,
        **changed,
    }


def said(*statements: dict[str, Any], account: str = OTHER, action: str = "SNS:Publish", **context: str) -> bool | None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    check_policy(policy, TOPIC)
    known = {key.replace("__", ":"): value for key, value in context.items()}
    return decision(policy, Principal(account=account), action, TOPIC, known)


# (condition, context, whether it holds)
CONDITIONS: list[tuple[dict[str, Any], dict[str, str], bool]] = [
    ({"StringEquals": {"AWS:SourceOwner": OTHER}}, {"aws__sourceowner": OTHER}, True),
    ({"StringEquals": {"AWS:SourceOwner": ME}}, {"aws__sourceowner": OTHER}, False),
    ({"StringEquals": {"aws:SourceAccount": [ME, OTHER]}}, {"aws__sourceaccount": OTHER}, True),
    ({"StringNotEquals": {"sns:Protocol": "http"}}, {"sns__protocol": "https"}, True),
    ({"StringNotEquals": {"sns:Protocol": "http"}}, {"sns__protocol": "http"}, False),
    ({"StringLike": {"sns:Endpoint": "*@example.com"}}, {"sns__endpoint": "ada@example.com"}, True),
    ({"StringLike": {"sns:Endpoint": "*@example.com"}}, {"sns__endpoint": "ada@example.org"}, False),
    ({"StringEqualsIgnoreCase": {"sns:Protocol": "HTTPS"}}, {"sns__protocol": "https"}, True),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:b*"}}, {"aws__sourcearn": "arn:aws:s3:::bucket"}, True),
    ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::x"}}, {"aws__sourcearn": "arn:aws:s3:::bucket"}, False),
    ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}, {}, False),
    ({"StringEqualsIfExists": {"aws:SourceArn": "x"}}, {}, True),
    ({"Null": {"aws:SourceArn": "true"}}, {}, True),
    ({"Null": {"aws:SourceArn": True}}, {"aws__sourcearn": "x"}, False),
    ({"Bool": {"aws:SecureTransport": True}}, {"aws__securetransport": "true"}, True),
    ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "10.1.2.3"}, True),
    ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws__sourceip": "10.1.2.3"}, False),
    ({"NumericLessThan": {"x:n": "5"}}, {"x__n": "4"}, True),
    ({"NumericLessThan": {"x:n": "5"}}, {"x__n": "four"}, False),
    ({"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, {"aws__currenttime": "2026-01-01T00:00:00Z"}, True),
]


@pytest.mark.parametrize(("condition", "context", "holds"), CONDITIONS, ids=lambda value: str(value)[:60])
def test_a_condition(condition: dict[str, Any], context: dict[str, str], holds: bool) -> None:
    assert said(statement(Condition=condition), **context) is (True if holds else None)


def test_who_and_what() -> None:
    assert said(statement()) is True
    assert said(statement(Principal="*")) is True
    assert said(statement(Principal={"AWS": f"arn:aws:iam::{OTHER}:root"})) is True
    assert said(statement(Principal={"AWS": [ME, f"arn:aws:iam::{OTHER}:user/ada"]})) is True
    assert said(statement(Principal={"AWS": ME})) is None
    assert said(statement(Principal={"Service": "s3.amazonaws.com"})) is None
    assert said(statement(Action="SNS:Subscribe")) is None
    assert said(statement(Action=["sns:Pub*", "SNS:Subscribe"])) is True
    assert said(statement(), statement(Sid="no", Effect="Deny", Principal={"AWS": OTHER})) is False


def turned(element: str, value: Any) -> dict[str, Any]:
    """A statement with the Not form of an element."""
    made = statement(**{f"Not{element}": value})
    del made[element]
    return made


def test_the_not_forms() -> None:
    assert said(turned("Principal", {"AWS": ME})) is True
    assert said(turned("Principal", {"AWS": OTHER})) is None
    assert said(turned("Action", "sns:Publish")) is None
    assert said(turned("Action", "sns:Subscribe")) is True
    assert said(turned("Resource", TOPIC)) is None
    assert "must have one Principal or NotPrincipal" in refusal(
        check_policy, json.dumps({"Statement": [statement(NotPrincipal="*")]}), TOPIC
    )


def test_the_default_policy_is_for_its_own_account() -> None:
    policy = default_policy(TOPIC, ME)
    check_policy(policy, TOPIC)
    for account, expected in ((ME, True), (OTHER, None)):
        context = {"aws:sourceowner": account}
        assert decision(policy, Principal(account=account), "SNS:Publish", TOPIC, context) is expected


BAD_POLICIES: list[tuple[Any, str]] = [
    ("{", "Policy Error: null"),
    ({"Version": "2012-10-17"}, "Policy Error: null"),
    ({"Version": "2020", "Statement": [statement()]}, "version"),
    ({"Statement": [statement(), statement()]}, "ids must be unique"),
    ({"Statement": [statement(Effect="Maybe")]}, "effect"),
    ({"Statement": [statement(Who="me")]}, "unknown elements: Who"),
    ({"Statement": [statement(Action="sqs:SendMessage")]}, "action out of service scope!"),
    ({"Statement": [statement(Resource="arn:aws:sns:us-east-1:111122223333:other")]}, "must match the topic"),
    ({"Statement": [statement(Principal={"AWS": "somebody"})]}, "PrincipalNotFound"),
    ({"Statement": [statement(Principal={"Federated": "x"})]}, "not supported"),
    ({"Statement": [statement(Condition={"Maybe": {"a": "b"}})]}, "operator is invalid"),
    ({"Statement": [statement(Sid=str(number)) for number in range(101)]}, "statements exceeded"),
    ({"Statement": [statement(Sid="x" * 31_000)]}, "length exceeded"),
]


@pytest.mark.parametrize(("policy", "reason"), BAD_POLICIES, ids=lambda value: str(value)[:60])
def test_a_bad_policy(policy: Any, reason: str) -> None:
    text = policy if isinstance(policy, str) else json.dumps(policy)
    assert reason in refusal(check_policy, text, TOPIC)


def test_permissions_come_and_go() -> None:
    policy = with_permission(default_policy(TOPIC, ME), TOPIC, "label", [OTHER], ["Publish"])
    added = json.loads(policy)["Statement"][1]
    assert added == {
        "Sid": "label",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{OTHER}:root"},
        "Action": "SNS:Publish",
        "Resource": TOPIC,
    }
    assert "Statement already exists" in refusal(with_permission, policy, TOPIC, "label", [OTHER], ["Publish"])
    assert "out of service scope" in refusal(with_permission, policy, TOPIC, "two", [OTHER], ["Fly"])
    assert without_permission(policy, "label") == default_policy(TOPIC, ME)


# ---- messages, names ----


def string(value: str, kind: str = "String") -> dict[str, Any]:
    return {"DataType": kind, "StringValue": value}


BAD_ATTRIBUTES: list[tuple[dict[str, Any], str]] = [
    ({"a": {"StringValue": "x"}}, "must contain non-empty message attribute type"),
    ({"a": string("x", "Text")}, "the set of supported type prefixes is Binary, Number, and String."),
    ({"a": string("")}, "must contain non-empty message attribute value for message attribute type 'String'"),
    ({"a": {"DataType": "Binary", "StringValue": "x"}}, "message attribute type 'Binary'"),
    ({"a": string("one", "Number")}, "Could not cast message attribute 'a' value to number."),
    ({"a": string("nan", "Number")}, "Could not cast"),
    ({"a": string("{}", "String.Array")}, "must contain a JSON array"),
    ({"a": string("[[1]]", "String.Array")}, "must contain a JSON array"),
    ({"a b": string("x")}, "message attribute name 'a b'"),
    ({".a": string("x")}, "message attribute name"),
    ({"x" * 257: string("x")}, "message attribute name"),
    ({"AWS.x": string("x")}, "AWS-reserved prefix"),
]


@pytest.mark.parametrize(("attributes", "reason"), BAD_ATTRIBUTES, ids=lambda value: str(value)[:50])
def test_a_bad_attribute(attributes: dict[str, Any], reason: str) -> None:
    assert reason in refusal(check_attributes, attributes)


def test_good_attributes() -> None:
    check_attributes(
        {
            "a": string("x"),
            "b.c-d_e": string("-1.5e3", "Number.float"),
            "f": {"DataType": "Binary.png", "BinaryValue": b"\0"},
            "g": string('["x", 1, true, null]', "String.Array"),
        }
    )


def test_forms_by_protocol() -> None:
    message = json.dumps({"default": "d", "sqs": "s", "GCM": '{"x": 1}', "odd": 1})
    found = content({"Message": message, "MessageStructure": "json"})
    assert [found.of(protocol) for protocol in ("sqs", "http", "GCM", "odd")] == ["s", "d", '{"x": 1}', "d"]


def test_subjects() -> None:
    check_subject("x" * 100)
    for bad in ("", "x" * 101, "a\nb", "a\x00"):
        assert refusal(check_subject, bad) == "Invalid parameter: Subject"


def test_endpoints() -> None:
    assert check_endpoint("sms", "+1 (555)".replace("(", "").replace(")", "") + "-0100") == "+15550100"
    assert phone_number("abc") is None
    for protocol, endpoint in (
        ("http", "https://x"),
        ("https", "http://x"),
        ("email", "nobody"),
        ("sms", "x"),
        ("sqs", "http://x"),
        ("lambda", "arn:aws:lambda:us-east-1:111122223333:layer:x"),
        ("firehose", "arn:aws:firehose:us-east-1:111122223333:x"),
        ("application", "arn:aws:sns:us-east-1:111122223333:app/GCM/x"),
        ("http", "http://" + "x" * 2_048),
    ):
        assert refusal(check_endpoint, protocol, endpoint).startswith("Invalid parameter: ")


def test_the_lines_that_are_signed() -> None:
    document = {
        "Type": "Notification",
        "MessageId": "i",
        "TopicArn": "t",
        "Message": "m\nn",
        "Timestamp": "z",
        "Subject": "s",
    }
    expected = "Message\nm\nn\nMessageId\ni\nSubject\ns\nTimestamp\nz\nTopicArn\nt\nType\nNotification\n"
    assert text_to_sign(document) == expected
    del document["Subject"]
    assert text_to_sign(document) == expected.replace("Subject\ns\n", "")


def test_windows_of_replays() -> None:
    text = json.dumps({"PointType": "Timestamp", "StartingPoint": "2026-01-01T00:00:00Z"})
    assert replay_window(text) == (1_767_225_600_000, None)
    for bad in (
        {},
        {"PointType": "Sequence", "StartingPoint": "1"},
        {"PointType": "Timestamp"},
        {"PointType": "Timestamp", "StartingPoint": "x"},
        {"PointType": "Timestamp", "StartingPoint": "2026-01-02", "EndingPoint": "2026-01-01"},
        {"PointType": "Timestamp", "StartingPoint": "2026-01-02", "More": 1},
    ):
        assert refusal(replay_window, json.dumps(bad)).startswith("Invalid parameter: ReplayPolicy: ")
