"""The API of a service: its operations, and the pages that it has beside its protocol."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.contract.transaction import Caller, NotYet, Transaction

OperationFunction = Callable[[Transaction, Caller, dict[str, Any]], dict[str, Any] | NotYet]


@dataclass(frozen=True, slots=True)
class Operation:
    """One API operation of a service: `function(tx, caller, request) -> response`, in AWS's shapes.

    `reads`: it changes nothing, and runs on a reader's connection beside the writer. `size_bytes` says what a request
    counts towards the bytes of a batch, where that may be much. `checks_first`: it raises only before its first write,
    so that the batch needs no savepoint around it; faster. `waits`: it may return NotYet, and a client that goes away
    meanwhile is noticed.
    """

    function: OperationFunction
    reads: bool = False
    checks_first: bool = False
    waits: bool = False
    size_bytes: Callable[[dict[str, Any]], int] | None = None


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A request for a Page. `parts`: what the `{name}`s of its path stand for; `query`: the first value of each name;
    header names in lower case. `base_url` is how the client reached the server: `http://localhost:4566`; `peer`: the
    address it came from, empty where that is not known."""

    method: str
    path: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    base_url: str
    peer: str = ""


@dataclass(frozen=True, slots=True)
class PageAnswer:
    body: bytes
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP path of a service outside of its AWS protocol: a certificate, a link in a mail, a look into a queue.

    `path` is a pattern of Starlette's: `/_aws/sqs/messages`, `/ses/verify/{token}`. `reads`: as for an Operation.
    `test_controls`: only where the server runs with --test-controls. Raise ServiceError to refuse: it is answered as
    JSON with its status.
    """

    method: str
    path: str
    function: Callable[[Transaction, Caller, PageRequest], PageAnswer]
    reads: bool = False
    test_controls: bool = False
