"""Branches at rest: the lines of control of running executions, and when their timers are due."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, tuple_

from engine.store.rows import BranchRow
from engine.store.statements import delete_row, row_columns, upsert_row
from engine.store.tables import branches

_UPSERT = upsert_row(branches)
_DELETE = delete_row(branches)
_OF_EXECUTION = (
    select(*row_columns(branches, BranchRow))
    .where(branches.c.execution == bindparam("execution"))
    .order_by(branches.c.branch)
)
_DUE = (
    select(branches.c.execution, branches.c.branch, branches.c.wake_ms)
    .where(
        tuple_(branches.c.wake_ms, branches.c.execution, branches.c.branch)
        > tuple_(bindparam("after_ms"), bindparam("after_execution"), bindparam("after_branch")),
        branches.c.wake_ms <= bindparam("until_ms"),
        branches.c.wake_ms.is_not(None),
    )
    .order_by(branches.c.wake_ms, branches.c.execution, branches.c.branch)
    .limit(bindparam("limit"))
)
_LAST_BRANCH = (2**63 - 1, 2**31 - 1)  # behind every branch of a millisecond


def upsert_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with every column."""
    _UPSERT(connection, list(rows))


def delete_many(connection: Connection, keys: Sequence[tuple[int, int]]) -> None:
    """Keys are (execution, branch); one that is not there is passed over."""
    _DELETE(connection, [{"execution": execution, "branch": branch} for execution, branch in keys])


def of_execution(connection: Connection, key: int) -> list[BranchRow]:
    """The branches of an execution in the order of their ids."""
    return [BranchRow(*row) for row in connection.execute(_OF_EXECUTION, {"execution": key})]


def due(
    connection: Connection, after_ms: int, until_ms: int, limit: int, after: tuple[int, int] = _LAST_BRANCH
) -> list[tuple[int, int, int]]:
    """(execution, branch, wake_ms) of the timers later than `after_ms` and up to `until_ms`, the earliest first.

    Many may be due in one millisecond: a full page goes on with the last one's wake_ms as `after_ms` and its
    (execution, branch) as `after`.
    """
    values = {
        "after_ms": after_ms,
        "after_execution": after[0],
        "after_branch": after[1],
        "until_ms": until_ms,
        "limit": limit,
    }
    return [(row[0], row[1], row[2]) for row in connection.execute(_DUE, values)]
