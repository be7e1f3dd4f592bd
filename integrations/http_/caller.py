"""The opened integration: sends the requests of HTTP Tasks over their connections."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import httpx

from engine import limits
from engine.config import HttpParameters, OAuthAuth, Settings
from engine.contract import Call, HttpTrace, Perform
from engine.sdk.idempotency import idempotency_token
from integrations.http_.answer import HttpAnswer, http_result
from integrations.http_.connections import Connections
from integrations.http_.request import HttpRequest, HttpTask, read_task
from integrations.http_.sending import NoAnswer, new_client, send, socket_error
from integrations.http_.trace import traced

UNAUTHORIZED = 401

Note = Callable[[HttpTrace], None]
Show = Callable[[HttpRequest, HttpTask, HttpAnswer | None], None]


class HttpTasks:
    """The RemoteCaller of the service `http`; see open_http."""

    def __init__(self, connections: Connections, client: httpx.AsyncClient):
        self._connections = connections
        self._client = client
        self._places = anyio.Semaphore(limits.REMOTE_CALLS_MAX)
        self._perform: Perform | None = None

    def use_services(self, perform: Perform) -> None:
        self._perform = perform

    async def call(self, call: Call) -> Any:
        """The answer as a value, or StateError."""
        return await self._call(call, None)

    async def call_traced(self, call: Call, note: Note, reveal_secrets: bool) -> Any:
        """As `call`, and each exchange is shown; without secrets as if the connection added nothing."""

        def show(request: HttpRequest, task: HttpTask, answer: HttpAnswer | None) -> None:
            seen = request if reveal_secrets else _with_own_headers(task.request(HttpParameters()), call)
            note(traced(seen, answer))

        return await self._call(call, show)

    async def _call(self, call: Call, show: Show | None) -> Any:
        task = read_task(call.parameters)
        connection = self._connections.get(task.connection_arn)
        auth = await connection.auth(self._perform, call)
        async with self._places:
            answer = await self._exchange(call, task, await connection.parameters(auth), show)
            if answer.status == UNAUTHORIZED and isinstance(auth, OAuthAuth):  # worth a second try with a new token
                answer = await self._exchange(call, task, await connection.parameters(auth, anew=True), show)
        return http_result(answer)

    def at_most_once(self, call: Call) -> bool:
        """An HTTP API may take a call twice; the key in Idempotency-Key lets it tell."""
        return False

    async def _exchange(self, call: Call, task: HttpTask, extra: HttpParameters, show: Show | None) -> HttpAnswer:
        request = _with_own_headers(task.request(extra), call)
        answer = None
        try:
            answer = await send(self._client, request, limits.HTTP_TASK_RESULT_BYTES_MAX, call.resource)
        except NoAnswer as error:
            raise socket_error(error) from None
        finally:
            if show is not None:
                show(request, task, answer)
        return answer


def _with_own_headers(request: HttpRequest, call: Call) -> HttpRequest:
    """What every HTTP Task sends, behind its own headers, and the key that is the same for each delivery of a call."""
    own = [
        ("User-Agent", f"Amazon|StepFunctions|HttpInvoke|{call.region}"),
        ("Range", f"bytes=0-{limits.HTTP_TASK_RESULT_BYTES_MAX}"),
    ]
    if not any(name.lower() == "idempotency-key" for name, _ in request.headers):
        own.append(("Idempotency-Key", idempotency_token(call.idempotency_key)))
    return replace(request, headers=[*request.headers, *own])


@asynccontextmanager
async def open_http(settings: Settings) -> AsyncIterator[HttpTasks]:
    async with new_client() as client:
        yield HttpTasks(Connections(settings.connections, client), client)
