"""Messages of standard queues: sent, received, hidden, deleted, one by one and in batches."""

import base64
import threading
import time
from collections.abc import Callable
from hashlib import md5
from typing import Any

import pytest

from tests.integrations.sqs.calls import bodies, counts, receive, refused

Attributes = dict[str, dict[str, Any]]
ATTRIBUTES: Attributes = {
    "text": {"DataType": "String.x", "StringValue": "a"},
    "number": {"DataType": "Number", "StringValue": "-1.5e3"},
    "blob": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}


def test_a_message_from_sender_to_receiver(sqs: Any, queue: str) -> None:
    sent = sqs.send_message(QueueUrl=queue, MessageBody="héllo", MessageAttributes=ATTRIBUTES)
    assert sent["MD5OfMessageBody"] == md5("héllo".encode()).hexdigest()
    [message] = receive(sqs, queue, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == "héllo"
    assert message["MessageAttributes"] == ATTRIBUTES
    assert message["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    system = message["Attributes"]
    assert system.keys() == {
        "SenderId",
        "SentTimestamp",
        "ApproximateReceiveCount",
        "ApproximateFirstReceiveTimestamp",
    }
    assert (system["SenderId"], system["ApproximateReceiveCount"]) == ("000000000000", "1")
    assert abs(int(system["SentTimestamp"]) - time.time() * 1000) < 60_000
    assert receive(sqs, queue) == []
    assert counts(sqs, queue) == (0, 1, 0)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    assert counts(sqs, queue) == (0, 0, 0)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])  # again: nothing to do


def test_only_the_attributes_that_are_asked_for_come(sqs: Any, queue: str) -> None:
    attributes: Attributes = {name: {"DataType": "String", "StringValue": "v"} for name in ("a.b", "a.c", "d")}
    trace: Attributes = {
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    }
    sent = sqs.send_message(
        QueueUrl=queue, MessageBody="x", MessageAttributes=attributes, MessageSystemAttributes=trace
    )
    assert "MD5OfMessageSystemAttributes" in sent
    wanted: list[tuple[list[str], set[str]]] = [
        ([], set()),
        (["a.*"], {"a.b", "a.c"}),
        (["d", "e"], {"d"}),
        ([".*"], {"a.b", "a.c", "d"}),
    ]
    for names, expected in wanted:
        [message] = receive(sqs, queue, MessageAttributeNames=names, VisibilityTimeout=0)
        assert set(message.get("MessageAttributes", {})) == expected
        assert "Attributes" not in message
    [message] = receive(sqs, queue, MessageSystemAttributeNames=["AWSTraceHeader"])
    assert message["Attributes"] == {"AWSTraceHeader": trace["AWSTraceHeader"]["StringValue"]}
    assert refused(sqs.receive_message, QueueUrl=queue, AttributeNames=["Nothing"])[0] == "InvalidAttributeName"


def test_the_trace_of_a_request_goes_with_its_messages(client: Callable[..., Any], queue: str) -> None:
    sqs = client("sqs")
    trace, own = "Root=1-5759e988-bd862e3fe1be46a994272793", "Root=1-5759e988-000000000000000000000000"

    def add(request: Any, **_: Any) -> None:
        request.headers.add_header("X-Amzn-Trace-Id", trace)

    sqs.meta.events.register("before-sign.sqs", add)
    sqs.send_message(QueueUrl=queue, MessageBody="1")
    system = {"AWSTraceHeader": {"DataType": "String", "StringValue": own}}
    entries = [{"Id": "a", "MessageBody": "2"}, {"Id": "b", "MessageBody": "3", "MessageSystemAttributes": system}]
    sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    got = receive(sqs, queue, MessageSystemAttributeNames=["AWSTraceHeader"])
    traces = {message["Body"]: message["Attributes"]["AWSTraceHeader"] for message in got}
    assert traces == {"1": trace, "2": trace, "3": own}


def test_a_hidden_message_comes_back(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    [first] = receive(sqs, queue, VisibilityTimeout=1)
    assert receive(sqs, queue) == []
    [again] = receive(sqs, queue, WaitTimeSeconds=5, AttributeNames=["ApproximateReceiveCount"])
    assert again["Attributes"]["ApproximateReceiveCount"] == "2"
    assert again["ReceiptHandle"] != first["ReceiptHandle"]
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first["ReceiptHandle"])  # the old handle does
    assert counts(sqs, queue) == (0, 0, 0)


