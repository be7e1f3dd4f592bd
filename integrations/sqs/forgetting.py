"""Rows that have had their time, removed a bounded number at a time: ids, attempts, names and tasks of the past.

Each is deleted by its whole key: of an IN over such keys SQLite uses the first column only.
"""

from sqlalchemy import ColumnElement, Connection, Table, select

from engine import limits
from engine.store.statements import delete_row
from integrations.sqs.tables import attempts, deleted, duplicates, moves

_DELETIONS = {table.name: delete_row(table) for table in (attempts, deleted, duplicates, moves)}


def forget(connection: Connection, now_ms: int) -> bool:
    """True: there may be more of them."""
    past: list[tuple[Table, ColumnElement[bool]]] = [
        (duplicates, duplicates.c.until_ms <= now_ms),
        (attempts, attempts.c.until_ms <= now_ms),
        (deleted, deleted.c.deleted_ms <= now_ms - limits.SQS_DELETED_MS),
        (moves, moves.c.active.is_(None) & (moves.c.started_ms < now_ms - limits.SQS_MOVE_KEPT_MS)),
    ]
    removed = [_remove_some(connection, table, over) for table, over in past]
    return max(removed) == limits.SQS_SWEEP_ROWS


def _remove_some(connection: Connection, table: Table, over: ColumnElement[bool]) -> int:
    some = select(*table.primary_key.columns).where(over).limit(limits.SQS_SWEEP_ROWS)
    found = [dict(row) for row in connection.execute(some).mappings()]
    _DELETIONS[table.name](connection, found)
    return len(found)
