"""What ended long ago goes: in portions, children before the execution of their run, and nothing else."""

from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from engine.store import executions, history
from engine.store.retention import Portion, forget_ended
from engine.store.tables import executions as table
from engine.store.tables import history as pages
from engine.store.tables import map_runs
from tests.store.builders import execution, page

OLD, YOUNG = 1_000, 2_000


def _ended(key: int, stop_ms: int = OLD, **changes: Any) -> dict[str, Any]:
    return execution(key, status="SUCCEEDED", stop_ms=stop_ms, **changes)


def _keys(store: Connection) -> list[int]:
    return list(store.execute(select(table.c.key).order_by(table.c.key)).scalars())


def _map_run(store: Connection, key: int, parent: int) -> None:
    columns = {column.name: column for column in map_runs.columns}
    given: dict[str, Any] = {"key": key, "parent": parent, "arn": f"arn:{key}", "status": "SUCCEEDED"}
    blanks = {
        name: "" if column.type.python_type is str else 0
        for name, column in columns.items()
        if not column.nullable and column.server_default is None
    }
    store.execute(map_runs.insert(), blanks | given)


def test_what_runs_is_young_or_began_later_stays(store: Connection) -> None:
    rows = [_ended(10), execution(11), _ended(12, YOUNG), _ended(13), _ended(20)]
    executions.insert_many(store, rows)
    history.append_many(store, [page(key, 1, 2) for key in (10, 12)])
    assert forget_ended(store, 0, 20, OLD, 100) == Portion(2, None)
    assert _keys(store) == [11, 12, 20]
    assert list(store.execute(select(pages.c.execution)).scalars()) == [12]


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_portions_come_to_an_end(store: Connection, limit: int) -> None:
    executions.insert_many(store, [_ended(key) if key % 3 else execution(key) for key in range(1, 20)])
    after: int | None = 0
    forgotten = looks = 0
    while after is not None:
        portion = forget_ended(store, after, 100, OLD, limit)
        after, forgotten, looks = portion.after, forgotten + portion.forgotten, looks + 1
        assert portion.forgotten <= limit
    assert _keys(store) == [key for key in range(1, 20) if not key % 3]
    assert forgotten == 13 and looks <= 19 // limit + 1


def test_children_go_with_the_execution_of_their_run(store: Connection) -> None:
    """Those of an execution that stays do so too, whenever they ended."""
    executions.insert_many(store, [_ended(1), _ended(2, YOUNG)])
    _map_run(store, 3, parent=1)
    _map_run(store, 4, parent=2)
    executions.insert_many(store, [_ended(key, map_run=3, item=key) for key in range(10, 17)])
    executions.insert_many(store, [_ended(key, map_run=4, item=key) for key in range(20, 23)])
    after: int | None = 0
    while after is not None:
        after = forget_ended(store, after, 100, OLD, 3).after
    assert _keys(store) == [2, 20, 21, 22]
    assert store.execute(select(map_runs.c.key)).scalars().all() == [4]
    assert store.execute(select(func.count()).select_from(table)).scalar_one() == 4
