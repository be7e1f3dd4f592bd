"""Rows that have had their time, removed a bounded number at a time: ids, attempts, names and tasks of the past."""

from sqlalchemy import ColumnElement, Connection, Table, delete, select, tuple_

from engine import limits
from integrations.sqs.tables import attempts, deleted, duplicates, moves


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
    key = tuple(table.primary_key.columns)
    some = select(*key).where(over).limit(limits.SQS_SWEEP_ROWS)
    return connection.execute(delete(table).where(tuple_(*key).in_(some))).rowcount
