"""What is shown of histories to those who log or publish them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from engine.contract.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LogSettings:
    """A machine's loggingConfiguration that is not OFF. `level`: ALL, ERROR or FATAL."""

    level: str
    include_data: bool
    log_group_arn: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch writes of one execution's history: the new `events`, in the shape of GetExecutionHistory's.

    The other members say how the execution stands after them. `logging` is that of the revision that it runs, None
    where it is OFF.
    """

    execution_arn: str
    machine_arn: str
    version_arn: str | None
    alias_arn: str | None
    name: str
    express: bool
    status: str
    input: str
    output: str | None
    error: str | None
    cause: str | None
    start_ms: int
    stop_ms: int | None
    redrive_count: int
    redrive_ms: int | None
    logging: LogSettings | None
    events: Sequence[dict[str, Any]]


class HistorySink(Protocol):
    """Is shown, inside the transaction that writes them, the events of executions: what it writes is exactly once.

    An Express execution, which has no history in the store, is shown when it has ended. A sink must not raise for
    anything that users did (a log group that is gone): that would fail the batch of everybody.
    """

    @property
    def every(self) -> bool:
        """Whether it wants all executions, or only those whose machine has logging on."""

    def record(self, tx: Transaction, recorded: Sequence[Recorded]) -> None: ...

    def takes_logs(self, tx: Transaction, log_group_arn: str) -> bool:
        """Whether a machine may name this log group as its destination: asked when the machine is created."""
