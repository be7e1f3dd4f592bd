"""FIFO queues by boto3: what they want of a sender, sequence numbers, order, errors."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations.sqs.calls import arn_of, bodies, receive, refused


def test_groups_are_in_order_and_block(sqs: Any, fifo: str) -> None:
    numbers = []
    for body in ("a1", "b1", "a2", "b2", "a3"):
        sent = sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId=body[0])
        numbers.append(int(sent["SequenceNumber"]))
    assert numbers == sorted(set(numbers))
    assert {len(str(number)) for number in numbers} == {20}
    got = receive(sqs, fifo, 2, AttributeNames=["All"])
    assert bodies(got) == ["a1", "a2"]
    assert [int(message["Attributes"]["SequenceNumber"]) for message in got] == [numbers[0], numbers[2]]
    assert {message["Attributes"]["MessageGroupId"] for message in got} == {"a"}
    assert len(got[0]["Attributes"]["MessageDeduplicationId"]) == 64
    assert bodies(receive(sqs, fifo)) == ["b1", "b2"]
    assert receive(sqs, fifo) == []
    entries = [{"Id": message["Body"], "ReceiptHandle": message["ReceiptHandle"]} for message in got]
    assert len(sqs.delete_message_batch(QueueUrl=fifo, Entries=entries)["Successful"]) == 2
    assert bodies(receive(sqs, fifo)) == ["a3"]


def test_a_batch_keeps_its_order_and_knows_duplicates(sqs: Any, fifo: str) -> None:
    entries = [{"Id": f"{n}", "MessageBody": f"{n % 5}", "MessageGroupId": "g"} for n in range(10)]
    sent = sqs.send_message_batch(QueueUrl=fifo, Entries=entries)["Successful"]
    assert sent[0]["MessageId"] == sent[5]["MessageId"]
    assert bodies(receive(sqs, fifo)) == ["0", "1", "2", "3", "4"]


def test_a_message_that_comes_back_is_the_first_again(sqs: Any, fifo: str) -> None:
    for body in ("1", "2"):
        sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId="g")
    [first] = receive(sqs, fifo, 1)
    assert receive(sqs, fifo) == []
    handle = {"QueueUrl": fifo, "ReceiptHandle": first["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    assert bodies(receive(sqs, fifo)) == ["1", "2"]
    code, text = refused(sqs.delete_message, **handle)
    assert code == "InvalidParameterValue"
    assert text.endswith("for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.")
    assert refused(sqs.change_message_visibility, **handle, VisibilityTimeout=1)[0] == "InvalidParameterValue"


def test_a_delete_wakes_one_who_waits(client: Callable[..., Any], sqs: Any, fifo: str) -> None:
    for body in ("1", "2"):
        sqs.send_message(QueueUrl=fifo, MessageBody=body, MessageGroupId="g")
    [first] = receive(sqs, fifo, 1, VisibilityTimeout=1)
    assert bodies(receive(sqs, fifo, WaitTimeSeconds=10)) == ["1", "2"]
    assert first["Body"] == "1"


def test_the_delay_of_a_fifo_queue(sqs: Any, make_queue: Callable[..., str]) -> None:
    url = make_queue(FifoQueue="true", ContentBasedDeduplication="true", DelaySeconds="1")
    sqs.send_message(QueueUrl=url, MessageBody="1", MessageGroupId="g")
    sqs.send_message(QueueUrl=url, MessageBody="2", MessageGroupId="g")
    assert receive(sqs, url) == []
    assert bodies(receive(sqs, url, WaitTimeSeconds=10))[0] == "1"


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({}, "MissingParameter", "The request must contain the parameter MessageGroupId."),
    ({"MessageGroupId": "g" * 129}, "InvalidParameterValue", "MessageGroupId can only include alphanumeric"),
    (
        {"MessageGroupId": "g", "MessageDeduplicationId": "ä"},
        "InvalidParameterValue",
        "MessageDeduplicationId can only",
    ),
    ({"MessageGroupId": "g", "DelaySeconds": 1}, "InvalidParameterValue", "not valid for this queue type"),
]


@pytest.mark.parametrize(("members", "code", "text"), BAD)
def test_messages_that_are_refused(sqs: Any, fifo: str, members: dict[str, Any], code: str, text: str) -> None:
    found, message = refused(sqs.send_message, QueueUrl=fifo, MessageBody="x", **members)
    assert found == code
    assert text in message


def test_an_id_is_wanted_without_deduplication_by_content(sqs: Any, make_queue: Callable[..., str]) -> None:
    url = make_queue(FifoQueue="true")
    code, text = refused(sqs.send_message, QueueUrl=url, MessageBody="x", MessageGroupId="g")
    assert code == "InvalidParameterValue"
    assert text == (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )


def test_message_move_tasks(sqs: Any, make_queue: Callable[..., str]) -> None:
    dead = make_queue(FifoQueue="true", ContentBasedDeduplication="true")
    policy = json.dumps({"deadLetterTargetArn": arn_of(dead), "maxReceiveCount": 1})
    live = make_queue(FifoQueue="true", ContentBasedDeduplication="true", RedrivePolicy=policy)
    sqs.send_message(QueueUrl=live, MessageBody="x", MessageGroupId="g")
    receive(sqs, live, VisibilityTimeout=0)
    assert receive(sqs, live) == []
    handle = sqs.start_message_move_task(SourceArn=arn_of(dead))["TaskHandle"]
    found = sqs.list_message_move_tasks(SourceArn=arn_of(dead))["Results"]
    assert found[0].get("TaskHandle", handle) == handle
    assert bodies(receive(sqs, live, WaitTimeSeconds=10)) == ["x"]
    code, _ = refused(sqs.cancel_message_move_task, TaskHandle=handle)
    assert code == "AWS.SimpleQueueService.UnsupportedOperation"
    assert refused(sqs.cancel_message_move_task, TaskHandle="x")[0] == "ResourceNotFoundException"
