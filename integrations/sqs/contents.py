"""A message as it is kept, and as a receiver sees it.

    Content + who sent it -> Message (a row)          Message -> a member of ReceiveMessage's answer

Bodies are sealed where the queue asks for encryption (AWS's default) and the operator gave a master key. A sealed body
is bound to the message's id, so that it opens wherever the message is moved to.
"""

import base64
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

from engine import limits
from engine.contract import Keys
from engine.jsontext import dumps, loads_own
from integrations.sqs.digests import attributes_md5, body_md5
from integrations.sqs.errors import unknown_attribute
from integrations.sqs.message_store import Message
from integrations.sqs.messages import Content

_SEQUENCE_BASE = 10**19  # a sequence number has 20 digits

SYSTEM_NAMES = (
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
)


def sequence_number(key: int) -> str:
    return str(_SEQUENCE_BASE + key)


def extra_of(content: Content, sender: str, owner: str, deduplication_id: str | None) -> str | None:
    """What few messages have; None where this one has nothing of it."""
    extra: dict[str, Any] = {}
    if sender != owner:
        extra["sender"] = sender
    if deduplication_id is not None:
        extra["deduplication"] = deduplication_id
    if content.trace is not None:
        extra["trace"] = content.trace
    if content.attributes:
        extra["attributes"] = {name: _kept(value) for name, value in content.attributes.items()}
    return dumps(extra) if extra else None


def _kept(value: Any) -> dict[str, str]:
    kept = {"DataType": value["DataType"]}
    if value.get("BinaryValue") is not None:
        return kept | {"BinaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    return kept | {"StringValue": value["StringValue"]}


def source_of(message: Message) -> str | None:
    """The queue that a dead letter came from."""
    source: str | None = None if message.extra is None else loads_own(message.extra).get("source")
    return source


def received_before(message: Message) -> int:
    """How often a dead letter was received in the queues that it was in before."""
    return 0 if message.extra is None else int(loads_own(message.extra).get("before", 0))


def as_letter(message: Message, source_arn: str) -> str:
    """The `extra` of a message that becomes a dead letter of a queue."""
    values = {} if message.extra is None else loads_own(message.extra)
    return dumps(values | {"source": source_arn, "before": message.received})


def as_new(message: Message) -> str | None:
    """The `extra` of a dead letter that is a message like others again."""
    values = {} if message.extra is None else loads_own(message.extra)
    kept = {name: value for name, value in values.items() if name not in ("source", "before")}
    return dumps(kept) if kept else None


def seal(keys: Keys, encrypted: bool, body: str, message_id: str) -> tuple[str | None, bytes | None]:
    """(body, sealed): one of the two."""
    if not encrypted or not keys.configured:
        return body, None
    return None, keys.seal(body.encode(), _bound_to(message_id))


def body_of(keys: Keys, message: Message) -> str:
    if message.sealed is None:
        return message.body or ""
    return keys.open(message.sealed, _bound_to(message.id)).decode()


def _bound_to(message_id: str) -> bytes:
    return f"sqs/{message_id}".encode()


class View:
    """How one request wants its messages: which attributes of either kind."""

    __slots__ = ("_attributes", "_prefixes", "_system")

    def __init__(self, system: Sequence[str], attributes: Sequence[str]):
        for name in system:
            if name != "All" and name not in SYSTEM_NAMES:
                raise unknown_attribute(name)
        self._system = SYSTEM_NAMES if "All" in system else tuple(name for name in SYSTEM_NAMES if name in system)
        every = any(name in ("All", ".*") for name in attributes)
        self._prefixes = ("",) if every else tuple(name[:-2] for name in attributes if name.endswith(".*"))
        self._attributes = frozenset(attributes)

    def shown(self, message: Message, body: str, handle: str, owner: str) -> dict[str, Any]:
        found: dict[str, Any] = {
            "MessageId": message.id,
            "ReceiptHandle": handle,
            "MD5OfBody": body_md5(body),
            "Body": body,
        }
        if not self._system and message.extra is None:
            return found
        extra = {} if message.extra is None else loads_own(message.extra)
        if self._system:
            given = ((name, _SYSTEM[name](message, extra)) for name in self._system)
            found["Attributes"] = {name: value for name, value in given if value is not None}
            if "SenderId" in self._system:
                found["Attributes"].setdefault("SenderId", owner)
        if (kept := extra.get("attributes")) and (self._prefixes or self._attributes):
            wanted = {name: _sent(value) for name, value in kept.items() if self._wants(name)}
            if wanted:
                found["MessageAttributes"] = wanted
                found["MD5OfMessageAttributes"] = attributes_md5(wanted)
        return found

    def _wants(self, name: str) -> bool:
        return name in self._attributes or (bool(self._prefixes) and name.startswith(self._prefixes))


view_of = lru_cache(limits.SQS_VIEWS_REMEMBERED_MAX)(View)  # receivers ask for the same few again and again


def _sent(value: dict[str, str]) -> dict[str, Any]:
    if "BinaryValue" in value:
        return {"BinaryValue": base64.b64decode(value["BinaryValue"]), "DataType": value["DataType"]}
    return {"StringValue": value["StringValue"], "DataType": value["DataType"]}


_SYSTEM: dict[str, Callable[[Message, dict[str, Any]], str | None]] = {
    "SenderId": lambda message, extra: extra.get("sender"),
    "SentTimestamp": lambda message, extra: str(message.sent_ms),
    "ApproximateReceiveCount": lambda message, extra: str(message.received),
    "ApproximateFirstReceiveTimestamp": lambda message, extra: str(message.first_ms),
    "SequenceNumber": lambda message, extra: None if message.lane is None else sequence_number(message.key),
    "MessageDeduplicationId": lambda message, extra: extra.get("deduplication"),
    "MessageGroupId": lambda message, extra: message.lane or message.tenant,
    "AWSTraceHeader": lambda message, extra: extra.get("trace"),
    "DeadLetterQueueSourceArn": lambda message, extra: extra.get("source"),
}
