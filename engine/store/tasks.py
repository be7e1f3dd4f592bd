"""Work that is done for a branch: tasks that activities offer, and calls that are made again after a crash."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, literal_column, select, tuple_

from engine.store.rows import TaskRow
from engine.store.statements import delete_row, row_columns, update_row, upsert_row
from engine.store.tables import tasks

_UPSERT = upsert_row(tasks)
_DELETE = delete_row(tasks)
_SET_STATUS = update_row(tasks, "status")

_ROW = select(*row_columns(tasks, TaskRow))
_KEY = (tasks.c.execution, tasks.c.branch)
_OF_EXECUTION = _ROW.where(tasks.c.execution == bindparam("execution")).order_by(tasks.c.branch)
_OF_KIND = (
    _ROW.where(
        tasks.c.kind == bindparam("kind"),
        tuple_(*_KEY) > tuple_(bindparam("after_execution"), bindparam("after_branch")),
    )
    .order_by(*_KEY)
    .limit(bindparam("limit"))
)
# The words of the partial indexes: with bound values neither back end would use them.
_CALLS_OF_KIND = _OF_KIND.where(tasks.c.kind != literal_column("'ACTIVITY'"))
_OFFERED = (tasks.c.status == literal_column("'PENDING'"), tasks.c.kind == literal_column("'ACTIVITY'"))
_OLDEST_PENDING = (
    _ROW.where(tasks.c.target == bindparam("target"), *_OFFERED).order_by(tasks.c.created_ms, *_KEY).limit(1)
)


def upsert_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with every column."""
    _UPSERT(connection, list(rows))


def delete_many(connection: Connection, keys: Sequence[tuple[int, int]]) -> None:
    """Keys are (execution, branch); one that is not there is passed over."""
    _DELETE(connection, [{"execution": execution, "branch": branch} for execution, branch in keys])


def set_status(connection: Connection, execution: int, branch: int, status: str) -> None:
    _SET_STATUS.one(connection, {"execution": execution, "branch": branch, "status": status})


def of_execution(connection: Connection, key: int) -> list[TaskRow]:
    """The tasks of an execution in the order of their branches."""
    return [TaskRow(*row) for row in connection.execute(_OF_EXECUTION, {"execution": key})]


def of_kind_page(connection: Connection, kind: str, after: tuple[int, int] | None, limit: int) -> list[TaskRow]:
    """At most `limit` tasks of a kind in the order of (execution, branch), after the given one."""
    statement = _OF_KIND if kind == "ACTIVITY" else _CALLS_OF_KIND
    execution, branch = after or (-1, -1)
    values = {"kind": kind, "after_execution": execution, "after_branch": branch, "limit": limit}
    return [TaskRow(*row) for row in connection.execute(statement, values)]


def oldest_pending(connection: Connection, target: str) -> TaskRow | None:
    """The task that an activity (its ARN) has offered for the longest time."""
    found = connection.execute(_OLDEST_PENDING, {"target": target}).one_or_none()
    return None if found is None else TaskRow(*found)
