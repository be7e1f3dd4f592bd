"""FIFO topics: a message whose MessageDeduplicationId came within five minutes is taken and goes nowhere.

Within a topic, or within a message group where FifoThroughputScope is MessageGroup.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select

from engine import limits
from engine.store.statements import upsert_row
from integrations.sns.errors import invalid
from integrations.sns.messages import check_id
from integrations.sns.store import Topic
from integrations.sns.tables import deduplications

_PUT = upsert_row(deduplications)
_FIND = select(deduplications.c.message_id, deduplications.c.sequence).where(
    deduplications.c.topic == bindparam("topic_id"),
    deduplications.c.scope == bindparam("in_scope"),
    deduplications.c.name == bindparam("text"),
    deduplications.c.expires_ms > bindparam("now_ms"),
)
_EXPIRED = (
    select(deduplications.c.topic, deduplications.c.scope, deduplications.c.name)
    .where(deduplications.c.expires_ms <= bindparam("now_ms"))
    .limit(limits.SNS_SWEEP_ROWS)
)
_DELETE = delete(deduplications).where(
    deduplications.c.topic == bindparam("topic_id"),
    deduplications.c.scope == bindparam("in_scope"),
    deduplications.c.name == bindparam("text"),
)


@dataclass(frozen=True, slots=True)
class Ordering:
    """What a FIFO topic needs of a message."""

    group: str
    deduplication: str
    scope: str


def ordering(topic: Topic, request: Mapping[str, Any]) -> Ordering | None:
    """Of a message to a FIFO topic; None of one to a standard topic. Raises InvalidParameter."""
    group, given = request.get("MessageGroupId"), request.get("MessageDeduplicationId")
    check_id("MessageGroupId", group)
    check_id("MessageDeduplicationId", given)
    if not topic.fifo:
        if given is not None:
            raise invalid(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            )
        return None
    if group is None:
        raise invalid("The MessageGroupId parameter is required for FIFO topics")
    if given is None and topic.attributes.get("ContentBasedDeduplication") != "true":
        raise invalid(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )
    name = hashlib.sha256(request["Message"].encode()).hexdigest() if given is None else given
    scope = group if topic.attributes.get("FifoThroughputScope") == "MessageGroup" else ""
    return Ordering(group, name, scope)


def earlier(connection: Connection, topic_id: int, order: Ordering, now_ms: int) -> tuple[str, int] | None:
    """(message id, sequence) of the message that came with the same id within five minutes."""
    asked = {"topic_id": topic_id, "in_scope": order.scope, "text": order.deduplication, "now_ms": now_ms}
    found = connection.execute(_FIND, asked).one_or_none()
    return None if found is None else (str(found[0]), int(found[1]))


def remember(
    connection: Connection, topic_id: int, order: Ordering, message_id: str, sequence: int, now_ms: int
) -> None:
    row = {
        "topic": topic_id,
        "scope": order.scope,
        "name": order.deduplication,
        "message_id": message_id,
        "sequence": sequence,
        "expires_ms": now_ms + limits.SNS_DEDUPLICATION_MS,
    }
    _PUT.one(connection, row)


def sweep(connection: Connection, now_ms: int) -> bool:
    """Remove expired ones; True: there may be more."""
    old = [
        {"topic_id": row[0], "in_scope": row[1], "text": row[2]}
        for row in connection.execute(_EXPIRED, {"now_ms": now_ms})
    ]
    if old:
        connection.execute(_DELETE, old)
    return len(old) == limits.SNS_SWEEP_ROWS
