"""The records that targets get, how they are parted, and what a function's answer means."""

from typing import Any

import pytest

from integrations.event_sources.records import chunks, failed_items, record

QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"
MESSAGE = {
    "MessageId": "m",
    "ReceiptHandle": "r",
    "Body": "b",
    "MD5OfBody": "5",
    "Attributes": {"ApproximateReceiveCount": "1"},
    "MD5OfMessageAttributes": "6",
    "MessageAttributes": {
        "text": {"DataType": "String.x", "StringValue": "v"},
        "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
    },
}
NO_LISTS: dict[str, list[Any]] = {"stringListValues": [], "binaryListValues": []}


def test_a_record_is_as_lambda_gives_it() -> None:
    assert record(MESSAGE, QUEUE) == {
        "messageId": "m",
        "receiptHandle": "r",
        "body": "b",
        "attributes": {"ApproximateReceiveCount": "1"},
        "messageAttributes": {
            "text": {"stringValue": "v", "dataType": "String.x", **NO_LISTS},
            "bytes": {"binaryValue": "AAE=", "dataType": "Binary", **NO_LISTS},
        },
        "md5OfMessageAttributes": "6",
        "md5OfBody": "5",
        "eventSource": "aws:sqs",
        "eventSourceARN": QUEUE,
        "awsRegion": "eu-west-1",
    }


def test_a_message_without_attributes_has_an_empty_table_of_them() -> None:
    plain = {name: value for name, value in MESSAGE.items() if "MessageAttributes" not in name}
    found = record(plain, QUEUE)
    assert found["messageAttributes"] == {} and "md5OfMessageAttributes" not in found


@pytest.mark.parametrize(
    ("lengths", "most", "parts"),
    [
        ([], 100, []),
        ([10, 10, 10], 100, [3]),
        ([10, 10, 10], 30, [2, 1]),
        ([10, 200, 10], 30, [1, 1, 1]),
    ],
)
def test_parts_keep_order_and_fit(lengths: list[int], most: int, parts: list[int]) -> None:
    records = [{"n": "x" * (length - 8)} for length in lengths]  # {"n":""} is 8 bytes
    found = list(chunks(records, most))
    assert [len(part) for part in found] == parts
    assert [one for part in found for one in part] == records


def _named(*names: Any) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


ALL = {"a", "b"}


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"other": 1}, set()),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        (_named("a"), {"a"}),
        (_named("a", "b"), ALL),
        (_named("a", "a"), {"a"}),
        # as documented: then the whole batch has failed
        (_named("c"), ALL),
        (_named("a", "c"), ALL),
        (_named(""), ALL),
        (_named(None), ALL),
        ({"batchItemFailures": [{"wrongKey": "a"}]}, ALL),
        ({"batchItemFailures": ["a"]}, ALL),
        ({"batchItemFailures": {"itemIdentifier": "a"}}, ALL),
        ("text", ALL),
        (["a"], ALL),
    ],
)
def test_what_an_answer_says_has_failed(answer: Any, failed: set[str]) -> None:
    assert failed_items(answer, ["a", "b"]) == failed
