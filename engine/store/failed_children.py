"""The children of Map Runs that ended without success: which of them a redrive of the run takes up again, and when.

    ended -> marked with the number of the run's redrive (`redrive_due`) -> taken, and RUNNING again

A mark of an earlier redrive, or of a run that is over, means nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, literal_column, or_, select

from engine import limits
from engine.store.statements import RowStatement
from engine.store.tables import executions, remains

_FAILED: ColumnElement[Any] = literal_column(
    "map_run IS NOT NULL AND status IN ('FAILED', 'TIMED_OUT', 'ABORTED')"
)  # the words of its partial index
_DUE: ColumnElement[Any] = literal_column("redrive_due IS NOT NULL")
_OF_RUN = executions.c.map_run == bindparam("of_run")
_COLUMNS = (
    executions.c.key,
    executions.c.arn,
    executions.c.status,
    executions.c.start_ms,
    executions.c.stop_ms,
    executions.c.last_event,
    exists().where(remains.c.execution == executions.c.key),
)
_PAGE = (
    select(*_COLUMNS)
    .where(_OF_RUN, _FAILED, executions.c.key > bindparam("after"))
    .order_by(executions.c.key)
    .limit(bindparam("limit"))
)
_INPUT = select(executions.c.input).where(executions.c.key == bindparam("of"))
_DUE_NOW = (_OF_RUN, _DUE, executions.c.redrive_due == bindparam("redrive"), _FAILED)
_NEXT = (
    select(executions.c.key, executions.c.status).where(*_DUE_NOW).order_by(executions.c.key).limit(bindparam("limit"))
)
_BY_STATUS = select(executions.c.status, func.count()).where(*_DUE_NOW).group_by(executions.c.status)
_FINAL = (
    select(func.count())
    .select_from(executions)
    .where(
        _OF_RUN,
        _FAILED,
        or_(
            executions.c.last_event > limits.REDRIVE_HISTORY_EVENTS_MAX,
            executions.c.start_ms <= bindparam("start_until_ms"),
            executions.c.stop_ms <= bindparam("stop_until_ms"),
            ~exists().where(remains.c.execution == executions.c.key),
        ),
    )
)
_MARK = RowStatement("UPDATE executions SET redrive_due = :redrive WHERE key = :key")
_RESTART = RowStatement(
    "UPDATE executions SET status = 'RUNNING', output = NULL, error = NULL, cause = NULL, stop_ms = NULL "
    "WHERE key = :key"
)


@dataclass(frozen=True, slots=True)
class FailedChildRow:
    """`kept`: something is left of it for a redrive (of a Standard one)."""

    key: int
    arn: str
    status: str
    start_ms: int
    stop_ms: int
    last_event: int
    kept: bool


def page(connection: Connection, map_run: int, after_key: int, limit: int) -> list[FailedChildRow]:
    """At most `limit` children that ended without success, by key."""
    found = connection.execute(_PAGE, {"of_run": map_run, "after": after_key, "limit": limit})
    return [FailedChildRow(*row) for row in found]


def input_of(connection: Connection, key: int) -> str:
    return str(connection.execute(_INPUT, {"of": key}).scalar_one())


def mark(connection: Connection, keys: Sequence[int], redrive: int | None) -> None:
    """They wait for this redrive of their run; None: they wait no more."""
    _MARK(connection, [{"key": key, "redrive": redrive} for key in keys])


def next_due(connection: Connection, map_run: int, redrive: int, limit: int) -> list[tuple[int, str]]:
    """(key, status) of the first `limit` children that wait for this redrive of their run."""
    found = connection.execute(_NEXT, {"of_run": map_run, "redrive": redrive, "limit": limit})
    return [(row[0], row[1]) for row in found]


def due_by_status(connection: Connection, map_run: int, redrive: int) -> dict[str, int]:
    """How many children wait for this redrive, by the status that they ended with."""
    found = connection.execute(_BY_STATUS, {"of_run": map_run, "redrive": redrive})
    return {row[0]: row[1] for row in found}


def count_final(connection: Connection, map_run: int, now_ms: int) -> int:
    """How many Standard children ended without success and can be redriven no more."""
    values = {
        "of_run": map_run,
        "start_until_ms": now_ms - limits.EXECUTION_SECONDS_MAX * 1000,
        "stop_until_ms": now_ms - limits.REDRIVE_SECONDS_MAX * 1000,
    }
    return int(connection.execute(_FINAL, values).scalar_one())


def restart_express(connection: Connection, keys: Sequence[int]) -> None:
    """Express children are to run again, from their first state."""
    _RESTART(connection, [{"key": key} for key in keys])
