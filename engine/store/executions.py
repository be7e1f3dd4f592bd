"""Standard executions: one row each, written when they start and again in each commit that moves them.

The states in the conditions are literals: with a bound value neither back end would use its partial indexes.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, literal_column, select, tuple_

from engine.store.freetext import original_or_none, stored_or_none
from engine.store.rows import ExecutionRow
from engine.store.statements import AnyRow, AnySelect, insert_row, row_columns, update_row
from engine.store.tables import executions

_RUNNING = executions.c.status == literal_column("'RUNNING'")
_UNSUCCESSFUL: ColumnElement[Any] = literal_column(
    "status IN ('FAILED', 'TIMED_OUT', 'ABORTED')"
)  # the words of its partial index
_CONDITIONS: dict[str | None, tuple[ColumnElement[Any], ...]] = {
    None: (),
    "RUNNING": (_RUNNING,),
    "SUCCEEDED": (executions.c.status == literal_column("'SUCCEEDED'"),),
    "FAILED": (_UNSUCCESSFUL, executions.c.status == literal_column("'FAILED'")),
    "TIMED_OUT": (_UNSUCCESSFUL, executions.c.status == literal_column("'TIMED_OUT'")),
    "ABORTED": (_UNSUCCESSFUL, executions.c.status == literal_column("'ABORTED'")),
}
# What is listed by whether it was redriven. (Of a machine its partial index serves; of a run, the run's own.)
_REDRIVEN: dict[str | None, tuple[ColumnElement[Any], ...]] = {
    None: (),
    "REDRIVEN": (executions.c.redrive_ms.is_not(None),),
    "NOT_REDRIVEN": (executions.c.redrive_ms.is_(None),),
}
_KEY_MAX = 2**63 - 1
_TOP: ColumnElement[Any] = literal_column("map_run IS NULL")  # the children of Map Runs are listed by their run

_ROW = select(*row_columns(executions, ExecutionRow))
_BY_ARN = _ROW.where(executions.c.arn == bindparam("arn"))
_BY_KEY = _ROW.where(executions.c.key == bindparam("key"))
_STATUS = select(executions.c.status).where(executions.c.key == bindparam("key"))


# What of the machine the starts named; the column must not be null for its partial index, which the equality says.
_QUALIFIERS: dict[str | None, tuple[ColumnElement[Any], ...]] = {
    None: (),
    "version": (executions.c.version == bindparam("of_version"),),
    "alias": (executions.c.alias == bindparam("of_alias"),),
}


def _page(conditions: tuple[ColumnElement[Any], ...]) -> AnySelect:
    of_machine = _ROW.where(executions.c.machine == bindparam("machine"), executions.c.key < bindparam("before"), _TOP)
    return of_machine.where(*conditions).order_by(executions.c.key.desc()).limit(bindparam("limit"))


_PAGES = {
    (status, qualifier, redriven): _page(conditions + named + chosen)
    for status, conditions in _CONDITIONS.items()
    for qualifier, named in _QUALIFIERS.items()
    for redriven, chosen in _REDRIVEN.items()
}
# Which of those that are marked wait for the redrive that is under way, the run says.
_RUN_CONDITIONS = {**_CONDITIONS, "PENDING_REDRIVE": (_UNSUCCESSFUL, literal_column("redrive_due IS NOT NULL"))}
_OF_RUN = _ROW.where(executions.c.map_run == bindparam("of_run"), executions.c.key < bindparam("before"))
_RUN_PAGES = {
    (status, redriven): _OF_RUN.where(*conditions, *chosen).order_by(executions.c.key.desc()).limit(bindparam("limit"))
    for status, conditions in _RUN_CONDITIONS.items()
    for redriven, chosen in _REDRIVEN.items()
}
_RUNNING_CHILDREN = (
    select(executions.c.key)
    .where(executions.c.map_run == bindparam("of_run"), executions.c.key < bindparam("before"), _RUNNING)
    .order_by(executions.c.key.desc())
    .limit(bindparam("limit"))
)
_RUN_RESULTS = select(executions.c.item, executions.c.output).where(
    executions.c.map_run == bindparam("of_run"), *_CONDITIONS["SUCCEEDED"]
)
_ANY_MACHINE_RUNNING = _ROW.where(_RUNNING).order_by(executions.c.key).limit(bindparam("limit"))
_DUE = (
    select(executions.c.key, executions.c.deadline_ms)
    .where(
        _RUNNING,
        tuple_(executions.c.deadline_ms, executions.c.key) > tuple_(bindparam("after_ms"), bindparam("after_key")),
        executions.c.deadline_ms <= bindparam("until_ms"),
    )
    .order_by(executions.c.deadline_ms, executions.c.key)
    .limit(bindparam("limit"))
)
_NEWEST = select(func.max(executions.c.key))
_INSERT = insert_row(executions)
_SET_AWAITED_BY = update_row(executions, "awaited_by")
_REDRIVE = update_row(executions, "deadline_ms", "redrive_count", "redrive_ms", "awaited_by")
_UPDATE = update_row(executions, "status", "output", "error", "cause", "stop_ms", "last_event", "next_branch")


def insert_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with every column. An ARN that exists raises SQLAlchemy's IntegrityError."""
    _INSERT(connection, [_stored(row) for row in rows])


