"""Map Runs whose results are to be written, and the children whose results those are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, select

from engine.store.freetext import original_or_none
from engine.store.statements import delete_row, insert_or_keep, row_columns
from engine.store.tables import executions, result_exports


@dataclass(frozen=True, slots=True)
class ExportRow:
    """`pending`: the inputs of the children that will never begin, as a JSON array of texts."""

    map_run: int
    pending: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """What a child of a Map Run gave."""

    key: int
    arn: str
    name: str
    status: str
    item: int
    input: str
    output: str | None
    error: str | None
    cause: str | None
    start_ms: int
    stop_ms: int | None
    redrive_count: int


_PUT = insert_or_keep(result_exports)
_DELETE = delete_row(result_exports)
_BY_RUN = select(*row_columns(result_exports, ExportRow)).where(result_exports.c.map_run == bindparam("of_run"))
_PAGE = (
    select(result_exports.c.map_run)
    .where(result_exports.c.map_run > bindparam("after"))
    .order_by(result_exports.c.map_run)
    .limit(bindparam("limit"))
)
_RESULTS = (
    select(*row_columns(executions, ResultRow))
    .where(executions.c.map_run == bindparam("of_run"), executions.c.key > bindparam("after"))
    .order_by(executions.c.key)
    .limit(bindparam("limit"))
)


def put(connection: Connection, row: dict[str, Any]) -> None:
    """A row with every column; one that is there already stays."""
    _PUT.one(connection, row)


def delete(connection: Connection, map_run: int) -> None:
    _DELETE.one(connection, {"map_run": map_run})


def by_run(connection: Connection, map_run: int) -> ExportRow | None:
    found = connection.execute(_BY_RUN, {"of_run": map_run}).one_or_none()
    return None if found is None else ExportRow(*found)


def runs_page(connection: Connection, after: int, limit: int) -> Sequence[int]:
    """The keys of Map Runs with results to write."""
    return connection.execute(_PAGE, {"after": after, "limit": limit}).scalars().all()


def results_page(connection: Connection, map_run: int, after_key: int, limit: int) -> list[ResultRow]:
    """At most `limit` children of a Map Run, in the order in which they began."""
    values = {"of_run": map_run, "after": after_key, "limit": limit}
    found = [ResultRow(*row) for row in connection.execute(_RESULTS, values)]
    return [
        row
        if row.error is None and row.cause is None
        else replace(row, error=original_or_none(row.error), cause=original_or_none(row.cause))
        for row in found
    ]
