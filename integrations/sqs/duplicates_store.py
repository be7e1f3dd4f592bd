"""Deduplication of FIFO queues: the ids that were sent in the last five minutes, also of messages that are deleted."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from engine.store.statements import upsert_row
from integrations.sqs.tables import duplicates


@dataclass(frozen=True, slots=True)
class Duplicate:
    """What the message of an id was given."""

    until_ms: int
    message_id: str
    key: int


_FIND = select(duplicates.c.until_ms, duplicates.c.message_id, duplicates.c.key).where(
    duplicates.c.queue == bindparam("of_queue"),
    duplicates.c.lane == bindparam("of_lane"),
    duplicates.c.deduplication_id == bindparam("of_id"),
    duplicates.c.until_ms > bindparam("now_ms"),
)
_PUT = upsert_row(duplicates)


def find(connection: Connection, queue: int, lane: str, deduplication_id: str, now_ms: int) -> Duplicate | None:
    values = {"of_queue": queue, "of_lane": lane, "of_id": deduplication_id, "now_ms": now_ms}
    row = connection.execute(_FIND, values).one_or_none()
    return None if row is None else Duplicate(*row)


def put(connection: Connection, sent: Mapping[tuple[int, str, str], Duplicate]) -> None:
    """Keyed by (queue, lane, deduplication id)."""
    rows = [
        {
            "queue": queue,
            "lane": lane,
            "deduplication_id": deduplication_id,
            "until_ms": found.until_ms,
            "message_id": found.message_id,
            "key": found.key,
        }
        for (queue, lane, deduplication_id), found in sent.items()
    ]
    _PUT(connection, rows)
