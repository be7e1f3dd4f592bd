"""The history: pages of events, one for each execution and commit, rendered as JSON before they come here.

Pages of an execution follow each other without a gap: `first_event` of one is `last_event` of the one before, plus one.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from engine.store.rows import HistoryPage
from engine.store.statements import insert_row, row_columns
from engine.store.tables import history

_INSERT = insert_row(history)

_OF_EXECUTION = history.c.execution == bindparam("execution")
_ROW = select(*row_columns(history, HistoryPage)).where(_OF_EXECUTION).limit(bindparam("limit"))
_PAGE_WITH = (
    select(func.coalesce(func.max(history.c.first_event), 0))
    .where(_OF_EXECUTION, history.c.first_event <= bindparam("event"))
    .scalar_subquery()
)
_FORWARD = _ROW.where(history.c.first_event >= _PAGE_WITH).order_by(history.c.first_event)
_BACKWARD = _ROW.where(history.c.first_event <= bindparam("event")).order_by(history.c.first_event.desc())
_EVENT_MAX = 2**31 - 1


def append_many(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with `execution`, `first_event`, `last_event` and `page`."""
    _INSERT(connection, list(rows))


def pages(
    connection: Connection, execution_key: int, from_event: int | None, limit_pages: int, reverse: bool
) -> list[HistoryPage]:
    """At most `limit_pages` pages, the first of which holds `from_event`.

    Forward they go on to the newest event, in reverse to the oldest. Without `from_event` they begin at the oldest
    (in reverse: the newest). An event that is not there yet gives the page before it.
    """
    beginning = _EVENT_MAX if reverse else 1
    values = {
        "execution": execution_key,
        "event": beginning if from_event is None else from_event,
        "limit": limit_pages,
    }
    found = connection.execute(_BACKWARD if reverse else _FORWARD, values)
    return [HistoryPage(*row) for row in found]
