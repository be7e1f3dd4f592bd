"""Signals: what has happened to an execution, in the past tense. The interpreter turns each into events and effects.

The Task signals name the branch and the attempt that they answer; one that is stale is not accepted (fencing).
"""

from dataclasses import dataclass
from typing import Any

from engine.core.execution import Branch
from engine.items.page import Page


@dataclass(frozen=True, slots=True)
class Started:
    """The execution begins."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Branches that are READY go on: after a slice of transitions, or after a restart."""


@dataclass(frozen=True, slots=True)
class TaskSubmitted:
    """The service took the call; the token's answer is still to come."""

    branch: int
    attempt: int
    output: Any


@dataclass(frozen=True, slots=True)
class TaskSucceeded:
    branch: int
    attempt: int
    output: Any


@dataclass(frozen=True, slots=True)
class TaskFailed:
    branch: int
    attempt: int
    error: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class ActivityStarted:
    """A worker took the activity's task."""

    branch: int
    attempt: int
    worker_name: str | None


@dataclass(frozen=True, slots=True)
class Heartbeat:
    branch: int
    attempt: int


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The timer that was due at `due_ms` fired; stale when the branch waits for another time by now."""

    branch: int
    due_ms: int


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The execution's own timeout, or the limit of its type."""


@dataclass(frozen=True, slots=True)
class StopRequested:
    error: str | None
    cause: str | None


@dataclass(frozen=True, slots=True)
class Redriven:
    """The execution, which ended without success, is to go on from `branches`, as they were at its end."""

    branches: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class FailedChild:
    """A child of a Map Run that ended without success."""

    key: int
    status: str
    items: int


@dataclass(frozen=True, slots=True)
class RoomMade:
    """The shell takes so many more children of the Map Run `key`, over which `branch` rests.

    `failed`: of those that are to be redriven the first ones, as many as it takes.
    """

    branch: int
    key: int
    count: int
    failed: tuple[FailedChild, ...] = ()


@dataclass(frozen=True, slots=True)
class FailuresMarked:
    """Of the children of a redriven Map Run with keys up to `after`, so many more are to be redriven, with so many
    items; `after` None: that were all.
    """

    branch: int
    key: int
    children: int
    items: int
    after: int | None


@dataclass(frozen=True, slots=True)
class ItemsRead:
    """The page of a Map Run's items that begins at `cursor`."""

    branch: int
    key: int
    cursor: str
    page: Page


@dataclass(frozen=True, slots=True)
class ItemsNotRead:
    """The page that begins at `cursor` cannot be read."""

    branch: int
    key: int
    cursor: str
    cause: str


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """A child of the Map Run `key` has ended; `output_bytes` of its output, so many `items` in its input."""

    branch: int
    key: int
    status: str
    output_bytes: int
    items: int = 1


@dataclass(frozen=True, slots=True)
class ResultsGathered:
    """The outputs of a Map Run's children that succeeded, in the order of their items."""

    branch: int
    key: int
    results: list[Any]


@dataclass(frozen=True, slots=True)
class ResultsWritten:
    """The results of a Map Run's children are where its ResultWriter wants them: those of `count` children."""

    branch: int
    key: int
    count: int


@dataclass(frozen=True, slots=True)
class ResultsNotWritten:
    """They cannot be written there."""

    branch: int
    key: int
    cause: str


@dataclass(frozen=True, slots=True)
class MapRunUpdated:
    """New limits of a Map Run that goes on; None: as before."""

    branch: int
    key: int
    concurrency: int | None
    tolerated_count: int | None
    tolerated_percentage: float | None


MapRunSignal = (
    RoomMade
    | ItemsRead
    | ItemsNotRead
    | FailuresMarked
    | ChildEnded
    | ResultsGathered
    | ResultsWritten
    | ResultsNotWritten
    | MapRunUpdated
)

Signal = (
    Started
    | Resumed
    | TaskSubmitted
    | TaskSucceeded
    | TaskFailed
    | ActivityStarted
    | Heartbeat
    | TimerFired
    | DeadlineReached
    | StopRequested
    | Redriven
    | MapRunSignal
)