def update_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with `key`, `status`, `output`, `error`, `cause`, `stop_ms`, `last_event` and `next_branch`; others are
    passed over."""
    _UPDATE(connection, [_stored(row) for row in rows])


def status_of(connection: Connection, key: int) -> str | None:
    status = connection.execute(_STATUS, {"key": key}).scalar_one_or_none()
    return None if status is None else str(status)


def redrive_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with `key`, `deadline_ms`, `redrive_count`, `redrive_ms` of executions that are redriven. The Tasks that
    awaited their ends know them."""
    _REDRIVE(connection, [row | {"awaited_by": None} for row in rows])


def set_awaited_by(connection: Connection, key: int, tokens: str) -> None:
    """One more Task waits for the end of an execution that is stored."""
    _SET_AWAITED_BY.one(connection, {"key": key, "awaited_by": tokens})


def by_arn(connection: Connection, arn: str) -> ExecutionRow | None:
    found = connection.execute(_BY_ARN, {"arn": arn}).one_or_none()
    return None if found is None else _original(found)


def by_key(connection: Connection, key: int) -> ExecutionRow | None:
    found = connection.execute(_BY_KEY, {"key": key}).one_or_none()
    return None if found is None else _original(found)


def list_page(
    connection: Connection,
    machine_id: int,
    status: str | None,
    before_key: int | None,
    limit: int,
    *,
    version: int | None = None,
    alias: str | None = None,
    redriven: str | None = None,
) -> list[ExecutionRow]:
    """At most `limit` executions of a machine, the newest first, that started before `before_key`.

    `status` is one of ExecutionStatus; one that no execution can have gives an empty page. `version` or `alias`: only
    those whose start named it (of a version: or an alias that led to it). `redriven`: REDRIVEN or NOT_REDRIVEN ones.
    """
    qualifier = "alias" if alias is not None else "version" if version is not None else None
    statement = _PAGES.get((status, qualifier, redriven))
    if statement is None:
        return []
    before = _KEY_MAX if before_key is None else before_key
    values: dict[str, Any] = {"machine": machine_id, "before": before, "limit": limit}
    named = {} if qualifier is None else {f"of_{qualifier}": version if alias is None else alias}
    found = connection.execute(statement, values | named)
    return [_original(row) for row in found]


def children_page(
    connection: Connection,
    map_run: int,
    status: str | None,
    before_key: int | None,
    limit: int,
    redriven: str | None = None,
) -> list[ExecutionRow]:
    """At most `limit` children of a Map Run, the newest first."""
    statement = _RUN_PAGES.get((status, redriven))
    if statement is None:
        return []
    values = {"of_run": map_run, "before": _KEY_MAX if before_key is None else before_key, "limit": limit}
    return [_original(row) for row in connection.execute(statement, values)]


def running_children(connection: Connection, map_run: int, before_key: int | None, limit: int) -> list[int]:
    """The keys of at most `limit` children of a Map Run that run, the newest first."""
    values = {"of_run": map_run, "before": _KEY_MAX if before_key is None else before_key, "limit": limit}
    return list(connection.execute(_RUNNING_CHILDREN, values).scalars())


def child_results(connection: Connection, map_run: int) -> dict[int, str]:
    """The outputs of a Map Run's children that succeeded, by item. The caller knows that they are few bytes."""
    return {row[0]: row[1] for row in connection.execute(_RUN_RESULTS, {"of_run": map_run})}


def all_running(connection: Connection, limit: int) -> list[ExecutionRow]:
    """The first `limit` running executions of all machines, by key."""
    return [_original(row) for row in connection.execute(_ANY_MACHINE_RUNNING, {"limit": limit})]


def due_deadlines(
    connection: Connection, until_ms: int, limit: int, after: tuple[int, int] = (-1, -1)
) -> list[tuple[int, int]]:
    """(key, deadline_ms) of running executions whose time is up by `until_ms`, the earliest first.

    `after` is the (deadline_ms, key) of the last one on the page before.
    """
    values = {"after_ms": after[0], "after_key": after[1], "until_ms": until_ms, "limit": limit}
    return [(row[0], row[1]) for row in connection.execute(_DUE, values)]


def newest_key(connection: Connection) -> int:
    """The highest key in use, 0 in an empty store: the next one must be above it, whatever the clock says."""
    return int(connection.execute(_NEWEST).scalar_one() or 0)


def _stored(row: dict[str, Any]) -> dict[str, Any]:
    if row.get("error") is None and row.get("cause") is None and row.get("trace_header") is None:
        return row
    return row | {name: stored_or_none(row[name]) for name in ("error", "cause", "trace_header") if name in row}


def _original(row: AnyRow) -> ExecutionRow:
    found = ExecutionRow(*row)
    if found.error is None and found.cause is None and found.trace_header is None:
        return found
    return replace(
        found,
        error=original_or_none(found.error),
        cause=original_or_none(found.cause),
        trace_header=original_or_none(found.trace_header),
    )
