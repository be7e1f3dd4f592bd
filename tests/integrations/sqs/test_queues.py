"""Queues: names, URLs, attributes, lists, tags, permissions. By boto3, with the errors of AWS."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.integrations.sqs.calls import ACCOUNT, arn_of, bodies, name_of, receive, refused

NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
HANDLE = {"ReceiptHandle": "h"}
ON_A_MISSING_QUEUE: list[tuple[str, dict[str, Any]]] = [
    ("add_permission", {"Label": "l", "AWSAccountIds": [ACCOUNT], "Actions": ["*"]}),
    ("change_message_visibility", {**HANDLE, "VisibilityTimeout": 1}),
    ("change_message_visibility_batch", {"Entries": [{"Id": "a", **HANDLE, "VisibilityTimeout": 1}]}),
    ("delete_message", HANDLE),
    ("delete_message_batch", {"Entries": [{"Id": "a", **HANDLE}]}),
    ("delete_queue", {}),
    ("get_queue_attributes", {"AttributeNames": ["All"]}),
    ("list_dead_letter_source_queues", {}),
    ("list_queue_tags", {}),
    ("purge_queue", {}),
    ("receive_message", {}),
    ("remove_permission", {"Label": "l"}),
    ("send_message", {"MessageBody": "x"}),
    ("send_message_batch", {"Entries": [{"Id": "a", "MessageBody": "x"}]}),
    ("set_queue_attributes", {"Attributes": {"DelaySeconds": "1"}}),
    ("tag_queue", {"Tags": {"a": "b"}}),
    ("untag_queue", {"TagKeys": ["a"]}),
]


@pytest.mark.parametrize(("operation", "members"), ON_A_MISSING_QUEUE)
def test_a_queue_that_does_not_exist(sqs: Any, endpoint: str, operation: str, members: dict[str, Any]) -> None:
    url = f"{endpoint}/{ACCOUNT}/nothing"
    assert refused(getattr(sqs, operation), QueueUrl=url, **members) == NO_QUEUE


def test_a_queue_from_its_creation_to_its_end(sqs: Any, endpoint: str) -> None:
    url = sqs.create_queue(QueueName="life", Attributes={"DelaySeconds": "7"}, tags={"team": "a"})["QueueUrl"]
    assert url == f"{endpoint}/{ACCOUNT}/life"
    assert sqs.get_queue_url(QueueName="life")["QueueUrl"] == url
    assert sqs.create_queue(QueueName="life")["QueueUrl"] == url
    assert sqs.create_queue(QueueName="life", Attributes={"DelaySeconds": "7"})["QueueUrl"] == url
    for attributes in ({"DelaySeconds": "8"}, {"VisibilityTimeout": "31"}):
        [name] = attributes
        code, text = refused(sqs.create_queue, QueueName="life", Attributes=attributes)
        assert code == "QueueAlreadyExists"
        assert text == f"A queue already exists with the same name and a different value for attribute {name}"
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert found.pop("CreatedTimestamp") == found.pop("LastModifiedTimestamp")
    assert found == {
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "DelaySeconds": "7",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "QueueArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:life",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a"}
    sqs.delete_queue(QueueUrl=url)
    assert refused(sqs.get_queue_url, QueueName="life") == NO_QUEUE
    assert refused(sqs.create_queue, QueueName="life")[0] == "AWS.SimpleQueueService.QueueDeletedRecently"


def test_the_forms_of_a_queue_url(sqs: Any, queue: str) -> None:
    name = name_of(queue)
    forms = [
        name,
        f"/{ACCOUNT}/{name}",
        f"http://anything.example:99/{ACCOUNT}/{name}",
        f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/{name}",
        f"https://us-east-1.queue.amazonaws.com/{ACCOUNT}/{name}",
        f"https://queue.amazonaws.com/{ACCOUNT}/{name}",
        f"http://localhost:4566/queue/us-east-1/{ACCOUNT}/{name}",
        f"http://localhost:9324/queue/{name}",
    ]
    for number, form in enumerate(forms):
        sqs.send_message(QueueUrl=form, MessageBody=str(number))
    assert sorted(bodies(receive(sqs, queue))) == [str(number) for number in range(len(forms))]
    elsewhere = f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{name}"
    assert refused(sqs.send_message, QueueUrl=elsewhere, MessageBody="x") == NO_QUEUE
    code, text = refused(sqs.send_message, QueueUrl="http://host/only", MessageBody="x")
    assert (code, text) == ("InvalidAddress", "The address http://host/only is not valid for this endpoint.")


def test_the_url_has_the_host_that_the_client_used(client: Callable[..., Any], endpoint: str, queue: str) -> None:
    host = urlsplit(endpoint)
    other = client("sqs")
    other.meta.events.register(
        "before-sign.sqs", lambda request, **_: request.headers.add_header("Host", "queues.test")
    )
    assert other.get_queue_url(QueueName=name_of(queue))["QueueUrl"] == f"http://queues.test/{ACCOUNT}/{name_of(queue)}"
    assert host.netloc in queue


def test_accounts_and_regions_are_apart(client: Callable[..., Any], sqs: Any, queue: str) -> None:
    for other in (client("sqs", account="111111111111"), client("sqs", region="eu-west-1")):
        assert refused(other.get_queue_url, QueueName=name_of(queue)) == NO_QUEUE
        own = other.create_queue(QueueName=name_of(queue))["QueueUrl"]
        other.send_message(QueueUrl=own, MessageBody="theirs")
        assert receive(sqs, queue) == []
        assert bodies(receive(other, own)) == ["theirs"]


FIFO_NAME = "The name of a FIFO queue can only include alphanumeric characters"
BAD_QUEUES: list[tuple[str, dict[str, str], str, str]] = [
    ("bad name", {}, "InvalidParameterValue", "Can only include alphanumeric characters, hyphens, or underscores."),
    ("a" * 81, {}, "InvalidParameterValue", "1 to 80 in length"),
    ("", {}, "InvalidParameterValue", "1 to 80 in length"),
    ("x.fifo", {}, "InvalidParameterValue", "Can only include alphanumeric characters"),
    ("x", {"FifoQueue": "true"}, "InvalidParameterValue", FIFO_NAME),
    ("a" * 76 + ".fifo", {"FifoQueue": "true"}, "InvalidParameterValue", FIFO_NAME),
    ("x", {"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
    (
        "x",
        {"ContentBasedDeduplication": "true"},
        "InvalidAttributeName",
        "Unknown Attribute ContentBasedDeduplication.",
    ),
    ("x", {"Colour": "red"}, "InvalidAttributeName", "Unknown Attribute Colour."),
    ("x", {"QueueArn": "red"}, "InvalidAttributeName", "Unknown Attribute QueueArn."),
    ("x", {"DelaySeconds": "901"}, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
    ("x", {"DelaySeconds": "-1"}, "InvalidAttributeValue", "Invalid value for the parameter DelaySeconds."),
    ("x", {"VisibilityTimeout": "43201"}, "InvalidAttributeValue", "VisibilityTimeout"),
    ("x", {"VisibilityTimeout": ""}, "InvalidAttributeValue", "VisibilityTimeout"),
    ("x", {"MaximumMessageSize": "1023"}, "InvalidAttributeValue", "MaximumMessageSize"),
    ("x", {"MaximumMessageSize": "1048577"}, "InvalidAttributeValue", "MaximumMessageSize"),
    ("x", {"MessageRetentionPeriod": "59"}, "InvalidAttributeValue", "MessageRetentionPeriod"),
    ("x", {"MessageRetentionPeriod": "1209601"}, "InvalidAttributeValue", "MessageRetentionPeriod"),
    ("x", {"ReceiveMessageWaitTimeSeconds": "21"}, "InvalidAttributeValue", "ReceiveMessageWaitTimeSeconds"),
    ("x", {"KmsDataKeyReusePeriodSeconds": "59"}, "InvalidAttributeValue", "KmsDataKeyReusePeriodSeconds"),
    ("x", {"SqsManagedSseEnabled": "yes"}, "InvalidAttributeValue", "SqsManagedSseEnabled"),
    ("x", {"SqsManagedSseEnabled": "true", "KmsMasterKeyId": "k"}, "InvalidAttributeValue", "one type of server-side"),
    ("x", {"Policy": "{"}, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
    ("x", {"Policy": "{}"}, "InvalidAttributeValue", "Invalid value for the parameter Policy."),
    ("x", {"Policy": '{"Statement": [{"Effect": "Maybe"}]}'}, "InvalidAttributeValue", "Policy"),
    ("x", {"RedrivePolicy": "[]"}, "InvalidAttributeValue", "Invalid value for the parameter RedrivePolicy."),
    ("x", {"RedrivePolicy": "{}"}, "InvalidParameterValue", "mandatory attribute: deadLetterTargetArn."),
    (
        "x",
        {"RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:no", "maxReceiveCount": 1}'},
        "InvalidParameterValue",
        "Reason: Dead letter target does not exist.",
    ),
    (
        "x",
        {"RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:eu-west-1:000000000000:no", "maxReceiveCount": 1}'},
        "InvalidParameterValue",
        "same account and region",
    ),
    (
        "x",
        {"RedrivePolicy": '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:no", "maxReceiveCount": 1001}'},
        "InvalidParameterValue",
        "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
    ),
    ("x", {"RedriveAllowPolicy": "{}"}, "InvalidParameterValue", "Invalid value for redrivePermission."),
    ("x", {"RedriveAllowPolicy": '{"redrivePermission": "byQueue"}'}, "InvalidParameterValue", "sourceQueueArns"),
    (
        "x.fifo",
        {"FifoQueue": "true", "FifoThroughputLimit": "perMessageGroupId"},
        "InvalidAttributeValue",
        "only when the value for DeduplicationScope is messageGroup",
    ),
    ("x.fifo", {"FifoQueue": "true", "DeduplicationScope": "all"}, "InvalidAttributeValue", "DeduplicationScope"),
]


@pytest.mark.parametrize(("name", "attributes", "code", "text"), BAD_QUEUES)
def test_queues_that_are_refused(sqs: Any, name: str, attributes: dict[str, str], code: str, text: str) -> None:
    found, message = refused(sqs.create_queue, QueueName=name, Attributes=attributes)
    assert found == code
    assert text in message
    assert refused(sqs.get_queue_url, QueueName=name) == NO_QUEUE


def test_attributes_are_set_and_taken_away(sqs: Any, queue: str, make_queue: Callable[..., str]) -> None:
    dead = make_queue()
    policy = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": "5"})

    def attributes(*names: str) -> dict[str, str]:
        found: dict[str, str] = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=list(names)).get(
            "Attributes", {}
        )
        return found

    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "60"})
    assert attributes("RedrivePolicy", "VisibilityTimeout") == {"RedrivePolicy": policy, "VisibilityTimeout": "60"}
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [queue]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"RedrivePolicy": ""})
    assert attributes("RedrivePolicy") == {}
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead).get("queueUrls", []) == []
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})
    names = ("KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "SqsManagedSseEnabled")
    assert attributes(*names) == {
        "KmsMasterKeyId": "alias/aws/sqs",
        "KmsDataKeyReusePeriodSeconds": "300",
        "SqsManagedSseEnabled": "false",
    }
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"SqsManagedSseEnabled": "true"})
    assert attributes(*names) == {"SqsManagedSseEnabled": "true"}
    assert attributes() == {}
    assert refused(sqs.get_queue_attributes, QueueUrl=queue, AttributeNames=["No"])[0] == "InvalidAttributeName"


def test_a_dead_letter_queue_says_whose_letters_it_takes(sqs: Any, make_queue: Callable[..., str], queue: str) -> None:
    denying = make_queue(RedriveAllowPolicy='{"redrivePermission": "denyAll"}')
    choosing = make_queue(
        RedriveAllowPolicy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn_of(queue)]})
    )
    ordered = make_queue(FifoQueue="true")

    def attempt(target: str, source: str) -> Callable[..., Any]:
        policy = json.dumps({"deadLetterTargetArn": arn_of(target), "maxReceiveCount": 1})
        return lambda **_: sqs.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": policy})

    assert "does not permit this source queue" in refused(attempt(denying, queue))[1]
    assert "does not permit this source queue" in refused(attempt(choosing, make_queue()))[1]
    assert "must be same type of queue" in refused(attempt(ordered, queue))[1]
    assert "cannot be its own dead-letter queue" in refused(attempt(queue, queue))[1]
    attempt(choosing, queue)()


def test_the_type_of_a_queue_stays(sqs: Any, fifo: str, queue: str) -> None:
    sqs.set_queue_attributes(QueueUrl=fifo, Attributes={"FifoQueue": "true"})
    code, text = refused(sqs.set_queue_attributes, QueueUrl=fifo, Attributes={"FifoQueue": "false"})
    assert code == "InvalidAttributeValue"
    assert "Modifying queue type is not supported." in text
    assert (
        refused(sqs.set_queue_attributes, QueueUrl=queue, Attributes={"FifoQueue": "true"})[0] == "InvalidAttributeName"
    )
    shown = sqs.get_queue_attributes(QueueUrl=fifo, AttributeNames=["All"])["Attributes"]
    expected = ("true", "true", "queue", "perQueue")
    names = ("FifoQueue", "ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit")
    assert tuple(shown[name] for name in names) == expected


def test_lists_come_in_pages(client: Callable[..., Any]) -> None:
    sqs = client("sqs", account="222222222222")
    urls = [sqs.create_queue(QueueName=f"{letter}-list")["QueueUrl"] for letter in "cab"]
    assert sqs.list_queues()["QueueUrls"] == sorted(urls)
    assert sqs.list_queues(QueueNamePrefix="b")["QueueUrls"] == [urls[2]]
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nothing")
    first = sqs.list_queues(MaxResults=2)
    assert first["QueueUrls"] == sorted(urls)[:2]
    assert sqs.list_queues(MaxResults=2, NextToken=first["NextToken"])["QueueUrls"] == sorted(urls)[2:]
    for members in ({"MaxResults": 0}, {"MaxResults": 1001}, {"NextToken": "x"}, {"NextToken": "ä"}):
        assert refused(sqs.list_queues, **members)[0] == "InvalidParameterValue"
    other = {"QueueNamePrefix": "a", "NextToken": first["NextToken"]}
    assert refused(sqs.list_queues, **other)[0] == "InvalidParameterValue"


def test_tags(sqs: Any, queue: str) -> None:
    assert "Tags" not in sqs.list_queue_tags(QueueUrl=queue)
    sqs.tag_queue(QueueUrl=queue, Tags={"a": "1", "b": ""})
    sqs.tag_queue(QueueUrl=queue, Tags={"a": "2"})
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"a": "2", "b": ""}
    sqs.untag_queue(QueueUrl=queue, TagKeys=["a", "nothing"])
    assert sqs.list_queue_tags(QueueUrl=queue)["Tags"] == {"b": ""}
    for tags in ({}, {"": "x"}, {"aws:x": "y"}, {"k" * 129: ""}, {"k": "v" * 257}, {str(n): "" for n in range(51)}):
        assert refused(sqs.tag_queue, QueueUrl=queue, Tags=tags)[0] == "InvalidParameterValue"
    assert refused(sqs.untag_queue, QueueUrl=queue, TagKeys=[])[0] == "InvalidParameterValue"


def test_permissions(client: Callable[..., Any], sqs: Any, queue: str) -> None:
    guest = client("sqs", account="111111111111")
    assert refused(guest.send_message, QueueUrl=queue, MessageBody="x")[0].startswith("AccessDenied")
    sqs.add_permission(QueueUrl=queue, Label="guests", AWSAccountIds=["111111111111"], Actions=["SendMessage"])
    policy = json.loads(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert policy == {
        "Version": "2008-10-17",
        "Id": f"{arn_of(queue)}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "guests",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "SQS:SendMessage",
                "Resource": arn_of(queue),
            }
        ],
    }
    guest.send_message(QueueUrl=queue, MessageBody="from a guest")
    guest.send_message_batch(QueueUrl=queue, Entries=[{"Id": "a", "MessageBody": "another"}])
    assert refused(guest.receive_message, QueueUrl=queue)[0].startswith("AccessDenied")
    got = receive(sqs, queue, AttributeNames=["SenderId"])
    assert {message["Attributes"]["SenderId"] for message in got} == {"111111111111"}
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"Label": "guests"}, "InvalidParameterValue"),
        ({"Label": "a b"}, "InvalidParameterValue"),
        ({"AWSAccountIds": ["x"]}, "InvalidParameterValue"),
        ({"Actions": ["DeleteQueue"]}, "InvalidParameterValue"),
        ({"Actions": []}, "InvalidParameterValue"),
        ({"Actions": ["SendMessage"] * 8}, "OverLimit"),
    ]
    for members, code in refusals:
        call = {"QueueUrl": queue, "Label": "new", "AWSAccountIds": ["111111111111"], "Actions": ["*"], **members}
        assert refused(sqs.add_permission, **call)[0] == code
    sqs.remove_permission(QueueUrl=queue, Label="guests")
    assert refused(guest.send_message, QueueUrl=queue, MessageBody="x")[0].startswith("AccessDenied")
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])
    code, text = refused(sqs.remove_permission, QueueUrl=queue, Label="guests")
    assert code == "InvalidParameterValue"
    assert "can't find label on existing policy" in text
