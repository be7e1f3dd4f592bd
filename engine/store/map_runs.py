"""Map Runs: one row each, with counters that are written in each commit that moves them.

A run is open while it is RUNNING or has children to stop: the condition is in the words of its partial index.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, select

from engine.store.rows import MapRunRow
from engine.store.statements import RowStatement, row_columns, update_row, upsert_row
from engine.store.tables import MAP_RUN_OPEN, executions, map_runs

_CHANGING = (
    "status",
    "concurrency",
    "tolerated_count",
    "tolerated_percentage",
    "started",
    "succeeded",
    "failed",
    "timed_out",
    "aborted",
    "result_bytes",
    "stop_ms",
    "results_written",
    "total",
    "items_total",
    "items_started",
    "items_succeeded",
    "items_failed",
    "items_timed_out",
    "items_aborted",
    "reading",
    "cursor",
    "consumed",
    "redrive_count",
    "redrive_ms",
    "marked_after",
    "pending_redrive",
    "pending_items",
)
_UPSERT = upsert_row(map_runs, *_CHANGING)
_SET_WRITTEN = update_row(map_runs, "results_written")
_ROW = select(*row_columns(map_runs, MapRunRow))
_BY_KEY = _ROW.where(map_runs.c.key == bindparam("key"))
_BY_ARN = _ROW.where(map_runs.c.arn == bindparam("arn"))
_OF_EXECUTION = _ROW.where(map_runs.c.parent == bindparam("parent"))
_PAGE = _OF_EXECUTION.where(map_runs.c.key < bindparam("before")).order_by(map_runs.c.key.desc())
_OPEN = (
    _ROW.where(literal_column(MAP_RUN_OPEN), map_runs.c.key > bindparam("after"))
    .order_by(map_runs.c.key)
    .limit(bindparam("limit"))
)
_PARENT_ARN = select(executions.c.arn).where(executions.c.key == bindparam("parent"))
_KEY_MAX = 2**63 - 1
_ADD_END = {
    status: RowStatement(
        f"UPDATE map_runs SET {column} = {column} + :ends, items_{column} = items_{column} + :items WHERE key = :key"
    )
    for status, column in (
        ("SUCCEEDED", "succeeded"),
        ("FAILED", "failed"),
        ("TIMED_OUT", "timed_out"),
        ("ABORTED", "aborted"),
    )
}


def upsert_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with every column; of one that exists what changes is written."""
    _UPSERT(connection, list(rows))


def add_ends(connection: Connection, key: int, status: str, ends: int, items: int) -> None:
    """So many more children of a run that is over have ended, with so many items."""
    _ADD_END[status].one(connection, {"key": key, "ends": ends, "items": items})


def set_results_written(connection: Connection, key: int, count: int) -> None:
    """The results of so many children of a run that is over are written."""
    _SET_WRITTEN.one(connection, {"key": key, "results_written": count})


def by_key(connection: Connection, key: int) -> MapRunRow | None:
    found = connection.execute(_BY_KEY, {"key": key}).one_or_none()
    return None if found is None else MapRunRow(*found)


def by_arn(connection: Connection, arn: str) -> MapRunRow | None:
    found = connection.execute(_BY_ARN, {"arn": arn}).one_or_none()
    return None if found is None else MapRunRow(*found)


def parent_arn(connection: Connection, parent: int) -> str:
    return str(connection.execute(_PARENT_ARN, {"parent": parent}).scalar_one())


def running_of(connection: Connection, parent: int) -> list[MapRunRow]:
    """The runs that an execution waits for: one for each branch at most."""
    found = connection.execute(
        _OF_EXECUTION.where(map_runs.c.status == literal_column("'RUNNING'")), {"parent": parent}
    )
    return [MapRunRow(*row) for row in found]


def page_of(connection: Connection, parent: int, before_key: int | None, limit: int) -> list[MapRunRow]:
    """At most `limit` runs of an execution, the newest first."""
    values = {"parent": parent, "before": _KEY_MAX if before_key is None else before_key}
    return [MapRunRow(*row) for row in connection.execute(_PAGE.limit(limit), values)]


def open_page(connection: Connection, after_key: int, limit: int) -> list[MapRunRow]:
    """Runs that are under way or have children to stop."""
    return [MapRunRow(*row) for row in connection.execute(_OPEN, {"after": after_key, "limit": limit})]
