"""Log groups and streams in the database. Events are integrations.logs.event_store's business."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from integrations.logs.tables import groups, remains, streams


@dataclass(frozen=True, slots=True)
class Group:
    id: int
    name: str
    created_ms: int
    retention_days: int | None
    protected: int


@dataclass(frozen=True, slots=True)
class Stream:
    id: int
    name: str
    created_ms: int
    first_ms: int | None
    last_ms: int | None
    ingested_ms: int | None


_GROUP_COLUMNS = [groups.c[member.name] for member in fields(Group)]
_STREAM_COLUMNS = [streams.c[member.name] for member in fields(Stream)]
_OWNED = (groups.c.account == bindparam("account"), groups.c.region == bindparam("region"))

_GROUP = select(*_GROUP_COLUMNS).where(*_OWNED, groups.c.name == bindparam("name"))
_GROUPS = select(*_GROUP_COLUMNS).where(*_OWNED).order_by(groups.c.name).limit(bindparam("limit"))
_COUNT = select(func.count()).select_from(groups).where(*_OWNED)
_STORED = (
    select(streams.c.log_group, func.sum(streams.c.size))
    .where(streams.c.log_group.in_(bindparam("groups", expanding=True)))
    .group_by(streams.c.log_group)
)
_ADD_GROUP = insert(groups)
_SET = update(groups).where(groups.c.id == bindparam("group_id"))
_SET_RETENTION = _SET.values(retention_days=bindparam("days"))
_SET_PROTECTION = _SET.values(protected=bindparam("on"))
_DELETE_GROUP = delete(groups).where(groups.c.id == bindparam("group_id"))
_REMAINS = insert(remains)

_STREAM = select(*_STREAM_COLUMNS).where(
    streams.c.log_group == bindparam("group_id"), streams.c.name == bindparam("name")
)
_ADD_STREAM = insert(streams)
_DELETE_STREAM = delete(streams).where(streams.c.id == bindparam("stream_id"))
_LAST = func.coalesce(streams.c.last_ms, 0)


def group(connection: Connection, account: str, region: str, name: str) -> Group | None:
    found = connection.execute(_GROUP, {"account": account, "region": region, "name": name}).one_or_none()
    return None if found is None else Group(*found)


def list_groups(
    connection: Connection,
    account: str,
    region: str,
    limit: int,
    *,
    after: str | None = None,
    prefix: str | None = None,
    part: str | None = None,
    names: Sequence[str] | None = None,
) -> list[Group]:
    """At most `limit` groups in the order of their names: after one, by a prefix, by a part of it, or by name."""
    query = _GROUPS
    if after is not None:
        query = query.where(groups.c.name > after)
    if prefix:
        query = query.where(groups.c.name >= prefix, func.substr(groups.c.name, 1, len(prefix)) == prefix)
    if part:
        query = query.where(_holds(groups.c.name, part, connection.dialect.name))
    if names is not None:
        query = query.where(groups.c.name.in_(names))
    found = connection.execute(query, {"account": account, "region": region, "limit": limit})
    return [Group(*row) for row in found]


def _holds(column: Any, part: str, backend: str) -> Any:
    """Whether a text holds another, letter by letter (LIKE ignores case on SQLite)."""
    found = func.instr(column, part) if backend == "sqlite" else func.strpos(column, part)
    return found > 0


def count_groups(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT, {"account": account, "region": region}).scalar_one())


def stored_bytes(connection: Connection, group_ids: Sequence[int]) -> dict[int, int]:
    if not group_ids:
        return {}
    return {row[0]: int(row[1]) for row in connection.execute(_STORED, {"groups": list(group_ids)})}


def add_group(connection: Connection, account: str, region: str, name: str, now_ms: int, protected: bool) -> None:
    """A name that exists raises IntegrityError: the caller asks `group` first, in the same transaction."""
    row = {"account": account, "region": region, "name": name, "created_ms": now_ms, "protected": int(protected)}
    connection.execute(_ADD_GROUP, row)


def set_retention(connection: Connection, group_id: int, days: int | None) -> None:
    connection.execute(_SET_RETENTION, {"group_id": group_id, "days": days})


def set_protection(connection: Connection, group_id: int, on: bool) -> None:
    connection.execute(_SET_PROTECTION, {"group_id": group_id, "on": int(on)})


def delete_group(connection: Connection, group_id: int) -> None:
    """Free the name; what the group holds goes later, bit by bit."""
    connection.execute(_DELETE_GROUP, {"group_id": group_id})
    connection.execute(_REMAINS, {"log_group": group_id, "stream": None})


def stream(connection: Connection, group_id: int, name: str) -> Stream | None:
    found = connection.execute(_STREAM, {"group_id": group_id, "name": name}).one_or_none()
    return None if found is None else Stream(*found)


def add_stream(connection: Connection, group_id: int, name: str, now_ms: int) -> int:
    """The new stream's id. A name that exists raises IntegrityError."""
    row = {"log_group": group_id, "name": name, "created_ms": now_ms, "size": 0}
    made = connection.execute(_ADD_STREAM, row).inserted_primary_key
    assert made is not None, "an insert into a table with a generated key returns it"
    return int(made[0])


def delete_stream(connection: Connection, group_id: int, stream_id: int) -> None:
    connection.execute(_DELETE_STREAM, {"stream_id": stream_id})
    connection.execute(_REMAINS, {"log_group": group_id, "stream": stream_id})


def list_streams(
    connection: Connection,
    group_id: int,
    limit: int,
    *,
    by_time: bool,
    descending: bool,
    prefix: str | None = None,
    after: Sequence[Any] | None = None,
) -> list[Stream]:
    """At most `limit` streams by name, or by the time of their last event (then by name).

    `after`: [last_ms or 0, name] of the stream before the first one.
    """
    order = [_LAST, streams.c.name] if by_time else [streams.c.name]
    query = select(*_STREAM_COLUMNS).where(streams.c.log_group == group_id).limit(limit)
    query = query.order_by(*(column.desc() if descending else column for column in order))
    if prefix:
        query = query.where(streams.c.name >= prefix, func.substr(streams.c.name, 1, len(prefix)) == prefix)
    if after is not None:
        last_ms, name = after
        beyond = streams.c.name < name if descending else streams.c.name > name
        if by_time:
            later = _LAST < last_ms if descending else _LAST > last_ms
            beyond = later | ((_LAST == last_ms) & beyond)
        query = query.where(beyond)
    return [Stream(*row) for row in connection.execute(query)]
