"""What the Step Functions operations ask of the runtime, and how a caller of the runtime talks to it.

The kernel implements `EngineTransaction` for a write batch; the reader implements the read-only part. The operations
know only this file and the store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from engine.asl.model import Machine
from engine.contract import Caller, Transaction
from engine.store.rows import AliasRow, ExecutionRow, MachineRow, MapRunRow

if TYPE_CHECKING:
    from engine.runtime.state_test import StateTest, StateTestResult


@dataclass(frozen=True, slots=True)
class ClaimedTask:
    """A task of an activity, handed to a worker."""

    task_token: str
    input: str


class EngineTransaction(Transaction, Protocol):
    """One write operation's view of the open batch.

    Reads through `connection` see the batch's own writes to machines, activities and tags, but executions that
    started in this batch are only in its journal: ask `find_execution`.
    """

    def find_machine(self, arn: str) -> MachineRow | None:
        """The machine with this (unqualified) ARN and its current revision; cached."""

    def at_version(self, machine: MachineRow, number: int) -> MachineRow | None:
        """The machine in one of its versions, `version` set; cached."""

    def find_alias(self, machine: MachineRow, name: str) -> AliasRow | None:
        """An alias of the machine; cached."""

    def machines_changed(self) -> None:
        """Forget cached machine rows; called by what creates, changes or deletes one, a version or an alias."""

    def compiled(self, machine: MachineRow) -> Machine:
        """The compiled current revision; cached."""

    def takes_logs(self, log_group_arn: str) -> bool:
        """Whether execution logs can go to this log group."""

    def find_execution(self, arn: str) -> ExecutionRow | None: ...

    def start_execution(
        self, machine: MachineRow, arn: str, name: str, input_text: str, value: Any, trace_header: str | None
    ) -> int:
        """Begin a Standard execution in this batch, or an asynchronous Express one after it. Returns its start_ms.

        `value` is that of `input_text`. It runs the row's revision and remembers its `version` and `alias`.

        The name must be free: `find_execution` was asked.
        """

    def stop_execution(self, row: ExecutionRow, error: str | None, cause: str | None) -> int:
        """Abort a running execution; returns its stop_ms. The caller checked that it is running."""

    def keeps_remains(self, row: ExecutionRow) -> bool:
        """Whether there is something left of an execution that ended without success, for a redrive to go on from."""

    def redrive_execution(self, row: ExecutionRow, token: str | None) -> int:
        """Take up again an execution that ended without success; returns when. The caller checked that it can be.

        `token`: the client's, noted with it.
        """

    def update_map_run(
        self, row: MapRunRow, concurrency: int | None, count: int | None, percentage: float | None
    ) -> bool:
        """New limits of a running Map Run, None for those that stay. False: it is over."""

    def await_execution(self, arn: str, token: str) -> None:
        """The Task with this token waits for the end of an execution, which its call has started or found running."""

    def delete_machine(self, machine: MachineRow) -> None:
        """Mark a machine DELETING; it goes when its last running execution has ended (at once without one)."""

    def check_token(self, token: str) -> None:
        """Raises ServiceError InvalidToken for a token that was never given."""

    def task_succeeded(self, token: str, output: str) -> None:
        """SendTaskSuccess. Raises ServiceError InvalidToken, TaskDoesNotExist, TaskTimedOut, InvalidOutput."""

    def task_failed(self, token: str, error: str | None, cause: str | None) -> None:
        """SendTaskFailure. Raises as task_succeeded does."""

    def task_heartbeat(self, token: str) -> None:
        """SendTaskHeartbeat. Raises as task_succeeded does."""

    def claim_task(self, activity_arn: str, worker_name: str | None) -> ClaimedTask | None:
        """The oldest waiting task of an activity, started by this worker; None where there is none."""


class ReadTransaction(Transaction, Protocol):
    """A read operation's view: a committed snapshot."""

    def find_machine(self, arn: str) -> MachineRow | None: ...

    def at_version(self, machine: MachineRow, number: int) -> MachineRow | None: ...

    def find_alias(self, machine: MachineRow, name: str) -> AliasRow | None: ...

    def find_execution(self, arn: str) -> ExecutionRow | None: ...

    def keeps_remains(self, row: ExecutionRow) -> bool:
        """Whether there is something left of an execution that ended without success, for a redrive to go on from."""


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How a synchronous Express execution ended."""

    arn: str
    name: str
    status: str
    start_ms: int
    stop_ms: int
    input: str
    output: str | None
    error: str | None
    cause: str | None


class HeldUp(Protocol):
    """A request that waits for something to come."""

    async def answer(self) -> Any:
        """What its operation answers in the end; raises as `Runtime.write` does. Cancelled, it leaves the queue."""

    def leave(self) -> None:
        """Nobody waits for the answer."""


class Runtime(Protocol):
    """The durable shell, as the doors see it. All calls are made on the event loop."""

    async def write(
        self, operation: Callable[[EngineTransaction], Any], size_bytes: int = 0, savepoint: bool = True
    ) -> Any:
        """Run an operation in the next batch; returns when that is committed. What answers NotYet is waited for.

        `savepoint` false: the operation changes things only through the transaction's verbs, which check before they
        change, so that there is nothing to undo when it raises.
        Raises what the operation raised, ServiceError ThrottlingException when the queue is full, and ServiceError
        ServiceUnavailable (503) when the commit failed.
        """

    async def write_at_once(
        self, operation: Callable[[EngineTransaction], Any], size_bytes: int = 0, savepoint: bool = True
    ) -> Any:
        """As `write`, but what has to wait comes back as HeldUp: who answers to a client watches it meanwhile."""

    async def read(self, operation: Callable[[ReadTransaction], Any]) -> Any:
        """Run an operation on a committed snapshot, beside the writer."""

    async def poll_activity(self, activity_arn: str, worker_name: str | None) -> ClaimedTask | None:
        """GetActivityTask: wait up to 60 s for a task; None when none came."""

    async def run_express(self, machine: MachineRow, arn: str, name: str, input_text: str) -> SyncResult:
        """StartSyncExecution: run in memory to the end (5 minutes at most)."""

    async def test_state(self, caller: Caller, test: "StateTest") -> "StateTestResult":
        """TestState: run one state in memory (5 minutes at most). Raises ServiceError ThrottlingException."""
