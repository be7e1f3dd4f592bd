"""The archive of a FIFO topic: its messages, kept for the days that its ArchivePolicy says.

Sealed when a master key is configured.
"""

from dataclasses import replace

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select

from engine import limits
from engine.contract import Transaction
from integrations.sns.letters import Published
from integrations.sns.packing import packed, unpacked
from integrations.sns.store import Topic
from integrations.sns.tables import archive, remains, topics
from integrations.sns.topic_attributes import retention_days

_BOUND_TO = b"sns archive "
_DAY_MS = 86_400_000

_ADD = insert(archive)
_READ = (
    select(archive)
    .where(archive.c.topic == bindparam("topic_id"), archive.c.id >= bindparam("first"))
    .where(archive.c.time_ms >= bindparam("from_ms"), archive.c.time_ms <= bindparam("until_ms"))
    .order_by(archive.c.id)
    .limit(bindparam("limit"))
)
_ARCHIVING = select(topics.c.id, topics.c.attributes).where(topics.c.archive_since_ms.is_not(None))
_OLD = (
    select(archive.c.id)
    .where(archive.c.topic == bindparam("topic_id"), archive.c.time_ms < bindparam("before_ms"))
    .limit(limits.SNS_SWEEP_ROWS)
)
_DELETE = delete(archive).where(archive.c.id.in_(bindparam("old", expanding=True)))
_REMAINS = select(remains.c.topic, remains.c.until_ms).limit(1)
_DELETE_REMAINS = delete(remains).where(remains.c.topic == bindparam("topic_id"))


def keep(tx: Transaction, topic: Topic, published: Published) -> None:
    """Where the topic has an archive."""
    if topic.archive_since_ms is None:
        return
    text = packed(published)
    sealed = tx.keys.configured
    row = {
        "topic": topic.id,
        "time_ms": published.time_ms,
        "sealed": int(sealed),
        "message": tx.keys.seal(text, _BOUND_TO + topic.arn.encode()) if sealed else text,
    }
    tx.connection.execute(_ADD, row)


def read(tx: Transaction, topic: Topic, first: int, window: tuple[int, int], limit: int) -> list[tuple[int, Published]]:
    """(number, message) in their order, from a number on, of the milliseconds of the window."""
    asked = {"topic_id": topic.id, "first": first, "from_ms": window[0], "until_ms": window[1], "limit": limit}
    found = []
    for row in tx.connection.execute(_READ, asked):
        text = tx.keys.open(row.message, _BOUND_TO + topic.arn.encode()) if row.sealed else row.message
        found.append((row.id, replace(unpacked(text), replayed=True)))
    return found


def oldest_ms(topic: Topic, now_ms: int) -> int:
    """What is older is not in the archive any more, whether it has been removed or not."""
    days = retention_days(topic.attributes)
    if days is None or topic.archive_since_ms is None:
        return now_ms
    return max(topic.archive_since_ms, now_ms - days * _DAY_MS)


def sweep(connection: Connection, now_ms: int) -> bool:
    """Remove what has expired, and archives that were ended; True: there may be more."""
    ended = connection.execute(_REMAINS).one_or_none()
    if ended is not None:
        if not _remove(connection, ended.topic, ended.until_ms + 1):
            connection.execute(_DELETE_REMAINS, {"topic_id": ended.topic})
        return True
    more = False
    for topic_id, attributes in connection.execute(_ARCHIVING).all():
        days = retention_days(orjson.loads(attributes))
        if days is not None:
            more |= _remove(connection, topic_id, now_ms - days * _DAY_MS)
    return more


def _remove(connection: Connection, topic_id: int, before_ms: int) -> bool:
    old = list(connection.execute(_OLD, {"topic_id": topic_id, "before_ms": before_ms}).scalars())
    if old:
        connection.execute(_DELETE, {"old": old})
    return len(old) == limits.SNS_SWEEP_ROWS
