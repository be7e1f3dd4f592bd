"""Effects: what the shell is to do, in the imperative. The interpreter only says them; the dispatcher never decides.

Timers are no effects: a branch carries `wake_ms` and the shell arms what it finds on the branches that were touched.
"""

from dataclasses import dataclass
from typing import Any

from engine.asl.model import FunctionResource, ServiceResource


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


Effect = CallService | OfferActivity | CancelTask
