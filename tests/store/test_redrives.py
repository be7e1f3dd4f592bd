"""What redrives need of the store: remains, client tokens, children of Map Runs that wait for their redrive."""

from typing import Any

from sqlalchemy import Connection

from engine import limits
from engine.store import executions, failed_children, redrives
from tests.store.builders import execution

NOW = 1_800_000_000_000
WINDOW = limits.REDRIVE_SECONDS_MAX * 1000


def test_remains_are_read_in_their_order_and_go_whole(store: Connection) -> None:
    redrives.put_remains(store, [(1, 10, ["[1]", "[2]", "[3]"]), (2, 20, ["[4]"])])
    assert redrives.remains_of(store, 1) == ["[1]", "[2]", "[3]"]
    redrives.delete_remains(store, [1, 9])
    assert [redrives.has_remains(store, key) for key in (1, 2)] == [False, True]
    assert redrives.remains_of(store, 1) == []


def test_what_has_expired_is_forgotten_so_much_at_once(store: Connection) -> None:
    redrives.put_remains(store, [(1, 10, ["[1]", "[2]"]), (2, 11, ["[3]"]), (3, 12, ["[4]"])])
    assert [redrives.forget_expired(store, 11, 2) for _ in range(3)] == [2, 1, 0]
    assert [redrives.has_remains(store, key) for key in (1, 2, 3)] == [False, False, True]


def test_the_newest_tokens_of_an_execution_are_kept(store: Connection) -> None:
    for number in range(4):
        redrives.put_token(store, 1, f"t{number}", 100 + number, kept=3)
    redrives.put_token(store, 2, "t0", 100, kept=3)
    assert [redrives.redriven_with(store, 1, f"t{number}", 0) for number in range(4)] == [None, 101, 102, 103]
    assert redrives.redriven_with(store, 2, "t0", 99) == 100
    assert redrives.redriven_with(store, 2, "t0", 100) is None, "it is too old"
    redrives.put_token(store, 2, "t0", 200, kept=3)
    assert redrives.redriven_with(store, 2, "t0", 199) == 200
    redrives.forget_tokens(store, 102)
    assert [redrives.redriven_with(store, 1, f"t{number}", 0) for number in range(4)] == [None, None, None, 103]


def child(key: int, status: str, **changes: Any) -> dict[str, Any]:
    return execution(key, map_run=7, item=key, status=status, start_ms=NOW - 1000, stop_ms=NOW - 500, **changes)


def test_children_are_marked_and_taken(store: Connection) -> None:
    statuses = ["FAILED", "SUCCEEDED", "ABORTED", "TIMED_OUT", "RUNNING", "FAILED"]
    executions.insert_many(store, [child(key, status) for key, status in enumerate(statuses, 1)])
    executions.insert_many(store, [execution(20, status="FAILED"), execution(21, map_run=8, item=1, status="FAILED")])
    assert [row.key for row in failed_children.page(store, 7, 0, 3)] == [1, 3, 4]
    assert [row.key for row in failed_children.page(store, 7, 4, 3)] == [6]
    failed_children.mark(store, [1, 3, 6], 2)
    failed_children.mark(store, [4], 1)  # by an earlier redrive
    assert failed_children.due_by_status(store, 7, 2) == {"FAILED": 2, "ABORTED": 1}
    assert failed_children.next_due(store, 7, 2, 2) == [(1, "FAILED"), (3, "ABORTED")]
    failed_children.mark(store, [1, 3], None)
    assert failed_children.next_due(store, 7, 2, 2) == [(6, "FAILED")]
    waiting = executions.children_page(store, 7, "PENDING_REDRIVE", None, 9)
    assert [(row.key, row.redrive_due) for row in waiting] == [(6, 2), (4, 1)]


def test_children_that_can_be_redriven_no_more_are_counted(store: Connection) -> None:
    rows = [
        child(1, "FAILED"),
        child(2, "FAILED", last_event=limits.REDRIVE_HISTORY_EVENTS_MAX + 1),
        child(3, "FAILED") | {"stop_ms": NOW - WINDOW},
        child(4, "FAILED") | {"start_ms": NOW - limits.EXECUTION_SECONDS_MAX * 1000},
        child(5, "FAILED"),
        child(6, "SUCCEEDED"),
    ]
    executions.insert_many(store, rows)
    redrives.put_remains(store, [(key, NOW, ["[]"]) for key in (1, 2, 3, 4)])
    assert failed_children.count_final(store, 7, NOW) == 4
    assert [row.kept for row in failed_children.page(store, 7, 0, 9)] == [True, True, True, True, False]


def test_an_express_child_begins_anew(store: Connection) -> None:
    executions.insert_many(store, [child(1, "FAILED", error="E", cause="c"), child(2, "FAILED")])
    failed_children.restart_express(store, [1])
    row, other = executions.by_key(store, 1), executions.by_key(store, 2)
    assert row is not None and (row.status, row.error, row.cause, row.stop_ms) == ("RUNNING", None, None, None)
    assert other is not None and other.status == "FAILED"


def test_lists_by_redrive(store: Connection) -> None:
    rows = [
        execution(key, 1, status="FAILED", redrive_count=key % 2, redrive_ms=key % 2 or None) for key in range(1, 6)
    ]
    executions.insert_many(store, rows)

    def keys(**chosen: Any) -> list[int]:
        return [row.key for row in executions.list_page(store, 1, chosen.pop("status", None), None, 9, **chosen)]

    assert keys(redriven="REDRIVEN") == keys(redriven="REDRIVEN", status="FAILED") == [5, 3, 1]
    assert keys(redriven="NOT_REDRIVEN") == [4, 2]
    executions.redrive_many(store, [{"key": 4, "deadline_ms": 9, "redrive_count": 3, "redrive_ms": 8}])
    row = executions.by_key(store, 4)
    assert row is not None
    assert (row.deadline_ms, row.redrive_count, row.redrive_ms, row.awaited_by) == (9, 3, 8, None)
