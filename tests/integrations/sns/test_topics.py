"""Topics: their operations with success, and each refusal."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from engine import limits
from tests.api.client import refusal
from tests.integrations.sns.conftest import new_name

MISSING = "arn:aws:sns:us-east-1:000000000000:missing"
NOT_FOUND = ("NotFound", "Topic does not exist")


def attributes(sns: Any, topic: str) -> dict[str, str]:
    found: dict[str, str] = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    return found


def test_a_topic_shows_what_it_has(sns: Any, name: str) -> None:
    topic = sns.create_topic(Name=name, Attributes={"DisplayName": "Orders"}, Tags=[{"Key": "k", "Value": "v"}])
    arn = topic["TopicArn"]
    assert arn == f"arn:aws:sns:us-east-1:000000000000:{name}"
    shown = attributes(sns, arn)
    assert shown["TopicArn"] == arn and shown["Owner"] == "000000000000" and shown["DisplayName"] == "Orders"
    assert [shown[f"Subscriptions{word}"] for word in ("Pending", "Confirmed", "Deleted")] == ["0", "0", "0"]
    assert json.loads(shown["Policy"])["Id"] == "__default_policy_ID"
    assert json.loads(shown["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert "FifoTopic" not in shown
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": "v"}]


def test_creating_again_gives_the_same_unless_it_differs(sns: Any, name: str) -> None:
    given = {"Name": name, "Attributes": {"DisplayName": "A"}, "Tags": [{"Key": "k", "Value": "v"}]}
    arn = sns.create_topic(**given)["TopicArn"]
    assert sns.create_topic(**given)["TopicArn"] == arn == sns.create_topic(Name=name)["TopicArn"]
    defaults = {"SignatureVersion": "1", "MaximumMessageSize": "262144"}
    assert sns.create_topic(Name=name, Attributes=defaults)["TopicArn"] == arn
    code, text = refusal(sns.create_topic, Name=name, Attributes={"DisplayName": "B"})
    assert (code, text) == (
        "InvalidParameter",
        "Invalid parameter: Attributes Reason: Topic already exists with different attributes",
    )
    code, text = refusal(sns.create_topic, Name=name, Tags=[{"Key": "k", "Value": "w"}])
    assert text == "Invalid parameter: Tags Reason: Topic already exists with different tags"


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"Name": "a b"}, "Topic Name"),
        ({"Name": "x" * 257}, "Topic Name"),
        ({"Name": "x.fifo"}, "Topic Name"),
        (
            {"Name": "x", "Attributes": {"FifoTopic": "true"}},
            "Fifo Topic names must end with .fifo and must be made up",
        ),
        (
            {"Name": "x.fifo", "Attributes": {"FifoTopic": "maybe"}},
            "Attributes Reason: FifoTopic: Invalid value [maybe]",
        ),
        ({"Name": "x", "Attributes": {"Colour": "red"}}, "Attributes Reason: Unknown attribute Colour"),
        ({"Name": "x", "Attributes": {"DisplayName": "x" * 101}}, "DisplayName"),
        ({"Name": "x", "Attributes": {"Policy": "{"}}, "Policy Error: null"),
        ({"Name": "x", "Attributes": {"DeliveryPolicy": "{"}}, "DeliveryPolicy: failed to parse JSON"),
        *(
            ({"Name": "x", "Attributes": {"MaximumMessageSize": size}}, f"MaximumMessageSize: Invalid value [{size}].")
            for size in ("1023", "1048577", "1_024", "٢٠٠٠", "-2048", "0" * 30)
        ),
        ({"Name": "x", "Attributes": {"SignatureVersion": "3"}}, "SignatureVersion: Invalid value [3]."),
        (
            {"Name": "x", "Attributes": {"TracingConfig": "Active"}},
            "TracingConfig Active is not supported by this server",
        ),
        ({"Name": "x", "Attributes": {"TracingConfig": "Some"}}, "TracingConfig: Invalid value [Some]."),
        ({"Name": "x", "Attributes": {"KmsMasterKeyId": "alias/aws/sns"}}, "KmsMasterKeyId is not supported"),
        ({"Name": "x", "Attributes": {"ContentBasedDeduplication": "true"}}, "ContentBasedDeduplication can only be"),
        ({"Name": "x", "Attributes": {"FifoThroughputScope": "Topic"}}, "FifoThroughputScope can only be set"),
        ({"Name": "x", "Attributes": {"ArchivePolicy": "{}"}}, "ArchivePolicy: Archive policy can only be set on FIFO"),
        ({"Name": "x", "Attributes": {"SQSSuccessFeedbackSampleRate": "101"}}, "must be an integer from 0 to 100"),
        ({"Name": "x", "Attributes": {"SQSSuccessFeedbackRoleArn": "me"}}, "is not the ARN of a role"),
        ({"Name": "x", "DataProtectionPolicy": '{"Name": "x"}'}, "DataProtectionPolicy Reason: the policy must have"),
        ({"Name": "x", "Tags": [{"Key": "aws:x", "Value": "v"}]}, "Tag keys must not begin with 'aws:'"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_topic_that_is_refused(sns: Any, request_: dict[str, Any], reason: str) -> None:
    code, text = refusal(sns.create_topic, **request_)
    assert code == "InvalidParameter" and text.startswith("Invalid parameter: ") and reason in text


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ('{"MessageRetentionPeriod": 0}', "MessageRetentionPeriod must be 1 to 365 days"),
        ('{"MessageRetentionPeriod": "366"}', "MessageRetentionPeriod must be 1 to 365 days"),
        ('{"Days": 1}', "may have a MessageRetentionPeriod only"),
        ("{", "failed to parse JSON"),
    ],
)
def test_an_archive_policy_that_is_refused(sns: Any, fifo_topic: str, policy: str, reason: str) -> None:
    code, text = refusal(
        sns.set_topic_attributes, TopicArn=fifo_topic, AttributeName="ArchivePolicy", AttributeValue=policy
    )
    assert code == "InvalidParameter" and reason in text


def test_a_fifo_topic(sns: Any, fifo_topic: str) -> None:
    shown = attributes(sns, fifo_topic)
    assert shown["FifoTopic"] == "true" and shown["ContentBasedDeduplication"] == "true"
    assert shown["FifoThroughputScope"] == "Topic"
    sns.set_topic_attributes(
        TopicArn=fifo_topic, AttributeName="ArchivePolicy", AttributeValue='{"MessageRetentionPeriod":"7"}'
    )
    assert attributes(sns, fifo_topic)["BeginningArchiveTime"]
    sns.set_topic_attributes(TopicArn=fifo_topic, AttributeName="ArchivePolicy", AttributeValue="{}")
    assert "BeginningArchiveTime" not in attributes(sns, fifo_topic)


def test_attributes_are_set_and_taken_away(sns: Any, topic: str) -> None:
    for name, value in (
        ("DisplayName", "D"),
        ("SignatureVersion", "2"),
        ("TracingConfig", "PassThrough"),
        ("DeliveryPolicy", '{"http":{"defaultThrottlePolicy":{"maxReceivesPerSecond":7}}}'),
        ("HTTPFailureFeedbackRoleArn", "arn:aws:iam::000000000000:role/logs"),
        ("LambdaSuccessFeedbackSampleRate", "30"),
        ("MaximumMessageSize", "1024"),
    ):
        sns.set_topic_attributes(TopicArn=topic, AttributeName=name, AttributeValue=value)
        assert attributes(sns, topic)[name] == value
    effective = json.loads(attributes(sns, topic)["EffectiveDeliveryPolicy"])
    assert effective["http"]["defaultThrottlePolicy"] == {"maxReceivesPerSecond": 7}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="")
    assert "SignatureVersion" not in attributes(sns, topic)
    for name in ("Owner", "FifoTopic", "Colour"):
        found = refusal(sns.set_topic_attributes, TopicArn=topic, AttributeName=name, AttributeValue="x")
        assert found == ("InvalidParameter", "Invalid parameter: AttributeName")


def test_what_is_not_there(sns: Any) -> None:
    assert refusal(sns.get_topic_attributes, TopicArn=MISSING) == NOT_FOUND
    assert refusal(sns.set_topic_attributes, TopicArn=MISSING, AttributeName="DisplayName") == NOT_FOUND
    assert refusal(sns.list_subscriptions_by_topic, TopicArn=MISSING) == NOT_FOUND
    assert refusal(sns.publish, TopicArn=MISSING, Message="x") == NOT_FOUND
    assert refusal(sns.subscribe, TopicArn=MISSING, Protocol="http", Endpoint="http://x.y") == NOT_FOUND
    assert refusal(sns.remove_permission, TopicArn=MISSING, Label="x") == NOT_FOUND
    assert refusal(sns.add_permission, TopicArn=MISSING, Label="x", AWSAccountId=["1"], ActionName=["x"]) == NOT_FOUND
    assert refusal(sns.get_data_protection_policy, ResourceArn=MISSING) == NOT_FOUND
    assert refusal(sns.list_tags_for_resource, ResourceArn=MISSING)[0] == "ResourceNotFound"
    assert sns.delete_topic(TopicArn=MISSING)["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("orders", "Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("a:b:sns:r:1:t", "Invalid parameter: TopicArn Reason: a:b:sns:r:1:t does not start with arn"),
        ("arn:aws:sqs:us-east-1:000000000000:orders", "Invalid parameter: TopicArn"),
        ("arn:aws:sns:eu-west-1:000000000000:orders", "Invalid parameter: TopicArn"),
        ("arn:aws:sns:us-east-1:000000000000:orders:sub", "Invalid parameter: TopicArn"),
    ],
)
def test_an_arn_that_is_none(sns: Any, arn: str, text: str) -> None:
    for call in (sns.get_topic_attributes, sns.delete_topic):
        assert refusal(call, TopicArn=arn) == ("InvalidParameter", text)


def test_deleting_takes_the_subscriptions_along(sns: Any, topic: str, queue: Any) -> None:
    subscription = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)["SubscriptionArn"]
    sns.delete_topic(TopicArn=topic)
    assert refusal(sns.get_topic_attributes, TopicArn=topic) == NOT_FOUND
    assert refusal(sns.get_subscription_attributes, SubscriptionArn=subscription) == (
        "NotFound",
        "Subscription does not exist",
    )
    name = topic.rpartition(":")[2]
    assert sns.create_topic(Name=name)["TopicArn"] == topic
    sns.publish(TopicArn=topic, Message="to nobody")
    assert queue.bodies() == []


def test_lists_go_on_page_by_page(alone: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SNS_PAGE_MAX", 10)  # the server is in this process
    sns = alone()
    made = sorted(sns.create_topic(Name=f"t{number:03d}")["TopicArn"] for number in range(12))
    first = sns.list_topics()
    assert len(first["Topics"]) == 10
    second = sns.list_topics(NextToken=first["NextToken"])
    assert [found["TopicArn"] for found in first["Topics"] + second["Topics"]] == made
    assert "NextToken" not in second
    assert refusal(sns.list_topics, NextToken="nonsense")[1] == "Invalid parameter: NextToken Reason: Invalid value."
    assert refusal(sns.list_subscriptions, NextToken=first["NextToken"])[0] == "InvalidParameter"
    assert alone(region="eu-west-1").list_topics()["Topics"] == []


def test_tags(sns: Any, topic: str) -> None:
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "3"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["b", "c"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "a", "Value": "3"}]
    many = [{"Key": str(number), "Value": ""} for number in range(50)]
    assert refusal(sns.tag_resource, ResourceArn=topic, Tags=many)[0] == "TagLimitExceeded"
    twice = [{"Key": "x", "Value": "1"}, {"Key": "x", "Value": "2"}]
    assert refusal(sns.tag_resource, ResourceArn=topic, Tags=twice)[0] == "InvalidParameter"
    assert refusal(sns.tag_resource, ResourceArn=MISSING, Tags=twice)[0] == "ResourceNotFound"
    assert refusal(sns.untag_resource, ResourceArn=MISSING, TagKeys=["x"])[0] == "ResourceNotFound"


# ---- who may ----


def test_other_accounts_may_what_the_policy_says(sns: Any, served: Any, topic: str) -> None:
    other = served.client(account="111111111111")
    code, text = refusal(other.publish, TopicArn=topic, Message="x")
    assert code == "AuthorizationError" and "SNS:Publish on resource: " + topic in text
    for call, more in (
        (other.get_topic_attributes, {}),
        (other.delete_topic, {}),
        (other.list_subscriptions_by_topic, {}),
        (other.set_topic_attributes, {"AttributeName": "DisplayName", "AttributeValue": "x"}),
        (other.subscribe, {"Protocol": "email", "Endpoint": "a@b.c"}),
    ):
        assert refusal(call, TopicArn=topic, **more)[0] == "AuthorizationError"
    sns.add_permission(TopicArn=topic, Label="other", AWSAccountId=["111111111111"], ActionName=["Publish"])
    assert other.publish(TopicArn=topic, Message="x")["MessageId"]
    batch = [{"Id": "1", "Message": "x"}]
    assert other.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)["Failed"] == []
    assert refusal(other.get_topic_attributes, TopicArn=topic)[0] == "AuthorizationError"
    sns.remove_permission(TopicArn=topic, Label="other")
    assert refusal(other.publish, TopicArn=topic, Message="x")[0] == "AuthorizationError"


def test_conditions_on_what_is_subscribed(sns: Any, served: Any, topic: str) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "111111111111"},
                "Action": "sns:Subscribe",
                "Resource": topic,
                "Condition": {
                    "StringEquals": {"sns:Protocol": "email"},
                    "StringLike": {"sns:Endpoint": "*@example.com"},
                },
            }
        ],
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    other = served.client(account="111111111111")
    assert other.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")["SubscriptionArn"]
    for protocol, endpoint in (("email", "a@example.org"), ("email-json", "a@example.com")):
        assert refusal(other.subscribe, TopicArn=topic, Protocol=protocol, Endpoint=endpoint)[0] == "AuthorizationError"


def test_a_denial_holds_in_the_own_account_too(sns: Any, topic: str) -> None:
    policy = {
        "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": topic}],
    }
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy))
    code, text = refusal(sns.publish, TopicArn=topic, Message="x")
    assert code == "AuthorizationError" and "explicit deny" in text
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Owner"] == "000000000000"


def test_permissions_that_are_refused(sns: Any, topic: str) -> None:
    good = {"TopicArn": topic, "Label": "l", "AWSAccountId": ["111111111111"], "ActionName": ["Publish"]}
    sns.add_permission(**good)
    assert "Statement already exists" in refusal(sns.add_permission, **good)[1]
    assert "out of service scope!" in refusal(sns.add_permission, **{**good, "Label": "m", "ActionName": ["Fly"]})[1]
    assert "AWSAccountId" in refusal(sns.add_permission, **{**good, "Label": "m", "AWSAccountId": ["me"]})[1]


def test_accounts_have_their_own_topics(alone: Callable[..., Any], sns: Any) -> None:
    name = new_name()
    assert alone().create_topic(Name=name)["TopicArn"] != sns.create_topic(Name=name)["TopicArn"]


def by_nobody(served: Any, action: str, **parameters: str) -> int:
    """The status of a request without credentials."""
    query = urllib.parse.urlencode({"Action": action, **parameters})
    try:
        with urllib.request.urlopen(f"{served.endpoint}/?{query}") as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error as answer:
            return int(answer.code)


def test_who_is_nobody_may_what_the_policy_opens_to_everybody(sns: Any, served: Any, topic: str) -> None:
    assert by_nobody(served, "Publish", TopicArn=topic, Message="x") == 403
    assert by_nobody(served, "GetTopicAttributes", TopicArn=topic) == 403
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": topic}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    assert by_nobody(served, "Publish", TopicArn=topic, Message="x") == 200
    assert by_nobody(served, "GetTopicAttributes", TopicArn=topic) == 403
    assert by_nobody(served, "CreateTopic", Name="theirs") == 403
    assert by_nobody(served, "Publish", PhoneNumber="+15555550100", Message="x") == 403
