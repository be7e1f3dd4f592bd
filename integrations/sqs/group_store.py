"""The groups of FIFO queues in the database: which of them are ready, the one that has waited longest first."""

from sqlalchemy import Connection, bindparam, delete, func, select

from engine.store.statements import RowStatement
from integrations.sqs.tables import groups

_OF_BIN = groups.c.bin == bindparam("of_bin")
_READY = (
    select(groups.c.lane)
    .where(_OF_BIN, groups.c.ready_ms <= bindparam("now_ms"))
    .order_by(groups.c.ready_ms)
    .limit(bindparam("most"))
)
_NEXT_MS = select(func.min(groups.c.ready_ms)).where(_OF_BIN, groups.c.ready_ms > bindparam("now_ms"))
_OF_DROPPED = select(groups.c.lane).where(_OF_BIN).limit(bindparam("most"))
_SET = RowStatement("UPDATE sqs_groups SET ready_ms = :ready_ms WHERE bin = :bin AND lane = :lane")
_REMOVE = RowStatement("DELETE FROM sqs_groups WHERE bin = :bin AND lane = :lane")


def ready(connection: Connection, bin: int, now_ms: int, limit: int) -> list[str]:
    return list(connection.execute(_READY, {"of_bin": bin, "now_ms": now_ms, "most": limit}).scalars())


def next_ms(connection: Connection, bin: int, now_ms: int) -> int | None:
    """When the next group becomes ready that is not."""
    found: int | None = connection.execute(_NEXT_MS, {"of_bin": bin, "now_ms": now_ms}).scalar_one()
    return found


def set_ready(connection: Connection, bin: int, lane: str, ready_ms: int) -> None:
    _SET.one(connection, {"bin": bin, "lane": lane, "ready_ms": ready_ms})


def remove(connection: Connection, bin: int, lane: str) -> None:
    _REMOVE.one(connection, {"bin": bin, "lane": lane})


def remove_some(connection: Connection, bin: int, limit: int) -> bool:
    """Groups of a bin that was given up. False: there are none any more."""
    lanes = list(connection.execute(_OF_DROPPED, {"of_bin": bin, "most": limit}).scalars())
    if lanes:
        connection.execute(delete(groups).where(groups.c.bin == bin, groups.c.lane.in_(lanes)))
    return bool(lanes)