def test_visibility_is_changed(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    [message] = receive(sqs, queue, VisibilityTimeout=600)
    handle = {"QueueUrl": queue, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    assert counts(sqs, queue) == (1, 0, 0)
    code, text = refused(sqs.change_message_visibility, **handle, VisibilityTimeout=5)
    assert (code, text) == ("AWS.SimpleQueueService.MessageNotInflight", "The message referred to isn't in flight.")
    [again] = receive(sqs, queue)
    handle["ReceiptHandle"] = again["ReceiptHandle"]
    for seconds in (-1, 43_201):
        assert refused(sqs.change_message_visibility, **handle, VisibilityTimeout=seconds)[0] == "InvalidParameterValue"
    sqs.change_message_visibility(**handle, VisibilityTimeout=43_000)
    sqs.delete_message(**handle)
    code, text = refused(sqs.change_message_visibility, **handle, VisibilityTimeout=5)
    assert code == "InvalidParameterValue"
    assert "Message does not exist or is not available for visibility timeout change." in text


def test_a_delayed_message_is_counted_and_waited_for(sqs: Any, queue: str) -> None:
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=1)
    sqs.send_message(QueueUrl=queue, MessageBody="now")
    assert counts(sqs, queue) == (1, 0, 1)
    assert bodies(receive(sqs, queue)) == ["now"]
    assert bodies(receive(sqs, queue, WaitTimeSeconds=5)) == ["later"]


def test_the_delay_of_a_queue(sqs: Any, make_queue: Callable[..., str]) -> None:
    url = make_queue(DelaySeconds="900")
    sqs.send_message(QueueUrl=url, MessageBody="queue's")
    sqs.send_message(QueueUrl=url, MessageBody="own", DelaySeconds=0)
    assert counts(sqs, url) == (1, 0, 1)


def test_a_send_wakes_one_who_waits(client: Callable[..., Any], sqs: Any, queue: str) -> None:
    got: list[list[str]] = []
    waiter = client("sqs")
    thread = threading.Thread(target=lambda: got.append(bodies(receive(waiter, queue, WaitTimeSeconds=20))))
    began = time.monotonic()
    thread.start()
    sqs.send_message(QueueUrl=queue, MessageBody="wake up")
    thread.join(15)
    assert got == [["wake up"]]
    assert time.monotonic() - began < 10


def test_who_waits_hears_that_the_queue_is_gone(client: Callable[..., Any], sqs: Any, queue: str) -> None:
    got: list[tuple[str, str]] = []
    waiter = client("sqs")
    call = {"QueueUrl": queue, "WaitTimeSeconds": 20}
    thread = threading.Thread(target=lambda: got.append(refused(waiter.receive_message, **call)))
    thread.start()
    sqs.delete_queue(QueueUrl=queue)  # whether it waits by then or comes later
    thread.join(15)
    assert got == [("AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")]


def test_an_empty_poll_ends(sqs: Any, make_queue: Callable[..., str]) -> None:
    url = make_queue(ReceiveMessageWaitTimeSeconds="1")
    began = time.monotonic()
    assert receive(sqs, url) == []
    assert time.monotonic() - began >= 0.9
    assert receive(sqs, url, WaitTimeSeconds=0) == []


def test_many_messages_are_each_received_once(sqs: Any, queue: str) -> None:
    sent = [f"{number}" for number in range(300)]
    for start in range(0, 300, 10):
        entries = [{"Id": body, "MessageBody": body} for body in sent[start : start + 10]]
        assert len(sqs.send_message_batch(QueueUrl=queue, Entries=entries)["Successful"]) == 10
    got: list[str] = []
    while messages := receive(sqs, queue):
        got += bodies(messages)
        entries = [{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages[1:])]
        if entries:
            sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
    assert sorted(got) == sorted(sent)
    visible, in_flight, _ = counts(sqs, queue)
    assert (visible, in_flight) == (0, 30)


BAD_MESSAGES: list[tuple[dict[str, Any], str, str]] = [
    ({"MessageBody": ""}, "MissingParameter", "The request must contain the parameter MessageBody."),
    (
        {"MessageBody": "x\x07\x01"},
        "InvalidMessageContents",
        "Invalid binary character '#x7' was found in the message body, the set of allowed characters is "
        "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].",
    ),
    ({"MessageBody": "\uffff"}, "InvalidMessageContents", "Invalid binary character '#xFFFF' was found"),
    ({"DelaySeconds": 901}, "InvalidParameterValue", "DelaySeconds must be >= 0 and <= 900."),
    ({"MessageDeduplicationId": "x"}, "InvalidParameterValue", "not valid for this queue type"),
    ({"MessageGroupId": "ä"}, "InvalidParameterValue", "MessageGroupId can only include alphanumeric"),
    (
        {"MessageBody": "x" * 1_048_577},
        "InvalidParameterValue",
        "One or more parameters are invalid. Reason: Message must be shorter than 1048576 bytes.",
    ),
]
BAD_ATTRIBUTES: list[tuple[Attributes, str]] = [
    ({"a": {"DataType": "", "StringValue": "v"}}, "must contain a non-empty message attribute type"),
    ({"a": {"DataType": "Text", "StringValue": "v"}}, "supported type prefixes: Binary, Number, String"),
    ({"a": {"DataType": "String", "StringValue": ""}}, "must contain a non-empty value of type 'String'"),
    ({"a": {"DataType": "String", "BinaryValue": b"v"}}, "must use field 'String'"),
    ({"a": {"DataType": "Binary", "StringValue": "v"}}, "must use field 'Binary'"),
    ({"a": {"DataType": "Binary", "StringValue": "v", "BinaryValue": b"v"}}, "has multiple values"),
    ({"a": {"DataType": "Number", "StringValue": "one"}}, "Can't cast the value"),
    ({"a": {"DataType": "String", "StringValue": "\x02"}}, "outside the allowed set"),
    ({"a": {"DataType": "String", "StringValue": "v", "StringListValues": ["w"]}}, "is not supported"),
    ({"aws.a": {"DataType": "String", "StringValue": "v"}}, "beginning with 'AWS.' or 'Amazon.'"),
    ({"a..b": {"DataType": "String", "StringValue": "v"}}, "not have periods in succession"),
    ({f"a{n}": {"DataType": "String", "StringValue": "v"} for n in range(11)}, "[11] exceeds the allowed maximum [10]"),
]


@pytest.mark.parametrize(("members", "code", "text"), BAD_MESSAGES)
def test_messages_that_are_refused(sqs: Any, queue: str, members: dict[str, Any], code: str, text: str) -> None:
    found, message = refused(sqs.send_message, **{"QueueUrl": queue, "MessageBody": "x", **members})
    assert found == code
    assert text in message
    assert counts(sqs, queue) == (0, 0, 0)


@pytest.mark.parametrize(("attributes", "text"), BAD_ATTRIBUTES)
def test_attributes_that_are_refused(sqs: Any, queue: str, attributes: Attributes, text: str) -> None:
    found, message = refused(sqs.send_message, QueueUrl=queue, MessageBody="x", MessageAttributes=attributes)
    assert found == "InvalidParameterValue"
    assert text in message


@pytest.mark.parametrize(
    "system",
    [
        {"Other": {"DataType": "String", "StringValue": "v"}},
        {"AWSTraceHeader": {"DataType": "Binary", "BinaryValue": b"v"}},
        {"AWSTraceHeader": {"DataType": "String"}},
        {"AWSTraceHeader": {"DataType": "String", "StringValue": "v", "StringListValues": ["w"]}},
    ],
)
def test_system_attributes_that_are_refused(sqs: Any, queue: str, system: Attributes) -> None:
    call = {"QueueUrl": queue, "MessageBody": "x", "MessageSystemAttributes": system}
    assert refused(sqs.send_message, **call)[0] == "InvalidParameterValue"


def test_the_size_that_a_queue_takes_counts_attributes(sqs: Any, make_queue: Callable[..., str]) -> None:
    url = make_queue(MaximumMessageSize="1024")
    attributes: Attributes = {"name": {"DataType": "String", "StringValue": "value"}}  # 4 + 6 + 5
    sqs.send_message(QueueUrl=url, MessageBody="x" * 1009, MessageAttributes=attributes)
    call = {"QueueUrl": url, "MessageBody": "x" * 1010, "MessageAttributes": attributes}
    assert "Message must be shorter than 1024 bytes." in refused(sqs.send_message, **call)[1]


@pytest.mark.parametrize("character", ["x", '"', "é"])
def test_a_message_of_full_size(sqs: Any, queue: str, character: str) -> None:
    body = character * (1_048_576 // len(character.encode()))
    sqs.send_message(QueueUrl=queue, MessageBody=body)
    [message] = receive(sqs, queue)
    assert message["Body"] == body


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"MaxNumberOfMessages": 11}, "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between"),
        ({"MaxNumberOfMessages": 0}, "Value 0 for parameter MaxNumberOfMessages"),
        ({"WaitTimeSeconds": 21}, "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20"),
        ({"VisibilityTimeout": 43_201}, "Value 43201 for parameter VisibilityTimeout"),
        ({"ReceiveRequestAttemptId": "a"}, "Value a for parameter ReceiveRequestAttemptId is invalid. Reason: The req"),
    ],
)
def test_receives_that_are_refused(sqs: Any, queue: str, members: dict[str, Any], text: str) -> None:
    code, message = refused(sqs.receive_message, QueueUrl=queue, **members)
    assert code == "InvalidParameterValue"
    assert text in message


