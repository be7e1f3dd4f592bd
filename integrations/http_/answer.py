"""What came back: the result of an HTTP Task, or the error that it is in AWS's words.

| the answer | the Task |
|---|---|
| 2xx | {Headers, ResponseBody, StatusCode, StatusText}; a JSON body is a value |
| another status | States.Http.StatusCode.N, the body as cause |
| none, or not within 60 s | States.Http.Socket |
| binary (by its type, or no UTF-8) | States.Runtime |
| too large | States.DataLimitExceeded |
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from engine import jsontext
from engine.errors import StateError
from engine.sdk.errors import state_error

_BINARY = ("application/octet-stream", "image/", "video/", "audio/")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`headers` as they came, repeated names and all."""

    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def content_type(self) -> str:
        return next((value.lower() for name, value in self.headers if name.lower() == "content-type"), "")

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def status_text(self) -> str:
        if self.reason:
            return self.reason
        try:
            return HTTPStatus(self.status).phrase
        except ValueError:
            return ""


def http_result(answer: HttpAnswer) -> dict[str, Any]:
    """The result of an HTTP Task. Raises StateError."""
    if not answer.is_success:
        cause = answer.body.decode(errors="replace") or answer.status_text
        raise state_error(f"States.Http.StatusCode.{answer.status}", cause)
    return described(answer)


def described(answer: HttpAnswer) -> dict[str, Any]:
    """An answer as a value. Raises StateError for a body that is no text."""
    headers: dict[str, list[str]] = {}
    for name, value in answer.headers:
        headers.setdefault(name.lower(), []).append(value)
    return {
        "Headers": headers,
        "ResponseBody": _body(answer),
        "StatusCode": answer.status,
        "StatusText": answer.status_text,
    }


def _body(answer: HttpAnswer) -> Any:
    if answer.content_type.startswith(_BINARY):
        text = f"The response has the content type '{answer.content_type}', which is not supported."
        raise StateError("States.Runtime", text)
    try:
        text = answer.body.decode()
    except UnicodeDecodeError:
        raise StateError("States.Runtime", "The response body cannot be read as a text.") from None
    kind = answer.content_type.partition(";")[0].strip()
    if text and (kind == "application/json" or kind.endswith("+json")):
        try:
            return jsontext.loads(text)
        except jsontext.JsonError:
            return text
    return text
