"""Branches as rows: written again in place, removed, and read by their timers."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from engine.store import branches
from engine.store.rows import BranchRow
from tests.store.builders import branch


def test_a_branch_is_written_again_in_place(store: Connection) -> None:
    branches.upsert_many(store, [branch(1, 0, body='"a"'), branch(1, 1, wake_ms=5), branch(2, 0)])
    branches.upsert_many(store, [branch(1, 1, wake_ms=None, body='"b"'), branch(1, 2)])
    assert branches.of_execution(store, 1) == [
        BranchRow(1, 0, 0, None, '"a"'),
        BranchRow(1, 1, 0, None, '"b"'),
        BranchRow(1, 2, 0, None, "{}"),
    ]


def test_branches_go_one_by_one(store: Connection) -> None:
    branches.upsert_many(store, [branch(key, number) for key in (1, 2) for number in range(3)])
    branches.delete_many(store, [(1, 0), (1, 2), (9, 9)])
    left = [(row.execution, row.branch) for key in (1, 2) for row in branches.of_execution(store, key)]
    assert left == [(1, 1), (2, 0), (2, 1), (2, 2)]


def test_no_rows_are_no_statement(store: Connection) -> None:
    branches.upsert_many(store, [])
    branches.delete_many(store, [])
    assert branches.of_execution(store, 1) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.dictionaries(
        st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 3)), st.none() | st.integers(0, 4), max_size=20
    ),
    after_ms=st.integers(-1, 4),
    until_ms=st.integers(0, 5),
    size=st.integers(1, 4),
)
def test_timers_come_in_order_once_each(
    store: Connection, rows: dict[tuple[int, int], int | None], after_ms: int, until_ms: int, size: int
) -> None:
    with store.begin_nested() as example:
        branches.upsert_many(store, [branch(*key, wake_ms=wake) for key, wake in rows.items()])
        seen: list[tuple[int, int, int]] = []
        at, last = after_ms, dict[str, Any]()
        while page := branches.due(store, at, until_ms, size, **last):
            seen += page
            key, number, at = page[-1]
            last = {"after": (key, number)}
        timers = [(wake, *key) for key, wake in rows.items() if wake is not None]
        expected = sorted(timer for timer in timers if after_ms < timer[0] <= until_ms)
        assert seen == [(key, number, wake) for wake, key, number in expected]
        example.rollback()
