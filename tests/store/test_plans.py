"""Every read of the engine is answered from the index that was made for it, on SQLite without a scan or a sort.

The modules' own statements are run, and what they sent is explained by the database.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, event

from engine.store import (
    activities,
    aliases,
    branches,
    executions,
    express_starts,
    failed_children,
    history,
    machines,
    redrives,
    retention,
    tags,
    tasks,
    versions,
)
from tests.store.builders import branch, execution, machine, task

READS: list[tuple[str, str, Callable[[Connection], object]]] = [
    # what it asks, the index it needs, the call
    ("execution by ARN", "executions_arn_key", lambda c: executions.by_arn(c, "a")),
    ("executions of a machine", "executions_by_machine", lambda c: executions.list_page(c, 1, None, None, 10)),
    ("running executions", "executions_running", lambda c: executions.list_page(c, 1, "RUNNING", None, 10)),
    ("failed executions", "executions_unsuccessful", lambda c: executions.list_page(c, 1, "FAILED", 9, 10)),
    ("timed-out executions", "executions_unsuccessful", lambda c: executions.list_page(c, 1, "TIMED_OUT", 9, 10)),
    ("aborted executions", "executions_unsuccessful", lambda c: executions.list_page(c, 1, "ABORTED", 9, 10)),
    ("of a version", "executions_by_version", lambda c: executions.list_page(c, 1, None, 9, 10, version=1)),
    ("of an alias", "executions_by_alias", lambda c: executions.list_page(c, 1, None, 9, 10, alias="a")),
    ("old executions", "executions", lambda c: retention.forget_ended(c, 5, 9, 0, 10)),
    ("due deadlines", "executions_deadlines", lambda c: executions.due_deadlines(c, 9, 10)),
    ("due timers", "branches_due", lambda c: branches.due(c, 0, 9, 10)),
    ("branches of an execution", "branches", lambda c: branches.of_execution(c, 1)),
    ("tasks of an execution", "tasks", lambda c: tasks.of_execution(c, 1)),
    ("tasks of a kind", "tasks_calls", lambda c: tasks.of_kind_page(c, "REMOTE", None, 10)),
    ("oldest task of an activity", "tasks_pending", lambda c: tasks.oldest_pending(c, "arn")),
    ("history forward", "history", lambda c: history.pages(c, 1, 5, 10, False)),
    ("history backward", "history", lambda c: history.pages(c, 1, 5, 10, True)),
    ("machine by ARN", "machines_arn_key", lambda c: machines.by_arn(c, "a")),
    ("machines", "machines_by_owner", lambda c: machines.list_page(c, "0", "r", None, 10)),
    ("machine count", "machines_by_owner", lambda c: machines.count(c, "0", "r")),
    ("drained machines", "machines_deleting", machines.drained),
    ("activities", "activities_by_owner", lambda c: activities.list_page(c, "0", "r", None, 10)),
    ("activity count", "activities_by_owner", lambda c: activities.count(c, "0", "r")),
    ("version", "versions", lambda c: versions.by_number(c, 1, 1)),
    ("versions", "versions", lambda c: versions.list_page(c, 1, None, 10)),
    ("version of a revision", "versions", lambda c: versions.of_revision(c, 1, 1)),
    ("version count", "versions", lambda c: versions.count(c, 1)),
    ("alias", "aliases", lambda c: aliases.by_name(c, 1, "a")),
    ("aliases", "aliases", lambda c: aliases.of_machine(c, 1)),
    ("tags", "tags", lambda c: tags.of_resource(c, "arn")),
    (
        "redriven executions",
        "executions_redriven",
        lambda c: executions.list_page(c, 1, None, 9, 10, redriven="REDRIVEN"),
    ),
    ("failed children", "executions_of_map_run_failed", lambda c: failed_children.page(c, 7, 0, 10)),
    ("children to redrive", "executions_redrive_due", lambda c: failed_children.next_due(c, 7, 1, 10)),
    ("remains", "remains", lambda c: redrives.remains_of(c, 1)),
    ("a client token", "redrive_tokens", lambda c: redrives.redriven_with(c, 1, "t", 0)),
    ("express starts", "express_starts", lambda c: express_starts.all_page(c, None, 10)),
]
UNNAMED_THERE = {"executions_arn_key": "executions USING INDEX sqlite_autoindex_executions_1 (arn=?)"}
UNNAMED_THERE |= {"machines_arn_key": "machines USING INDEX sqlite_autoindex_machines_1 (arn=?)"}
SORTED = {"tags"}  # by position: fifty at most


def _sent(store: Connection, call: Callable[[Connection], object]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def note(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        found.append((statement, parameters))

    event.listen(store, "before_cursor_execute", note)
    try:
        call(store)
    finally:
        event.remove(store, "before_cursor_execute", note)
    return found


def _fill(store: Connection) -> None:
    """So much of everything that the server has a choice to make."""
    executions.insert_many(
        store, [execution(key, key % 100, status=("RUNNING", "FAILED")[key % 2], deadline_ms=key) for key in range(400)]
    )
    branches.upsert_many(store, [branch(key, 0, wake_ms=key) for key in range(100)])
    tasks.upsert_many(store, [task(key, 0, target=f"arn:{key % 9}") for key in range(100)])
    tasks.upsert_many(store, [task(key, 1, kind="REMOTE") for key in range(0, 100, 9)])
    machine(store)


def _drop_other_indexes(store: Connection, kept: str) -> None:
    """Leave nothing but the keys and the index in question: with so few rows the choice is a toss-up."""
    ours = "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname !~ '(key|pkc)$'"
    for name in store.exec_driver_sql(ours).scalars().all():
        if name not in (kept, "executions_running"):
            store.exec_driver_sql(f"DROP INDEX {name}")


@pytest.mark.parametrize(("name", "index", "call"), READS, ids=[name for name, _, _ in READS])
def test_a_read_uses_its_index(store: Connection, name: str, index: str, call: Callable[[Connection], object]) -> None:
    ((statement, parameters),) = _sent(store, call)
    if store.dialect.name == "sqlite":
        rows = store.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
        plan = "\n".join(str(row[3]) for row in rows)
        assert UNNAMED_THERE.get(index, index) in plan, plan
        assert not re.search(r"SCAN (?!CONSTANT ROW|machines USING INDEX machines_deleting)", plan), plan
        assert ("USE TEMP B-TREE" in plan) == (name in SORTED), plan
    else:
        _fill(store)
        _drop_other_indexes(store, index)
        store.exec_driver_sql("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; ANALYZE")
        plan = "\n".join(store.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars())
        assert index in plan and "Seq Scan" not in plan, plan
