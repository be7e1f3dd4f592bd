"""Signals: what has happened to an execution, in the past tense. The interpreter turns each into events and effects.

The Task signals name the branch and the attempt that they answer; one that is stale is not accepted (fencing).
"""

from dataclasses import dataclass
from typing import Any


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
)
