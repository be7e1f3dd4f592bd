"""Subscriptions: Subscribe and its refusals, attributes, lists, confirmation by mail."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from engine import limits
from tests.api.client import refusal
from tests.integrations.sns.conftest import new_queue

NOT_FOUND = ("NotFound", "Subscription does not exist")
QUEUE = "arn:aws:sqs:us-east-1:000000000000:somewhere"


def attributes(sns: Any, subscription: str) -> dict[str, str]:
    found: dict[str, str] = sns.get_subscription_attributes(SubscriptionArn=subscription)["Attributes"]
    return found


def test_a_subscription_shows_what_it_has(sns: Any, topic: str) -> None:
    given = {"RawMessageDelivery": "true", "FilterPolicy": '{"a":["x"]}'}
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE, Attributes=given)["SubscriptionArn"]
    assert arn.rpartition(":")[0] == topic
    assert attributes(sns, arn) == {
        "SubscriptionArn": arn,
        "TopicArn": topic,
        "Protocol": "sqs",
        "Endpoint": QUEUE,
        "Owner": "000000000000",
        "SubscriptionPrincipal": "arn:aws:iam::000000000000:root",
        "PendingConfirmation": "false",
        "ConfirmationWasAuthenticated": "true",
        "RawMessageDelivery": "true",
        "FilterPolicy": '{"a":["x"]}',
        "FilterPolicyScope": "MessageAttributes",
    }


def test_subscribing_again_gives_the_same_unless_it_differs(sns: Any, topic: str) -> None:
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": QUEUE, "Attributes": {"RawMessageDelivery": "true"}}
    arn = sns.subscribe(**given)["SubscriptionArn"]
    assert sns.subscribe(**given)["SubscriptionArn"] == arn
    assert sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)["SubscriptionArn"] == arn
    usual = {**given, "Attributes": {"FilterPolicyScope": "MessageAttributes"}}
    assert sns.subscribe(**usual)["SubscriptionArn"] == arn
    other = {**given, "Attributes": {"RawMessageDelivery": "false"}}
    assert refusal(sns.subscribe, **other) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Subscription already exists with different attributes",
    )
    assert len(sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]) == 1


ROLE = "arn:aws:iam::000000000000:role/r"
STREAM = "arn:aws:firehose:us-east-1:000000000000:deliverystream/s"


@pytest.mark.parametrize(
    ("protocol", "endpoint", "given", "reason"),
    [
        ("pigeon", "x", {}, "Amazon SNS does not support this protocol string: pigeon"),
        ("sqs", "", {}, "Endpoint"),
        ("sqs", "http://queue", {}, "SQS endpoint ARN"),
        ("sqs", QUEUE + ".fifo", {}, "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"),
        ("http", "https://x.y", {}, "Endpoint must match the specified protocol"),
        ("email", "nobody", {}, "Email address"),
        ("sms", "call me", {}, "Invalid SMS endpoint: call me"),
        ("lambda", QUEUE, {}, "Lambda endpoint ARN"),
        ("application", QUEUE, {}, "Application endpoint arn invalid"),
        ("firehose", STREAM, {}, "SubscriptionRoleArn is required for firehose protocol"),
        ("firehose", STREAM, {"SubscriptionRoleArn": "me"}, "is not the ARN of a role"),
        ("sqs", QUEUE, {"SubscriptionRoleArn": ROLE}, "SubscriptionRoleArn: is for subscriptions of firehose only"),
        ("sqs", QUEUE, {"Colour": "red"}, "Attributes Reason: Unknown attribute Colour"),
        ("sqs", QUEUE, {"Colour": "red", "FilterPolicy": "{}"}, "Attributes Reason: Unknown attribute Colour"),
        (
            "sqs",
            QUEUE,
            {"RawMessageDelivery": "yes"},
            "RawMessageDelivery: Invalid value [yes]. Must be true or false.",
        ),
        ("email", "a@b.c", {"RawMessageDelivery": "true"}, "Delivery protocol [email] does not support raw message"),
        ("sqs", QUEUE, {"FilterPolicyScope": "Body"}, "FilterPolicyScope: Invalid value [Body]. Please use either"),
        ("sqs", QUEUE, {"FilterPolicy": '{"a":[]}'}, "FilterPolicy: Empty arrays are not allowed"),
        ("sqs", QUEUE, {"FilterPolicy": '{"a":{"b":["x"]}}'}, "FilterPolicy: Filter policy scope MessageAttributes"),
        ("sqs", QUEUE, {"FilterPolicy": "{"}, "FilterPolicy: failed to parse JSON."),
        (
            "sqs",
            QUEUE,
            {"DeliveryPolicy": "{}"},
            "DeliveryPolicy: Delivery policies can be set on subscriptions of HTTP",
        ),
        ("http", "http://x.y", {"DeliveryPolicy": '{"x":1}'}, "DeliveryPolicy: Unexpected JSON member: x"),
        ("sqs", QUEUE, {"RedrivePolicy": "{"}, "RedrivePolicy: failed to parse JSON"),
        (
            "sqs",
            QUEUE,
            {"RedrivePolicy": '{"x":1}'},
            "Invalid parameter: Attributes Reason: RedrivePolicy: invalid JSON. Attribute x is unknown.",
        ),
        ("sqs", QUEUE, {"RedrivePolicy": '{"deadLetterTargetArn":"q"}'}, "deadLetterTargetArn is an invalid arn"),
        (
            "sqs",
            QUEUE,
            {"RedrivePolicy": json.dumps({"deadLetterTargetArn": QUEUE + ".fifo"})},
            "must be a standard queue",
        ),
        (
            "sqs",
            QUEUE,
            {"RedrivePolicy": json.dumps({"deadLetterTargetArn": QUEUE.replace("000000000000", "111111111111")})},
            "must be a queue of the subscription's account",
        ),
        (
            "sqs",
            QUEUE,
            {"ReplayPolicy": '{"PointType":"Timestamp"}'},
            "can only be set on subscriptions of FIFO topics",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_subscription_that_is_refused(
    sns: Any, topic: str, protocol: str, endpoint: str, given: dict[str, str], reason: str
) -> None:
    code, text = refusal(sns.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint, Attributes=given)
    assert code == "InvalidParameter" and text.startswith("Invalid parameter: ") and reason in text


def test_a_fifo_topic_takes_queues_only(sns: Any, fifo_topic: str, queue: Any, fifo_queue: Any) -> None:
    code, text = refusal(sns.subscribe, TopicArn=fifo_topic, Protocol="email", Endpoint="a@example.com")
    assert (code, text) == ("InvalidParameter", "Invalid parameter: Invalid protocol type: email")
    for found in (queue, fifo_queue):
        assert sns.subscribe(TopicArn=fifo_topic, Protocol="sqs", Endpoint=found.arn)["SubscriptionArn"]
    policy = json.dumps({"deadLetterTargetArn": queue.arn})
    code, text = refusal(
        sns.subscribe, TopicArn=fifo_topic, Protocol="sqs", Endpoint=QUEUE, Attributes={"RedrivePolicy": policy}
    )
    assert "must be a FIFO queue" in text


def test_attributes_are_set_and_taken_away(sns: Any, topic: str) -> None:
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)["SubscriptionArn"]
    for name, value in (
        ("RawMessageDelivery", "true"),
        ("FilterPolicyScope", "MessageBody"),
        ("FilterPolicy", '{"a":{"b":["x"]}}'),
        ("RedrivePolicy", json.dumps({"deadLetterTargetArn": QUEUE})),
    ):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)
        assert attributes(sns, arn)[name] == value
    _, text = refusal(
        sns.set_subscription_attributes,
        SubscriptionArn=arn,
        AttributeName="FilterPolicyScope",
        AttributeValue="MessageAttributes",
    )
    assert "does not support nested filter policy" in text
    for name in ("FilterPolicy", "RedrivePolicy"):
        sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue="")
        assert name not in attributes(sns, arn)
    assert refusal(
        sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="Endpoint", AttributeValue="x"
    ) == (
        "InvalidParameter",
        "Invalid parameter: AttributeName",
    )
    assert (
        "Invalid value [null]"
        in refusal(sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="FilterPolicyScope")[1]
    )


def test_what_is_not_there(sns: Any, topic: str) -> None:
    missing = f"{topic}:00000000-0000-4000-8000-000000000000"
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=missing) == NOT_FOUND
    assert (
        refusal(
            sns.set_subscription_attributes, SubscriptionArn=missing, AttributeName="FilterPolicy", AttributeValue="{}"
        )
        == NOT_FOUND
    )
    assert sns.unsubscribe(SubscriptionArn=missing)["ResponseMetadata"]["HTTPStatusCode"] == 200
    for bad in ("x", topic, "PendingConfirmation"):
        assert refusal(sns.unsubscribe, SubscriptionArn=bad)[0] == "InvalidParameter"
        assert refusal(sns.get_subscription_attributes, SubscriptionArn=bad)[0] == "InvalidParameter"


def test_unsubscribing_counts(sns: Any, topic: str, queue: Any) -> None:
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="one")
    sns.unsubscribe(SubscriptionArn=arn)
    sns.publish(TopicArn=topic, Message="two")
    assert [found["Message"] for found in queue.documents()] == ["one"]
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (shown["SubscriptionsConfirmed"], shown["SubscriptionsDeleted"]) == ("0", "1")


def test_lists(alone: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SNS_PAGE_MAX", 10)  # the server is in this process
    sns = alone()
    topics = [sns.create_topic(Name=f"t{number}")["TopicArn"] for number in range(2)]
    for number in range(11):
        sns.subscribe(TopicArn=topics[0], Protocol="sms", Endpoint=f"+1555010{number:04d}")
    sns.subscribe(TopicArn=topics[1], Protocol="email", Endpoint="a@example.com")
    first = sns.list_subscriptions()
    second = sns.list_subscriptions(NextToken=first["NextToken"])
    assert [len(page["Subscriptions"]) for page in (first, second)] == [10, 2]
    pending = second["Subscriptions"][-1]
    assert pending["SubscriptionArn"] == "PendingConfirmation" and pending["Endpoint"] == "a@example.com"
    by_topic = sns.list_subscriptions_by_topic(TopicArn=topics[0])
    rest = sns.list_subscriptions_by_topic(TopicArn=topics[0], NextToken=by_topic["NextToken"])
    assert len(by_topic["Subscriptions"]) + len(rest["Subscriptions"]) == 11
    other = sns.list_subscriptions_by_topic
    assert refusal(other, TopicArn=topics[1], NextToken=by_topic["NextToken"])[0] == "InvalidParameter"


# ---- confirmation ----


def test_mail_is_confirmed_by_its_token(sns: Any, served: Any, topic: str, name: str) -> None:
    address = f"{name}@example.com"
    asked = {"TopicArn": topic, "Protocol": "email-json", "Endpoint": address}
    assert sns.subscribe(**asked)["SubscriptionArn"] == "pending confirmation"
    arn = sns.subscribe(**asked, ReturnSubscriptionArn=True)["SubscriptionArn"]
    assert attributes(sns, arn)["PendingConfirmation"] == "true"
    sns.publish(TopicArn=topic, Message="too early")
    letters = served.mails(address)
    assert [json.loads(found["Body"]["text_part"])["Type"] for found in letters] == ["SubscriptionConfirmation"] * 2
    document = json.loads(letters[0]["Body"]["text_part"])
    refused = refusal(sns.unsubscribe, SubscriptionArn=arn)
    assert refused[0] == "InvalidParameter" and "Cannot unsubscribe a subscription that is pending" in refused[1]
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token="x")[1] == "Invalid parameter: Token"
    confirmed = sns.confirm_subscription(TopicArn=topic, Token=document["Token"])
    assert confirmed["SubscriptionArn"] == arn
    assert sns.confirm_subscription(TopicArn=topic, Token=document["Token"])["SubscriptionArn"] == arn
    shown = attributes(sns, arn)
    assert (shown["PendingConfirmation"], shown["ConfirmationWasAuthenticated"]) == ("false", "true")
    sns.publish(TopicArn=topic, Message="now", Subject="News")
    letter = served.mails(address)[-1]
    assert letter["Subject"] == "News" and json.loads(letter["Body"]["text_part"])["Message"] == "now"


def test_mail_as_text(sns: Any, served: Any, topic: str, name: str) -> None:
    address = f"{name}@example.com"
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Shop")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    [invitation] = served.mails(address)
    assert invitation["Subject"] == "AWS Notification - Subscription Confirmation"
    assert invitation["Source"].startswith('"Shop" <')
    token = invitation["Body"]["text_part"].rpartition("Token=")[2].strip()
    sns.confirm_subscription(TopicArn=topic, Token=token)
    sns.publish(TopicArn=topic, Message='{"default": "d", "email": "for mail"}', MessageStructure="json")
    served.clock()
    sent = [mail for mail in served.relay.taken if mail.recipients == [address]]
    assert [mail.sender for mail in sent] == ["no-reply@sns.amazonaws.com"] * 2  # the invitation, the message
    assert b"for mail" in sent[1].content
    letter = served.mails(address)[-1]
    assert letter["Body"]["text_part"].startswith("for mail\n") and "Action=Unsubscribe" in letter["Body"]["text_part"]
    assert letter["Subject"] == "AWS Notification Message"


def test_an_address_that_mail_cannot_be_sent_to(sns: Any, topic: str) -> None:
    code, text = refusal(sns.subscribe, TopicArn=topic, Protocol="email", Endpoint="ada@lovelace")
    assert code == "InvalidParameter" and "Email address Reason:" in text
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


def test_a_topic_may_be_called_by_any_name(sns: Any, served: Any, topic: str, name: str) -> None:
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="Läden, alle")
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=f"{name}@example.com")
    [invitation] = served.mails(f"{name}@example.com")
    assert invitation["Source"] == '"Läden, alle" <no-reply@sns.amazonaws.com>'


def test_a_token_lives_two_days(sns: Any, served: Any, topic: str, name: str) -> None:
    address = f"{name}@example.com"
    sns.subscribe(TopicArn=topic, Protocol="email-json", Endpoint=address)
    [letter] = served.mails(address)
    token = json.loads(letter["Body"]["text_part"])["Token"]
    served.seconds(2 * 86_400)
    assert refusal(sns.confirm_subscription, TopicArn=topic, Token=token) == (
        "InvalidParameter",
        "Invalid parameter: Token",
    )
    missing = "arn:aws:sns:us-east-1:000000000000:missing"
    assert refusal(sns.confirm_subscription, TopicArn=missing, Token=token)[0] == "NotFound"


def test_a_queue_of_another_account_is_asked_first(sns: Any, served: Any, topic: str) -> None:
    other = served.client("sqs", account="111111111111")
    queue = new_queue(other)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "sns.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": queue.arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
            }
        ],
    }
    other.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": json.dumps(policy)})
    assert (
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"] == "pending confirmation"
    )
    [invitation] = queue.documents()
    assert invitation["Type"] == "SubscriptionConfirmation"
    sns.confirm_subscription(TopicArn=topic, Token=invitation["Token"])
    sns.publish(TopicArn=topic, Message="over there")
    assert [found["Message"] for found in queue.documents()] == ["over there"]
    other.set_queue_attributes(QueueUrl=queue.url, Attributes={"Policy": ""})
    sns.publish(TopicArn=topic, Message="not any more")
    assert queue.documents() == []


def test_what_a_topic_may_have_is_limited(alone: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SNS_FILTER_POLICIES_MAX", 2)
    monkeypatch.setattr(limits, "SNS_SUBSCRIPTIONS_MAX", 3)
    monkeypatch.setattr(limits, "SNS_TOPICS_MAX", 1)
    sns = alone()
    topic = sns.create_topic(Name="t")["TopicArn"]
    filtered = {"FilterPolicy": '{"a":["x"]}'}
    for number in range(2):
        sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint=f"+1555010{number:04d}", Attributes=filtered)
    more = {"TopicArn": topic, "Protocol": "sms", "Endpoint": "+15550200000"}
    assert refusal(sns.subscribe, **more, Attributes=filtered)[0] == "FilterPolicyLimitExceeded"
    arn = sns.subscribe(**more)["SubscriptionArn"]
    code, _ = refusal(
        sns.set_subscription_attributes, SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="{}"
    )
    assert code == "FilterPolicyLimitExceeded"
    monkeypatch.setattr(limits, "SNS_QUEUES_MAX", 0)
    assert refusal(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=QUEUE)[0] == "SubscriptionLimitExceeded"
    one_more = {"TopicArn": topic, "Protocol": "sms", "Endpoint": "+15550300000"}
    assert refusal(sns.subscribe, **one_more)[0] == "SubscriptionLimitExceeded"
    assert refusal(sns.create_topic, Name="u")[0] == "TopicLimitExceeded"
