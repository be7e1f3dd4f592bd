"""Advancing executions within a batch: signals in, the interpreter's steps into the journal, effects taken.

Calls to built-in services happen here, on the batch's own connection, a savepoint each; their results come back as
signals of the same batch. Calls that leave the process are only written down: they are sent when the batch is
committed.
"""

from collections import deque
from typing import Any

from sqlalchemy import Connection

from engine.asl.model import Pattern, ServiceResource, TaskState
from engine.contract import Call, Caller, LocalAction, RemoteAction
from engine.core.effects import CallService, CancelTask, OfferActivity
from engine.core.execution import Phase
from engine.core.interpreter import advance
from engine.core.run import Step
from engine.core.signals import Heartbeat, Signal, StopRequested, TaskFailed, TaskSubmitted, TaskSucceeded
from engine.errors import InvariantError, StateError
from engine.moment import Moment
from engine.runtime.after import AfterCommit, DueCall, Job
from engine.runtime.calls import call_of, call_text
from engine.runtime.directory import Directory
from engine.runtime.journal import Journal, is_over
from engine.runtime.live import Live
from engine.runtime.tokens import Tokens
from engine.store import activities, outbox

LOCAL_CALLS_PER_BATCH_MAX = 64  # of one execution: the next ones wait for the next batch


class Advancing:
    """The part of a batch that feeds the interpreter. Local actions see it as their Transaction."""

    def __init__(self, connection: Connection, moment: Moment, directory: Directory, tokens: Tokens, journal: Journal):
        self.connection = connection
        self.moment = moment
        self.after = AfterCommit()
        self._directory = directory
        self._tokens = tokens
        self._journal = journal
        self._signals: deque[tuple[Live, Signal]] = deque()
        self._local_calls: dict[int, int] = {}

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        now_ms = self.moment.epoch_ms
        row = {"kind": kind, "payload": payload, "due_ms": now_ms + delay_ms, "created_ms": now_ms}
        outbox.put_many(self.connection, [row])
        self.after.delivering = True

    def signal(self, live: Live, signal: Signal) -> bool:
        """Advance an execution, and on with what its local calls answer, until it rests. False: it was stale."""
        if self._directory.is_deleting(live.machine_id) and not isinstance(signal, StopRequested | Heartbeat):
            signal = StopRequested(None, None)  # as on AWS: they end at their next transition
        accepted = self._advance(live, signal)
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
        self._perform(live, branch, attempt, call)
        self._settle()

    def _settle(self) -> None:
        while self._signals:
            self._advance(*self._signals.popleft())

    def _advance(self, live: Live, signal: Signal) -> bool:
        step = advance(live.execution, signal, self.moment, _World(self.connection, self._tokens, live))
        if not step.accepted:
            return False
        entry = self._journal.record(live, step)
        if isinstance(signal, TaskSubmitted):
            entry.answered.add(signal.branch)
            entry.tasks.pop(signal.branch, None)
        for effect in step.effects:
            if isinstance(effect, CancelTask):
                entry.tasks.pop(effect.branch, None)
                self.after.cancelled.append((live.key, effect.branch, effect.attempt))
            elif isinstance(effect, OfferActivity):
                self._begin(live, effect.branch, effect.attempt, "ACTIVITY", effect.activity_arn, effect.input_text)
                self.after.offers.append(effect.activity_arn)
            else:
                self._call(live, effect)
        self._note_rest(live, step)
        return True

    def _note_rest(self, live: Live, step: Step) -> None:
        if step.more and live.execution.status == "RUNNING":
            self.after.resumes.append(live.key)

    def _call(self, live: Live, effect: CallService) -> None:
        call = call_of(effect, live.execution)
        branch, attempt = effect.branch, effect.attempt
        action = self._directory.action(call)
        self._journal.entry(live).answered.discard(branch)
        if action is None:
            text = f"No target for the resource '{call.resource}' is built into this server."
            self._signals.append((live, TaskFailed(branch, attempt, "States.Runtime", text)))
        elif isinstance(action, RemoteAction):
            self._begin(live, branch, attempt, "REMOTE", call.service, call_text(call))
            self.after.calls.append(DueCall(live.key, branch, attempt, call))
        elif self._local_calls.get(live.key, 0) >= LOCAL_CALLS_PER_BATCH_MAX:
            self._begin(live, branch, attempt, "LOCAL", call.service, call_text(call))
            self.after.local_calls.append((live.key, branch, attempt))
        else:
            self._perform(live, branch, attempt, call)

    def _begin(
        self, live: Live, branch: int, attempt: int, kind: str, target: str, payload: str, status: str = "PENDING"
    ) -> None:
        """Note a task that others do; the store keeps it until it is over."""
        entry = self._journal.entry(live)
        entry.answered.discard(branch)
        entry.tasks[branch] = {
            "execution": live.key,
            "branch": branch,
            "attempt": attempt,
            "shard": live.shard,
            "kind": kind,
            "target": target,
            "status": status,
            "payload": payload,
            "created_ms": self.moment.epoch_ms,
        }

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
        caller = Caller(call.account, call.region, call.execution_arn.split(":")[1])
        savepoint = self.connection.begin_nested()
        try:
            output = action.call(self, caller, call)
        except StateError as error:
            savepoint.rollback()
            self._signals.append((live, TaskFailed(branch, attempt, error.name, error.cause)))
            return
        savepoint.commit()
        made = _result_signal(live, branch, attempt, output)
        if made is not None:
            self._signals.append((live, made))


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
