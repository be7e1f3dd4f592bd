"""The test controls over HTTP; only `serve --test-controls` has these pages.

| page | |
|---|---|
| GET /_statewright/clock | `{"now", "epochSeconds", "running"}` |
| POST /_statewright/clock | one of `{"advanceSeconds": n}`, `{"advanceTo": t}`, `{"running": b}`, `{"settle": true}` |
| PUT /_statewright/functions/NAME | `{"url", "takesSeconds"?, "timeoutSeconds"?}`: calls of the function go there |
| DELETE /_statewright/functions/NAME | back to the settings |
| POST /_statewright/reset | a clean state; the clock stands, and does not go back |
| GET /_statewright/waiting | what running executions wait for, with the tokens that answer it |

A request that cannot be understood is 400, a clock that cannot settle 409, both with `message`.
"""

import math
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from engine import jsontext, limits
from engine.contract import FunctionMock
from engine.errors import ServiceError
from engine.moment import iso_time
from engine.runtime.controls import NotSettledError, TestControls

_FUNCTION_NAME = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_MS_MAX = 253_402_300_799_999  # the end of the year 9999
_CLOCK_MEMBERS = ("advanceSeconds", "advanceTo", "running", "settle")
_MOCK_MEMBERS = ("url", "takesSeconds", "timeoutSeconds")

Page = Callable[[TestControls, Request], Awaitable[dict[str, Any]]]


class _RefusedError(Exception):
    """The request is wrong; the message says how."""


def control_pages(controls: TestControls) -> list[Route]:
    """The routes; each page answers JSON."""
    pages: list[tuple[str, str, Page]] = [
        ("GET", "/_statewright/clock", _show_clock),
        ("POST", "/_statewright/clock", _steer_clock),
        ("PUT", "/_statewright/functions/{name}", _mock_function),
        ("DELETE", "/_statewright/functions/{name}", _restore_function),
        ("POST", "/_statewright/reset", _reset),
        ("GET", "/_statewright/waiting", _waiting),
    ]
    return [Route(path, _answering(controls, page), methods=[method]) for method, path, page in pages]


def _answering(controls: TestControls, page: Page) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def answer(request: Request) -> JSONResponse:
        try:
            return JSONResponse(await page(controls, request))
        except _RefusedError as error:
            return JSONResponse({"message": str(error)}, 400)
        except NotSettledError as error:
            return JSONResponse({"message": str(error)}, 409)
        except ServiceError as error:
            return JSONResponse({"message": error.message}, error.status)

    return answer


async def _show_clock(controls: TestControls, request: Request) -> dict[str, Any]:
    now_ms = controls.clock.now_ms
    return {"now": iso_time(now_ms), "epochSeconds": now_ms / 1000, "running": controls.clock.running}


async def _steer_clock(controls: TestControls, request: Request) -> dict[str, Any]:
    wanted = await _members(request, _CLOCK_MEMBERS)
    if len(wanted) != 1:
        raise _RefusedError(f"expected exactly one of {', '.join(_CLOCK_MEMBERS)}")
    [(member, value)] = wanted.items()
    if member == "advanceSeconds":
        seconds = _number(member, value, limits.ADVANCE_DAYS_MAX * 86_400)
        await controls.advance_to(controls.clock.now_ms + round(seconds * 1000))
    elif member == "advanceTo":
        await controls.advance_to(_time(value, controls.clock.now_ms))
    elif not isinstance(value, bool) or (member == "settle" and not value):
        raise _RefusedError(f"{member}: expected {'true' if member == 'settle' else 'true or false'}, not {value!r}")
    elif member == "settle":
        await controls.settle()
    elif value:
        controls.clock.run()
    else:
        controls.clock.stand()
    return await _show_clock(controls, request)


async def _mock_function(controls: TestControls, request: Request) -> dict[str, Any]:
    name = _function_name(request)
    wanted = await _members(request, _MOCK_MEMBERS)
    url = wanted.get("url")
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        valid = parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not isinstance(url, str):
        raise _RefusedError(f"url: expected http://host:port/path, not {url!r}")
    takes = _number("takesSeconds", wanted.get("takesSeconds", 0), limits.ADVANCE_DAYS_MAX * 86_400)
    most = limits.FUNCTION_SECONDS_MAX
    timeout = _number("timeoutSeconds", wanted.get("timeoutSeconds", most), most)
    if timeout <= 0:
        raise _RefusedError("timeoutSeconds: expected more than 0")
    controls.mock(name, FunctionMock(url, takes, timeout))
    return {"function": name, "url": url, "takesSeconds": takes, "timeoutSeconds": timeout}


async def _restore_function(controls: TestControls, request: Request) -> dict[str, Any]:
    name = _function_name(request)
    if not controls.restore(name):
        raise _RefusedError(f"the function {name} is not mocked")
    return {"function": name}


async def _reset(controls: TestControls, request: Request) -> dict[str, Any]:
    await controls.reset()
    return {"status": "reset"}


async def _waiting(controls: TestControls, request: Request) -> dict[str, Any]:
    return {"tasks": await controls.waiting_tasks()}


def _function_name(request: Request) -> str:
    name = str(request.path_params["name"])
    if not _FUNCTION_NAME.fullmatch(name):
        raise _RefusedError("a function's name has 1 to 64 letters, digits, '-' and '_'")
    return name


async def _members(request: Request, known: tuple[str, ...]) -> dict[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limits.CONTROL_BODY_BYTES_MAX:
            raise _RefusedError(f"the request is larger than {limits.CONTROL_BODY_BYTES_MAX} bytes")
    try:
        found = jsontext.loads(body.decode())
    except (jsontext.JsonError, UnicodeDecodeError) as error:
        raise _RefusedError(f"the request is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise _RefusedError("expected a JSON object")
    unknown = sorted(found.keys() - set(known))
    if unknown:
        raise _RefusedError(f"unknown: {', '.join(unknown)}; known are {', '.join(known)}")
    return found


def _number(name: str, value: Any, most: float) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or not 0 <= value <= most:
        raise _RefusedError(f"{name}: expected a number from 0 to {most}, not {value!r}")
    return float(value)


def _time(value: Any, now_ms: int) -> int:
    """Seconds since 1970, or ISO 8601 with its offset, in milliseconds; not before now."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise _RefusedError(f"advanceTo: expected a time such as 2030-01-01T00:00:00Z, not {value!r}") from None
        if moment.tzinfo is None:
            raise _RefusedError(f"advanceTo: {value!r} has no time zone; end it with Z for UTC")
        value = moment.timestamp()
    epoch_ms = round(_number("advanceTo", value, _MS_MAX / 1000) * 1000)
    if epoch_ms < now_ms:
        raise _RefusedError(f"advanceTo: it is {iso_time(now_ms)} already, and the clock does not go back")
    return epoch_ms
