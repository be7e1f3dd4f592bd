"""The rules of a Map Run: its room, its counters, what it tolerates; labels and ARNs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.core.map_run import COUNTERS, MapRun, child_arn, label_of, run_arn


def run(**fields: int | float) -> MapRun:
    usual = {"total": 10, "concurrency": 0, "tolerated_count": 0, "tolerated_percentage": 0.0}
    return MapRun(arn="arn", branch=0, flow=1, start_ms=0, **(usual | fields))  # type: ignore[arg-type]


# fields, whether more failed than is tolerated
TOLERANCES = [
    ({}, False),
    ({"failed": 1}, True),
    ({"timed_out": 1}, True),
    ({"aborted": 1}, True),
    ({"succeeded": 10}, False),
    ({"failed": 2, "tolerated_count": 2}, False),
    ({"failed": 3, "tolerated_count": 2}, True),
    ({"failed": 1, "timed_out": 1, "aborted": 1, "tolerated_count": 2}, True),
    ({"failed": 5, "tolerated_percentage": 50.0}, False),
    ({"failed": 6, "tolerated_percentage": 50.0}, True),
    ({"failed": 10, "tolerated_percentage": 100.0}, False),
    ({"failed": 2, "tolerated_count": 1, "tolerated_percentage": 50.0}, True),
    ({"failed": 2, "tolerated_count": 5, "tolerated_percentage": 10.0}, True),
    ({"failed": 2, "tolerated_count": 5, "tolerated_percentage": 20.0}, False),
]


@pytest.mark.parametrize(("fields", "exceeded"), TOLERANCES)
def test_tolerated_failures(fields: dict[str, float], exceeded: bool) -> None:
    assert run(**fields).exceeded is exceeded


@pytest.mark.parametrize(
    ("fields", "room"),
    [
        ({}, 10),
        ({"concurrency": 3}, 3),
        ({"concurrency": 3, "started": 3}, 0),
        ({"concurrency": 3, "started": 4, "succeeded": 2}, 1),
        ({"concurrency": 3, "started": 5, "succeeded": 1}, 0),  # it was lowered while more ran
        ({"started": 9}, 1),
        ({"started": 10, "failed": 4}, 0),
        ({"total": 50_000}, limits.MAP_RUN_CHILDREN_MAX),
        ({"total": 50_000, "concurrency": 20_000}, limits.MAP_RUN_CHILDREN_MAX),
    ],
)
def test_room(fields: dict[str, int], room: int) -> None:
    assert run(**fields).room == room


@given(st.integers(1, 50), st.integers(0, 8), st.data())
def test_children_end_once_and_never_too_many_run(total: int, concurrency: int, data: st.DataObject) -> None:
    made = run(total=total, concurrency=concurrency)
    while not made.complete:
        made.started += made.room
        assert 0 < made.running <= (concurrency or total)
        made.child_ended(data.draw(st.sampled_from(sorted(COUNTERS))), 1)
    assert (made.started, made.running, made.ended) == (total, 0, total)


def redriven(**fields: int) -> MapRun:
    """A run that failed and is redriven; `pending`: so many of its children are marked."""
    pending = fields.pop("pending", None)
    made = run(**fields)
    made.end("FAILED", 5)
    made.redrive(6)
    if pending is not None:
        made.pending_redrive, made.marked_after = pending, None
    return made


def test_nothing_is_decided_before_it_is_known_who_is_redriven() -> None:
    made = redriven(started=10, failed=3, succeeded=7)
    assert (made.room, made.complete, made.exceeded, made.status, made.stop_ms) == (0, False, False, "RUNNING", None)
    assert (made.redrive_count, made.redrive_ms, made.pending_redrive) == (1, 6, 0)


@pytest.mark.parametrize(
    ("fields", "room", "exceeded", "complete"),
    [
        ({"started": 10, "failed": 3, "succeeded": 7, "pending": 3}, 3, False, False),
        ({"started": 10, "failed": 3, "succeeded": 7, "pending": 2}, 2, True, False),  # one can be redriven no more
        ({"started": 10, "failed": 3, "succeeded": 7, "pending": 2, "tolerated_count": 1}, 2, False, False),
        ({"started": 6, "aborted": 4, "succeeded": 2, "pending": 4}, 8, False, False),  # and those not yet begun
        ({"started": 6, "aborted": 4, "succeeded": 2, "pending": 4, "concurrency": 1}, 1, False, False),
        ({"started": 10, "succeeded": 10, "pending": 0}, 0, False, True),
    ],
)
def test_a_run_that_is_redriven(fields: dict[str, int], room: int, exceeded: bool, complete: bool) -> None:
    made = redriven(**fields)
    assert (made.room, made.exceeded, made.complete) == (room, exceeded, complete)


def test_a_child_that_is_redriven_ends_once_more() -> None:
    made = redriven(started=3, total=3, failed=1, aborted=1, succeeded=1, result_bytes=9, pending=2)
    made.child_redriven("FAILED", 1)
    assert (made.failed, made.running, made.pending_redrive, made.room) == (0, 1, 1, 1)
    made.child_ended("FAILED", 0)
    made.child_redriven("ABORTED", 1)
    made.child_ended("SUCCEEDED", 4)
    assert (made.failed, made.aborted, made.succeeded, made.running, made.complete) == (1, 0, 2, 0, True)
    assert made.result_bytes == 9 - 2 + 1 + 5
    made.end("FAILED", 7)
    assert (made.pending_redrive, made.marked_after, made.stop_ms) == (0, None, 7)


def test_arns() -> None:
    parent = "arn:aws:states:us-east-1:000000000000:execution:orders:1"
    map_run = run_arn(parent, "each", "u1")
    assert map_run == "arn:aws:states:us-east-1:000000000000:mapRun:orders/each:u1"
    child = child_arn(map_run, "u2")
    assert child == "arn:aws:states:us-east-1:000000000000:execution:orders/each:u2"
    assert run_arn(child, "inner", "u3") == "arn:aws:states:us-east-1:000000000000:mapRun:orders/inner:u3"


def test_a_label_is_made_where_there_is_none() -> None:
    made = [label_of("orders", flow, state, None) for flow, state in ((0, "A"), (0, "B"), (1, "A"))]
    assert len(set(made)) == 3
    assert label_of("orders", 0, "A", None) == made[0]
    assert label_of("orders", 0, "A", "mine") == "mine"
