"""A history as a timeline that people read: one line for each event, with its state and what matters of its details.

Pure: events in the shape of GetExecutionHistory go in (timestamps as epoch seconds), lines come out. An event that
names no state belongs to the one that its `previousEventId` leads to; states inside a Parallel or a Map are shown with
what they are in: `Each line[2] / Price`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Event = Mapping[str, Any]
Scope = tuple[str, ...]

SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class Line:
    """`offset_seconds` counts from the first event; `tone` is one of start, good, bad, plain."""

    id: int
    offset_seconds: float
    type: str
    state: str
    detail: str
    tone: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an event happened: the containers around it, its state, and the containers around what follows it."""

    scope: Scope
    state: str
    inner: Scope


_NOWHERE = _Place((), "", ())


@dataclass(slots=True)
class Timeline:
    """Turns events into lines, one at a time and in the order of their ids."""

    places: dict[int, _Place] = field(default_factory=dict)
    start: float | None = None

    def line(self, event: Event) -> Line:
        place = _place(event, self.places.get(event.get("previousEventId", 0), _NOWHERE))
        self.places[event["id"]] = place
        if self.start is None:
            self.start = event["timestamp"]
        kind = event["type"]
        return Line(
            id=event["id"],
            offset_seconds=max(0.0, event["timestamp"] - self.start),
            type=kind,
            state="" if kind.startswith("Execution") else SEPARATOR.join((*place.scope, place.state)),
            detail=_detail(event),
            tone=_tone(kind),
        )


def lines(events: Iterable[Event]) -> list[Line]:
    """The timeline of a whole history."""
    timeline = Timeline()
    return [timeline.line(event) for event in events]


def details(event: Event) -> Mapping[str, Any]:
    """An event's detail object, whatever its field is called; empty where it has none."""
    for name, value in event.items():
        if name.endswith("EventDetails"):
            found: Mapping[str, Any] = value
            return found
    return {}


def _place(event: Event, previous: _Place) -> _Place:
    kind = event["type"]
    if kind.endswith("StateEntered"):
        name = details(event).get("name", "")
        return _Place(previous.inner, name, previous.inner)
    if kind.endswith("StateExited"):
        return _exit_place(details(event).get("name", ""), previous)
    if kind == "EvaluationFailed":
        return _evaluation_place(details(event).get("state", ""), previous)
    if kind == "ParallelStateStarted":
        return _Place(previous.scope, previous.state, (*previous.scope, previous.state))
    if kind.startswith("MapIteration"):
        return _iteration_place(event, previous)
    if kind.startswith(("ParallelState", "MapState")) and kind.endswith(("Succeeded", "Failed", "Aborted")):
        return _container_end(kind, previous)
    return _Place(previous.scope, previous.state, previous.scope)


def _exit_place(name: str, previous: _Place) -> _Place:
    """Leaving a Parallel or a Map follows the last event inside it, not the *StateSucceeded."""
    scope = previous.scope
    if previous.state != name:
        inside = [at for at, label in enumerate(scope) if name in (label, _bare(label))]
        scope = scope[: inside[-1]] if inside else scope
    return _Place(scope, name, scope)


def _evaluation_place(name: str, previous: _Place) -> _Place:
    """A state whose expression failed as it was entered: the event before is what was before the state."""
    if previous.state == name or any(name in (label, _bare(label)) for label in previous.scope):
        return _exit_place(name, previous)
    return _Place(previous.inner, name, previous.inner)


def _iteration_place(event: Event, previous: _Place) -> _Place:
    found = details(event)
    name, label = found.get("name", ""), f"{found.get('name', '')}[{found.get('index', 0)}]"
    scope = previous.scope
    inside = [at for at, around in enumerate(scope) if around.endswith("]") and _bare(around) == name]
    if inside:  # the event before it happened inside the iteration, or inside the one that made room for it
        scope = scope[: inside[0]]
    if event["type"] == "MapIterationStarted":
        return _Place(scope, name, (*scope, label))
    return _Place(scope, name, scope)


