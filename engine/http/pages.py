"""Everything that is not the AWS API: health, metrics, reset, and a page that says what this is. Off the hot path."""

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from engine import limits
from engine.http.metrics import CONTENT_TYPE, Metric, RequestMetrics
from engine.http.service_door import ServiceDoor
from engine.http.version import product_version

logger = logging.getLogger("statewright.http")

DatabaseCheck = Callable[[], Awaitable[bool]]
MetricSource = Callable[[], Iterable[Metric]]
Reset = Callable[[], Awaitable[None]]


def create_pages(
    services: Sequence[ServiceDoor],
    requests: RequestMetrics,
    database_ok: DatabaseCheck,
    metrics: MetricSource,
    reset: Reset | None,
    more: Sequence[BaseRoute],
) -> Starlette:
    """`reset` is None unless the server allows it; `more` are pages of other parts of the server."""

    async def front(request: Request) -> Response:
        return JSONResponse(_about(services))

    async def healthz(request: Request) -> Response:
        ok = await _is_well(database_ok)
        state = {"status": "ok" if ok else "failing", "version": product_version(), "db": "ok" if ok else "failing"}
        return JSONResponse(state, 200 if ok else 503)

    async def metrics_page(request: Request) -> Response:
        return PlainTextResponse(requests.text(metrics()), media_type=CONTENT_TYPE)

    routes = [Route("/", front), Route("/healthz", healthz), Route("/metrics", metrics_page), *more]
    if reset is not None:
        routes.append(Route("/_statewright/reset", _resetting(reset), methods=["POST"]))
    return Starlette(routes=routes, exception_handlers={404: _not_found, 405: _wrong_method, 500: _failed})


def _resetting(reset: Reset) -> Callable[[Request], Awaitable[Response]]:
    async def page(request: Request) -> Response:
        await reset()
        return JSONResponse({"status": "reset"})

    return page


async def _is_well(database_ok: DatabaseCheck) -> bool:
    try:
        with anyio.fail_after(limits.HEALTH_SECONDS_MAX):
            return await database_ok()
    except Exception:
        logger.exception("the health check failed")
        return False


def _about(services: Sequence[ServiceDoor]) -> dict[str, object]:
    return {
        "name": "Statewright",
        "version": product_version(),
        "what": "A durable, self-hosted AWS Step Functions. Point an AWS SDK's or the aws CLI's endpoint URL here.",
        "services": list(dict.fromkeys(found.service.full_name for found in services)),  # SES has two
        "health": "/healthz",
        "metrics": "/metrics",
    }


async def _not_found(request: Request, error: Exception) -> Response:
    text = f"There is no page {request.url.path} here; the AWS API is at POST /, and / says what this is."
    return JSONResponse({"__type": "UnknownOperationException", "message": text}, 404)


async def _wrong_method(request: Request, error: Exception) -> Response:
    text = f"{request.url.path} does not answer {request.method}; the AWS API is at POST /."
    return JSONResponse({"__type": "UnknownOperationException", "message": text}, 405)


async def _failed(request: Request, error: Exception) -> Response:
    text = "Statewright met an internal error; its log tells more."
    return JSONResponse({"__type": "InternalFailure", "message": text}, 500)
