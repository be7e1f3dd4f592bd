"""The open batch as operations see it: executions found, begun and stopped; machines; other services.

Every verb feeds the interpreter and the journal; nothing here commits. The verbs check before they change, so that an
operation that raises has changed nothing. What takes more words stands beside it, as functions over the batch:

| file | |
|---|---|
| task_answers.py | tokens answered, tasks of activities claimed |
| redriving.py | executions that ended taken up again |
| happenings.py, map_run_happenings.py | what the shell feeds in: timers, answers of calls, Map Runs |
| operating.py | what an operator asks: what is waited for, a reset |
| closing.py | the end of the batch |
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy import Connection

from engine import limits
from engine.asl.model import Machine
from engine.contract import Caller, Keys, NotYet
from engine.core.effects import StartChild
from engine.core.map_run import is_express_arn
from engine.core.signals import MapRunUpdated, Signal, Started, StopRequested
from engine.errors import InvariantError
from engine.moment import Moment
from engine.runtime import closing, redriving, task_answers
from engine.runtime.advancing import Advancing
from engine.runtime.after import AfterCommit, express_start
from engine.runtime.directory import Directory
from engine.runtime.express_child import express_row
from engine.runtime.extensions import NOTHING_ADDED, Extensions
from engine.runtime.journal import Journal
from engine.runtime.keys import KeyMaker, shard_of
from engine.runtime.live import Live, LiveCache
from engine.runtime.loading import execution_row, load_live, new_execution
from engine.runtime.log_settings import log_settings
from engine.runtime.map_runs import adopt, new_child, rejoin
from engine.runtime.private_payloads import sealed_payload
from engine.runtime.protocol import ClaimedTask
from engine.runtime.services import Memories, Services, answer_now
from engine.runtime.tokens import Tokens
from engine.store import executions, express_starts, machines
from engine.store.keyring import TransactionKeys
from engine.store.rows import AliasRow, ExecutionRow, MachineRow, MapRunRow, RevisionRow


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
        self.advancing = Advancing(self, directory, tokens, self.journal)
        self.lives = lives
        self.directory = directory
        self._execution_keys = keys
        self.tokens = tokens
        self.extensions = extensions
        self.memories = memories or Memories()
        self.services = Services(extensions.operations, self.memories, directory.forget)
        self.keys: Keys = TransactionKeys(extensions.keyring, connection, moment.epoch_ms)
        self.started: dict[str, Live] = {}  # by ARN: executions that only this batch knows

    @property
    def after(self) -> AfterCommit:
        return self.advancing.after

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        known = self.extensions.outbox.get(kind)
        if known is not None and known.kind.private:
            payload = sealed_payload(self.keys, kind, payload)
        self.advancing.send_later(kind, payload, delay_ms)

    # ---- services among each other ----

    def call(self, caller: Caller, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return answer_now(self.services.call_or_wait(self, caller, service, operation, request))

    def call_or_wait(
        self, caller: Caller, service: str, operation: str, request: dict[str, Any]
    ) -> dict[str, Any] | NotYet:
        return self.services.call_or_wait(self, caller, service, operation, request)

    def wake(self, topic: str, count: int = 1) -> None:
        wakes = self.after.wakes
        wakes[topic] = wakes.get(topic, 0) + count

    def memory(self, service: str) -> dict[Any, Any]:
        return self.memories.of(service)

    def at_commit(self, service: str, flush: Callable[[], None]) -> None:
        self.services.at_commit(service, flush)

    def savepoint(self) -> AbstractContextManager[None]:
        """What the block changes is taken back when it raises ServiceError or StateError."""
        return self.services.savepoint(self)

    # ---- machines ----

    def find_machine(self, arn: str) -> MachineRow | None:
        return self.directory.find(self.connection, arn)

    def at_version(self, machine: MachineRow, number: int) -> MachineRow | None:
        return self.directory.at_version(self.connection, machine, number)

    def find_alias(self, machine: MachineRow, name: str) -> AliasRow | None:
        return self.directory.find_alias(self.connection, machine, name)

    def machines_changed(self) -> None:
        self.directory.forget()

    def compiled(self, machine: MachineRow) -> Machine:
        return self.directory.compiled(machine.revision, machine.definition, machine.type)

    def takes_logs(self, log_group_arn: str) -> bool:
        return any(sink.takes_logs(self, log_group_arn) for sink in self.extensions.sinks)

    def delete_machine(self, machine: MachineRow) -> None:
        machines.set_status(self.connection, machine.id, "DELETING")
        self.directory.begin_deletion(machine.id)

    # ---- executions ----

    def find_execution(self, arn: str) -> ExecutionRow | None:
        if (live := self.started.get(arn)) is not None:
            return execution_row(live)
        row = executions.by_arn(self.connection, arn)
        if row is not None and (cached := self.lives.get(row.key)) is not None:
            return execution_row(cached)
        return row

    def live(self, key: int) -> Live | None:
        """A running execution, from memory or the store."""
        live = self.lives.get(key)
        if live is None:
            row = executions.by_key(self.connection, key)
            if row is None or row.status != "RUNNING" or is_express_arn(row.arn):
                return None
            live = load_live(self.connection, row, *self.what_runs(row))
            if row.map_run is not None:
                adopt(self.connection, live, row.map_run, row.item or 0)
            rejoin(self.connection, live)
            self.lives.put(live)
        return live if live.execution.status == "RUNNING" else None

    def what_runs(self, row: ExecutionRow) -> tuple[RevisionRow, Machine]:
        """The revision that an execution runs, and its machine."""
        revision = machines.revision(self.connection, row.revision)
        if revision is None:
            raise InvariantError(f"{row.arn} runs revision {row.revision}, which is gone")
        return revision, self.directory.compiled(revision.id, revision.definition, "STANDARD")

    def post(self, key: int, signal: Signal) -> bool:
        """A signal for an execution. False: it was stale."""
        live = self.live(key)
        return live is not None and self.advancing.signal(live, signal)

    def start_execution(
        self, machine: MachineRow, arn: str, name: str, input_text: str, value: Any, trace_header: str | None
    ) -> int:
        now_ms = self.moment.epoch_ms
        shard = shard_of(arn)
        key = self._execution_keys.next(shard, now_ms)
        if machine.type == "EXPRESS":
            self._note_express_start(machine, key, shard, arn, name, input_text, trace_header)
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
        self.started[arn] = live
        self.lives.put(live)
        self.advancing.signal(live, Started())
        return now_ms

    def _note_express_start(
        self, machine: MachineRow, key: int, shard: int, arn: str, name: str, text: str, trace_header: str | None
    ) -> None:
        """It runs after the commit, in memory; that it was asked for is durable."""
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

    def new_child(self, parent: Live, effect: StartChild) -> Live:
        live = new_child(parent, effect, self._execution_keys, self.moment)
        self.started[live.execution.arn] = live
        self.lives.put(live)
        return live

    def new_express_child(self, parent: Live, effect: StartChild) -> dict[str, Any]:
        return express_row(parent, effect, self._execution_keys, self.moment)

    def next_key(self, shard: int) -> int:
        return self._execution_keys.next(shard, self.moment.epoch_ms)

    def update_map_run(
        self, row: MapRunRow, concurrency: int | None, count: int | None, percentage: float | None
    ) -> bool:
        """UpdateMapRun. False: the run is over."""
        return self.post(row.parent, MapRunUpdated(row.branch, row.key, concurrency, count, percentage))

    def stop_execution(self, row: ExecutionRow, error: str | None, cause: str | None) -> int:
        live = self.live(row.key)
        if live is None:
            raise InvariantError(f"{row.arn} was running a moment ago")
        self.advancing.signal(live, StopRequested(error, cause))
        return live.execution.stop_ms or self.moment.epoch_ms

    def await_execution(self, arn: str, token: str) -> None:
        live = self.started.get(arn)
        if live is None:
            row = executions.by_arn(self.connection, arn)
            live = None if row is None else self.live(row.key)
        if live is None:
            raise InvariantError(f"{arn} was running a moment ago")
        if self.advancing.awaiting.await_end(live, token):
            executions.set_awaited_by(self.connection, live.key, " ".join(live.awaited_by))

    # ---- executions taken up again (engine.runtime.redriving) ----

    def keeps_remains(self, row: ExecutionRow) -> bool:
        return redriving.keeps_remains(self, row)

    def redrive_execution(self, row: ExecutionRow, token: str | None) -> int:
        return redriving.redrive_execution(self, row, token)

    def redriven_child(self, key: int) -> tuple[Live, Signal]:
        return redriving.redriven_child(self, key)

    # ---- tasks (engine.runtime.task_answers) ----

    def check_token(self, token: str) -> None:
        task_answers.read_token(self, token)

    def task_succeeded(self, token: str, output: str) -> None:
        task_answers.succeeded(self, token, output)

    def task_failed(self, token: str, error: str | None, cause: str | None) -> None:
        task_answers.failed(self, token, error, cause)

    def task_heartbeat(self, token: str) -> None:
        task_answers.heartbeat(self, token)

    def claim_task(self, activity_arn: str, worker_name: str | None) -> ClaimedTask | None:
        return task_answers.claim(self, activity_arn, worker_name)

    # ---- the end of the batch ----

    def close(self) -> None:
        """Write the journal, and note what is to be done once it is committed."""
        closing.write(self)
        closing.note_what_follows(self)

    def release(self) -> None:
        """Let go of what the batch held, now that it is over.

        The parts of a batch know each other, so that otherwise only the garbage collector could free the executions and
        their events: a tenth of the CPU, pauses, and new memory for every batch instead of that of the last one.
        """
        self.journal.clear()
        self.started.clear()


Operation = Callable[[BatchTransaction], Any]
