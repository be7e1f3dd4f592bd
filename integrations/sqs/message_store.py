"""Messages in the database: the statements, each with an index to answer it.

What one commit changes of many messages goes as few statements over many keys: SQLite gives up the interpreter's lock
for every statement.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from engine.store.statements import InsertStatement, RowStatement
from integrations.sqs.tables import bins, groups, messages

_BLOCK = 64  # keys of one statement


@dataclass(slots=True)
class Message:
    """A row of sqs_messages. `body` is None where it is `sealed`."""

    key: int
    bin: int
    visible_ms: int
    received: int
    first_ms: int | None
    sent_ms: int
    id: str
    body: str | None
    sealed: bytes | None
    lane: str | None
    tenant: str | None
    extra: str | None


_NAMES = [member.name for member in fields(Message)]
_COLUMNS = [messages.c[name] for name in _NAMES]
_OF_BIN = messages.c.bin == bindparam("of_bin")
_VISIBLE = (
    select(*_COLUMNS)
    .where(_OF_BIN, messages.c.visible_ms <= bindparam("now_ms"))
    .order_by(messages.c.visible_ms, messages.c.received)
    .limit(bindparam("most"))
)
_OF_TENANT = (
    select(*_COLUMNS)
    .where(_OF_BIN, messages.c.tenant == bindparam("tenant"), messages.c.visible_ms <= bindparam("now_ms"))
    .order_by(messages.c.visible_ms)
    .limit(bindparam("most"))
)
_NEXT_TENANT = select(func.min(messages.c.tenant)).where(_OF_BIN, messages.c.tenant > bindparam("after"))
_OF_LANE = (
    select(*_COLUMNS)
    .where(_OF_BIN, messages.c.lane == bindparam("lane"))
    .order_by(messages.c.key)
    .limit(bindparam("most"))
)
_NEXT_MS = select(func.min(messages.c.visible_ms)).where(_OF_BIN, messages.c.visible_ms > bindparam("now_ms"))
_BY_KEY = select(*_COLUMNS).where(messages.c.key == bindparam("of_key"), _OF_BIN)
_IN_FLIGHT = select(func.count()).where(_OF_BIN, messages.c.visible_ms > bindparam("now_ms"), messages.c.received > 0)
_DELAYED = select(func.count()).where(_OF_BIN, messages.c.visible_ms > bindparam("now_ms"), messages.c.received == 0)
_EXPIRED = select(func.count()).where(_OF_BIN, messages.c.sent_ms < bindparam("before_ms"))
_EXPIRED_MESSAGES = (
    select(*_COLUMNS).where(_OF_BIN, messages.c.sent_ms < bindparam("before_ms")).limit(bindparam("most"))
)
_ANY_MESSAGES = select(messages.c.key).where(_OF_BIN).limit(bindparam("most"))
_LISTED = (
    select(*_COLUMNS)
    .where(_OF_BIN, messages.c.sent_ms >= bindparam("since_ms"))
    .order_by(messages.c.sent_ms, messages.c.key)
    .limit(bindparam("most"))
)
_TOTAL = select(bins.c.messages).where(bins.c.id == bindparam("of_bin"))
_NEWEST = select(func.max(messages.c.key))

_INSERT = InsertStatement(messages)
_ADD_LANES = InsertStatement(groups, " ON CONFLICT (bin, lane) DO NOTHING")
_COUNT = RowStatement("UPDATE sqs_bins SET messages = messages + :more WHERE id = :bin")
_SHOW = RowStatement("UPDATE sqs_messages SET visible_ms = :visible_ms WHERE key = :key AND bin = :bin")


def insert(connection: Connection, new: Iterable[Message]) -> None:
    _INSERT(connection, [{name: getattr(message, name) for name in _NAMES} for message in new])


def add_lanes(connection: Connection, lanes: Iterable[tuple[int, str, int]]) -> None:
    """Groups (bin, lane, ready_ms) that have a message now; those that had one stay as they are."""
    _ADD_LANES(connection, [{"bin": bin, "lane": lane, "ready_ms": ready} for bin, lane, ready in lanes])


def take(connection: Connection, keys: Sequence[int], visible_ms: int, now_ms: int) -> None:
    """Messages that were received: not visible before `visible_ms`."""
    sql = "UPDATE sqs_messages SET visible_ms = ?, received = received + 1, first_ms = COALESCE(first_ms, ?)"
    _by_blocks(connection, sql, (visible_ms, now_ms), keys)


def show(connection: Connection, bin: int, key: int, visible_ms: int) -> None:
    _SHOW.one(connection, {"bin": bin, "key": key, "visible_ms": visible_ms})


def delete(connection: Connection, bin: int, keys: Sequence[int]) -> int:
    """How many of them were there."""
    return _by_blocks(connection, "DELETE FROM sqs_messages", (), keys, bin)


def count_more(connection: Connection, more: Iterable[tuple[int, int]]) -> None:
    """(bin, by how many messages it has grown)."""
    _COUNT(connection, [{"bin": bin, "more": number} for bin, number in more if number])


def visible(connection: Connection, bin: int, now_ms: int, limit: int) -> list[Message]:
    """Those that can be received, the first to be so first."""
    found = connection.execute(_VISIBLE, {"of_bin": bin, "now_ms": now_ms, "most": limit})
    return [Message(*row) for row in found]


def of_tenant(connection: Connection, bin: int, tenant: str, now_ms: int, limit: int) -> list[Message]:
    values = {"of_bin": bin, "tenant": tenant, "now_ms": now_ms, "most": limit}
    return [Message(*row) for row in connection.execute(_OF_TENANT, values)]


def next_tenant(connection: Connection, bin: int, after: str) -> str | None:
    """The message group that follows one by name, in a standard queue."""
    found: str | None = connection.execute(_NEXT_TENANT, {"of_bin": bin, "after": after}).scalar_one()
    return found


def of_lane(connection: Connection, bin: int, lane: str, limit: int) -> list[Message]:
    """The first messages of a FIFO queue's group, visible or not."""
    return [Message(*row) for row in connection.execute(_OF_LANE, {"of_bin": bin, "lane": lane, "most": limit})]


