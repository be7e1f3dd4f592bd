"""Publish and PublishBatch, as queues get the messages: forms, filters, order, deduplication, refusals."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from engine import limits
from tests.api.client import refusal
from tests.integrations.sns.conftest import PUBLIC_URL, Queue, new_name, new_queue


def subscribed(sns: Any, topic: str, queue: Queue, **attributes: str) -> str:
    made = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes=attributes)
    return str(made["SubscriptionArn"])


ATTRIBUTES = {
    "kind": {"DataType": "String", "StringValue": "book"},
    "price": {"DataType": "Number", "StringValue": "7.5"},
    "cover": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    "tags": {"DataType": "String.Array", "StringValue": '["a", 1]'},
}


def test_a_message_is_in_the_queue_when_publish_returns(sns: Any, topic: str, queue: Queue, served: Any) -> None:
    arn = subscribed(sns, topic, queue)
    answer = sns.publish(TopicArn=topic, Message="héllo", Subject="S", MessageAttributes=ATTRIBUTES)
    assert "SequenceNumber" not in answer
    [document] = queue.documents()
    assert list(document) == [
        "Type",
        "MessageId",
        "TopicArn",
        "Subject",
        "Message",
        "Timestamp",
        "SignatureVersion",
        "Signature",
        "SigningCertURL",
        "UnsubscribeURL",
        "MessageAttributes",
    ]
    assert document["MessageId"] == answer["MessageId"] and document["Message"] == "héllo"
    assert document["UnsubscribeURL"] == f"{served.endpoint}/?Action=Unsubscribe&SubscriptionArn={arn}"
    assert document["SigningCertURL"].startswith(f"{served.endpoint}/SimpleNotificationService-")
    assert document["MessageAttributes"]["cover"] == {"Type": "Binary", "Value": base64.b64encode(b"\x00\xff").decode()}
    assert document["MessageAttributes"]["price"] == {"Type": "Number", "Value": "7.5"}


def test_raw_delivery_keeps_attributes(sns: Any, topic: str, queue: Queue) -> None:
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    sns.publish(TopicArn=topic, Message="raw", Subject="lost", MessageAttributes=ATTRIBUTES)
    [message] = queue.take()
    assert message["Body"] == "raw"
    assert message["MessageAttributes"]["kind"] == ATTRIBUTES["kind"]
    assert message["MessageAttributes"]["cover"] == ATTRIBUTES["cover"]


def test_a_text_for_each_protocol(sns: Any, topic: str, queue: Queue) -> None:
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    for texts in ({"default": "d", "sqs": "for queues"}, {"default": "d"}):
        sns.publish(TopicArn=topic, Message=json.dumps(texts), MessageStructure="json")
    assert sorted(queue.bodies()) == ["d", "for queues"]


def test_filters_over_attributes_and_body(sns: Any, sqs: Any, topic: str) -> None:
    queues = {name: new_queue(sqs) for name in ("all", "books", "cheap", "body")}
    subscribed(sns, topic, queues["all"], RawMessageDelivery="true")
    subscribed(sns, topic, queues["books"], RawMessageDelivery="true", FilterPolicy='{"kind": ["book"]}')
    cheap = '{"price": [{"numeric": ["<", 5]}]}'
    subscribed(sns, topic, queues["cheap"], RawMessageDelivery="true", FilterPolicy=cheap)
    body = {"FilterPolicyScope": "MessageBody", "FilterPolicy": '{"order": {"state": ["new"]}}'}
    subscribed(sns, topic, queues["body"], RawMessageDelivery="true", **body)
    sns.publish(TopicArn=topic, Message="1", MessageAttributes=ATTRIBUTES)
    sns.publish(TopicArn=topic, Message='{"order": {"state": "new"}}')
    cheaper = {"price": {"DataType": "Number", "StringValue": "4"}}
    sns.publish(TopicArn=topic, Message="3", MessageAttributes=cheaper)
    found = {name: sorted(queue.bodies()) for name, queue in queues.items()}
    order = '{"order": {"state": "new"}}'
    assert found == {"all": ["1", "3", order], "books": ["1"], "cheap": ["3"], "body": [order]}


def test_a_filter_that_is_changed_holds_at_once(sns: Any, topic: str, queue: Queue) -> None:
    arn = subscribed(sns, topic, queue, RawMessageDelivery="true", FilterPolicy='{"kind": ["book"]}')
    sns.publish(TopicArn=topic, Message="no")
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue="")
    sns.publish(TopicArn=topic, Message="yes")
    assert queue.bodies() == ["yes"]


BIG = "x" * 262_144


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        ({"Message": ""}, "Empty message"),
        ({"Message": BIG + "x"}, "Message too long"),
        ({"Message": BIG, "MessageAttributes": {"a": {"DataType": "String", "StringValue": "x"}}}, "Message too long"),
        ({"Message": "x", "Subject": ""}, "Subject"),
        ({"Message": "x", "Subject": "x" * 101}, "Subject"),
        ({"Message": "x", "MessageStructure": "xml"}, "MessageStructure"),
        ({"Message": "x", "MessageStructure": "json"}, "Message Structure - JSON message body failed to parse"),
        (
            {"Message": '{"sqs": "x"}', "MessageStructure": "json"},
            "Message Structure - No default entry in JSON message body",
        ),
        (
            {"Message": "x", "MessageDeduplicationId": "d"},
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid",
        ),
        ({"Message": "x", "MessageGroupId": "a b"}, "MessageGroupId Reason:"),
        (
            {"Message": "x", "TargetArn": "arn:aws:sns:us-east-1:0:x"},
            "TopicArn Reason: only one of TopicArn, TargetArn",
        ),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_message_that_is_refused(sns: Any, topic: str, queue: Queue, request_: dict[str, Any], reason: str) -> None:
    subscribed(sns, topic, queue)
    code, text = refusal(sns.publish, TopicArn=topic, **request_)
    assert code == "InvalidParameter" and text.startswith(f"Invalid parameter: {reason}")
    assert queue.bodies() == []


def test_refusals_of_publish_itself(sns: Any, topic: str) -> None:
    assert refusal(sns.publish, Message="x") == (
        "InvalidParameter",
        "Invalid parameter: TopicArn or TargetArn Reason: no value for required parameter",
    )
    wrong = {"a": {"DataType": "Text", "StringValue": "x"}}
    code, text = refusal(sns.publish, TopicArn=topic, Message="x", MessageAttributes=wrong)
    assert code == "ParameterValueInvalid" and "set of supported type prefixes" in text
    assert sns.publish(TargetArn=topic, Message=BIG)["MessageId"]
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        code, text = refusal(sns.publish, PhoneNumber="+14155550123", Message="x", **{name: "a"})
        assert (code, text.endswith(f"{name} parameter that is not valid for this target")) == (
            "InvalidParameter",
            True,
        )


# ---- batches ----


def entries(*texts: str, **more: Any) -> list[dict[str, Any]]:
    return [{"Id": str(number), "Message": text, **more} for number, text in enumerate(texts)]


def test_a_batch(sns: Any, topic: str, queue: Queue) -> None:
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries("a", "", "c"))
    assert [found["Id"] for found in answer["Successful"]] == ["0", "2"]
    assert answer["Failed"] == [
        {"Id": "1", "Code": "InvalidParameter", "Message": "Invalid parameter: Empty message", "SenderFault": True}
    ]
    assert sorted(queue.bodies()) == ["a", "c"]


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        ([], "EmptyBatchRequest", "The batch request doesn't contain any entries."),
        (entries(*"abcdefghijk"), "TooManyEntriesInBatchRequest", "The batch request contains more entries than"),
        (entries("a") * 2, "BatchEntryIdsNotDistinct", "Two or more batch entries in the request have the same Id."),
        ([{"Id": "a b", "Message": "x"}], "InvalidBatchEntryId", "The Id of a batch entry in a batch request doesn't"),
        (entries("x" * 131_072, "y" * 131_073), "BatchRequestTooLong", "The length of all the batch messages"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_batch_that_is_refused(sns: Any, topic: str, given: list[Any], code: str, text: str) -> None:
    found = refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=given)
    assert found[0] == code and found[1].startswith(text)
    missing = "arn:aws:sns:us-east-1:000000000000:missing"
    assert refusal(sns.publish_batch, TopicArn=missing, PublishBatchRequestEntries=entries("a"))[0] == "NotFound"


# ---- FIFO ----


def test_groups_keep_their_order_in_every_queue(sns: Any, sqs: Any, fifo_topic: str) -> None:
    fifo, other, standard = new_queue(sqs, fifo=True), new_queue(sqs, fifo=True), new_queue(sqs)
    for found in (fifo, other, standard):
        subscribed(sns, fifo_topic, found, RawMessageDelivery="true")
    sequences = []
    for number in range(4):
        batch = [{"Id": group, "Message": f"{group}{number}", "MessageGroupId": group} for group in "ab"]
        answer = sns.publish_batch(TopicArn=fifo_topic, PublishBatchRequestEntries=batch)
        sequences += [int(found["SequenceNumber"]) for found in answer["Successful"]]
    assert sequences == sorted(sequences) and len(set(sequences)) == 8 and len(str(sequences[0])) == 20
    expected = {group: [f"{group}{number}" for number in range(4)] for group in "ab"}
    for found in (fifo, other):
        bodies = found.bodies()
        assert {group: [body for body in bodies if body[0] == group] for group in "ab"} == expected
    assert sorted(standard.bodies()) == sorted(expected["a"] + expected["b"])


def test_the_document_of_a_fifo_topic_has_its_sequence(sns: Any, fifo_topic: str, fifo_queue: Queue) -> None:
    subscribed(sns, fifo_topic, fifo_queue)
    answer = sns.publish(TopicArn=fifo_topic, Message="x", MessageGroupId="g")
    [message] = fifo_queue.take()
    assert json.loads(message["Body"])["SequenceNumber"] == answer["SequenceNumber"]
    assert message["Attributes"]["MessageGroupId"] == "g"


def test_deduplication_for_five_minutes(sns: Any, served: Any, fifo_topic: str, fifo_queue: Queue) -> None:
    subscribed(sns, fifo_topic, fifo_queue, RawMessageDelivery="true")
    first = sns.publish(TopicArn=fifo_topic, Message="same", MessageGroupId="g")
    again = sns.publish(TopicArn=fifo_topic, Message="same", MessageGroupId="h")
    named = sns.publish(TopicArn=fifo_topic, Message="same", MessageGroupId="g", MessageDeduplicationId="other")
    assert [again[name] for name in ("MessageId", "SequenceNumber")] == [
        first[name] for name in ("MessageId", "SequenceNumber")
    ]
    assert named["MessageId"] != first["MessageId"]
    assert fifo_queue.bodies() == ["same", "same"]
    served.seconds(301)
    later = sns.publish(TopicArn=fifo_topic, Message="same", MessageGroupId="g")
    assert later["MessageId"] != first["MessageId"]
    assert fifo_queue.bodies() == ["same"]


def test_deduplication_within_a_group(sns: Any, sqs: Any) -> None:
    attributes = {"FifoTopic": "true", "FifoThroughputScope": "MessageGroup"}
    topic = sns.create_topic(Name=new_name(".fifo"), Attributes=attributes)["TopicArn"]
    queue = new_queue(sqs, fifo=True, DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    for group in "ggh":
        sns.publish(TopicArn=topic, Message=group, MessageGroupId=group, MessageDeduplicationId="d")
    assert sorted(queue.bodies()) == ["g", "h"]


def test_what_fifo_topics_refuse(sns: Any, name: str) -> None:
    topic = sns.create_topic(Name=f"{name}.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    assert refusal(sns.publish, TopicArn=topic, Message="x") == (
        "InvalidParameter",
        "Invalid parameter: The MessageGroupId parameter is required for FIFO topics",
    )
    assert refusal(sns.publish, TopicArn=topic, Message="x", MessageGroupId="g")[1] == (
        "Invalid parameter: The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
        "provided explicitly"
    )
    for bad in ("x" * 129, "a b"):
        found = refusal(sns.publish, TopicArn=topic, Message="x", MessageGroupId="g", MessageDeduplicationId=bad)
        assert found[1].startswith("Invalid parameter: MessageDeduplicationId Reason:")


def test_groups_of_standard_topics_go_to_queues_as_tenants(sns: Any, topic: str, queue: Queue) -> None:
    subscribed(sns, topic, queue)
    sns.publish(TopicArn=topic, Message="x", MessageGroupId="tenant")
    [message] = queue.take()
    assert message["Attributes"]["MessageGroupId"] == "tenant"


# ---- what cannot be delivered ----


def test_a_queue_that_is_gone_loses_to_the_dead_letter_queue(sns: Any, sqs: Any, topic: str) -> None:
    gone, dead, alive = new_queue(sqs), new_queue(sqs), new_queue(sqs)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribed(sns, topic, gone, RedrivePolicy=redrive, RawMessageDelivery="true")
    subscribed(sns, topic, alive, RawMessageDelivery="true")
    sqs.delete_queue(QueueUrl=gone.url)
    sns.publish(TopicArn=topic, Message="lost?", MessageAttributes={"kind": ATTRIBUTES["kind"]})
    assert alive.bodies() == ["lost?"]
    [message] = dead.take()
    assert message["Body"] == "lost?"
    attributes = message["MessageAttributes"]
    assert attributes["kind"] == ATTRIBUTES["kind"]
    assert attributes["ErrorMessage"]["StringValue"] == "The specified queue does not exist."
    assert {"ErrorCode", "RequestID"} <= set(attributes)


def test_a_message_with_more_attributes_than_a_queue_takes_is_buried(sns: Any, sqs: Any, topic: str) -> None:
    queue, dead = new_queue(sqs), new_queue(sqs)
    redrive = json.dumps({"deadLetterTargetArn": dead.arn})
    subscribed(sns, topic, queue, RedrivePolicy=redrive, RawMessageDelivery="true")
    many = {f"a{number:02d}": {"DataType": "String", "StringValue": "x"} for number in range(11)}
    sns.publish(TopicArn=topic, Message="x", MessageAttributes=many)
    assert queue.bodies() == []
    [message] = dead.take()
    assert {"ErrorCode", "ErrorMessage", "RequestID", "a00", "a06"} < set(message["MessageAttributes"])


# ---- archive and replay ----


def archived_topic(sns: Any) -> str:
    attributes = {
        "FifoTopic": "true",
        "ContentBasedDeduplication": "true",
        "ArchivePolicy": '{"MessageRetentionPeriod":"2"}',
    }
    return str(sns.create_topic(Name=new_name(".fifo"), Attributes=attributes)["TopicArn"])


def window(start: float, end: float | None = None) -> str:
    policy = {"PointType": "Timestamp", "StartingPoint": datetime.fromtimestamp(start, UTC).isoformat()}
    if end is not None:
        policy["EndingPoint"] = datetime.fromtimestamp(end, UTC).isoformat()
    return json.dumps(policy)


def test_a_replay_sends_what_the_archive_has_in_its_order(
    sns: Any, served: Any, sqs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SNS_REPLAYED_PER_BATCH", 4)  # the server is in this process
    topic = archived_topic(sns)
    began = served.clock()
    numbers = [str(number) for number in range(205)]
    for start in range(0, 205, 10):
        batch = [{"Id": text, "Message": text, "MessageGroupId": "g"} for text in numbers[start : start + 10]]
        sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    until = served.seconds(10)
    sns.publish(TopicArn=topic, Message="late", MessageGroupId="g")
    queue = new_queue(sqs, fifo=True)
    arn = subscribed(sns, topic, queue, ReplayPolicy=window(began, until - 1))
    again = {"SubscriptionArn": arn, "AttributeName": "ReplayPolicy", "AttributeValue": window(began)}
    assert refusal(sns.set_subscription_attributes, **again)[0] == "ReplayLimitExceeded"
    served.clock()
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["ReplayStatus"] == "Completed"
    documents = queue.documents()
    assert [found["Message"] for found in documents] == numbers
    assert {found["Replayed"] for found in documents} == {"true"}
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="ReplayPolicy", AttributeValue=window(until - 1))
    served.clock()
    assert [found["Message"] for found in queue.documents()] == ["late"]
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="ReplayPolicy", AttributeValue="{}")
    assert "ReplayStatus" not in sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]


def test_the_archive_ends(sns: Any, served: Any, sqs: Any) -> None:
    topic = archived_topic(sns)
    began = served.clock()
    sns.publish(TopicArn=topic, Message="old", MessageGroupId="g")
    served.seconds(2 * 86_400 + 120)
    sns.publish(TopicArn=topic, Message="new", MessageGroupId="g")
    queue = new_queue(sqs, fifo=True)
    subscribed(sns, topic, queue, ReplayPolicy=window(began), RawMessageDelivery="true")
    served.clock()
    assert queue.bodies() == ["new"]


def test_an_archive_that_is_ended_is_empty(sns: Any, served: Any, sqs: Any) -> None:
    topic, began = archived_topic(sns), served.clock()
    sns.publish(TopicArn=topic, Message="old", MessageGroupId="g")
    assert refusal(sns.delete_topic, TopicArn=topic) == (
        "InvalidState",
        "Invalid state: Cannot delete a topic with an ArchivePolicy",
    )
    named = {"TopicArn": topic, "AttributeName": "ArchivePolicy"}
    assert refusal(sns.set_topic_attributes, **named, AttributeValue="")[0] == "InvalidParameter"
    sns.set_topic_attributes(**named, AttributeValue="{}")
    served.seconds(1)
    sns.set_topic_attributes(**named, AttributeValue='{"MessageRetentionPeriod": 1}')
    sns.publish(TopicArn=topic, Message="new", MessageGroupId="g")
    queue = new_queue(sqs, fifo=True)
    subscribed(sns, topic, queue, ReplayPolicy=window(began), RawMessageDelivery="true")
    served.clock()
    assert queue.bodies() == ["new"]
    sns.set_topic_attributes(**named, AttributeValue="{}")
    sns.delete_topic(TopicArn=topic)


def test_replays_that_are_refused(sns: Any, served: Any, sqs: Any, fifo_topic: str) -> None:
    queue, now = new_queue(sqs, fifo=True), served.clock()
    asked: dict[str, Any] = {"Protocol": "sqs", "Endpoint": queue.arn}
    for topic, policy, reason in (
        (fifo_topic, window(now), "the topic has no archive policy"),
        (archived_topic(sns), window(now + 60), "StartingPoint must not be in the future"),
    ):
        code, text = refusal(sns.subscribe, TopicArn=topic, Attributes={"ReplayPolicy": policy}, **asked)
        assert code == "InvalidParameter" and reason in text
        assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []


# ---- Tasks ----


def run(states: Any, topic: str, resource: str, **parameters: Any) -> dict[str, Any]:
    return perform(states, resource, {"TopicArn": topic, **parameters})


def perform(states: Any, resource: str, parameters: dict[str, Any]) -> dict[str, Any]:
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True}
    definition = {"StartAt": "P", "States": {"P": task}}
    machine = states.create_state_machine(
        name=new_name(), definition=json.dumps(definition), roleArn="arn:aws:iam::000000000000:role/any"
    )["stateMachineArn"]
    started = states.start_execution(stateMachineArn=machine)["executionArn"]
    while (found := states.describe_execution(executionArn=started))["status"] == "RUNNING":
        time.sleep(0.005)
    return dict(found)


PUBLISH = "arn:aws:states:::sns:publish"


def test_a_task_publishes(sns: Any, served: Any, topic: str, queue: Queue) -> None:
    subscribed(sns, topic, queue)
    states = served.client("stepfunctions")
    ended = run(states, topic, PUBLISH, Message={"order": 1}, Subject="S")
    assert ended["status"] == "SUCCEEDED" and "SdkHttpMetadata" in json.loads(ended["output"])
    [document] = queue.documents()
    assert json.loads(document["Message"]) == {"order": 1} and document["Subject"] == "S"
    assert document["SigningCertURL"].startswith(served.endpoint)  # as the subscription was made there
    ended = run(states, topic, "arn:aws:states:::aws-sdk:sns:publish", Message="sdk")
    assert set(json.loads(ended["output"])) == {"MessageId"}
    assert [found["Message"] for found in queue.documents()] == ["sdk"]


def test_what_only_tasks_made_links_to_the_public_url(sns: Any, served: Any, topic: str, queue: Queue) -> None:
    states, sdk = served.client("stepfunctions"), "arn:aws:states:::aws-sdk:"
    run(states, topic, f"{sdk}sns:subscribe", Protocol="sqs", Endpoint=queue.arn)
    run(states, topic, PUBLISH, Message="x")
    [document] = queue.documents()
    assert document["SigningCertURL"].startswith(f"{PUBLIC_URL}/SimpleNotificationService-")
    assert document["UnsubscribeURL"].startswith(f"{PUBLIC_URL}/?Action=Unsubscribe&SubscriptionArn={topic}:")
    found = perform(states, f"{sdk}sqs:getQueueUrl", {"QueueName": queue.arn.rpartition(":")[2]})
    assert json.loads(found["output"])["QueueUrl"] == queue.url.replace(served.endpoint, PUBLIC_URL)


def test_a_task_that_fails(served: Any, topic: str) -> None:
    states = served.client("stepfunctions")
    missing = "arn:aws:sns:us-east-1:000000000000:missing"
    ended = run(states, missing, PUBLISH, Message="x")
    assert ended["status"] == "FAILED" and ended["error"] == "SNS.NotFoundException"
    assert ended["cause"].startswith(
        "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound;"
    )
    ended = run(states, topic, PUBLISH, Message="x", Subject="x" * 101)
    assert ended["error"] == "SNS.InvalidParameterException"
    assert ended["cause"].startswith(
        "Invalid parameter: Subject (Service: AmazonSNS; Status Code: 400; Error Code: Inv"
    )
    ended = run(states, missing, "arn:aws:states:::aws-sdk:sns:getTopicAttributes")
    assert ended["error"] == "Sns.NotFoundException"


def test_other_accounts_topics_are_other_topics(alone: Callable[..., Any], sns: Any) -> None:
    name = new_name()
    theirs = alone().create_topic(Name=name)["TopicArn"]
    assert refusal(sns.publish, TopicArn=theirs, Message="x")[0] == "AuthorizationError"


def test_large_messages(sns: Any, sqs: Any) -> None:
    topic = sns.create_topic(Name=new_name(), Attributes={"MaximumMessageSize": "1048576"})["TopicArn"]
    queue = new_queue(sqs)
    subscribed(sns, topic, queue, RawMessageDelivery="true")
    large = "é" * 524_284
    attributes = {"n": {"DataType": "String", "StringValue": "v"}}  # 8 bytes
    sns.publish(TopicArn=topic, Message=large, MessageAttributes=attributes)
    assert queue.bodies() == [large]
    too_long = refusal(sns.publish, TopicArn=topic, Message=large + "x", MessageAttributes=attributes)
    assert too_long == ("InvalidParameter", "Invalid parameter: Message too long")
    batch = [{"Id": id, "Message": id * 524_288} for id in "ab"]
    assert len(sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)["Successful"]) == 2
    assert sorted(map(len, queue.bodies())) == [524_288, 524_288]
    batch[0]["Message"] += "x"
    code, _ = refusal(sns.publish_batch, TopicArn=topic, PublishBatchRequestEntries=batch)
    assert code == "BatchRequestTooLong"
    small = sns.create_topic(Name=new_name(), Attributes={"MaximumMessageSize": "1024"})["TopicArn"]
    assert refusal(sns.publish, TopicArn=small, Message="x" * 1_025) == too_long
    sns.publish(TopicArn=small, Message="x" * 1_024)


def test_who_may_subscribe_to_large_messages(sns: Any, topic: str, queue: Queue, monkeypatch: Any) -> None:
    subscribed(sns, topic, queue)
    large = {"TopicArn": topic, "AttributeName": "MaximumMessageSize", "AttributeValue": "262145"}
    sns.set_topic_attributes(**large)
    code, text = refusal(sns.subscribe, TopicArn=topic, Protocol="sms", Endpoint="+15551230000")
    assert (code, text) == (
        "InvalidParameter",
        "Invalid parameter: Protocol Reason: sms gets no messages above 262144 bytes",
    )
    sns.set_topic_attributes(**large | {"AttributeValue": "262144"})
    sms = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15551230000")["SubscriptionArn"]
    code, text = refusal(sns.set_topic_attributes, **large)
    assert code == "InvalidParameter" and "has at most 100 subscriptions, each of firehose, lambda, sqs" in text
    sns.unsubscribe(SubscriptionArn=sms)
    monkeypatch.setattr(limits, "SNS_LARGE_SUBSCRIPTIONS_MAX", 1)
    sns.set_topic_attributes(**large)
    code, text = refusal(sns.subscribe, TopicArn=topic, Protocol="sqs", Endpoint=queue.arn + "-2")
    assert code == "InvalidParameter" and "at most 1 subscriptions" in text
