"""Functions behind a URL: the invocation path of Lambda's API and of its runtime interface emulator.

| the answer | the Task |
|---|---|
| 2xx | the body is the result |
| 2xx with X-Amz-Function-Error, or a body that is nothing but a Lambda error | the function failed |
| 2xx, `Task timed out after` as plain text (the runtime interface emulator) | Sandbox.Timedout |
| 404, 429, other 4xx, 5xx | Lambda.<X-Amzn-ErrorType>, or the exception usual for the status |
| none | Lambda.SdkClientException |
"""

import base64
from urllib.parse import urlsplit

import anyio
import httpx

from engine import jsontext, limits
from engine.config import FunctionSettings, UrlTarget
from engine.errors import StateError
from integrations.lambda_ import errors
from integrations.lambda_.invocation import Invocation

INVOCATION_PATH = "/2015-03-31/functions/function/invocations"
_EMULATOR_TIMED_OUT = "Task timed out after "
_ERROR_FIELDS = frozenset({"errorMessage", "errorType", "requestId", "stackTrace"})
_USUAL_CODES = {404: "ResourceNotFoundException", 413: "RequestTooLargeException", 429: "TooManyRequestsException"}


class UrlFunction:
    """`[functions.NAME] url = "..."`. The client is shared by all functions behind URLs."""

    def __init__(self, settings: FunctionSettings, target: UrlTarget, client: httpx.AsyncClient):
        self._settings = settings
        self._client = client
        has_path = urlsplit(target.url).path not in ("", "/")
        self._url = target.url if has_path else target.url.rstrip("/") + INVOCATION_PATH

    async def invoke(self, invocation: Invocation) -> str:
        body = jsontext.dumps(invocation.payload).encode()
        try:
            with anyio.move_on_after(self._settings.timeout_seconds):
                async with self._client.stream("POST", self._url, content=body, headers=_headers(invocation)) as answer:
                    return self._result(answer, await _content(answer), invocation)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise errors.client_error(str(error) or type(error).__name__) from None
        raise errors.timed_out(invocation.request_id, self._settings.timeout_seconds)

    def _result(self, answer: httpx.Response, content: bytes, invocation: Invocation) -> str:
        request_id = answer.headers.get("x-amzn-requestid", invocation.request_id)
        text = content.decode(errors="replace")
        if not answer.is_success:
            raise _refused(answer, text, request_id)
        if "x-amz-function-error" in answer.headers or _is_only_an_error(text):
            raise errors.function_error(text)
        if text.startswith(_EMULATOR_TIMED_OUT):
            raise errors.timed_out(request_id, self._settings.timeout_seconds)
        return text or "null"


def _headers(invocation: Invocation) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "X-Amz-Invocation-Type": "RequestResponse",
        "Idempotency-Key": invocation.idempotency_key,
    }
    if invocation.client_context is not None:
        headers["X-Amz-Client-Context"] = base64.b64encode(jsontext.dumps(invocation.client_context).encode()).decode()
    return headers


async def _content(answer: httpx.Response) -> bytes:
    """The body, decompressed; refused once it is longer than Lambda lets it be."""
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content.extend(chunk)
        if len(content) > limits.FUNCTION_RESULT_BYTES_MAX:
            raise errors.answer_too_large()
    return bytes(content)


def _refused(answer: httpx.Response, text: str, request_id: str) -> StateError:
    status = answer.status_code
    usual = "ServiceException" if status >= 500 else _USUAL_CODES.get(status, "AWSLambdaException")
    code = answer.headers.get("x-amzn-errortype", usual).partition(":")[0]
    return errors.service_error(code or usual, _message(text) or answer.reason_phrase, status, request_id)


def _message(text: str) -> str:
    try:
        content = jsontext.loads(text)
    except jsontext.JsonError:
        return text.strip()
    message = (content.get("Message") or content.get("message")) if isinstance(content, dict) else None
    return message if isinstance(message, str) else text.strip()


def _is_only_an_error(text: str) -> bool:
    """The emulator answers a failed function with its error alone, without the header."""
    if not text.lstrip().startswith("{") or '"errorType"' not in text:
        return False
    try:
        content = jsontext.loads(text)
    except jsontext.JsonError:
        return False
    return isinstance(content, dict) and {"errorMessage", "errorType"} <= set(content) <= _ERROR_FIELDS
