"""The seam between the HTTP door and the AWS protocols: what a protocol does, both ways, with no socket in sight.

One implementation for each protocol of AWS (json here; query, ec2 and rest-json beside it). An instance of a protocol
belongs to one service.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from engine.errors import ServiceError


@dataclass(slots=True)
class WireRequest:
    """An HTTP request, read whole. Header names are in lower case, names and values bytes as they came; so is the path,
    with its escapes.

    `form` is what engine.wire.form has read of it, None before that.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[bytes, bytes]
    body: bytes
    form: Mapping[str, str] | None = None

    def header(self, name: bytes) -> str:
        """A header's value as text; empty where it is missing."""
        return self.headers.get(name, b"").decode("latin-1")


@dataclass(frozen=True, slots=True)
class WireResponse:
    """An HTTP response: Content-Type and the protocol's own headers; the door adds Content-Length."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class WireProtocol(Protocol):
    """Reads requests of one service and writes its answers."""

    def operation_name(self, request: WireRequest) -> str:
        """The operation that the request names, one of the model's. ServiceError UnknownOperationException without."""

    def parse(self, operation: str, request: WireRequest) -> dict[str, Any]:
        """The request in AWS's shape: types and constraints checked, blobs as bytes, timestamps as epoch seconds.

        Raises ServiceError SerializationException for what cannot be read, ValidationException for what breaks a
        constraint.
        """

    def serialise(self, operation: str, response: dict[str, Any], request_id: str) -> WireResponse:
        """The answer of a successful call; blobs are bytes, timestamps epoch seconds."""

    def error(self, operation: str | None, error: ServiceError, request_id: str) -> WireResponse:
        """The answer of a refused or failed call; `operation` is None where the request did not name one."""


@runtime_checkable
class RoutedProtocol(WireProtocol, Protocol):
    """A protocol whose operations have HTTP methods and paths of their own."""

    def has_route(self, method: str, path: str) -> bool:
        """Whether an operation stands there."""


def unknown_operation(message: str) -> ServiceError:
    return ServiceError("UnknownOperationException", message)


def unreadable(message: str) -> ServiceError:
    return ServiceError("SerializationException", message)
