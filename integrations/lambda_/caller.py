"""The opened integration: finds the function of a call, keeps the bounds, invokes it and shapes its result.

A call first waits for a place of its own function and only then for one among all calls, so that the queue of a slow
function takes no place from the others.
"""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import anyio
import anyio.to_thread
import httpx

from engine import limits
from engine.certificates import trusted
from engine.config import CommandTarget, FunctionSettings, HandlerTarget, Settings, UrlTarget
from engine.contract import Call, Perform
from engine.errors import StateError
from engine.sdk.secret_text import SecretUnavailable, secret_text
from integrations.forward.clients import Clients
from integrations.lambda_ import errors
from integrations.lambda_.children import Children
from integrations.lambda_.command import CommandFunction
from integrations.lambda_.forwarded import ForwardedFunctions
from integrations.lambda_.handler import HandlerFunction
from integrations.lambda_.invocation import Invocation, Target
from integrations.lambda_.request import FUNCTION_ACTION, called_function, read_call
from integrations.lambda_.result import invoke_result, returned_value
from integrations.lambda_.url import UrlFunction

_logger = logging.getLogger("statewright.functions")


@dataclass(frozen=True, slots=True)
class _Function:
    target: Target
    places: anyio.Semaphore
    at_most_once: bool
    secret: str | None = None


class Functions:
    """The RemoteCaller of the service `lambda`; see open_functions."""

    def __init__(self, functions: Mapping[str, _Function], others: _Function | None = None):
        self._functions = functions
        self._others = others
        self._places = anyio.Semaphore(limits.REMOTE_CALLS_MAX)
        self._hinted: set[str] = set()
        self._perform: Perform | None = None

    def use_services(self, perform: Perform) -> None:
        self._perform = perform

    async def call(self, call: Call) -> Any:
        """Invoke the function of a call: its result, or StateError."""
        invocation = read_call(call)
        function = self._find(invocation)
        if function.secret is not None:
            invocation = replace(invocation, secret=await self._secret(call, function.secret, invocation))
        async with function.places, self._places:
            text = await function.target.invoke(invocation)
        return await shaped(text, call, invocation)

    def at_most_once(self, call: Call) -> bool:
        """Whether the settings of the call's function say so; a call that names no function cannot have had effects."""
        try:
            name = called_function(call, request_id="").name
        except StateError:
            return False
        return name in self._functions and self._functions[name].at_most_once

    async def _secret(self, call: Call, name: str, invocation: Invocation) -> str:
        try:
            text = await secret_text(self._perform, call, name)
            if "\0" in text:
                raise SecretUnavailable("it holds a NUL character, which no environment variable can")
        except SecretUnavailable as error:
            raise errors.no_secret(invocation.function.name, name, str(error)) from None
        return text

    def _find(self, invocation: Invocation) -> _Function:
        name = invocation.function.name
        if name in self._functions:
            return self._functions[name]
        if self._others is not None:
            return self._others
        if name not in self._hinted and len(self._hinted) < limits.REMOTE_CALLS_MAX:
            self._hinted.add(name)
            _logger.warning("no function %r: add [functions.%s] to statewright.toml", name, name)
        message = f"Function not found: {invocation.function.arn}"
        raise errors.service_error("ResourceNotFoundException", message, 404, invocation.request_id)


async def shaped(text: str, call: Call, invocation: Invocation) -> Any:
    """What the Task gets of what the function returned."""
    shape = returned_value if call.action == FUNCTION_ACTION else invoke_result
    if len(text) <= limits.PAYLOAD_BYTES_MAX:
        return shape(text, invocation)
    return await anyio.to_thread.run_sync(shape, text, invocation)  # megabytes of brackets would hold the loop up


@asynccontextmanager
async def open_functions(settings: Settings) -> AsyncIterator[Functions]:
    """The functions of the settings, ready to be called. Processes start with the first calls and end here."""
    async with AsyncExitStack() as stack:
        children = await stack.enter_async_context(Children())
        client: httpx.AsyncClient | None = None
        if any(isinstance(function.target, UrlTarget) for function in settings.functions.values()):
            client = await stack.enter_async_context(_client())
        yield Functions(
            {
                name: _Function(
                    _target(name, function, settings.region, children, client),
                    anyio.Semaphore(function.workers),
                    function.at_most_once,
                    function.secret,
                )
                for name, function in settings.functions.items()
            },
            _others(settings),
        )


def _others(settings: Settings) -> _Function | None:
    """What calls the functions that the settings do not have."""
    if settings.endpoints.of("lambda") is None:
        return None
    forwarded = ForwardedFunctions(Clients(settings.endpoints), settings.account)
    return _Function(forwarded, anyio.Semaphore(limits.FORWARDED_CALLS_MAX), at_most_once=False)


def _client() -> httpx.AsyncClient:
    """Time-outs are the functions' own."""
    connections = httpx.Limits(max_connections=limits.REMOTE_CALLS_MAX, max_keepalive_connections=64)
    return httpx.AsyncClient(timeout=None, limits=connections, verify=trusted())


def _target(
    name: str, function: FunctionSettings, region: str, children: Children, client: httpx.AsyncClient | None
) -> Target:
    match function.target:
        case HandlerTarget():
            return HandlerFunction(name, function, function.target, region, children)
        case CommandTarget():
            return CommandFunction(name, function, function.target, children)
        case UrlTarget():
            assert client is not None  # opened where a function has a URL
            return UrlFunction(function, function.target, client)
