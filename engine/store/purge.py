"""Removing for good: the executions of a deleted machine, a bounded number at a time; those with these keys; or
everything, for tests."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, MetaData, bindparam, delete, literal_column, select

from engine.store.tables import (
    data_keys,
    executions,
    history,
    map_runs,
    meta,
    metadata,
    redrive_tokens,
    remains,
    result_exports,
    shards,
)

_KEYS = (
    select(executions.c.key)
    .where(executions.c.machine == bindparam("machine"), literal_column("map_run IS NULL"))
    .order_by(executions.c.key)
    .limit(bindparam("limit"))
)
_RUNS = select(map_runs.c.key).where(map_runs.c.machine == bindparam("machine")).order_by(map_runs.c.key).limit(1)
_CHILDREN = select(executions.c.key).where(executions.c.map_run == bindparam("run")).limit(bindparam("limit"))
_DELETE_RUN = delete(map_runs).where(map_runs.c.key == bindparam("run"))
_DELETE_EXPORT = delete(result_exports).where(result_exports.c.map_run == bindparam("run"))
_DELETE_PARTS = [
    delete(table).where(table.c.execution == bindparam("purged")) for table in (history, remains, redrive_tokens)
]
_DELETE = delete(executions).where(executions.c.key == bindparam("purged"))
# The others are in use by a server that runs.
_DELETE_ALONE = delete(data_keys).where(data_keys.c.alone == 1)


def executions_of_machine(connection: Connection, machine_id: int, limit: int) -> int:
    """Remove at most `limit` ended executions of a machine with their histories; how many there were.

    Those of a Map Run go before it, and a run counts as one.
    """
    run = connection.execute(_RUNS, {"machine": machine_id}).scalar_one_or_none()
    if run is not None:
        found = connection.execute(_CHILDREN, {"run": run, "limit": limit}).scalars().all()
        if not found:
            connection.execute(_DELETE_EXPORT, {"run": run})
            connection.execute(_DELETE_RUN, {"run": run})
            return 1
    else:
        found = connection.execute(_KEYS, {"machine": machine_id, "limit": limit}).scalars().all()
    executions_by_key(connection, found)
    return len(found)


def executions_by_key(connection: Connection, keys: Sequence[int]) -> None:
    """Remove these ended executions with their histories and what was kept for a redrive."""
    if keys:
        rows = [{"purged": key} for key in keys]
        for statement in (*_DELETE_PARTS, _DELETE):
            connection.execute(statement, rows)


def everything(connection: Connection, others: Iterable[MetaData] = ()) -> None:
    """Empty every table but those that make the database ours; `others` are the integrations' tables."""
    for tables in (metadata, *others):
        for table in tables.sorted_tables:
            if table not in (meta, shards):
                connection.execute(_DELETE_ALONE if table is data_keys else delete(table))
