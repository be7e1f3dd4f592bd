"""`statewright run`: one machine, one execution, in memory, with its functions, mocks and skipped waits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine import limits
from engine.asl.model import Machine
from engine.contract import Actions, Caller, RemoteCaller
from engine.core.history import Event
from engine.runtime.clock import WallClock
from engine.runtime.ephemeral import EphemeralRun, StuckError, Timekeeper
from engine.runtime.loading import new_execution
from engine.runtime.tasks_in_memory import Mocks, TasksInMemory

LOCAL_ROLE = "arn:aws:iam::{account}:role/statewright-run"


@dataclass(frozen=True, slots=True)
class LocalResult:
    """How a run ended. `status` is an execution's, or STUCK: it waits in `waiting` for somebody who cannot reach it.

    `events` are in the shape of GetExecutionHistory's.
    """

    status: str
    output: str | None
    error: str | None
    cause: str | None
    events: list[Event]
    waiting: list[str]


async def run_local(
    machine: Machine,
    name: str,
    input_text: str,
    caller: Caller,
    actions: Actions,
    callers: Mapping[str, RemoteCaller],
    *,
    skip_waits: bool = False,
    mocks: Mocks | None = None,
    on_event: Callable[[Event], None] | None = None,
) -> LocalResult:
    """Run a compiled machine on `input_text` (valid JSON) to its end."""
    events: list[Event] = []

    def take(event: Event) -> None:
        events.append(event)
        if on_event is not None:
            on_event(event)

    clock = Timekeeper(WallClock(), skip=skip_waits)
    moment = clock.moment()
    now_ms, run_name = moment.epoch_ms, moment.uuid()
    seconds = min(machine.timeout_seconds or limits.EXECUTION_SECONDS_MAX, limits.EXECUTION_SECONDS_MAX)
    execution = new_execution(
        arn=caller.arn("states", f"execution:{name}:{run_name}"),
        name=run_name,
        machine=machine,
        role_arn=LOCAL_ROLE.format(account=caller.account),
        input_text=input_text,
        start_ms=now_ms,
        deadline_ms=now_ms + seconds * 1000,
    )
    tasks = TasksInMemory(execution, clock, actions, callers, mocks=mocks)
    waiting: list[str] = []
    try:
        await EphemeralRun(execution, clock, tasks.answer, take).run()
    except StuckError as stuck:
        waiting = stuck.states
    status = "STUCK" if waiting else execution.status
    return LocalResult(status, execution.output_text, execution.error, execution.cause, events, waiting)
