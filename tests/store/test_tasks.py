"""Tasks as rows: which one an activity offers first, and those of a kind page by page."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from engine.store import tasks
from engine.store.rows import TaskRow
from tests.store.builders import ARN, task

KINDS = ["REMOTE", "LOCAL", "ACTIVITY"]
APPROVE = f"{ARN}:activity:approve"


def test_the_oldest_pending_task_of_an_activity_is_offered_first(store: Connection) -> None:
    tasks.upsert_many(
        store,
        [
            task(5, 0, created_ms=30),
            task(4, 1, created_ms=20),
            task(4, 0, created_ms=20),
            task(3, 0, created_ms=10, status="STARTED"),
            task(2, 0, created_ms=1, target="arn:other"),
            task(1, 0, created_ms=1, kind="REMOTE"),
        ],
    )
    offered = []
    while (found := tasks.oldest_pending(store, APPROVE)) is not None:
        offered.append((found.execution, found.branch))
        tasks.set_status(store, found.execution, found.branch, "STARTED")
    assert offered == [(4, 0), (4, 1), (5, 0)]


def test_only_activities_offer_tasks_and_those_that_nobody_has(store: Connection) -> None:
    tasks.upsert_many(
        store,
        [
            task(1, 0),
            task(2, 0),
            task(3, 0, target="arn:b"),
            task(4, 0, target="arn:started", status="STARTED"),
            task(5, 0, target="lambda", kind="REMOTE"),
        ],
    )
    offering = [target for target in (APPROVE, "arn:b", "arn:started", "lambda") if tasks.oldest_pending(store, target)]
    assert offering == [APPROVE, "arn:b"]


def test_a_task_is_written_again_in_place(store: Connection) -> None:
    tasks.upsert_many(store, [task(1, 0), task(1, 1)])
    again = task(1, 1, attempt=2, kind="REMOTE", target="lambda", status="STARTED", payload='"p"', created_ms=9)
    tasks.upsert_many(store, [again])
    assert tasks.of_execution(store, 1) == [TaskRow(**task(1, 0)), TaskRow(**again)]


def test_tasks_go_one_by_one(store: Connection) -> None:
    tasks.upsert_many(store, [task(key, number) for key in (1, 2) for number in range(2)])
    tasks.delete_many(store, [(1, 0), (9, 9)])
    assert [row.branch for row in tasks.of_execution(store, 1)] == [1]
    assert [row.branch for row in tasks.of_execution(store, 2)] == [0, 1]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.dictionaries(
        st.tuples(st.integers(0, 2**63 - 1), st.integers(0, 3)),
        st.sampled_from(["REMOTE", "LOCAL", "ACTIVITY"]),
        max_size=15,
    ),
    kind=st.sampled_from(KINDS),
    size=st.integers(1, 4),
)
def test_pages_together_are_the_tasks_of_the_kind(
    store: Connection, rows: dict[tuple[int, int], str], kind: str, size: int
) -> None:
    with store.begin_nested() as example:
        tasks.upsert_many(store, [task(*key, kind=found) for key, found in rows.items()])
        seen: list[tuple[int, int]] = []
        while page := tasks.of_kind_page(store, kind, seen[-1] if seen else None, size):
            assert len(page) <= size
            seen += [(row.execution, row.branch) for row in page]
        assert seen == sorted(key for key, found in rows.items() if found == kind)
        example.rollback()
