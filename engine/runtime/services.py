"""What the operations of services ask of a batch: each other's operations, savepoints, memory, a flush at its end.

The invariant: what is in memory or gathered for a flush is in the open transaction, too, or will be by its commit; what
a lost savepoint took back is in neither. So all that was gathered is written before a savepoint begins, and memory is
emptied when one is lost: nobody's failure undoes what others gathered, or leaves something behind that is not true.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine import limits
from engine.contract import Caller, NotYet, Operation, Transaction
from engine.errors import InvariantError, ServiceError, StateError

Operations = Mapping[str, Mapping[str, Operation]]  # by service and name


class Memories:
    """What services remember between batches, by service. Kept by the kernel."""

    def __init__(self) -> None:
        self._of: dict[str, dict[Any, Any]] = {}

    def of(self, service: str) -> dict[Any, Any]:
        return self._of.setdefault(service, {})

    def forget(self) -> None:
        for memory in self._of.values():
            memory.clear()


class Services:
    """Of one batch. `undone` is called when a savepoint was lost."""

    def __init__(self, operations: Operations, memories: Memories, undone: Callable[[], None]):
        self._operations = operations
        self._memories = memories
        self._undone = undone
        self._flushes: dict[str, Callable[[], None]] = {}
        self._depth = 0

    def call_or_wait(
        self, tx: Transaction, caller: Caller, service: str, name: str, request: dict[str, Any]
    ) -> dict[str, Any] | NotYet:
        operation = operation_of(self._operations, service, name)
        if self._depth >= limits.NESTED_OPERATIONS_MAX:
            raise InvariantError(f"operations call each other too deep, down to {name} of {service}")
        self._depth += 1
        try:
            if operation.checks_first or operation.reads:
                return operation.function(tx, caller, request)
            with self.savepoint(tx):
                return operation.function(tx, caller, request)
        finally:
            self._depth -= 1

    def at_commit(self, service: str, flush: Callable[[], None]) -> None:
        self._flushes.setdefault(service, flush)

    def flush(self) -> None:
        """Write what was gathered. A flush may lead to another service's."""
        for _ in range(limits.FLUSHES_MAX):
            if not self._flushes:
                return
            _, flush = self._flushes.popitem()
            flush()
        raise InvariantError(f"the flush of {', '.join(self._flushes)} does not come to an end")

    @contextmanager
    def savepoint(self, tx: Transaction) -> Iterator[None]:
        """What the block changes is taken back when it raises ServiceError or StateError. Any other error is the
        batch's end."""
        if self._flushes:
            self.flush()
        savepoint = tx.connection.begin_nested()
        try:
            yield
        except (ServiceError, StateError):
            savepoint.rollback()
            self._flushes.clear()
            self._memories.forget()
            self._undone()
            raise
        savepoint.commit()


def operation_of(operations: Operations, service: str, name: str) -> Operation:
    """Raises ServiceError where nothing on this server performs it."""
    found = operations.get(service, {}).get(name)
    if found is None:
        raise ServiceError("UnsupportedOperation", f"Nothing on this server performs {name} of {service}.")
    return found


def answer_now(response: dict[str, Any] | NotYet) -> dict[str, Any]:
    """What a caller gets that does not wait."""
    if not isinstance(response, NotYet):
        return response
    assert isinstance(response.answer, dict)
    return response.answer
