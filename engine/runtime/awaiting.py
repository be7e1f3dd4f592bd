"""Tasks that await executions, within a batch: who waits for whom, ends that are told, children that are stopped.

See engine.runtime.nesting for the two threads between a Task and its child. Only so much goes along them in one batch.
"""

from engine import limits
from engine.contract import Call
from engine.core.execution import Phase
from engine.core.signals import StopRequested
from engine.errors import InvariantError
from engine.runtime.feeding import Feed
from engine.runtime.journal import task_row
from engine.runtime.live import Live
from engine.runtime.loading import NESTED
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
from engine.store import tasks

_Waiting = tuple[int, int, int]  # execution key, branch, attempt


class Awaiting:
    def __init__(self, feed: Feed, tokens: Tokens):
        self._feed = feed
        self._tokens = tokens
        self._signals_left = limits.NESTED_SIGNALS_PER_BATCH_MAX
        self._awaited: dict[_Waiting, int] = {}  # children whose Task is not yet submitted

    def await_end(self, live: Live, token: str) -> bool:
        """From now on the Task with this token waits for an execution. True: the store has to be told.

        Said while the Task is being started: it takes note of the end, even of one that has come, once it is submitted.
        """
        if live.execution.status != "RUNNING":
            self._feed.do_next(live, ToldOfEnd(token))
            return False
        live.awaited_by = (*live.awaited_by, token)
        waiting = self._read(token)
        self._awaited[waiting.key, waiting.branch, waiting.attempt] = live.key
        return live.stored

    def keep_child(self, live: Live, branch: int, attempt: int, call: Call) -> None:
        """The Task is submitted: note which execution it waits for, if it does."""
        child = self._awaited.pop((live.key, branch, attempt), None)
        if child is None:
            return
        found = live.execution.branches.get(branch)
        if found is None or found.phase is not Phase.TASK or found.attempt != attempt:
            self._feed.do_next(live, ChildUnwanted(child))  # what it was told was too much for it
            return
        live.children[branch] = (attempt, child)
        self._feed.begin_task(live, branch, attempt, NESTED, call.service, str(child))

    def tell(self, child: Live, token: str) -> None:
        """An execution has ended: tell a Task that awaits it, now or in the next batch."""
        feed, waiting = self._feed, self._read(token)
        parent = feed.batch.live(waiting.key)
        resource = None if parent is None else awaited_resource(parent, waiting)
        if parent is None or resource is None:
            return
        answer = outcome(feed.batch, feed.directory, resource, child, waiting)
        if self._signals_left > 0:
            self._signals_left -= 1
            feed.deliver(parent, answer)
            return
        feed.begin_task(parent, waiting.branch, waiting.attempt, ANSWER, resource.service, answer_text(answer))
        feed.after.answers.append((waiting.key, waiting.branch, waiting.attempt))

    def stop(self, parent: Live, key: int) -> None:
        """The Task that managed an execution is over: stop it, now or in the next batch."""
        feed, child = self._feed, self._feed.batch.live(key)
        if child is None:
            return
        cause = stop_cause(parent.execution.arn)
        if self._signals_left > 0:
            self._signals_left -= 1
            feed.advance(child, StopRequested(None, cause))
            return
        row = task_row(child, STOP_ROW, 0, STOP, "", cause, feed.moment.epoch_ms)
        tasks.upsert_many(feed.connection, [row])
        feed.after.unwanted.append(key)

    def _read(self, token: str) -> TokenContent:
        content = self._tokens.read(token)
        if content is None:
            raise InvariantError("an execution is awaited with a token that is not ours")
        return content
