"""Advancing executions within a batch: signals in, the interpreter's steps into the journal, effects taken.

The interpreter runs at once, what its effects ask for in turn, by the parts that know how: calls
(engine.runtime.calling), executions that are awaited (awaiting), Map Runs (map_children).
"""

from collections import deque
from typing import Any

from sqlalchemy import Connection

from engine.asl.model import Pattern, ServiceResource, TaskState
from engine.contract import Call
from engine.core.effects import (
    CallService,
    CancelTask,
    GatherResults,
    MakeRoom,
    OfferActivity,
    ReadItems,
    RedriveChild,
    StartChild,
    StopChildren,
    WriteResults,
)
from engine.core.interpreter import advance
from engine.core.run import Step
from engine.core.signals import (
    Heartbeat,
    Signal,
    StopRequested,
    TaskFailed,
    TaskSubmitted,
    TaskSucceeded,
)
from engine.runtime.after import AfterCommit, DueRead, Job
from engine.runtime.awaiting import Awaiting
from engine.runtime.calling import Calling
from engine.runtime.directory import Directory
from engine.runtime.feeding import Batch, DueLocalCall, Work
from engine.runtime.journal import Journal, task_row
from engine.runtime.live import Live
from engine.runtime.map_children import MapChildren
from engine.runtime.map_results import MapResults
from engine.runtime.nesting import ChildUnwanted, ToldOfEnd
from engine.runtime.tokens import Tokens
from engine.store import activities, outbox


class Advancing:
    """The part of a batch that feeds the interpreter: implements engine.runtime.feeding.Feed.

    A local action may feed it too (it starts an execution, answers a token), and finds every execution as it stands,
    none in the middle of its effects.
    """

    def __init__(self, batch: Batch, directory: Directory, tokens: Tokens, journal: Journal):
        self.batch = batch
        self.directory = directory
        self.journal = journal
        self.connection = batch.connection
        self.moment = batch.moment
        self.after = AfterCommit()
        self.awaiting = Awaiting(self, tokens)
        self.calling = Calling(self, self.awaiting)
        self.map_children = MapChildren(self)
        self.map_results = MapResults(self, self.map_children)
        self._tokens = tokens
        self._work: deque[tuple[Live, Work]] = deque()
        self._settling = False

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        now_ms = self.moment.epoch_ms
        row = {"kind": kind, "payload": payload, "due_ms": now_ms + delay_ms, "created_ms": now_ms}
        outbox.put_many(self.connection, [row])
        self.after.delivering = True

    # ---- what has happened, from outside ----

    def signal(self, live: Live, signal: Signal) -> bool:
        """Advance an execution, and on with what its local calls answer, until it rests. False: it was stale."""
        accepted = self.deliver(live, signal)
        self.settle()
        return accepted

    def result(self, live: Live, branch: int, attempt: int, output: Any) -> bool:
        """What a call answered: the Task's result, or, where a token is waited for, that it was submitted."""
        made = _result_signal(live, branch, attempt, output)
        return made is not None and self.signal(live, made)

    def submitted(self, live: Live, branch: int, attempt: int, call: Call, job: Job) -> bool:
        """A remote call has started a job. False: nobody waits for it."""
        taken = self.signal(live, TaskSubmitted(branch, attempt, job.submitted))
        return taken and self.calling.follow(live, branch, attempt, call, job)

    def perform(self, live: Live, branch: int, attempt: int, call: Call) -> None:
        """Make a local call that was put off to this batch."""
        self.do_next(live, DueLocalCall(branch, attempt, call))
        self.settle()

    # ---- engine.runtime.feeding.Feed ----

    def do_next(self, live: Live, work: Work) -> None:
        self._work.append((live, work))

    def settle(self) -> None:
        """Do what is left to do. What a local action brings up is left to the settling that has called it."""
        if self._settling:
            return
        self._settling = True
        try:
            while self._work:
                self._do(*self._work.popleft())
        finally:
            self._settling = False

    def deliver(self, live: Live, signal: Signal) -> bool:
        if self.directory.is_deleting(live.machine_id) and not isinstance(signal, StopRequested | Heartbeat):
            signal = StopRequested(None, None)  # as on AWS: they end at their next transition
        return self.advance(live, signal)

    def advance(self, live: Live, signal: Signal) -> bool:
        step = advance(live.execution, signal, self.moment, _World(self.connection, self._tokens, live))
        if not step.accepted:
            return False
        entry = self.journal.record(live, step)
        if isinstance(signal, TaskSubmitted):
            entry.answered.add(signal.branch)
            entry.tasks.pop(signal.branch, None)
        if isinstance(signal, TaskSucceeded | TaskFailed):
            live.children.pop(signal.branch, None)  # answered, by whomever: the child goes on
        for run in step.map_runs:
            run.key = run.key or self.batch.next_key(live.shard)
            entry.map_runs[run.key] = run
        self._work.extend((live, effect) for effect in step.effects)
        if live.execution.status != "RUNNING":
            if live.child_of is not None:
                self.map_children.ended(live, live.child_of)
            self._work.extend((live, ToldOfEnd(token)) for token in live.awaited_by)
        self._note_rest(live, step)
        return True

    def begin_task(
        self, live: Live, branch: int, attempt: int, kind: str, target: str, payload: str, status: str = "PENDING"
    ) -> None:
        entry = self.journal.entry(live)
        entry.answered.discard(branch)
        entry.tasks[branch] = task_row(live, branch, attempt, kind, target, payload, self.moment.epoch_ms, status)

    def _note_rest(self, live: Live, step: Step) -> None:
        if step.more and live.execution.status == "RUNNING":
            self.after.resumes.append(live.key)

    def _do(self, live: Live, work: Work) -> None:
        if isinstance(work, CallService):
            self.calling.call(live, work)
        elif isinstance(work, CancelTask):
            self.calling.cancel(live, work)
        elif isinstance(work, OfferActivity):
            self.begin_task(live, work.branch, work.attempt, "ACTIVITY", work.activity_arn, work.input_text)
            self.after.offers.append(work.activity_arn)
        elif isinstance(work, DueLocalCall):
            self.calling.perform_due(live, work)
        elif isinstance(work, ToldOfEnd):
            self.awaiting.tell(live, work.token)
        elif isinstance(work, ChildUnwanted):
            self.awaiting.stop(live, work.child)
        elif isinstance(work, RedriveChild):
            self.map_children.redriven.redrive(work)
        elif isinstance(work, StartChild):
            self.map_children.start(live, work)
        elif isinstance(work, ReadItems):
            run = work.map_run
            self.after.reads.append(DueRead(live.key, work.branch, run.key, work.request, work.cursor))
        elif isinstance(work, MakeRoom):
            self.map_children.make_room(live, work.branch, work.map_run)
        elif isinstance(work, GatherResults):
            self.map_results.gather(live, work)
        elif isinstance(work, WriteResults):
            self.map_results.write(work)
        elif isinstance(work, StopChildren):
            self.map_children.stop(work.map_run.key)
        else:
            self.advance(live, work)


def _result_signal(live: Live, branch_id: int, attempt: int, output: Any) -> Signal | None:
    branch = live.execution.branches.get(branch_id)
    if branch is None:
        return None
    state = live.execution.machine.flows[branch.flow].states[branch.state]
    resource = state.resource if isinstance(state, TaskState) else None
    if isinstance(resource, ServiceResource) and resource.pattern is Pattern.WAIT_FOR_TASK_TOKEN:
        return TaskSubmitted(branch_id, attempt, output)
    return TaskSucceeded(branch_id, attempt, output)


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
