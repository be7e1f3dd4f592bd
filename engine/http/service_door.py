"""One service behind the HTTP door: its protocol, and the function that performs each operation.

An operation that the model knows and the table of handlers does not is refused by name, never ignored.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from engine import limits
from engine.contract import Caller
from engine.errors import InvariantError, ServiceError
from engine.http.incoming import BODY_BYTES_MAX as DEFAULT_BYTES_MAX
from engine.runtime.protocol import HeldUp
from engine.wire.ec2_protocol import Ec2Protocol
from engine.wire.json_protocol import JsonProtocol
from engine.wire.protocol import RoutedProtocol, WireProtocol, WireRequest
from engine.wire.query_protocol import QueryProtocol
from engine.wire.rest_json_protocol import RestJsonProtocol
from engine.wire.service import Service, load_service
from engine.wire.sqs_protocols import SqsJsonProtocol, SqsQueryProtocol

Handler = Callable[[Caller, dict[str, Any]], Awaitable[dict[str, Any] | HeldUp]]

# By the protocol of the service's model.
PROTOCOLS: dict[str, Callable[[Service], WireProtocol]] = {
    "ec2": Ec2Protocol,
    "json": JsonProtocol,
    "query": QueryProtocol,
    "rest-json": RestJsonProtocol,
}
# Services with a JSON protocol of their own and, beside it, Query.
JSON_AND_QUERY: dict[str, tuple[Callable[[Service], WireProtocol], Callable[[Service], WireProtocol]]] = {
    "sqs": (SqsJsonProtocol, SqsQueryProtocol)
}
# Services whose requests may be larger than those of the others.
BODY_BYTES_MAX = {
    "sns": limits.QUEUE_REQUEST_BYTES_MAX,
    "sqs": limits.QUEUE_REQUEST_BYTES_MAX,
    "ses": limits.MAIL_REQUEST_BYTES_MAX,
    "sesv2": limits.MAIL_REQUEST_BYTES_MAX,
}

# Operations that wait from their start: they end with their client's connection, so that nothing is handed to a client
# that has gone. (Others say so when they have to wait.)
LONG_POLLS: dict[str, frozenset[str]] = {"stepfunctions": frozenset({"GetActivityTask"})}

# Where an operation carries the X-Ray trace that X-Amzn-Trace-Id names too; the header has precedence [API pages].
TRACE_MEMBERS: dict[str, dict[str, str]] = {
    "sqs": {"SendMessage": "AWSTraceHeader", "SendMessageBatch": "AWSTraceHeader"},
    "stepfunctions": {"StartExecution": "traceHeader", "StartSyncExecution": "traceHeader"},
}


class ServiceDoor:
    """`service` is botocore's name of the service; `handlers` are keyed by operation name."""

    def __init__(self, service: str, handlers: Mapping[str, Handler]):
        self.service = load_service(service)
        self.protocol, self._query = _protocols(self.service)
        self.is_rest = self.service.protocol.startswith("rest")
        self.query_version = (
            self.service.api_version if self._query or self.service.protocol in ("query", "ec2") else None
        )
        self.body_bytes_max = BODY_BYTES_MAX.get(service, DEFAULT_BYTES_MAX)
        self.long_polls = LONG_POLLS.get(service, frozenset())
        self.trace_members = TRACE_MEMBERS.get(service, {})
        self._handlers = dict(handlers)
        if unknown := set(handlers) - self.service.operation_names:
            raise InvariantError(f"{service} has no operations {sorted(unknown)}")

    def protocol_of(self, request: WireRequest) -> WireProtocol:
        """The protocol that a request is in, of those that the service speaks."""
        if self._query is None or b"x-amz-target" in request.headers:
            return self.protocol
        return self._query

    def has_route(self, method: str, path: str) -> bool:
        """Whether a REST service answers at a path."""
        return isinstance(self.protocol, RoutedProtocol) and self.protocol.has_route(method, path)

    def handler(self, operation: str) -> Handler:
        """The function of one of the model's operations. ServiceError UnsupportedOperation where it is not built."""
        found = self._handlers.get(operation)
        if found is None:
            text = f"Statewright does not support the operation {operation} of {self.service.full_name}."
            raise ServiceError("UnsupportedOperation", text)
        return found


def _protocols(service: Service) -> tuple[WireProtocol, WireProtocol | None]:
    both = JSON_AND_QUERY.get(service.name)
    if both is not None:
        return both[0](service), both[1](service)
    return PROTOCOLS[service.protocol](service), None
