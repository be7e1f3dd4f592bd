"""Log events in the database: taking them in, reading them in the order of (time, number), and letting them go.

Pages are bounded in bytes before their messages are read: a first query finds out where the page ends, a second one
fetches it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, bindparam, delete, exists, func, or_, select, text
from sqlalchemy import cast as sql_cast

from engine.store.freetext import original, stored
from engine.store.statements import RowStatement
from integrations.logs.rules import DAY_MS
from integrations.logs.tables import events, groups, remains, streams
from integrations.logs.tokens import Place


@dataclass(frozen=True, slots=True)
class LogEvent:
    id: int
    time_ms: int
    ingested_ms: int
    stream: int
    message: str

    @property
    def place(self) -> Place:
        return self.time_ms, self.id


@dataclass(frozen=True, slots=True)
class Span:
    """Which events: of a stream, or of a group and perhaps some of its streams; from `start_ms` and before `end_ms`."""

    group: int
    stream: int | None = None
    streams: Sequence[int] | None = None
    prefix: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None
    inclusive_end: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.stream is not None:
            found.append(events.c.stream == self.stream)
        else:
            gone = select(remains.c.stream).where(remains.c.log_group == self.group, remains.c.stream.is_not(None))
            found += [events.c.log_group == self.group, events.c.stream.not_in(gone)]
        if self.streams is not None:
            found.append(events.c.stream.in_(self.streams))
        if self.prefix is not None:
            begins = func.substr(streams.c.name, 1, len(self.prefix)) == self.prefix
            found.append(events.c.stream.in_(select(streams.c.id).where(streams.c.log_group == self.group, begins)))
        if self.start_ms is not None:
            found.append(events.c.time_ms >= self.start_ms)
        if self.end_ms is not None:
            found.append(events.c.time_ms <= self.end_ms if self.inclusive_end else events.c.time_ms < self.end_ms)
        return found


_COLUMNS = (events.c.id, events.c.time_ms, events.c.ingested_ms, events.c.stream, events.c.message)
_PUT = RowStatement(
    "INSERT INTO log_events (log_group, stream, time_ms, ingested_ms, size, message) "
    "VALUES (:log_group, :stream, :time_ms, :ingested_ms, :size, :message)"
)
_GROWN = RowStatement(
    "UPDATE log_streams SET size = size + :size, ingested_ms = :ingested_ms, "
    "first_ms = CASE WHEN first_ms < :first_ms THEN first_ms ELSE :first_ms END, "
    "last_ms = CASE WHEN last_ms > :last_ms THEN last_ms ELSE :last_ms END WHERE id = :id"
)
_SHRUNK = text("UPDATE log_streams SET size = size - :size WHERE id = :id")
# A group that has an expired event: one look into the index for each group with a retention.
_EXPIRED = (
    select(groups.c.id, groups.c.retention_days)
    .where(
        groups.c.retention_days.is_not(None),
        exists().where(
            events.c.log_group == groups.c.id,
            events.c.time_ms < bindparam("now_ms") - groups.c.retention_days * sql_cast(DAY_MS, BigInteger),
        ),
    )
    .limit(1)
)
_DELETE = delete(events).where(events.c.id == bindparam("event_id"))


def put_many(
    connection: Connection, group: int, stream: int, taken: Sequence[tuple[int, str]], ingested_ms: int
) -> None:
    """Take in (time in ms, message) pairs, at least one, and bring the stream's row up to them."""
    common = {"log_group": group, "stream": stream, "ingested_ms": ingested_ms}
    rows: list[dict[str, Any]] = []
    for time_ms, message in taken:
        size = len(message) if message.isascii() else len(message.encode())
        rows.append({**common, "time_ms": time_ms, "size": size, "message": stored(message)})
    _PUT(connection, rows)
    times = [row["time_ms"] for row in rows]
    grown = {
        "id": stream,
        "size": sum(row["size"] for row in rows),
        "ingested_ms": ingested_ms,
        "first_ms": min(times),
        "last_ms": max(times),
    }
    _GROWN.one(connection, grown)


