"""The pages that integrations bring (`Integration.pages`): HTTP paths of a service beside its AWS protocol.

Each is a function in a transaction, as an operation is: reading ones on a snapshot beside the writer, the others in
the writer's batch. Who calls is told from the request as at the API's door.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from engine import limits
from engine.auth import scope as credential_scope
from engine.contract import Caller, Integration, Page, PageAnswer, PageRequest
from engine.errors import ServiceError
from engine.http.callers import Callers
from engine.runtime.protocol import Runtime


def service_pages(
    integrations: Sequence[Integration], runtime: Runtime, callers: Callers, test_controls: bool
) -> list[Route]:
    """The routes of all pages; those for tests only where `test_controls` is on."""
    return [
        Route(page.path, _endpoint(page, runtime, callers), methods=[page.method])
        for found in integrations
        for page in found.pages
        if test_controls or not page.test_controls
    ]


def _endpoint(page: Page, runtime: Runtime, callers: Callers) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            asked = await _asked(request)
            caller = _caller(request, callers)
            run = runtime.read if page.reads else runtime.write
            found = await run(lambda tx: page.function(tx, caller, asked))
        except ServiceError as error:
            return JSONResponse({"__type": error.code, "message": error.message}, error.status)
        assert isinstance(found, PageAnswer)
        return Response(found.body, found.status, dict(found.headers), found.content_type)

    return answer


async def _asked(request: Request) -> PageRequest:
    return PageRequest(
        method=request.method,
        path=request.url.path,
        parts={name: str(value) for name, value in request.path_params.items()},
        query={name: values[0] for name in request.query_params if (values := request.query_params.getlist(name))},
        headers=dict(request.headers),
        body=await _body(request),
        base_url=str(request.base_url).rstrip("/"),
        peer="" if request.client is None else request.client.host,
    )


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.PAGE_BODY_BYTES_MAX:
            raise ServiceError("RequestEntityTooLargeException", "Request size limit exceeded", 413)
    return body


def _caller(request: Request, callers: Callers) -> Caller:
    identity = credential_scope.from_authorization(request.headers.get("authorization", ""))
    return callers.caller(identity, request.headers.get("host", ""), "/", request.url.scheme)
