"""One service behind the HTTP door: its protocol, and the function that performs each operation.

An operation that the model knows and the table of handlers does not is refused by name, never ignored.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from engine.contract import Caller
from engine.errors import InvariantError, ServiceError
from engine.wire.json_protocol import JsonProtocol
from engine.wire.protocol import WireProtocol
from engine.wire.service import Service, load_service

Handler = Callable[[Caller, dict[str, Any]], Awaitable[dict[str, Any]]]

PROTOCOLS: dict[str, Callable[[Service], WireProtocol]] = {"json": JsonProtocol}

# Operations that wait for something to come: they end with their client's connection, so that nothing is handed to a
# client that has gone.
LONG_POLLS: dict[str, frozenset[str]] = {"stepfunctions": frozenset({"GetActivityTask"})}

# Where an operation carries the X-Ray trace that X-Amzn-Trace-Id names too; the header has precedence [API pages].
TRACE_MEMBERS: dict[str, dict[str, str]] = {
    "stepfunctions": {"StartExecution": "traceHeader", "StartSyncExecution": "traceHeader"}
}


class ServiceDoor:
    """`service` is botocore's name of the service; `handlers` are keyed by operation name."""

    def __init__(self, service: str, handlers: Mapping[str, Handler]):
        self.service = load_service(service)
        self.protocol = PROTOCOLS[self.service.protocol](self.service)
        self.long_polls = LONG_POLLS.get(service, frozenset())
        self.trace_members = TRACE_MEMBERS.get(service, {})
        self._handlers = dict(handlers)
        if unknown := set(handlers) - self.service.operation_names:
            raise InvariantError(f"{service} has no operations {sorted(unknown)}")

    def handler(self, operation: str) -> Handler:
        """The function of one of the model's operations. ServiceError UnsupportedOperation where it is not built."""
        found = self._handlers.get(operation)
        if found is None:
            text = f"Statewright does not support the operation {operation} of {self.service.full_name}."
            raise ServiceError("UnsupportedOperation", text)
        return found
