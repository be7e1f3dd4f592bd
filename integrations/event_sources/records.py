"""The events that targets get of messages, and what a function's answer says about them. Pure.

A record is as Lambda gives it to a function. A function gets `{"Records": [...]}`, a state machine the array itself, as
from EventBridge Pipes.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.jsontext import dumps, size_bytes

Json = dict[str, Any]


def record(message: Mapping[str, Any], queue_arn: str) -> Json:
    """Of a message as ReceiveMessage gives it, with all its attributes."""
    found = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message.get("Attributes", {})),
        "messageAttributes": {name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": queue_arn.split(":")[3],
    }
    if "MD5OfMessageAttributes" in message:
        found["md5OfMessageAttributes"] = message["MD5OfMessageAttributes"]
    return found


def _attribute(value: Mapping[str, Any]) -> Json:
    found: Json = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "BinaryValue" in value:
        found["binaryValue"] = base64.b64encode(value["BinaryValue"]).decode()
    else:
        found["stringValue"] = value["StringValue"]
    return found


def chunks(records: Sequence[Json], bytes_max: int) -> Iterator[list[Json]]:
    """In order, as many at once as fit; one that is too large by itself stands alone."""
    chunk: list[Json] = []
    size = 0
    for one in records:
        more = size_bytes(dumps(one)) + 1
        if chunk and size + more > bytes_max:
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += more
    if chunk:
        yield chunk


def failed_items(answer: Any, ids: Sequence[str]) -> set[str]:
    """The messages that have failed, by a function's answer with `batchItemFailures` [Lambda: partial batch responses].

    None or an empty list: all went well. An answer that is not as it should be, or names what was not in the batch:
    all have failed.
    """
    given = answer.get("batchItemFailures") if isinstance(answer, dict) else answer
    if given is None:
        return set()
    if not isinstance(given, list):
        return set(ids)
    named = {str(item.get("itemIdentifier")) if isinstance(item, dict) else "" for item in given}
    return named if named <= set(ids) else set(ids)
