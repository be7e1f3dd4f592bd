"""What is true of every history, whatever the machine and whatever happened to its execution.

Used on the events of the pure interpreter and, by the simulation, on what the store kept.
"""

from collections import Counter, defaultdict
from typing import Any

Event = dict[str, Any]

ENDS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}
_CLOSING = ("Exited", "Aborted", "Failed", "TimedOut", "ExecutionSucceeded")


def check_history(events: list[Event], status: str) -> None:
    """Raise AssertionError for a history that no execution in `status` can have."""
    _check_ids(events)
    _check_ends(events, status)
    if status == "RUNNING":
        return
    _check_states(events)
    _check_iterations(events)


def _check_ends(events: list[Event], status: str) -> None:
    """One end, the last event; before it others without success, each followed by a redrive at once."""
    ends = [event for event in events if event["type"] in ENDS]
    redrives = [event for event in events if event["type"] == "ExecutionRedriven"]
    assert [event["executionRedrivenEventDetails"]["redriveCount"] for event in redrives] == [
        position + 1 for position in range(len(redrives))
    ]
    if status != "RUNNING":
        assert ENDS[ends[-1]["type"]] == status
        assert ends.pop() is events[-1], "something happened after the end"
    assert [event["id"] + 1 for event in ends] == [event["id"] for event in redrives]
    assert all(event["type"] != "ExecutionSucceeded" for event in ends)


def _check_ids(events: list[Event]) -> None:
    assert [event["id"] for event in events] == list(range(1, len(events) + 1)), "ids have a gap"
    assert events[0]["type"] == "ExecutionStarted" and events[0]["previousEventId"] == 0
    for event in events[1:]:
        assert 0 <= event["previousEventId"] < event["id"], event
    roots = [event for event in events[1:] if event["previousEventId"] == 0]
    assert len(roots) <= 1 or len({event["type"] for event in roots}) == len(roots), roots
    times = [event["timestamp"] for event in events]
    assert times == sorted(times), "time went back"


def _check_states(events: list[Event]) -> None:
    """Every state that was entered was left, was aborted or failed; every exit is that of a state entered before."""
    by_id = {event["id"]: event for event in events}
    following = defaultdict(list)
    for event in events:
        following[event["previousEventId"]].append(event["id"])
    for event in events:
        if event["type"].endswith("StateEntered") and event["type"] != "FailStateEntered":
            assert _is_closed(event, by_id, following), f"nothing ends {event}"
        if event["type"].endswith("StateExited"):
            assert _entry_of(event, by_id) is not None, f"{event} leaves a state that nothing entered"


def _is_closed(entered: Event, by_id: dict[int, Event], following: dict[int, list[int]]) -> bool:
    """Whether something that follows says how the state ended. (A Parallel that is retried only starts again.)

    A failed evaluation follows what was before the state when nothing else has happened in it.
    """
    if any(_evaluates(by_id[event_id], entered) for event_id in following[entered["previousEventId"]]):
        return True
    waiting = list(following[entered["id"]])
    while waiting:
        event_id = waiting.pop()
        kind = by_id[event_id]["type"]
        if kind.endswith(_CLOSING) or kind in ("ParallelStateStarted", "MapStateStarted", "ExecutionTimedOut"):
            return True
        waiting += following[event_id]
    return False


def _evaluates(event: Event, entered: Event) -> bool:
    """Whether an event is the failed evaluation of a state that had just been entered."""
    if event["type"] != "EvaluationFailed" or not entered["type"].endswith("StateEntered"):
        return False
    if event["previousEventId"] != entered["previousEventId"] or event["id"] < entered["id"]:
        return False
    return bool(event["evaluationFailedEventDetails"]["state"] == entered["stateEnteredEventDetails"]["name"])


def _entry_of(exited: Event, by_id: dict[int, Event]) -> Event | None:
    name = exited["stateExitedEventDetails"]["name"]
    event = exited
    while event["previousEventId"]:
        event = by_id[event["previousEventId"]]
        if event["type"] == "EvaluationFailed":
            beside = (each for each in by_id.values() if _evaluates(event, each))
            if (entered := next(beside, None)) is not None:
                return entered
        if event["type"].endswith("StateEntered") and event["stateEnteredEventDetails"]["name"] == name:
            return event
    return None


def _check_iterations(events: list[Event]) -> None:
    """Every iteration that began ended once, one way or another."""
    begun: Counter[tuple[str, int]] = Counter()
    ended: Counter[tuple[str, int]] = Counter()
    for event in events:
        if event["type"].startswith("MapIteration"):
            details = next(value for name, value in event.items() if name.endswith("EventDetails"))
            count = begun if event["type"] == "MapIterationStarted" else ended
            count[details["name"], details["index"]] += 1
    assert begun == ended, f"iterations began {begun} and ended {ended}"
