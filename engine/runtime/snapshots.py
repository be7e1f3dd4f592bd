"""What a reading operation sees: a committed snapshot, beside the writer. It writes nothing, and remembers nothing."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from engine.contract import Caller, Keys, NotYet
from engine.errors import InvariantError
from engine.moment import Moment
from engine.runtime.extensions import Extensions
from engine.runtime.services import answer_now, operation_of
from engine.store import aliases, executions, machines, redrives, versions
from engine.store.keyring import TransactionKeys
from engine.store.rows import AliasRow, ExecutionRow, MachineRow


class Snapshot:
    """Implements engine.runtime.protocol.ReadTransaction."""

    def __init__(self, connection: Connection, moment: Moment, extensions: Extensions):
        self.connection = connection
        self.moment = moment
        self.settings = extensions.settings
        self.keys: Keys = TransactionKeys(extensions.keyring, connection, None)
        self._operations = extensions.operations

    def send_later(self, kind: str, payload: str, delay_ms: int = 0) -> None:
        raise InvariantError("a reading operation sends nothing")

    def call(self, caller: Caller, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        return answer_now(self.call_or_wait(caller, service, operation, request))

    def call_or_wait(
        self, caller: Caller, service: str, operation: str, request: dict[str, Any]
    ) -> dict[str, Any] | NotYet:
        found = operation_of(self._operations, service, operation)
        if not found.reads:
            raise InvariantError(f"a reading operation calls {operation} of {service}, which writes")
        return found.function(self, caller, request)

    def wake(self, topic: str, count: int = 1) -> None:
        raise InvariantError("a reading operation wakes nobody")

    def memory(self, service: str) -> dict[Any, Any]:
        return {}

    def at_commit(self, service: str, flush: Callable[[], None]) -> None:
        raise InvariantError("a reading operation commits nothing")

    def find_machine(self, arn: str) -> MachineRow | None:
        return machines.by_arn(self.connection, arn)

    def at_version(self, machine: MachineRow, number: int) -> MachineRow | None:
        return versions.at_version(self.connection, machine, number)

    def find_alias(self, machine: MachineRow, name: str) -> AliasRow | None:
        return aliases.by_name(self.connection, machine.id, name)

    def find_execution(self, arn: str) -> ExecutionRow | None:
        return executions.by_arn(self.connection, arn)

    def keeps_remains(self, row: ExecutionRow) -> bool:
        return redrives.has_remains(self.connection, row.key)
