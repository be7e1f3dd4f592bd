"""The door of the API: from an HTTP request to the handler of an operation, and back.

    bytes -> which service -> its protocol -> operation, arguments -> handler(caller, arguments) -> protocol -> bytes

Every request gets an answer of AWS's kind with a request id: a
refusal is a ServiceError rendered by the protocol, anything unexpected is logged with its traceback and answered
InternalFailure.
"""

import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

import anyio

from engine import limits
from engine.auth import scope as credential_scope
from engine.contract import Caller
from engine.errors import ServiceError
from engine.http.callers import Callers
from engine.http.incoming import BODY_BYTES_MAX, ClientGone, Incoming
from engine.http.metrics import RequestMetrics
from engine.http.routing import Router
from engine.http.service_door import ServiceDoor
from engine.moment import uuid_text
from engine.runtime.protocol import HeldUp
from engine.wire.protocol import WireProtocol, WireRequest, WireResponse
from engine.wire.query_protocol import unrouted_error

logger = logging.getLogger("statewright.http")


class Door:
    """The services behind one port; the first is asked to word the refusal of a request that fits none of them."""

    def __init__(self, services: Iterable[ServiceDoor], callers: Callers, metrics: RequestMetrics):
        self._services = list(services)
        self.router = Router(self._services)
        self._callers = callers
        self._metrics = metrics
        self._polls: set[anyio.CancelScope] = set()
        self._closing = False

    async def answer(self, incoming: Incoming) -> WireResponse | None:
        """The answer to a request; None where its client has gone. Raises nothing."""
        started = time.perf_counter()
        call = _Call(incoming.request)
        reply: WireResponse | None = None
        try:
            reply = await self._answer(call, incoming)
        except ClientGone:
            call.code = "ClientGone"
        except anyio.get_cancelled_exc_class():  # shutdown has waited long enough: the task ends, but not in silence
            reply = self._refuse(call, _closing())
        self._metrics.record(call.service_name, call.operation or "unknown", call.code, time.perf_counter() - started)
        return reply

    async def close(self) -> None:
        """End the long polls under way, and those to come, so that shutdown need not wait for them."""
        self._closing = True
        for poll in list(self._polls):
            poll.cancel()

    async def _answer(self, call: "_Call", incoming: Incoming) -> WireResponse:
        try:
            request = call.request
            identity = _identity(request)
            early = call.service = self.router.early(request, identity)
            request.body = await incoming.read_body(BODY_BYTES_MAX if early is None else early.body_bytes_max)
            _check_encoding(request)
            service = call.service = early or self.router.late(request, identity)
            protocol = call.protocol = service.protocol_of(request)
            operation = call.operation = protocol.operation_name(request)
            handler = service.handler(operation)
            arguments = protocol.parse(operation, request)
            _add_trace(arguments, service.trace_members.get(operation), request)
            caller = self._caller(request, identity)
            if operation in service.long_polls:
                response = await self._poll(partial(handler, caller, arguments), incoming)
            else:
                found = await handler(caller, arguments)
                response = found if isinstance(found, dict) else await self._wait(found, incoming)
            return protocol.serialise(operation, response, call.request_id)
        except ServiceError as error:
            return self._refuse(call, error)
        except ClientGone:
            raise
        except Exception:
            logger.exception("request %s: %s of %s failed", call.request_id, call.operation, call.service_name)
            text = f"Statewright met an internal error; its log tells more about request {call.request_id}."
            return self._refuse(call, ServiceError("InternalFailure", text, 500))

    def _caller(self, request: WireRequest, identity: credential_scope.Scope | None) -> Caller:
        scheme = "https" if request.headers.get(b"x-forwarded-proto") == b"https" else "http"
        path = request.path if identity is None else "/"
        return self._callers.caller(identity, request.header(b"host"), path, scheme)

    def _refuse(self, call: "_Call", error: ServiceError) -> WireResponse:
        call.code = error.code
        if call.service is None and "Action" in (call.request.form or ()):
            return unrouted_error(error, call.request_id)
        protocol = call.protocol or (call.service or self._services[0]).protocol_of(call.request)
        return protocol.error(call.operation, error, call.request_id)

    async def _wait(self, held_up: HeldUp, incoming: Incoming) -> dict[str, Any]:
        """For what has to wait, unless the server closes."""
        if self._closing:
            held_up.leave()
            raise _closing()
        return await self._poll(held_up.answer, incoming)

    async def _poll(self, answer: Callable[[], Awaitable[Any]], incoming: Incoming) -> dict[str, Any]:
        """Await what waits, until it is done, its client has gone or the server closes."""
        gone = False
        response: dict[str, Any] | None = None
        failure: Exception | None = None

        async def watch(waiting: anyio.CancelScope) -> None:
            nonlocal gone
            await incoming.gone()
            gone = True
            waiting.cancel()

        async with anyio.create_task_group() as group:
            self._polls.add(group.cancel_scope)
            try:
                group.start_soon(watch, group.cancel_scope)
                if not self._closing:
                    response = await answer()
            except Exception as error:  # raised outside of the group, which would wrap it
                failure = error
            finally:
                self._polls.discard(group.cancel_scope)
            group.cancel_scope.cancel()
        if failure is not None:
            raise failure
        if response is not None:
            return response
        if gone:
            raise ClientGone
        raise _closing()


_REQUEST_IDS = random.Random()  # they name requests in logs; nothing depends on them


class _Call:
    """One request on its way through the door."""

    __slots__ = ("code", "operation", "protocol", "request", "request_id", "service")

    def __init__(self, request: WireRequest):
        self.request = request
        self.request_id = uuid_text(_REQUEST_IDS)
        self.service: ServiceDoor | None = None
        self.protocol: WireProtocol | None = None
        self.operation: str | None = None
        self.code = "OK"

    @property
    def service_name(self) -> str:
        return self.service.service.name if self.service is not None else "unknown"


def _closing() -> ServiceError:
    return ServiceError("ServiceUnavailable", "The server is shutting down.", 503)


def _identity(request: WireRequest) -> credential_scope.Scope | None:
    authorization = request.headers.get(b"authorization")
    if authorization is not None:
        return credential_scope.from_authorization(authorization.decode("latin-1"))
    return credential_scope.from_query(request.query) if request.query else None


def _add_trace(arguments: dict[str, Any], member: str | None, request: WireRequest) -> None:
    if member is not None and b"x-amzn-trace-id" in request.headers:
        trace = request.header(b"x-amzn-trace-id")
        if trace.isascii() and len(trace) <= limits.TRACE_HEADER_CHARS_MAX:
            arguments[member] = trace


def _check_encoding(request: WireRequest) -> None:
    encoding = request.headers.get(b"content-encoding")
    if encoding is not None and encoding.strip().lower() not in (b"", b"identity"):
        text = f"The content encoding '{encoding.decode('latin-1')}' is not supported; send the body as it is."
        raise ServiceError("UnsupportedMediaTypeException", text, 415)