def _container_end(kind: str, previous: _Place) -> _Place:
    """Where a Parallel or Map ends: one container out, where the event before it was still inside."""
    scope = previous.scope
    inside_map = bool(scope) and scope[-1].endswith("]")
    if kind.startswith("MapState"):
        if inside_map and previous.state != _bare(scope[-1]):
            return _Place(scope[:-1], _bare(scope[-1]), scope[:-1])
        return _Place(scope, previous.state, scope)
    if scope and not inside_map:
        return _Place(scope[:-1], scope[-1], scope[:-1])
    return _Place(scope, previous.state, scope)


def _bare(label: str) -> str:
    return label.rpartition("[")[0]


def _tone(kind: str) -> str:
    if kind.endswith(("Failed", "TimedOut", "Aborted")):
        return "bad"
    if kind == "ExecutionSucceeded":
        return "good"
    return "start" if kind.endswith("Entered") or kind == "ExecutionStarted" else "plain"


def _detail(event: Event) -> str:
    found = details(event)
    kind = event["type"]
    for suffix, render in _DETAILS:
        if kind.endswith(suffix):
            return render(found)
    return ""


def _failure(found: Mapping[str, Any]) -> str:
    error, cause = found.get("error"), found.get("cause")
    if error is None and cause is None:
        return ""
    return f"{error or '(no error name)'}: {cause}" if cause else str(error)


def _scheduled(found: Mapping[str, Any]) -> str:
    target = found.get("resource", "")
    if found.get("resourceType"):
        target = f"{found['resourceType']}:{target}"
    elif target.startswith("arn:"):
        target = target.split(":", 5)[5]  # function:NAME, activity:NAME
    limits = [
        f"{word} {found[name]} s"
        for word, name in (("timeout", "timeoutInSeconds"), ("heartbeat", "heartbeatInSeconds"))
        if found.get(name) is not None
    ]
    payload = found.get("parameters", found.get("input", ""))
    return " ".join(part for part in (target, payload, f"({', '.join(limits)})" if limits else "") if part)


def _field(name: str, prefix: str = "") -> Callable[[Mapping[str, Any]], str]:
    def render(found: Mapping[str, Any]) -> str:
        value = found.get(name)
        return "" if value is None else f"{prefix}{value}"

    return render


def _exited(found: Mapping[str, Any]) -> str:
    text = _field("output", "output ")(found)
    assigned = found.get("assignedVariables")
    if not assigned:
        return text
    return f"{text} assigned {', '.join(f'{name}={value}' for name, value in assigned.items())}".strip()


def _items(found: Mapping[str, Any]) -> str:
    count = found.get("length", 0)
    return f"{count} item" if count == 1 else f"{count} items"


def _iteration(found: Mapping[str, Any]) -> str:
    return f"index {found['index']}" if "index" in found else ""


# The first suffix that fits says how the details read.
_DETAILS: tuple[tuple[str, Callable[[Mapping[str, Any]], str]], ...] = (
    ("EvaluationFailed", lambda found: f"{found.get('location', '')} {_failure(found)}".strip()),
    ("MapIterationStarted", _iteration),
    ("MapIterationSucceeded", _iteration),
    ("MapIterationFailed", _iteration),
    ("MapIterationAborted", _iteration),
    ("MapStateStarted", _items),
    ("ActivityStarted", _field("workerName", "worker ")),
    ("MapRunStarted", _field("mapRunArn")),
    ("Redriven", _field("redriveCount", "redrive ")),
    ("Entered", _field("input", "input ")),
    ("Exited", _exited),
    ("Scheduled", _scheduled),
    ("Failed", _failure),
    ("TimedOut", _failure),
    ("Aborted", _failure),
    ("ExecutionStarted", _field("input", "input ")),
    ("Submitted", _field("output", "output ")),
    ("Succeeded", _field("output", "output ")),
)
