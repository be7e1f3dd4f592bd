"""Removing for good: the executions of a deleted machine, a bounded number at a time; or everything, for tests."""

from collections.abc import Iterable

from sqlalchemy import Connection, MetaData, bindparam, delete, select

from engine.store.tables import executions, history, meta, metadata, shards

_KEYS = (
    select(executions.c.key)
    .where(executions.c.machine == bindparam("machine"))
    .order_by(executions.c.key)
    .limit(bindparam("limit"))
)
_DELETE_HISTORY = delete(history).where(history.c.execution == bindparam("purged"))
_DELETE = delete(executions).where(executions.c.key == bindparam("purged"))


def executions_of_machine(connection: Connection, machine_id: int, limit: int) -> int:
    """Remove at most `limit` ended executions of a machine with their histories; how many there were."""
    found = connection.execute(_KEYS, {"machine": machine_id, "limit": limit}).scalars().all()
    if found:
        rows = [{"purged": key} for key in found]
        connection.execute(_DELETE_HISTORY, rows)
        connection.execute(_DELETE, rows)
    return len(found)


def everything(connection: Connection, others: Iterable[MetaData] = ()) -> None:
    """Empty every table but those that make the database ours; `others` are the integrations' tables."""
    for tables in (metadata, *others):
        for table in tables.sorted_tables:
            if table not in (meta, shards):
                connection.execute(delete(table))
