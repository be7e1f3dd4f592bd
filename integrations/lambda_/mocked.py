"""Functions under test: those that a test has mocked are called where it says, all others as the settings have it.

Only a server with test controls opens its functions like this. The answer of a mock arrives by the server's clock, so
that a slow function, or one that times out, costs a test no time.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from engine.certificates import trusted
from engine.config import FunctionSettings, Settings, UrlTarget
from engine.contract import Call, FunctionMock, Perform, RemoteCaller, ServiceUser
from engine.errors import StateError
from integrations.lambda_ import errors
from integrations.lambda_.caller import open_functions, shaped
from integrations.lambda_.invocation import Invocation
from integrations.lambda_.request import read_call
from integrations.lambda_.url import UrlFunction

Pause = Callable[[float], Awaitable[None]]


class MockedFunctions:
    """Implements engine.contract.MockableCaller."""

    def __init__(self, functions: RemoteCaller, client: httpx.AsyncClient):
        self._functions = functions
        self._client = client
        self._mocks: dict[str, tuple[FunctionMock, Pause]] = {}

    def mock(self, name: str, mock: FunctionMock, pause: Pause) -> None:
        self._mocks[name] = mock, pause

    def restore(self, name: str) -> bool:
        return self._mocks.pop(name, None) is not None

    def mocked(self) -> Mapping[str, FunctionMock]:
        return {name: mock for name, (mock, _) in self._mocks.items()}

    def use_services(self, perform: Perform) -> None:
        if isinstance(self._functions, ServiceUser):
            self._functions.use_services(perform)

    async def call(self, call: Call) -> Any:
        invocation = read_call(call)
        found = self._mocks.get(invocation.function.name)
        if found is None:
            return await self._functions.call(call)
        mock, pause = found
        return await shaped(await self._answer(mock, pause, invocation), call, invocation)

    def at_most_once(self, call: Call) -> bool:
        return self._functions.at_most_once(call)

    async def _answer(self, mock: FunctionMock, pause: Pause, invocation: Invocation) -> str:
        """The function runs at once; what it did is told when its time is over, unless that is longer than it has."""
        target = UrlTarget(mock.url)
        function = UrlFunction(FunctionSettings(target, Path(), mock.timeout_seconds), target, self._client)
        text, failure = "", None
        try:
            text = await function.invoke(invocation)
        except StateError as error:
            failure = error
        if mock.takes_seconds > 0:
            await pause(min(mock.takes_seconds, mock.timeout_seconds))
        if mock.takes_seconds >= mock.timeout_seconds:
            raise errors.timed_out(invocation.request_id, mock.timeout_seconds)
        if failure is not None:
            raise failure
        return text


@asynccontextmanager
async def open_mockable(settings: Settings) -> AsyncIterator[RemoteCaller]:
    """The functions of the settings; mockable where the settings have test controls."""
    async with AsyncExitStack() as stack:
        functions: RemoteCaller = await stack.enter_async_context(open_functions(settings))
        if settings.test_controls:
            client = await stack.enter_async_context(httpx.AsyncClient(timeout=None, verify=trusted()))
            functions = MockedFunctions(functions, client)
        yield functions
