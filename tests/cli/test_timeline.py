"""Histories as timelines: golden texts, and where an event is said to have happened."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.history_view import format_line, widest_state
from engine.cli.timeline import lines
from engine.core.history import DETAILS_MEMBER
from tests.cli.conftest import Golden

Step = tuple[str, int, dict[str, Any]]


def history(*steps: Step) -> list[dict[str, Any]]:
    """(type, previous event, details) of events 1, 2, ...; each 12 ms after the one before."""
    events = []
    for number, (kind, previous, found) in enumerate(steps, 1):
        field = f"{_detail_field(kind)}EventDetails"
        event = {"id": number, "previousEventId": previous, "type": kind, "timestamp": 1_795_000_000 + number * 0.012}
        events.append({**event, field: found} if found else event)
    return events


def _detail_field(kind: str) -> str:
    if kind.endswith("StateEntered"):
        return "stateEntered"
    if kind.endswith("StateExited"):
        return "stateExited"
    return kind[0].lower() + kind[1:]


def entered(kind: str, name: str, previous: int, text: str = "{}") -> Step:
    return f"{kind}StateEntered", previous, {"name": name, "input": text, "inputDetails": {"truncated": False}}


def exited(kind: str, name: str, previous: int, text: str = "{}") -> Step:
    return f"{kind}StateExited", previous, {"name": name, "output": text, "outputDetails": {"truncated": False}}


LAMBDA = {"resourceType": "lambda", "resource": "invoke"}
HISTORIES: dict[str, list[dict[str, Any]]] = {
    "retry-and-catch": history(
        ("ExecutionStarted", 0, {"input": '{"orderId": 7}', "roleArn": "arn:aws:iam::000000000000:role/r"}),
        entered("Task", "Charge card", 0, '{"orderId": 7}'),
        (
            "TaskScheduled",
            2,
            {**LAMBDA, "region": "us-east-1", "parameters": '{"FunctionName":"charge-card"}', "timeoutInSeconds": 30},
        ),
        ("TaskStarted", 3, LAMBDA),
        ("TaskFailed", 4, {**LAMBDA, "error": "PaymentGatewayBusy", "cause": '{"errorMessage":"busy"}'}),
        ("TaskScheduled", 5, {**LAMBDA, "region": "us-east-1", "parameters": '{"FunctionName":"charge-card"}'}),
        ("TaskStarted", 6, LAMBDA),
        ("TaskTimedOut", 7, {**LAMBDA, "error": "States.Timeout"}),
        exited("Task", "Charge card", 8, '{"failure":{"Error":"States.Timeout"}}'),
        entered("Fail", "Order rejected", 9, '{"failure":{"Error":"States.Timeout"}}'),
        ("ExecutionFailed", 10, {"error": "States.Timeout", "cause": "two lines\n\tof \x1b[31mcause"}),
    ),
    "map-with-parallel": history(
        ("ExecutionStarted", 0, {"input": '{"lines":[1,2]}', "roleArn": "arn:aws:iam::000000000000:role/r"}),
        entered("Map", "Each line", 0, '{"lines":[1,2]}'),
        ("MapStateStarted", 2, {"length": 2}),
        ("MapIterationStarted", 3, {"name": "Each line", "index": 0}),
        entered("Parallel", "Both", 4, "1"),
        ("ParallelStateStarted", 5, {}),
        entered("Pass", "Price", 6, "1"),
        exited("Pass", "Price", 7, "10"),
        entered("Pass", "Stock", 6, "1"),
        exited("Pass", "Stock", 9, "5"),
        ("ParallelStateSucceeded", 10, {}),
        exited("Parallel", "Both", 10, "[10,5]"),
        ("MapIterationSucceeded", 12, {"name": "Each line", "index": 0}),
        ("MapIterationStarted", 3, {"name": "Each line", "index": 1}),
        entered("Fail", "Gone", 14, "2"),
        ("MapIterationFailed", 15, {"name": "Each line", "index": 1}),
        ("MapStateFailed", 15, {"error": "NoStock", "cause": "none"}),
        ("ExecutionFailed", 15, {"error": "NoStock"}),
    ),
    "activity-and-function": history(
        ("ExecutionStarted", 0, {"input": "{}", "roleArn": "arn:aws:iam::000000000000:role/r"}),
        entered("Task", "Pick", 0),
        (
            "ActivityScheduled",
            2,
            {
                "resource": "arn:aws:states:us-east-1:000000000000:activity:pick",
                "input": "{}",
                "timeoutInSeconds": 60,
                "heartbeatInSeconds": 10,
            },
        ),
        ("ActivityStarted", 3, {"workerName": "w-1"}),
        ("ActivitySucceeded", 4, {"output": "1"}),
        exited("Task", "Pick", 5, "1"),
        entered("Task", "Price", 6, "1"),
        (
            "LambdaFunctionScheduled",
            7,
            {"resource": "arn:aws:lambda:us-east-1:000000000000:function:price", "input": "1"},
        ),
        ("LambdaFunctionStarted", 8, {}),
        ("LambdaFunctionSucceeded", 9, {"output": "2"}),
        exited("Task", "Price", 10, "2"),
        ("ExecutionAborted", 11, {}),
    ),
}


def format_history(events: list[dict[str, Any]], width: int | None) -> str:
    timeline = lines(events)
    return "".join(f"{format_line(line, widest_state(timeline), width)}\n" for line in timeline)


@pytest.mark.parametrize("name", HISTORIES)
def test_golden(name: str, golden: Golden) -> None:
    golden(f"{name}.txt", format_history(HISTORIES[name], width=110))


@pytest.mark.parametrize("name", HISTORIES)
def test_golden_in_full(name: str, golden: Golden) -> None:
    golden(f"{name}.full.txt", format_history(HISTORIES[name], width=None))


STATES = [
    ("retry-and-catch", 5, "Charge card"),
    ("retry-and-catch", 8, "Charge card"),
    ("retry-and-catch", 11, ""),
    ("map-with-parallel", 3, "Each line"),
    ("map-with-parallel", 7, "Each line[0] / Both / Price"),
    ("map-with-parallel", 9, "Each line[0] / Both / Stock"),
    ("map-with-parallel", 11, "Each line[0] / Both"),
    ("map-with-parallel", 12, "Each line[0] / Both"),
    ("map-with-parallel", 13, "Each line"),
    ("map-with-parallel", 15, "Each line[1] / Gone"),
    ("map-with-parallel", 16, "Each line"),
    ("map-with-parallel", 17, "Each line"),
    ("activity-and-function", 5, "Pick"),
]


@pytest.mark.parametrize(("name", "event", "state"), STATES)
def test_where_an_event_happened(name: str, event: int, state: str) -> None:
    assert lines(HISTORIES[name])[event - 1].state == state


def test_a_cause_cannot_steer_the_terminal() -> None:
    text = format_history(HISTORIES["retry-and-catch"], width=None)
    assert "\x1b" not in text
    assert "two lines of ·[31mcause" in text


KINDS = st.sampled_from(
    "ExecutionStarted TaskStateEntered MapStateStarted MapIterationStarted MapIterationFailed MapStateFailed "
    "MapStateAborted ParallelStateStarted ParallelStateFailed TaskFailed TaskStateExited NewKindOfEvent".split()
)


@given(st.lists(st.tuples(KINDS, st.integers(0, 30), st.dictionaries(st.just("name"), st.text()))), st.integers(1, 200))
def test_any_history_can_be_shown(steps: list[Step], width: int) -> None:
    events = history(*steps)
    assert len(format_history(events, width).splitlines()) == len(events)


def _of_case(name: str) -> list[Any]:
    """The timeline of a case of tests/core/cases."""
    cases = json.loads((Path(__file__).parents[1] / "core/cases/redrive.json").read_text())
    (found,) = [case for case in cases if case["name"] == name]
    events = []
    for event_id, previous, kind, *details in found["history"]:
        made = {"id": event_id, "previousEventId": previous, "type": kind, "timestamp": float(event_id)}
        events.append(made | ({DETAILS_MEMBER[kind]: details[0]} if details else {}))
    return lines(events)


def test_iterations_that_wait_for_room_and_are_redriven() -> None:
    """Each begins after another one's last event, or goes on from its own."""
    made = _of_case("of a Map the iterations that failed, then those that had not begun")
    redriven = next(place for place, line in enumerate(made) if line.type == "ExecutionRedriven")
    assert made[redriven].detail == "redrive 1"
    scheduled = [line.state for line in made if line.type == "LambdaFunctionScheduled"]
    assert scheduled == ["A[0] / X", "A[1] / X", "A[2] / X", "A[1] / X", "A[2] / X", "A[3] / X"]
    assert {line.state for line in made if line.type.startswith("MapIteration")} == {"A"}