def read(
    connection: Connection, span: Span, after: Place | None, *, forward: bool, limit: int, bytes_max: int
) -> tuple[list[LogEvent], bool]:
    """The next events of a span after a place (before it, where not `forward`), in the order of reading.

    At most `limit` of them, and as many as fit in `bytes_max`, but one at least. True: there are more.
    """
    conditions = span.conditions()
    if after is not None:
        conditions += _beyond(after, forward)
    order = [events.c.time_ms, events.c.id] if forward else [events.c.time_ms.desc(), events.c.id.desc()]
    heads = select(events.c.time_ms, events.c.id, events.c.size).where(*conditions).order_by(*order).limit(limit + 1)
    found = connection.execute(heads).all()
    taken, size = 0, 0
    for head in found[:limit]:
        size += head.size
        if taken and size > bytes_max:
            break
        taken += 1
    if not taken:
        return [], False
    last = found[taken - 1]
    conditions += _up_to((last.time_ms, last.id), forward)
    rows = connection.execute(select(*_COLUMNS).where(*conditions).order_by(*order))
    return [LogEvent(row[0], row[1], row[2], row[3], original(row[4])) for row in rows], taken < len(found)


def _beyond(place: Place, forward: bool) -> list[ColumnElement[bool]]:
    """After a place in the order of reading. (The first condition says nothing new, but lets the index begin there.)"""
    time_ms, number = place
    if forward:
        return [events.c.time_ms >= time_ms, or_(events.c.time_ms > time_ms, events.c.id > number)]
    return [events.c.time_ms <= time_ms, or_(events.c.time_ms < time_ms, events.c.id < number)]


def _up_to(place: Place, forward: bool) -> list[ColumnElement[bool]]:
    """Not after a place in the order of reading."""
    time_ms, number = place
    if forward:
        return [events.c.time_ms <= time_ms, or_(events.c.time_ms < time_ms, events.c.id <= number)]
    return [events.c.time_ms >= time_ms, or_(events.c.time_ms > time_ms, events.c.id >= number)]


def remove_expired(connection: Connection, now_ms: int, limit: int) -> int:
    """Remove at most `limit` events of a group that are older than its retention; how many there were."""
    found = connection.execute(_EXPIRED, {"now_ms": now_ms}).one_or_none()
    if found is None:
        return 0
    conditions = (events.c.log_group == found.id, events.c.time_ms < now_ms - found.retention_days * DAY_MS)
    return _remove(connection, conditions, (events.c.time_ms, events.c.id), limit)


def remove_remains(connection: Connection, limit: int) -> bool:
    """Remove some of what deleted groups and streams left. False: nothing was left."""
    first = connection.execute(select(remains).order_by(remains.c.id).limit(1)).one_or_none()
    if first is None:
        return False
    if first.stream is not None:
        removed = _remove(connection, (events.c.stream == first.stream,), (events.c.time_ms,), limit)
    else:
        removed = _remove(connection, (events.c.log_group == first.log_group,), (events.c.time_ms,), limit)
        removed = removed or _remove_streams(connection, first.log_group, limit)
    if not removed:
        connection.execute(delete(remains).where(remains.c.id == first.id))
    return True


def _remove(connection: Connection, conditions: Sequence[ColumnElement[bool]], order: Sequence[Any], limit: int) -> int:
    query = select(events.c.id, events.c.stream, events.c.size).where(*conditions).order_by(*order).limit(limit)
    rows = connection.execute(query).all()
    if rows:
        connection.execute(_DELETE, [{"event_id": row.id} for row in rows])
        sizes: dict[int, int] = {}
        for row in rows:
            sizes[row.stream] = sizes.get(row.stream, 0) + row.size
        connection.execute(_SHRUNK, [{"id": stream, "size": size} for stream, size in sizes.items()])
    return len(rows)


def _remove_streams(connection: Connection, group: int, limit: int) -> int:
    ids = connection.execute(select(streams.c.id).where(streams.c.log_group == group).limit(limit)).scalars().all()
    if ids:
        connection.execute(delete(streams).where(streams.c.id.in_(ids)))
    return len(ids)


def streams_named(connection: Connection, group: int, names: Sequence[str]) -> dict[str, int]:
    query = select(streams.c.name, streams.c.id).where(streams.c.log_group == group, streams.c.name.in_(names))
    return {row.name: row.id for row in connection.execute(query)}


def stream_names(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    if not ids:
        return {}
    query = select(streams.c.id, streams.c.name).where(streams.c.id.in_(ids))
    return {row.id: row.name for row in connection.execute(query)}
