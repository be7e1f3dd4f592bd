"""The calls of Tasks within a batch.

Calls to built-in services happen here, on the batch's own connection, a savepoint each; their results come back as
signals of the same batch. Calls that leave the process are only written down: they are sent when the batch is
committed. That a batch may not be held up, only so many local calls happen in one; the rest is written down for the
next. So is one that has to wait (NotYet): made again after the commit, by the dispatcher, it waits there.
"""

from engine import limits
from engine.asl.model import Pattern
from engine.contract import Call, LocalAction, NotYet, RemoteAction
from engine.core.effects import CallService, CancelTask
from engine.core.execution import Phase
from engine.core.signals import TaskFailed, TaskSubmitted, TaskSucceeded
from engine.errors import InvariantError, StateError
from engine.runtime.after import DueCall, Job
from engine.runtime.awaiting import Awaiting
from engine.runtime.calls import call_of, call_text, perform
from engine.runtime.feeding import DueLocalCall, Feed
from engine.runtime.journal import is_over
from engine.runtime.live import Live
from engine.runtime.loading import LOCAL
from engine.runtime.nesting import ChildUnwanted


class Calling:
    def __init__(self, feed: Feed, awaiting: Awaiting):
        self._feed = feed
        self._awaiting = awaiting
        self._made: dict[int, int] = {}  # local calls, by execution
        self._left = limits.LOCAL_CALLS_PER_BATCH_MAX
        self._not_yet: dict[tuple[int, int, int], NotYet] = {}  # by execution key, branch, attempt

    def call(self, live: Live, effect: CallService) -> None:
        feed = self._feed
        call = call_of(effect, live.execution)
        branch, attempt = effect.branch, effect.attempt
        action = feed.directory.action(call)
        entry = feed.journal.entry(live)
        entry.answered.discard(branch)
        if is_over(entry, branch, attempt):
            return  # a sibling failed in the same step
        if action is None:
            text = f"No target for the resource '{call.resource}' is built into this server."
            feed.advance(live, TaskFailed(branch, attempt, "States.Runtime", text))
        elif isinstance(action, RemoteAction):
            feed.begin_task(live, branch, attempt, "REMOTE", call.service, call_text(call))
            feed.after.calls.append(DueCall(live.key, branch, attempt, call))
        elif self._may_call(live):
            self._perform(live, branch, attempt, call)
        else:
            feed.begin_task(live, branch, attempt, LOCAL, call.service, call_text(call))
            feed.after.local_calls.append((live.key, branch, attempt))

    def follow(self, live: Live, branch: int, attempt: int, call: Call, job: Job) -> bool:
        """Keep what is needed to follow a job, in place of what was needed to start it. False: nobody waits for it."""
        found = live.execution.branches.get(branch)
        if found is None or found.phase is not Phase.TASK or found.attempt != attempt:
            return False
        self._feed.begin_task(live, branch, attempt, "REMOTE", call.service, call_text(call, job), status="STARTED")
        return True

    def cancel(self, live: Live, effect: CancelTask) -> None:
        feed = self._feed
        feed.journal.entry(live).tasks.pop(effect.branch, None)
        feed.after.cancelled.append((live.key, effect.branch, effect.attempt))
        attempt, child = live.children.get(effect.branch, (0, 0))
        if attempt == effect.attempt:
            del live.children[effect.branch]
            feed.do_next(live, ChildUnwanted(child))

    def perform_due(self, live: Live, due: DueLocalCall) -> None:
        if due.branch in self._feed.journal.entry(live).tasks:
            return  # it was made in this batch, and now something is waited for
        if self._may_call(live):
            self._perform(live, due.branch, due.attempt, due.call)
        else:  # its row says so still
            self._feed.after.local_calls.append((live.key, due.branch, due.attempt))

    def not_yet(self, key: int, branch: int, attempt: int) -> NotYet | None:
        """Whether the call of this batch has nothing to answer yet: its row stays, and it is asked again."""
        return self._not_yet.pop((key, branch, attempt), None)

    def _may_call(self, live: Live) -> bool:
        return self._made.get(live.key, 0) < limits.LOCAL_CALLS_PER_STEP_MAX and self._left > 0

    def _perform(self, live: Live, branch: int, attempt: int, call: Call) -> None:
        """Call a built-in service here and now, in a savepoint: its change is committed with the Task's result.

        Not where nobody waits for it any more: a sibling failed in the same step, the Task has timed out, or a call
        that was put off is asked for twice, as after a recovery.
        """
        feed = self._feed
        if is_over(feed.journal.entry(live), branch, attempt):
            return
        action = feed.directory.action(call)
        if not isinstance(action, LocalAction):
            raise InvariantError(f"{call.resource} is not a local action")
        self._made[live.key] = self._made.get(live.key, 0) + 1
        self._left -= 1
        try:
            output = perform(feed.batch, action, call)
        except StateError as error:
            feed.advance(live, TaskFailed(branch, attempt, error.name, error.cause))
            return
        if type(output) is NotYet:
            self._wait(live, branch, attempt, call, output)
        elif call.pattern is Pattern.REQUEST_RESPONSE:
            feed.advance(live, TaskSucceeded(branch, attempt, output))
        else:
            feed.advance(live, TaskSubmitted(branch, attempt, output))
            self._awaiting.keep_child(live, branch, attempt, call)

    def _wait(self, live: Live, branch: int, attempt: int, call: Call, not_yet: NotYet) -> None:
        """Nothing is there yet: the call is written down, and made again until it answers."""
        name = (live.key, branch, attempt)
        if live.stored_tasks.get(branch) == attempt:
            self._not_yet[name] = not_yet
            return
        self._feed.begin_task(live, branch, attempt, LOCAL, call.service, call_text(call))
        self._feed.after.local_calls.append(name)
