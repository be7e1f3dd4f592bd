"""The open batch as an operation sees it: the engine's own verbs (start, stop, answer a task, claim one).

Every verb feeds the interpreter and the journal; nothing here commits. The verbs check before they change, so that an
operation that raises has changed nothing.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from engine import limits
from engine.asl.model import Machine, TaskState
from engine.contract import Call, Caller, Keys, NotYet, Recorded
from engine.core.distributed import awaits, map_run_of
from engine.core.effects import StartChild
from engine.core.execution import Branch, Phase
from engine.core.map_run import MapRun, is_express_arn
from engine.core.signals import (
    ActivityStarted,
    DeadlineReached,
    Heartbeat,
    MapRunUpdated,
    Resumed,
    Signal,
    Started,
    StopRequested,
    TaskFailed,
    TaskSucceeded,
    TimerFired,
)
from engine.errors import InvariantError, ServiceError, StateError
from engine.jackson import describe
from engine.jsontext import JsonError, loads, size_bytes
from engine.moment import Moment
from engine.runtime.advancing import Advancing
from engine.runtime.after import DEADLINE, AfterCommit, Job, express_start
from engine.runtime.calls import read_call
from engine.runtime.directory import Directory
from engine.runtime.express_child import ChildOutcome, ExpressChild, express_row
from engine.runtime.extensions import NOTHING_ADDED, Extensions
from engine.runtime.journal import READY_AT, Journal, is_over
from engine.runtime.keys import KeyMaker, shard_of
from engine.runtime.live import Live, LiveCache
from engine.runtime.loading import LOCAL, execution_row, load_live, new_execution
from engine.runtime.log_settings import log_settings
from engine.runtime.map_runs import adopt, new_child, rejoin, restored
from engine.runtime.nesting import ANSWER, STOP_ROW, read_answer
from engine.runtime.private_payloads import sealed_payload
from engine.runtime.protocol import ClaimedTask
from engine.runtime.publishing import publish_entries, publish_one
from engine.runtime.redriving import load_ended, redriven
from engine.runtime.services import Memories, Services, answer_now
from engine.runtime.tokens import TokenContent, Tokens
from engine.store import executions, express_starts, machines, map_runs, purge, redrives, tasks
from engine.store.keyring import TransactionKeys
from engine.store.rows import AliasRow, ExecutionRow, MachineRow, MapRunRow, RevisionRow, TaskRow


@dataclass(frozen=True, slots=True)
class Waited:
    """What a local call answers that has waited in vain."""

    answer: Any


class BatchTransaction:
    """Implements engine.runtime.protocol.EngineTransaction for one batch."""

    def __init__(
        self,
        connection: Connection,
        moment: Moment,
        *,
        lives: LiveCache,
        directory: Directory,
        keys: KeyMaker,
        tokens: Tokens,
        extensions: Extensions = NOTHING_ADDED,
        memories: Memories | None = None,
    ):
        self.connection = connection
        self.moment = moment
        self.settings = extensions.settings
        self.journal = Journal()
        self._advancing = Advancing(self, directory, tokens, self.journal)
        self._lives = lives
        self._directory = directory
        self._execution_keys = keys
        self._tokens = tokens
        self._extensions = extensions
        self._memories = memories or Memories()
        self._services = Services(extensions.operations, self._memories, directory.forget)
        self.keys: Keys = TransactionKeys(extensions.keyring, connection, moment.epoch_ms)
        self._started: dict[str, Live] = {}  # by ARN: executions that only this batch knows

    @property
    def after(self) -> AfterCommit:
        return self._advancing.after

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        known = self._extensions.outbox.get(kind)
        if known is not None and known.kind.private:
            payload = sealed_payload(self.keys, kind, payload)
        self._advancing.send_later(kind, payload, delay_ms)

    # ---- services among each other ----

    def call(self, caller: Caller, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return answer_now(self._services.call_or_wait(self, caller, service, operation, request))

    def call_or_wait(
        self, caller: Caller, service: str, operation: str, request: dict[str, Any]
    ) -> dict[str, Any] | NotYet:
        return self._services.call_or_wait(self, caller, service, operation, request)

    def wake(self, topic: str, count: int = 1) -> None:
        wakes = self.after.wakes
        wakes[topic] = wakes.get(topic, 0) + count

    def memory(self, service: str) -> dict[Any, Any]:
        return self._memories.of(service)

    def at_commit(self, service: str, flush: Callable[[], None]) -> None:
        self._services.at_commit(service, flush)

    def savepoint(self) -> AbstractContextManager[None]:
        """What the block changes is taken back when it raises ServiceError or StateError."""
        return self._services.savepoint(self)

    # ---- machines ----

    def find_machine(self, arn: str) -> MachineRow | None:
        return self._directory.find(self.connection, arn)

    def at_version(self, machine: MachineRow, number: int) -> MachineRow | None:
        return self._directory.at_version(self.connection, machine, number)

    def find_alias(self, machine: MachineRow, name: str) -> AliasRow | None:
        return self._directory.find_alias(self.connection, machine, name)

    def machines_changed(self) -> None:
        self._directory.forget()

    def compiled(self, machine: MachineRow) -> Machine:
        return self._directory.compiled(machine.revision, machine.definition, machine.type)

    def takes_logs(self, log_group_arn: str) -> bool:
        return any(sink.takes_logs(self, log_group_arn) for sink in self._extensions.sinks)

    def delete_machine(self, machine: MachineRow) -> None:
        machines.set_status(self.connection, machine.id, "DELETING")
        self._directory.begin_deletion(machine.id)

    # ---- executions ----

    def find_execution(self, arn: str) -> ExecutionRow | None:
        if (live := self._started.get(arn)) is not None:
            return execution_row(live)
        row = executions.by_arn(self.connection, arn)
        if row is not None and (cached := self._lives.get(row.key)) is not None:
            return execution_row(cached)
        return row

    def start_execution(
        self, machine: MachineRow, arn: str, name: str, input_text: str, value: Any, trace_header: str | None
    ) -> int:
        now_ms = self.moment.epoch_ms
        shard = shard_of(arn)
        key = self._execution_keys.next(shard, now_ms)
        if machine.type == "EXPRESS":
            self._start_express(machine, key, shard, arn, name, input_text, trace_header)
            return now_ms
        compiled = self.compiled(machine)
        seconds = min(compiled.timeout_seconds or limits.EXECUTION_SECONDS_MAX, limits.EXECUTION_SECONDS_MAX)
        execution = new_execution(
            arn=arn,
            name=name,
            machine=compiled,
            role_arn=machine.role_arn,
            input_text=input_text,
            value=value,
            start_ms=now_ms,
            deadline_ms=now_ms + seconds * 1000,
            version=machine.version,
            alias=machine.alias,
        )
        live = Live(key, shard, machine.id, machine.revision, trace_header, execution, stored=False)
        live.version, live.alias = machine.version, machine.alias
        live.logging = log_settings(machine.logging)
        self._started[arn] = live
        self._lives.put(live)
        self._advancing.signal(live, Started())
        return now_ms

    def _start_express(
        self, machine: MachineRow, key: int, shard: int, arn: str, name: str, text: str, trace_header: str | None
    ) -> None:
        row = {
            "key": key,
            "shard": shard,
            "arn": arn,
            "machine": machine.id,
            "revision": machine.revision,
            "name": name,
            "input": text,
            "start_ms": self.moment.epoch_ms,
            "trace_header": trace_header,
            "version": machine.version,
            "alias": machine.alias,
        }
        express_starts.insert_many(self.connection, [row])
        self.after.express.append(express_start(machine, key, arn, name, text))

    def express_ran(self, one: Recorded) -> None:
        """An Express execution has ended: its history, which is not kept, goes to those who asked for it."""
        publish_one(self, self._extensions.sinks, one)

    def express_ended(self, key: int, one: Recorded | None = None) -> None:
        """An asynchronous Express execution ran to its end: it need not be run again."""
        if one is not None:
            self.express_ran(one)
        express_starts.delete_many(self.connection, [key])

    def new_child(self, parent: Live, effect: StartChild) -> Live:
        live = new_child(parent, effect, self._execution_keys, self.moment)
        self._started[live.execution.arn] = live
        self._lives.put(live)
        return live

    def new_express_child(self, parent: Live, effect: StartChild) -> dict[str, Any]:
        return express_row(parent, effect, self._execution_keys, self.moment)

    def results_exported(self, run_key: int, redrive: int, count: int, cause: str | None) -> None:
        """A Map Run's ResultWriter is done: what it wrote, or why it could not."""
        self._advancing.map_results.exported(run_key, redrive, count, cause)

    def express_child_ended(self, child: ExpressChild, outcome: ChildOutcome, one: Recorded | None) -> None:
        """An Express child of a Map Run ran to its end: it never runs again."""
        if self._advancing.map_children.express_ended(child, outcome) and one is not None:
            self.express_ran(one)
        self._advancing.settle()

    def next_key(self, shard: int) -> int:
        return self._execution_keys.next(shard, self.moment.epoch_ms)

    def continue_map_run(self, key: int, branch_id: int, run_key: int) -> None:
        """More children of a Map Run, which were left to this batch; or its end, of which a restart lost sight."""
        live = self.live(key)
        branch = None if live is None else live.execution.branches.get(branch_id)
        if live is None or branch is None or not awaits(branch, run_key):
            return
        run = map_run_of(branch)
        if run.marked_after is not None:
            self._advancing.map_children.redriven.mark(live, branch_id, run)
        elif run.complete:
            self._advancing.map_results.finish(live, branch_id, run)
        else:
            self._advancing.map_children.make_room(live, branch_id, run)
        self._advancing.settle()

    def stop_children(self, run_key: int) -> None:
        """Children of a Map Run that is over, which were left to this batch."""
        self._advancing.map_children.stop(run_key)
        self._advancing.settle()

    def update_map_run(
        self, row: MapRunRow, concurrency: int | None, count: int | None, percentage: float | None
    ) -> bool:
        """UpdateMapRun. False: the run is over."""
        return self.post(row.parent, MapRunUpdated(row.branch, row.key, concurrency, count, percentage))

    def stop_execution(self, row: ExecutionRow, error: str | None, cause: str | None) -> int:
        live = self.live(row.key)
        if live is None:
            raise InvariantError(f"{row.arn} was running a moment ago")
        self._advancing.signal(live, StopRequested(error, cause))
        return live.execution.stop_ms or self.moment.epoch_ms

    def keeps_remains(self, row: ExecutionRow) -> bool:
        ended = self._ended_here(row)
        return bool(ended.execution.remains) if ended is not None else redrives.has_remains(self.connection, row.key)

    def redrive_execution(self, row: ExecutionRow, token: str | None) -> int:
        live = self._ended_here(row) or self._load_ended(row)
        now_ms = self.moment.epoch_ms
        if token is not None:
            redrives.put_token(self.connection, row.key, token, now_ms, limits.REDRIVE_TOKENS_MAX)
        live.awaited_by = ()  # the Tasks that waited know how it ended
        self._advancing.signal(live, self._taken_up(live))
        return now_ms

    def redriven_child(self, key: int) -> tuple[Live, Signal]:
        row = executions.by_key(self.connection, key)
        if row is None or row.map_run is None:
            raise InvariantError(f"the execution {key} is no child of a Map Run")
        live = self._load_ended(row)
        adopt(self.connection, live, row.map_run, row.item or 0)
        return live, self._taken_up(live)

    def _taken_up(self, live: Live) -> Signal:
        self._lives.put(live)
        self.journal.entry(live).redriven = True
        return redriven(self.connection, live, self._ended_run)

    def _ended_run(self, key: int) -> MapRun:
        """A Map Run that is over, as this batch or the store has it."""
        here = (entry.map_runs[key] for entry in self.journal.entries if key in entry.map_runs)
        if (run := next(here, None)) is not None:
            return run
        row = map_runs.by_key(self.connection, key)
        if row is None:
            raise InvariantError(f"the Map Run {key} is gone")
        return restored(row)

    def _ended_here(self, row: ExecutionRow) -> Live | None:
        """An execution that has ended in this very batch."""
        live = self._started.get(row.arn) or self._lives.get(row.key)
        return live if live is not None and live.execution.status != "RUNNING" else None

    def _load_ended(self, row: ExecutionRow) -> Live:
        return load_ended(row, *self._running(row))

    def await_execution(self, arn: str, token: str) -> None:
        live = self._started.get(arn)
        if live is None:
            row = executions.by_arn(self.connection, arn)
            live = None if row is None else self.live(row.key)
        if live is None:
            raise InvariantError(f"{arn} was running a moment ago")
        if self._advancing.awaiting.await_end(live, token):
            executions.set_awaited_by(self.connection, live.key, " ".join(live.awaited_by))

    # ---- tasks ----

    def check_token(self, token: str) -> None:
        self._content(token)

    def task_succeeded(self, token: str, output: str) -> None:
        content = self._content(token)
        if size_bytes(output) > limits.PAYLOAD_BYTES_MAX:
            raise ServiceError("InvalidOutput", "Invalid Output: 'Output exceeds the maximum size.'")
        try:
            value = loads(output)
        except JsonError:
            raise ServiceError("InvalidOutput", f"Invalid Output: '{describe(output).message}'") from None
        self._answer(content, TaskSucceeded(content.branch, content.attempt, value))

    def task_failed(self, token: str, error: str | None, cause: str | None) -> None:
        content = self._content(token)
        self._answer(content, TaskFailed(content.branch, content.attempt, error, cause))

    def task_heartbeat(self, token: str) -> None:
        content = self._content(token)
        self._answer(content, Heartbeat(content.branch, content.attempt))

    def _content(self, token: str) -> TokenContent:
        content = self._tokens.read(token)
        if content is None:
            raise ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
        return content

    def _answer(self, content: TokenContent, signal: Signal) -> None:
        if not self.post(content.key, signal):
            raise ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")

    def claim_task(self, activity_arn: str, worker_name: str | None) -> ClaimedTask | None:
        while (row := tasks.oldest_pending(self.connection, activity_arn)) is not None:
            accepted = self.post(row.execution, ActivityStarted(row.branch, row.attempt, worker_name))
            if accepted and self.live(row.execution) is not None:  # it ends where its machine is being deleted
                tasks.set_status(self.connection, row.execution, row.branch, "STARTED")
                return ClaimedTask(self._tokens.make(row.execution, row.branch, row.attempt), row.payload)
            # What it was for has ended earlier in this very batch.
            tasks.delete_many(self.connection, [(row.execution, row.branch)])
        return None

    def waiting_tasks(self, row: ExecutionRow) -> list[dict[str, Any]]:
        """What an execution waits for others to do, with the tokens that answer it: for an operator."""
        live = self.live(row.key)
        if live is None:
            return []
        waiting = [branch for branch in live.execution.branches.values() if branch.phase is Phase.TASK]
        return [self._waiting_task(live, branch) for branch in waiting]

    def _waiting_task(self, live: Live, branch: Branch) -> dict[str, Any]:
        state = live.execution.machine.flows[branch.flow].states[branch.state]
        return {
            "stateName": branch.state,
            "resource": state.resource.arn if isinstance(state, TaskState) else None,
            "since": branch.entered_ms / 1000,
            "timeoutAt": None if branch.timeout_ms is None else branch.timeout_ms / 1000,
            "taskToken": self._tokens.make(live.key, branch.id, branch.attempt),
        }

    # ---- what the shell feeds in ----

    def live(self, key: int) -> Live | None:
        """A running execution, from memory or the store."""
        live = self._lives.get(key)
        if live is None:
            row = executions.by_key(self.connection, key)
            if row is None or row.status != "RUNNING" or is_express_arn(row.arn):
                return None
            live = load_live(self.connection, row, *self._running(row))
            if row.map_run is not None:
                adopt(self.connection, live, row.map_run, row.item or 0)
            rejoin(self.connection, live)
            self._lives.put(live)
        return live if live.execution.status == "RUNNING" else None

    def _running(self, row: ExecutionRow) -> tuple[RevisionRow, Machine]:
        """The revision that an execution runs, and its machine."""
        revision = machines.revision(self.connection, row.revision)
        if revision is None:
            raise InvariantError(f"{row.arn} runs revision {row.revision}, which is gone")
        return revision, self._directory.compiled(revision.id, revision.definition, "STANDARD")

    def post(self, key: int, signal: Signal) -> bool:
        """A signal for an execution. False: it was stale."""
        live = self.live(key)
        return live is not None and self._advancing.signal(live, signal)

    def timer(self, key: int, branch: int, due_ms: int) -> bool:
        if due_ms == READY_AT:
            return self.resume(key)
        return self.post(key, DeadlineReached() if branch == DEADLINE else TimerFired(branch, due_ms))

    def resume(self, key: int) -> bool:
        return self.post(key, Resumed())

    def call_answered(self, key: int, branch: int, attempt: int, output: Any) -> bool:
        live = self.live(key)
        return live is not None and self._advancing.result(live, branch, attempt, output)

    def call_submitted(self, key: int, branch: int, attempt: int, call: Call, job: Job) -> bool:
        """A remote call has started a job. False: nobody waits for that. Said twice it changes nothing."""
        live = self.live(key)
        if live is None:
            return False
        rows = tasks.of_execution(self.connection, key) if live.stored else []
        if any((row.branch, row.attempt, row.status) == (branch, attempt, "STARTED") for row in rows):
            return True
        return self._advancing.submitted(live, branch, attempt, call, job)

    def call_failed(self, key: int, branch: int, attempt: int, error: StateError) -> bool:
        return self.post(key, TaskFailed(branch, attempt, error.name, error.cause))

    def perform_local(self, key: int, branch: int, attempt: int) -> bool | NotYet:
        """A local call that was put off to this batch. NotYet: what it would answer, a `Waited`, comes later."""
        live = self.live(key)
        row = self._task(key, branch, attempt) if live is not None else None
        if live is None or row is None or row.kind != LOCAL:
            return False  # it was made before, and may be waited for by now
        self._advancing.perform(live, branch, attempt, read_call(row.payload))
        not_yet = self._advancing.calling.not_yet(key, branch, attempt)
        return True if not_yet is None else replace(not_yet, answer=Waited(not_yet.answer))

    def take_answer(self, key: int, branch: int, attempt: int) -> bool:
        """How a child ended, which was left to this batch."""
        row = self._task(key, branch, attempt)
        return row is not None and row.kind == ANSWER and self.post(key, read_answer(row.payload, branch, attempt))

    def stop_child(self, key: int) -> None:
        """A child that nobody waits for any more, which was left to this batch."""
        row = self._task(key, STOP_ROW, 0)
        live = self.live(key)
        if row is not None:
            tasks.delete_many(self.connection, [(key, STOP_ROW)])
        if row is not None and live is not None:
            self._advancing.signal(live, StopRequested(None, row.payload))

    def _task(self, key: int, branch: int, attempt: int) -> TaskRow | None:
        rows = tasks.of_execution(self.connection, key)
        return next((found for found in rows if (found.branch, found.attempt) == (branch, attempt)), None)

    def reset(self) -> None:
        """Remove everything that users made, this batch's part included."""
        self.journal.flush(self.connection)
        self.journal.clear()
        self._services.flush()
        self._memories.forget()
        purge.everything(self.connection, self._extensions.tables)
        for live in self._lives:
            self.after.cancelled += [(live.key, branch, attempt) for branch, attempt in live.stored_tasks.items()]
        self._lives.clear()
        self._started.clear()
        self._directory.reload(self.connection)
        self.after.calls.clear()

    # ---- closing the batch ----

    def close(self) -> None:
        """Write the journal, and note what is to be done once it is committed."""
        self.journal.flush(self.connection)
        self._advancing.map_results.flush()
        self._advancing.map_children.flush()
        publish_entries(self, self._extensions.sinks, self.journal.entries)
        self._services.flush()
        self._note_timers(self.moment.epoch_ms + limits.TIMER_HORIZON_SECONDS * 1000)
        self._drop_superseded_calls()
        self._remove_deleted_machines()

    def release(self) -> None:
        """Let go of what the batch held, now that it is over.

        The parts of a batch know each other, so that otherwise only the garbage collector could free the executions and
        their events: a tenth of the CPU, pauses, and new memory for every batch instead of that of the last one.
        """
        self.journal.clear()
        self._started.clear()

    def _note_timers(self, horizon_ms: int) -> None:
        timers = self.after.timers
        for entry in self.journal.entries:
            live, execution = entry.live, entry.live.execution
            if execution.status != "RUNNING":
                continue
            if (entry.redriven or not live.stored) and execution.deadline_ms <= horizon_ms:
                timers.append((execution.deadline_ms, live.key, DEADLINE))
            for branch_id in entry.touched:
                wake_ms = execution.branches[branch_id].wake_ms
                if wake_ms is not None and wake_ms <= horizon_ms:
                    timers.append((wake_ms, live.key, branch_id))

    def _drop_superseded_calls(self) -> None:
        """A call that was begun and cancelled within this batch was never sent, and must not be."""
        entries = {entry.live.key: entry for entry in self.journal.entries}
        self.after.calls = [due for due in self.after.calls if not is_over(entries[due.key], due.branch, due.attempt)]

    def _remove_deleted_machines(self) -> None:
        """A deleted machine goes when its last running execution has ended, and its executions with it."""
        for machine in machines.drained(self.connection) if self._directory.deleting else ():
            if purge.executions_of_machine(self.connection, machine.id, limits.PURGED_PER_BATCH_MAX):
                self.after.purging = True
            else:
                machines.delete(self.connection, machine.id)
                self._directory.end_deletion(machine.id)


Operation = Callable[[BatchTransaction], Any]
