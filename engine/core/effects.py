"""Effects: what the shell is to do, in the imperative. The interpreter only says them; the dispatcher never decides.

Timers are no effects: a branch carries `wake_ms` and the shell arms what it finds on the branches that were touched.
"""

from dataclasses import dataclass
from typing import Any

from engine.asl.model import FunctionResource, ServiceResource
from engine.core.map_run import MapRun
from engine.items.request import ReadRequest


@dataclass(frozen=True, slots=True)
class CallService:
    """Call a service or a function for attempt `attempt` of `branch`."""

    branch: int
    attempt: int
    state_name: str
    resource: ServiceResource | FunctionResource
    parameters: Any
    task_token: str | None
    timeout_ms: int | None  # when the Task times out, epoch milliseconds
    retry_count: int
    credentials: Any = None


@dataclass(frozen=True, slots=True)
class OfferActivity:
    """Let a worker of the activity take this task."""

    branch: int
    attempt: int
    activity_arn: str
    input_text: str


@dataclass(frozen=True, slots=True)
class CancelTask:
    """Nobody waits for this attempt any more: withdraw the offer, cancel the call."""

    branch: int
    attempt: int


@dataclass(frozen=True, slots=True)
class MakeRoom:
    """More children of a Map Run may begin: say how many the shell takes now, now or in a next batch."""

    branch: int
    map_run: MapRun


@dataclass(frozen=True, slots=True)
class ReadItems:
    """Read the page of a Map Run's items that begins at `cursor`."""

    branch: int
    map_run: MapRun
    request: ReadRequest
    cursor: str


@dataclass(frozen=True, slots=True)
class StartChild:
    """Start the child of a Map Run for one item."""

    branch: int
    map_run: MapRun
    index: int
    input: Any
    input_text: str


@dataclass(frozen=True, slots=True)
class RedriveChild:
    """Let a child of a Map Run that ended without success go on; it has so many items."""

    branch: int
    map_run: MapRun
    child: int
    status: str
    items: int


@dataclass(frozen=True, slots=True)
class GatherResults:
    """All children of a Map Run have ended: hand in their outputs."""

    branch: int
    map_run: MapRun


@dataclass(frozen=True, slots=True)
class WriteResults:
    """The children of a Map Run with a ResultWriter have ended, or the run is over: write what they gave.

    `pending`: the inputs of those that will never begin.
    """

    branch: int
    map_run: MapRun
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StopChildren:
    """The Map Run is over: stop the children that still run."""

    map_run: MapRun


MapRunEffect = MakeRoom | ReadItems | StartChild | RedriveChild | GatherResults | WriteResults | StopChildren
Effect = CallService | OfferActivity | CancelTask | MapRunEffect
