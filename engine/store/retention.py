"""Executions that ended so long ago that AWS would have forgotten them, found in the order of their keys.

Keys grow with the time of the start (engine.runtime.keys), so that what is old stands at the beginning of the table: no
index on the time of the end has to be kept for this. Children of Map Runs go with the execution that their run is of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, literal_column, select

from engine.store import purge
from engine.store.tables import executions, map_runs, result_exports

_PAGE = (
    select(executions.c.key, executions.c.status, executions.c.stop_ms, executions.c.map_run)
    .where(executions.c.key > bindparam("after"), executions.c.key < bindparam("before"))
    .order_by(executions.c.key)
    .limit(bindparam("limit"))
)
_RUNS = select(map_runs.c.key).where(map_runs.c.parent == bindparam("of"))
_CHILDREN = (
    select(executions.c.key)
    .where(executions.c.map_run == bindparam("run"), literal_column("map_run IS NOT NULL"))
    .limit(bindparam("limit"))
)
_DELETE_EXPORT = delete(result_exports).where(result_exports.c.map_run == bindparam("run"))
_DELETE_RUN = delete(map_runs).where(map_runs.c.key == bindparam("run"))


@dataclass(frozen=True, slots=True)
class Portion:
    """What one look came to. `after`: where the next one goes on, None where it has seen everything."""

    forgotten: int
    after: int | None


def forget_ended(connection: Connection, after: int, before: int, until_ms: int, limit: int) -> Portion:
    """Remove those of the next `limit` executions, by key from `after` to `before`, that ended until then.

    One with more children than the limit goes with a later portion, which begins at it.
    """
    page = connection.execute(_PAGE, {"after": after, "before": before, "limit": limit}).all()
    ended: list[int] = []
    for row in page:
        if row.map_run is None and row.status != "RUNNING" and row.stop_ms <= until_ms:
            children = _children(connection, row.key, limit)
            if children:
                purge.executions_by_key(connection, [*ended, *children])
                return Portion(len(ended) + len(children), row.key - 1)
            ended.append(row.key)
    purge.executions_by_key(connection, ended)
    return Portion(len(ended), page[-1].key if len(page) == limit else None)


def _children(connection: Connection, key: int, limit: int) -> Sequence[int]:
    """Children to remove before the execution itself; its Map Runs that have none left go here."""
    for run in connection.execute(_RUNS, {"of": key}).scalars().all():
        found = connection.execute(_CHILDREN, {"run": run, "limit": limit}).scalars().all()
        if found:
            return found
        connection.execute(_DELETE_EXPORT, {"run": run})
        connection.execute(_DELETE_RUN, {"run": run})
    return ()