@pytest.mark.parametrize("handle", ["x", "", base64.b64encode(b"\x01\x02" * 21).decode(), "A" * 56 + "=", "ä"])
def test_a_handle_that_was_never_given(sqs: Any, queue: str, handle: str) -> None:
    expected = ("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    assert refused(sqs.delete_message, QueueUrl=queue, ReceiptHandle=handle) == expected
    call = {"QueueUrl": queue, "ReceiptHandle": handle, "VisibilityTimeout": 1}
    assert refused(sqs.change_message_visibility, **call) == expected


def test_the_handle_of_another_queue(sqs: Any, make_queue: Callable[..., str], queue: str) -> None:
    other = make_queue()
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    [message] = receive(sqs, queue)
    handle = message["ReceiptHandle"]
    assert refused(sqs.delete_message, QueueUrl=other, ReceiptHandle=handle) == (
        "ReceiptHandleIsInvalid",
        f'The receipt handle "{handle}" is not valid for this queue.',
    )


# ---- batches ----


def test_one_bad_entry_fails_alone(sqs: Any, queue: str) -> None:
    entries = [
        {"Id": "good", "MessageBody": "x"},
        {"Id": "bad", "MessageBody": "\x00"},
        {"Id": "late", "MessageBody": "y", "DelaySeconds": 901},
    ]
    answer = sqs.send_message_batch(QueueUrl=queue, Entries=entries)
    assert [entry["Id"] for entry in answer["Successful"]] == ["good"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
        ("bad", "InvalidMessageContents", True),
        ("late", "InvalidParameterValue", True),
    ]
    [message] = receive(sqs, queue)
    handles = [{"Id": "a", "ReceiptHandle": message["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "junk"}]
    hidden = [{**entry, "VisibilityTimeout": 60} for entry in handles]
    answer = sqs.change_message_visibility_batch(QueueUrl=queue, Entries=hidden)
    assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
    assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]
    answer = sqs.delete_message_batch(QueueUrl=queue, Entries=handles)
    assert [entry["Id"] for entry in answer["Successful"]] == ["a"]
    assert [entry["Code"] for entry in answer["Failed"]] == ["ReceiptHandleIsInvalid"]


PREFIX = "AWS.SimpleQueueService."
BAD_BATCHES: list[tuple[list[str], str, str]] = [
    ([], "EmptyBatchRequest", "There should be at least one {kind} in the request."),
    (
        [str(number) for number in range(11)],
        "TooManyEntriesInBatchRequest",
        "Maximum number of entries per request are 10. You have sent 11.",
    ),
    (["a", "a"], "BatchEntryIdsNotDistinct", "Id a repeated."),
    (["a b"], "InvalidBatchEntryId", "A batch entry id can only contain alphanumeric characters"),
    (["a" * 81], "InvalidBatchEntryId", "It can be at most 80 letters long."),
]


@pytest.mark.parametrize(("ids", "code", "text"), BAD_BATCHES)
@pytest.mark.parametrize(
    ("operation", "kind", "members"),
    [
        ("send_message_batch", "SendMessageBatchRequestEntry", {"MessageBody": "x"}),
        ("delete_message_batch", "DeleteMessageBatchRequestEntry", {"ReceiptHandle": "h"}),
        ("change_message_visibility_batch", "ChangeMessageVisibilityBatchRequestEntry", {"ReceiptHandle": "h"}),
    ],
)
def test_batches_that_are_refused(
    sqs: Any, queue: str, operation: str, kind: str, members: dict[str, str], ids: list[str], code: str, text: str
) -> None:
    entries = [{"Id": id, **members} for id in ids]
    found, message = refused(getattr(sqs, operation), QueueUrl=queue, Entries=entries)
    assert found == PREFIX + code
    assert text.format(kind=kind) in message


def test_a_batch_that_is_too_long(sqs: Any, queue: str) -> None:
    entries = [{"Id": str(number), "MessageBody": "x" * 600_000} for number in range(2)]
    assert refused(sqs.send_message_batch, QueueUrl=queue, Entries=entries) == (
        PREFIX + "BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1200000 bytes.",
    )
