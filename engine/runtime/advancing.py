"""Advancing executions within a batch: signals in, the interpreter's steps into the journal, effects taken.

Calls to built-in services happen here, on the batch's own connection, a savepoint each; their results come back as
signals of the same batch. Calls that leave the process are only written down: they are sent when the batch is
committed.
"""

from collections import deque
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Connection

from engine import limits
from engine.asl.model import Pattern, ServiceResource, TaskState
from engine.contract import Call, LocalAction, RemoteAction, Transaction
from engine.core.effects import (
    CallService,
    CancelTask,
    Effect,
    GatherResults,
    MakeRoom,
    OfferActivity,
    StartChild,
    StopChildren,
)
from engine.core.execution import Phase
from engine.core.interpreter import advance
from engine.core.map_run import MapRun
from engine.core.run import Step
from engine.core.signals import (
    ChildEnded,
    Heartbeat,
    ResultsGathered,
    RoomMade,
    Signal,
    Started,
    StopRequested,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
)
from engine.errors import InvariantError, StateError
from engine.runtime.after import AfterCommit, DueCall, Job
from engine.runtime.calls import call_of, call_text, perform
from engine.runtime.directory import Directory
from engine.runtime.journal import Journal, is_over
from engine.runtime.live import ChildOf, Live
from engine.runtime.loading import LOCAL, NESTED
from engine.runtime.map_runs import LateEnds, gathered, output_bytes
from engine.runtime.nesting import (
    ANSWER,
    STOP,
    STOP_ROW,
    ChildUnwanted,
    ToldOfEnd,
    answer_text,
    awaited_resource,
    outcome,
    stop_cause,
)
from engine.runtime.tokens import TokenContent, Tokens
from engine.store import activities, executions, outbox, tasks

_Waiting = tuple[int, int, int]  # execution key, branch, attempt


class Batch(Transaction, Protocol):
    """The open batch as local actions see it, and where executions are found."""

    def live(self, key: int) -> Live | None: ...

    def new_child(self, parent: Live, effect: StartChild) -> Live:
        """The execution for one item of a Map Run, found from now on; not yet begun."""

    def next_key(self, shard: int) -> int: ...


@dataclass(frozen=True, slots=True)
class DueLocalCall:
    """Work of a batch: a local call that was put off to it."""

    branch: int
    attempt: int
    call: Call


# What is left to do for an execution, in the order in which it came up.
_Work = Signal | Effect | DueLocalCall | ToldOfEnd | ChildUnwanted


