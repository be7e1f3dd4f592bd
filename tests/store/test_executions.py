"""Executions as rows: what an update changes, what is unique, and the orders in which they are listed."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from engine.store import executions
from engine.store.rows import ExecutionRow
from tests.store.builders import execution

STATUSES = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]
KEY = st.integers(1, 2**63 - 2)


def test_a_row_is_read_back_as_it_was_written(store: Connection) -> None:
    row = execution(2**62 + 7, error="Ä\0\x1a\x1a0", cause="c" * 32_768, trace_header="Root=1\0", output='"\\u0000"')
    executions.insert_many(store, [row, execution(1)])
    assert executions.by_key(store, row["key"]) == executions.by_arn(store, row["arn"]) == ExecutionRow(**row)
    assert executions.by_key(store, 1) == ExecutionRow(**execution(1))


def test_an_update_changes_what_moves_and_nothing_else(store: Connection) -> None:
    executions.insert_many(store, [execution(1), execution(2)])
    moved: dict[str, Any] = {
        "status": "FAILED",
        "output": "{}",
        "error": "E\0",
        "cause": "",
        "stop_ms": 5,
        "last_event": 9,
    }
    executions.update_many(store, [{"key": 2, "next_branch": 3, "input": "passed over"} | moved])
    assert executions.by_key(store, 1) == ExecutionRow(**execution(1))
    assert executions.by_key(store, 2) == ExecutionRow(**execution(2, next_branch=3, **moved))


def test_no_rows_are_no_statement(store: Connection) -> None:
    executions.insert_many(store, [])
    executions.update_many(store, [])
    assert executions.by_key(store, 1) is None
    assert executions.by_arn(store, "arn:none") is None
    assert executions.newest_key(store) == 0


def test_an_arn_is_unique(store: Connection) -> None:
    executions.insert_many(store, [execution(1)])
    with pytest.raises(IntegrityError), store.begin_nested():
        executions.insert_many(store, [execution(2), execution(3, arn=execution(1)["arn"])])
    assert executions.by_key(store, 2) is None, "the batch is undone whole"


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(KEY, st.sampled_from([1, 2]), st.sampled_from(STATUSES)), unique_by=lambda row: row[0]),
    status=st.sampled_from([None, *STATUSES, "PENDING_REDRIVE"]),
    size=st.integers(1, 5),
)
def test_pages_together_are_the_executions_of_the_machine(
    store: Connection, rows: list[tuple[int, int, str]], status: str | None, size: int
) -> None:
    with store.begin_nested() as example:
        executions.insert_many(store, [execution(key, machine, status=found) for key, machine, found in rows])
        seen: list[int] = []
        before = None
        while page := executions.list_page(store, 1, status, before, size):
            assert len(page) <= size
            seen += [row.key for row in page]
            before = page[-1].key
        expected = [key for key, machine, found in rows if machine == 1 and status in (None, found)]
        assert seen == sorted(expected, reverse=True)
        assert executions.newest_key(store) == max((key for key, _, _ in rows), default=0)
        example.rollback()


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(KEY, st.integers(0, 6), st.sampled_from(STATUSES)), unique_by=lambda row: row[0], max_size=20
    ),
    until=st.integers(0, 6),
    size=st.integers(1, 4),
)
def test_deadlines_come_in_order_once_each(
    store: Connection, rows: list[tuple[int, int, str]], until: int, size: int
) -> None:
    with store.begin_nested() as example:
        executions.insert_many(store, [execution(key, status=found, deadline_ms=due) for key, due, found in rows])
        seen: list[tuple[int, int]] = []
        last: dict[str, Any] = {}
        while page := executions.due_deadlines(store, until, size, **last):
            seen += page
            key, due = page[-1]
            last = {"after": (due, key)}
        expected = sorted((due, key) for key, due, found in rows if found == "RUNNING" and due <= until)
        assert seen == [(key, due) for due, key in expected]
        example.rollback()