def next_ms(connection: Connection, bin: int, now_ms: int) -> int | None:
    """When the next message becomes visible that is not."""
    found: int | None = connection.execute(_NEXT_MS, {"of_bin": bin, "now_ms": now_ms}).scalar_one()
    return found


def by_key(connection: Connection, bin: int, key: int) -> Message | None:
    row = connection.execute(_BY_KEY, {"of_bin": bin, "of_key": key}).one_or_none()
    return None if row is None else Message(*row)


def count_in_flight(connection: Connection, bin: int, now_ms: int) -> int:
    return int(connection.execute(_IN_FLIGHT, {"of_bin": bin, "now_ms": now_ms}).scalar_one())


def count_delayed(connection: Connection, bin: int, now_ms: int) -> int:
    return int(connection.execute(_DELAYED, {"of_bin": bin, "now_ms": now_ms}).scalar_one())


def count_expired(connection: Connection, bin: int, before_ms: int) -> int:
    return int(connection.execute(_EXPIRED, {"of_bin": bin, "before_ms": before_ms}).scalar_one())


def count_all(connection: Connection, bin: int) -> int:
    return int(connection.execute(_TOTAL, {"of_bin": bin}).scalar_one_or_none() or 0)


def expired(connection: Connection, bin: int, before_ms: int, limit: int) -> list[Message]:
    values = {"of_bin": bin, "before_ms": before_ms, "most": limit}
    return [Message(*row) for row in connection.execute(_EXPIRED_MESSAGES, values)]


def listed(connection: Connection, bin: int, since_ms: int, limit: int) -> list[Message]:
    """In the order in which they were sent, visible or not: for who only looks."""
    values = {"of_bin": bin, "since_ms": since_ms, "most": limit}
    return [Message(*row) for row in connection.execute(_LISTED, values)]


def any_keys(connection: Connection, bin: int, limit: int) -> list[int]:
    return list(connection.execute(_ANY_MESSAGES, {"of_bin": bin, "most": limit}).scalars())


def newest_key(connection: Connection) -> int:
    return int(connection.execute(_NEWEST).scalar_one() or 0)


def _by_blocks(
    connection: Connection, sql: str, values: tuple[Any, ...], keys: Sequence[int], bin: int | None = None
) -> int:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    # The plus keeps the planner from an index that begins with the bin: it would look at all messages of the queue.
    ending, more = ("", ()) if bin is None else (f" AND +bin = {mark}", (bin,))
    done = 0
    for start in range(0, len(keys), _BLOCK):
        block = keys[start : start + _BLOCK]
        where = f" WHERE key IN ({', '.join([mark] * len(block))}){ending}"
        done += connection.exec_driver_sql(sql.replace("?", mark) + where, (*values, *block, *more)).rowcount
    return done
