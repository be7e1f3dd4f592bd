"""Asynchronous Express executions that were acknowledged and have not ended yet."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.store.freetext import original, stored_or_none
from engine.store.rows import ExpressStartRow
from engine.store.statements import AnyRow, delete_row, insert_row, row_columns
from engine.store.tables import express_starts

_INSERT = insert_row(express_starts)
_DELETE = delete_row(express_starts)
_PAGE = (
    select(*row_columns(express_starts, ExpressStartRow))
    .where(express_starts.c.key > bindparam("after"))
    .order_by(express_starts.c.key)
    .limit(bindparam("limit"))
)

# Without an index: it is asked of what runs now, and only while an Express machine is being deleted.
_ANY = select(express_starts.c.key).where(express_starts.c.machine == bindparam("machine")).limit(1)


def insert_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with every column."""
    _INSERT(connection, [row | {"trace_header": stored_or_none(row["trace_header"])} for row in rows])


def delete_many(connection: Connection, keys: Sequence[int]) -> None:
    """Remove what has ended; a key that is not there is passed over."""
    _DELETE(connection, [{"key": key} for key in keys])


def any_of_machine(connection: Connection, machine_id: int) -> bool:
    """Whether one of a machine's executions has not ended."""
    return connection.execute(_ANY, {"machine": machine_id}).first() is not None


def all_page(connection: Connection, after_key: int | None, limit: int) -> list[ExpressStartRow]:
    """At most `limit` starts in the order of their keys, after the given one."""
    values = {"after": -1 if after_key is None else after_key, "limit": limit}
    return [_original(row) for row in connection.execute(_PAGE, values)]


def _original(row: AnyRow) -> ExpressStartRow:
    found = ExpressStartRow(*row)
    if found.trace_header is None:
        return found
    return replace(found, trace_header=original(found.trace_header))
