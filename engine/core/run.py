"""One advance of an execution under construction: the events, effects and touched branches that it has led to so far.

The handlers of the states work on a Run and on nothing else. The invariant it keeps: event ids have no gap, and the
last event of a history is the one that ends the execution.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

from engine import limits
from engine.asl.model import AnyState
from engine.core import history, variables
from engine.core.context import scope_of
from engine.core.effects import CancelTask, Effect, StopChildren, WriteResults
from engine.core.execution import Branch, Execution, Phase
from engine.core.map_run import MapRun
from engine.core.pending import pending_inputs
from engine.core.remains import of_end
from engine.moment import Moment
from engine.query.scope import Scope


class World(Protocol):
    """The facts of the world that a state may depend on."""

    def task_token(self, branch: int, attempt: int) -> str: ...

    def activity_exists(self, arn: str) -> bool: ...


@dataclass(slots=True)
class Step:
    """What an advance came to. `accepted` false: the signal was stale and nothing changed.

    `touched`: branches whose stored row is out of date; `removed`: those that are gone. `more`: branches are READY to
    go on.
    """

    accepted: bool
    events: list[history.Event]
    effects: list[Effect]
    touched: set[int]
    removed: set[int]
    more: bool
    map_runs: list[MapRun] = field(default_factory=list)  # Map Runs that have changed


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """A child of a Parallel or Map reached the end of its flow, or failed; its parent has yet to take note."""

    child: Branch
    failed: bool
    error: str | None = None
    cause: str | None = None


class HistoryFull(Exception):
    """The next event would be the last that a history can hold."""


@dataclass(slots=True)
class Run:
    execution: Execution
    moment: Moment
    world: World
    events: list[history.Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    ended_children: deque[ChildEnded] = field(default_factory=deque)
    transitions: int = 0
    work: int = 0  # of expressions, beside the transitions
    map_runs: list[MapRun] = field(default_factory=list)
    now_ms: int = 0  # the moment's: it is asked for with every event

    def __post_init__(self) -> None:
        self.now_ms = self.moment.epoch_ms

    @property
    def exhausted(self) -> bool:
        """Whether it is the turn of other executions."""
        return self.transitions >= limits.TRANSITIONS_PER_STEP_MAX or self.work >= limits.STEP_WORK_MAX

    def emit(self, branch: Branch, kind: str, details: dict[str, Any] | None = None, *, advances: bool = True) -> int:
        """Append an event to the branch's chain; `advances` false: the chain goes on from where it was."""
        event_id = self.execution.last_event + 1
        if event_id >= limits.HISTORY_EVENTS_MAX and not kind.startswith("Execution"):
            raise HistoryFull
        self.execution.last_event = event_id
        self.events.append(history.event(event_id, branch.previous_event, kind, self.now_ms, details))
        if advances:
            branch.previous_event = event_id
        return event_id

    def state_of(self, branch: Branch) -> AnyState:
        return self.execution.machine.flows[branch.flow].states[branch.state]

    def scope(self, branch: Branch, state: AnyState, task_token: str | None = None) -> Scope:
        return scope_of(self.execution, branch, state, self.moment, task_token)

    def add_branch(
        self, parent: Branch | None, index: int, flow: int, start_at: str, value: Any, text: str, previous_event: int
    ) -> Branch:
        branch = Branch(
            id=self.execution.next_branch,
            parent=None if parent is None else parent.id,
            index=index,
            flow=flow,
            state=start_at,
            input=value,
            input_text=text,
            previous_event=previous_event,
        )
        self.execution.next_branch += 1
        self.execution.branches[branch.id] = branch
        self.make_ready(branch)
        return branch

    def make_ready(self, branch: Branch) -> None:
        branch.phase = Phase.READY
        branch.wake_ms = branch.timeout_ms = branch.heartbeat_ms = None
        self.execution.ready.append(branch.id)
        self.touched.add(branch.id)

    def rest(self, branch: Branch, phase: Phase, wake_ms: int | None = None) -> None:
        branch.phase = phase
        branch.wake_ms = wake_ms
        self.touched.add(branch.id)

    def cancel_task(self, branch: Branch) -> None:
        """Nobody waits for the running attempt any more."""
        self.effects.append(CancelTask(branch.id, branch.attempt))

    def remove(self, branch: Branch) -> None:
        if branch.phase is Phase.TASK:
            self.cancel_task(branch)
        self.end_map_run(branch, "ABORTED")
        self.put_variables_away(branch)
        del self.execution.branches[branch.id]
        self.touched.discard(branch.id)
        self.removed.add(branch.id)

    def end_map_run(self, branch: Branch, status: str) -> None:
        """The Map Run that a branch rests over is over, if there is one; children that still run are to be stopped."""
        map_run = None if branch.join is None else branch.join.map_run
        if map_run is None or map_run.status != "RUNNING":
            return
        map_run.end(status, self.now_ms)
        self.map_runs.append(map_run)
        if map_run.writer is not None and status != "SUCCEEDED":
            self.effects.append(WriteResults(branch.id, map_run, self._pending(branch, map_run)))
        if map_run.running:
            self.effects.append(StopChildren(map_run))

    def _pending(self, branch: Branch, map_run: MapRun) -> tuple[str, ...]:
        """The inputs of the children that will never begin."""
        if branch.join is None:
            return ()
        return pending_inputs(branch.join, map_run, self.scope(branch, self.state_of(branch)))

    def put_variables_away(self, branch: Branch) -> None:
        """The branch is over without success."""
        if branch.variables is not None:
            variables.put_away(self.execution, branch)

    def children(self, branch: Branch) -> Iterable[Branch]:
        """The branches below a Parallel or Map that have not been removed, in the order in which they began."""
        if branch.join is None:
            return ()
        branches = self.execution.branches
        return [branches[child] for child in sorted(branch.join.children.values()) if child in branches]

    def end(self, status: str, kind: str, last: Branch, details: dict[str, Any], stop_ms: int | None = None) -> None:
        """The execution ends: the last event, and no branch is left but in what a redrive goes on from."""
        execution = self.execution
        execution.status = status
        execution.stop_ms = self.now_ms if stop_ms is None else stop_ms
        execution.output_text = details.get("output")
        execution.error = details.get("error")
        execution.cause = details.get("cause")
        self.emit(last, kind, details)
        execution.remains = of_end(execution)
        for branch in list(execution.branches.values()):
            self.remove(branch)
        execution.ready.clear()
        self.ended_children.clear()

    def step(self, accepted: bool) -> Step:
        more = bool(self.execution.ready)
        return Step(accepted, self.events, self.effects, self.touched, self.removed, more, self.map_runs)
