"""Deliveries that leave the process: written with what causes them, removed once they have been made.

A row that is being delivered stays as it is: who delivers remembers it, and after a crash it is simply due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from engine.store.freetext import original, stored
from engine.store.statements import RowStatement, delete_row, row_columns, update_row
from engine.store.tables import outbox


@dataclass(frozen=True, slots=True)
class OutboxRow:
    id: int
    kind: str
    payload: str
    due_ms: int
    failures: int
    created_ms: int


# The id is the database's to give.
_PUT = RowStatement(
    "INSERT INTO outbox (kind, payload, due_ms, failures, created_ms) VALUES (:kind, :payload, :due_ms, 0, :created_ms)"
)
_PUT_OFF = update_row(outbox, "due_ms", "failures")
_DELETE = delete_row(outbox)
_DUE = (
    select(*row_columns(outbox, OutboxRow))
    .where(outbox.c.due_ms <= bindparam("now_ms"))
    .order_by(outbox.c.due_ms, outbox.c.id)
    .limit(bindparam("limit"))
)
_NEXT = select(func.min(outbox.c.due_ms)).where(outbox.c.due_ms > bindparam("now_ms"))
_COUNTED = select(outbox.c.id).limit(bindparam("most")).subquery()
_COUNT = select(func.count()).select_from(_COUNTED)


def put_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with `kind`, `payload`, `due_ms` and `created_ms`."""
    _PUT(connection, [row | {"payload": stored(row["payload"])} for row in rows])


def put_off(connection: Connection, row_id: int, due_ms: int, failures: int) -> None:
    """An attempt failed; the next one is made at `due_ms`."""
    _PUT_OFF.one(connection, {"id": row_id, "due_ms": due_ms, "failures": failures})


def delete(connection: Connection, row_id: int) -> None:
    """The delivery was made, or given up. A row that is gone is passed over."""
    _DELETE.one(connection, {"id": row_id})


def due(connection: Connection, now_ms: int, limit: int) -> list[OutboxRow]:
    """At most `limit` deliveries that are due, the longest due first."""
    found = connection.execute(_DUE, {"now_ms": now_ms, "limit": limit})
    return [replace(row, payload=original(row.payload)) for row in (OutboxRow(*row) for row in found)]


def next_due_ms(connection: Connection, now_ms: int) -> int | None:
    """When the first of the deliveries that are not due yet will be."""
    found: int | None = connection.execute(_NEXT, {"now_ms": now_ms}).scalar_one_or_none()
    return found


def count(connection: Connection, most: int) -> int:
    """How many deliveries there are; counting stops at `most`."""
    return int(connection.execute(_COUNT, {"most": most}).scalar_one())