class Advancing:
    """The part of a batch that feeds the interpreter.

    The interpreter runs at once, what its effects ask for in turn: a local action may feed it too (it starts an
    execution, answers a token), and finds every execution as it stands, none in the middle of its effects.
    """

    def __init__(self, batch: Batch, directory: Directory, tokens: Tokens, journal: Journal):
        self.connection = batch.connection
        self.moment = batch.moment
        self.after = AfterCommit()
        self._batch = batch
        self._directory = directory
        self._tokens = tokens
        self._journal = journal
        self._work: deque[tuple[Live, _Work]] = deque()
        self._settling = False
        self._local_calls: dict[int, int] = {}
        self._local_calls_left = limits.LOCAL_CALLS_PER_BATCH_MAX
        self._nested_left = limits.NESTED_SIGNALS_PER_BATCH_MAX
        self._map_starts_left = limits.MAP_RUN_STARTS_PER_BATCH_MAX
        self._map_stops_left = limits.MAP_RUN_STOPS_PER_BATCH_MAX
        self.late_ends = LateEnds()
        self._awaited: dict[_Waiting, int] = {}  # children whose Task is not yet submitted

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        now_ms = self.moment.epoch_ms
        row = {"kind": kind, "payload": payload, "due_ms": now_ms + delay_ms, "created_ms": now_ms}
        outbox.put_many(self.connection, [row])
        self.after.delivering = True

    def signal(self, live: Live, signal: Signal) -> bool:
        """Advance an execution, and on with what its local calls answer, until it rests. False: it was stale."""
        accepted = self._deliver(live, signal)
        self._settle()
        return accepted

    def result(self, live: Live, branch: int, attempt: int, output: Any) -> bool:
        """What a call answered: the Task's result, or, where a token is waited for, that it was submitted."""
        made = _result_signal(live, branch, attempt, output)
        return made is not None and self.signal(live, made)

    def submitted(self, live: Live, branch: int, attempt: int, call: Call, job: Job) -> bool:
        """A remote call has started a job: what is needed to follow it is kept, in place of what was needed to start.

        False: nobody waits for the job.
        """
        if not self.signal(live, TaskSubmitted(branch, attempt, job.submitted)):
            return False
        found = live.execution.branches.get(branch)
        if found is None or found.phase is not Phase.TASK or found.attempt != attempt:
            return False
        self._begin(live, branch, attempt, "REMOTE", call.service, call_text(call, job), status="STARTED")
        return True

    def perform(self, live: Live, branch: int, attempt: int, call: Call) -> None:
        """Make a local call that was put off to this batch."""
        self._work.append((live, DueLocalCall(branch, attempt, call)))
        self._settle()

    def await_end(self, live: Live, token: str) -> bool:
        """From now on the Task with this token waits for an execution. True: the store has to be told.

        Said while the Task is being started: it takes note of the end, even of one that has come, once it is submitted.
        """
        if live.execution.status != "RUNNING":
            self._work.append((live, ToldOfEnd(token)))
            return False
        live.awaited_by = (*live.awaited_by, token)
        waiting = self._read(token)
        self._awaited[waiting.key, waiting.branch, waiting.attempt] = live.key
        return live.stored

    def stop_child(self, live: Live, cause: str) -> None:
        """A stop that was put off to this batch."""
        self.signal(live, StopRequested(None, cause))

    def _settle(self) -> None:
        """Do what is left to do. What a local action brings up is left to the settling that has called it."""
        if self._settling:
            return
        self._settling = True
        try:
            while self._work:
                self._do(*self._work.popleft())
        finally:
            self._settling = False

    def _do(self, live: Live, work: _Work) -> None:
        if isinstance(work, CallService):
            self._call(live, work)
        elif isinstance(work, CancelTask):
            self._cancel(live, work)
        elif isinstance(work, OfferActivity):
            self._begin(live, work.branch, work.attempt, "ACTIVITY", work.activity_arn, work.input_text)
            self.after.offers.append(work.activity_arn)
        elif isinstance(work, DueLocalCall):
            self._perform_due(live, work)
        elif isinstance(work, ToldOfEnd):
            self._tell(live, self._read(work.token))
        elif isinstance(work, ChildUnwanted):
            self._stop_child(live, work.child)
        elif isinstance(work, StartChild):
            self._start_child(live, work)
        elif isinstance(work, MakeRoom):
            self.make_room(live, work.branch, work.map_run)
        elif isinstance(work, GatherResults):
            self._gather(live, work)
        elif isinstance(work, StopChildren):
            self.stop_children(work.map_run.key)
        else:
            self._advance(live, work)

    def _deliver(self, live: Live, signal: Signal) -> bool:
        if self._directory.is_deleting(live.machine_id) and not isinstance(signal, StopRequested | Heartbeat):
            signal = StopRequested(None, None)  # as on AWS: they end at their next transition
        return self._advance(live, signal)

    def _advance(self, live: Live, signal: Signal) -> bool:
        step = advance(live.execution, signal, self.moment, _World(self.connection, self._tokens, live))
        if not step.accepted:
            return False
        entry = self._journal.record(live, step)
        if isinstance(signal, TaskSubmitted):
            entry.answered.add(signal.branch)
            entry.tasks.pop(signal.branch, None)
        if isinstance(signal, TaskSucceeded | TaskFailed):
            live.children.pop(signal.branch, None)  # answered, by whomever: the child goes on
        for run in step.map_runs:
            run.key = run.key or self._batch.next_key(live.shard)
            entry.map_runs[run.key] = run
        self._work.extend((live, effect) for effect in step.effects)
        if live.execution.status != "RUNNING":
            if live.child_of is not None:
                self._tell_of_child(live, live.child_of)
            self._work.extend((live, ToldOfEnd(token)) for token in live.awaited_by)
        self._note_rest(live, step)
        return True

    def _note_rest(self, live: Live, step: Step) -> None:
        if step.more and live.execution.status == "RUNNING":
            self.after.resumes.append(live.key)

    def _call(self, live: Live, effect: CallService) -> None:
        call = call_of(effect, live.execution)
        branch, attempt = effect.branch, effect.attempt
        action = self._directory.action(call)
        entry = self._journal.entry(live)
        entry.answered.discard(branch)
        if is_over(entry, branch, attempt):
            return  # a sibling failed in the same step
        if action is None:
            text = f"No target for the resource '{call.resource}' is built into this server."
            self._advance(live, TaskFailed(branch, attempt, "States.Runtime", text))
        elif isinstance(action, RemoteAction):
            self._begin(live, branch, attempt, "REMOTE", call.service, call_text(call))
            self.after.calls.append(DueCall(live.key, branch, attempt, call))
        elif self._may_call(live):
            self._perform(live, branch, attempt, call)
        else:
            self._begin(live, branch, attempt, LOCAL, call.service, call_text(call))
            self.after.local_calls.append((live.key, branch, attempt))

    def _may_call(self, live: Live) -> bool:
        made = self._local_calls.get(live.key, 0)
        return made < limits.LOCAL_CALLS_PER_STEP_MAX and self._local_calls_left > 0

    def _perform_due(self, live: Live, due: DueLocalCall) -> None:
        if due.branch in self._journal.entry(live).tasks:
            return  # it was made in this batch, and now something is waited for
        if self._may_call(live):
            self._perform(live, due.branch, due.attempt, due.call)
        else:  # its row says so still
            self.after.local_calls.append((live.key, due.branch, due.attempt))

    def _cancel(self, live: Live, effect: CancelTask) -> None:
        self._journal.entry(live).tasks.pop(effect.branch, None)
        self.after.cancelled.append((live.key, effect.branch, effect.attempt))
        attempt, child = live.children.get(effect.branch, (0, 0))
        if attempt == effect.attempt:
            del live.children[effect.branch]
            self._work.append((live, ChildUnwanted(child)))

    def _begin(
        self, live: Live, branch: int, attempt: int, kind: str, target: str, payload: str, status: str = "PENDING"
    ) -> None:
        """Note a task that others do; the store keeps it until it is over."""
        entry = self._journal.entry(live)
        entry.answered.discard(branch)
        entry.tasks[branch] = task_row(live, branch, attempt, kind, target, payload, self.moment.epoch_ms, status)

    def _perform(self, live: Live, branch: int, attempt: int, call: Call) -> None:
        """Call a built-in service here and now, in a savepoint: its change is committed with the Task's result.

        Not where nobody waits for it any more: a sibling failed in the same step, the Task has timed out, or a call
        that was put off is asked for twice, as after a recovery.
        """
        if is_over(self._journal.entry(live), branch, attempt):
            return
        action = self._directory.action(call)
        if not isinstance(action, LocalAction):
            raise InvariantError(f"{call.resource} is not a local action")
        self._local_calls[live.key] = self._local_calls.get(live.key, 0) + 1
        self._local_calls_left -= 1
        try:
            output = perform(self._batch, action, call)
        except StateError as error:
            self._advance(live, TaskFailed(branch, attempt, error.name, error.cause))
            return
        if call.pattern is Pattern.REQUEST_RESPONSE:
            self._advance(live, TaskSucceeded(branch, attempt, output))
        else:
            self._advance(live, TaskSubmitted(branch, attempt, output))
            self._keep_child(live, branch, attempt, call)

    # ---- executions that are awaited: see engine.runtime.nesting ----

    def _keep_child(self, live: Live, branch: int, attempt: int, call: Call) -> None:
        """The Task is submitted: note which execution it waits for, if it does."""
        child = self._awaited.pop((live.key, branch, attempt), None)
        if child is None:
            return
        found = live.execution.branches.get(branch)
        if found is None or found.phase is not Phase.TASK or found.attempt != attempt:
            self._work.append((live, ChildUnwanted(child)))  # what it was told was too much for it
            return
        live.children[branch] = (attempt, child)
        self._begin(live, branch, attempt, NESTED, call.service, str(child))

    def _read(self, token: str) -> TokenContent:
        content = self._tokens.read(token)
        if content is None:
            raise InvariantError("an execution is awaited with a token that is not ours")
        return content

    def _tell(self, child: Live, waiting: TokenContent) -> None:
        """An execution has ended: tell a Task that awaits it, now or in the next batch."""
        parent = self._batch.live(waiting.key)
        resource = None if parent is None else awaited_resource(parent, waiting)
        if parent is None or resource is None:
            return
        answer = outcome(self._batch, self._directory, resource, child, waiting)
        if self._nested_left > 0:
            self._nested_left -= 1
            self._deliver(parent, answer)
            return
        self._begin(parent, waiting.branch, waiting.attempt, ANSWER, resource.service, answer_text(answer))
        self.after.answers.append((waiting.key, waiting.branch, waiting.attempt))

    def _stop_child(self, parent: Live, key: int) -> None:
        """The Task that managed an execution is over: stop it, now or in the next batch."""
        child = self._batch.live(key)
        if child is None:
            return
        cause = stop_cause(parent.execution.arn)
        if self._nested_left > 0:
            self._nested_left -= 1
            self._advance(child, StopRequested(None, cause))
            return
        row = task_row(child, STOP_ROW, 0, STOP, "", cause, self.moment.epoch_ms)
        tasks.upsert_many(self.connection, [row])
        self.after.unwanted.append(key)

    # ---- the children of distributed Maps: see engine.runtime.map_runs ----

    def make_room(self, live: Live, branch: int, run: MapRun) -> None:
        """Let as many children begin as this batch still takes; the rest in the next one."""
        if run.status != "RUNNING":
            return
        if self._map_starts_left <= 0:
            self.after.map_runs.append((live.key, branch, run.key))
            return
        count = min(self._map_starts_left, run.room)
        self._map_starts_left -= count
        self._deliver(live, RoomMade(branch, run.key, count))

    def resume_map_run(self, live: Live, branch: int, run: MapRun) -> None:
        self.make_room(live, branch, run)
        self._settle()

    def stop_more_children(self, key: int) -> None:
        self.stop_children(key)
        self._settle()

    def gather(self, live: Live, branch: int, run: MapRun) -> None:
        self._gather(live, GatherResults(branch, run))
        self._settle()

    def _start_child(self, live: Live, effect: StartChild) -> None:
        run = effect.map_run
        if run.status != "RUNNING":  # it failed before this one began
            self.late_ends.count(run.key, "ABORTED")
            return
        self._advance(self._batch.new_child(live, effect), Started())

    def _gather(self, live: Live, effect: GatherResults) -> None:
        if effect.map_run.status == "RUNNING":
            results = gathered(self.connection, self._journal.entries, effect.map_run.key)
            self._deliver(live, ResultsGathered(effect.branch, effect.map_run.key, results))

    def _tell_of_child(self, child: Live, place: ChildOf) -> None:
        """A child has ended: its parent takes note in this very batch, or the store does where that waits no more."""
        parent = self._batch.live(place.parent)
        status = child.execution.status
        ended = ChildEnded(place.branch, place.map_run, status, output_bytes(child.execution))
        if parent is None or not self._advance(parent, ended):
            self.late_ends.count(place.map_run, status)

    def stop_children(self, key: int) -> None:
        """The run is over: stop what runs of it, so much in this batch. Those that began in it are in its journal."""
        if self._map_stops_left <= 0:
            self.after.map_runs_over.append(key)
            return
        rows = executions.children_page(self.connection, key, "RUNNING", None, self._map_stops_left)
        if len(rows) == self._map_stops_left:
            self.after.map_runs_over.append(key)  # there may be more
        keys = {row.key for row in rows} | {
            entry.live.key
            for entry in self._journal.entries
            if entry.live.child_of is not None and entry.live.child_of.map_run == key
        }
        for child in sorted(keys):
            live = self._batch.live(child)
            if live is not None:
                self._map_stops_left -= 1
                self._advance(live, StopRequested(None, None))


