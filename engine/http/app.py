"""The ASGI application: the AWS API in front, the few other pages behind it.

`POST /`, and whatever carries X-Amz-Target, goes to the door; so do requests to other paths that name an action or are
signed, queue URLs and REST services' routes; the rest to the pages. One application serves every service on one port
and any Host (SDKs put `sync-` before it for StartSyncExecution and TestState).
"""

import re
from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from engine.http.callers import QUEUE_PATH, Callers
from engine.http.door import Door
from engine.http.incoming import AsgiIncoming
from engine.http.metrics import RequestMetrics
from engine.http.pages import DatabaseCheck, MetricSource, Reset, create_pages
from engine.http.service_door import ServiceDoor
from engine.wire.protocol import WireResponse

_PAGES = frozenset({"/healthz", "/metrics"})
_ACTION = re.compile(rb"(?:^|&)(?:Action|X-Amz-Credential)=")


class App:
    """The application; `close` before the server drains, so that long polls end."""

    def __init__(self, door: Door, pages: ASGIApp, metrics: RequestMetrics):
        self.door = door
        self.metrics = metrics
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (scope["method"] == "POST" and (scope["path"] == "/" or _has_target(scope))) or self._is_api(scope):
            reply = await self.door.answer(AsgiIncoming(scope, receive))
            if reply is not None:
                await _send(reply, send)
        else:
            await self._pages(scope, receive, send)

    def _is_api(self, scope: Scope) -> bool:
        """Whether a request that does not say so at first sight is one to the API."""
        path, query = scope["path"], scope["query_string"]
        if path.startswith("/_") or path in _PAGES:
            return False
        if _ACTION.search(query) is not None or any(
            name == b"authorization" and value.startswith(b"AWS4-") for name, value in scope["headers"]
        ):
            return True
        posted_queue = scope["method"] == "POST" and QUEUE_PATH.fullmatch(path) is not None
        return posted_queue or self.door.router.has_route(scope["method"], path)

    async def close(self) -> None:
        await self.door.close()


def create_app(
    services: Iterable[ServiceDoor],
    *,
    account: str,
    region: str,
    database_ok: DatabaseCheck,
    metrics: MetricSource = tuple,
    reset: Reset | None = None,
    pages: Sequence[BaseRoute] = (),
) -> App:
    """The application for these services. `account` and `region` are those of callers who name none.

    `database_ok` is asked by GET /healthz, `metrics` by GET /metrics; `reset` is given only where --allow-reset is;
    `pages` are Starlette routes of other parts of the server. Raises ValueError without a service.
    """
    doors = list(services)
    if not doors:
        raise ValueError("an application needs at least one service")
    requests = RequestMetrics()
    door = Door(doors, Callers(account, region), requests)
    return App(door, create_pages(doors, requests, database_ok, metrics, reset, pages), requests)


async def _send(reply: WireResponse, send: Send) -> None:
    headers = [*reply.headers, (b"content-length", str(len(reply.body)).encode())]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})


def _has_target(scope: Scope) -> bool:
    return any(name == b"x-amz-target" for name, _ in scope["headers"])