def _result_signal(live: Live, branch_id: int, attempt: int, output: Any) -> Signal | None:
    branch = live.execution.branches.get(branch_id)
    if branch is None:
        return None
    state = live.execution.machine.flows[branch.flow].states[branch.state]
    resource = state.resource if isinstance(state, TaskState) else None
    if isinstance(resource, ServiceResource) and resource.pattern is Pattern.WAIT_FOR_TASK_TOKEN:
        return TaskSubmitted(branch_id, attempt, output)
    return TaskSucceeded(branch_id, attempt, output)


def task_row(
    live: Live, branch: int, attempt: int, kind: str, target: str, payload: str, now_ms: int, status: str = "PENDING"
) -> dict[str, Any]:
    """A row of engine.store.tasks."""
    return {
        "execution": live.key,
        "branch": branch,
        "attempt": attempt,
        "shard": live.shard,
        "kind": kind,
        "target": target,
        "status": status,
        "payload": payload,
        "created_ms": now_ms,
    }


class _World:
    """The facts that the interpreter may ask for while it advances one execution."""

    __slots__ = ("_connection", "_live", "_tokens")

    def __init__(self, connection: Connection, tokens: Tokens, live: Live):
        self._connection = connection
        self._tokens = tokens
        self._live = live

    def task_token(self, branch: int, attempt: int) -> str:
        return self._tokens.make(self._live.key, branch, attempt)

    def activity_exists(self, arn: str) -> bool:
        return activities.by_arn(self._connection, arn) is not None
