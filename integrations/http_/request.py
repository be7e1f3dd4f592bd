"""From the parameters of an HTTP Task, and its connection, to the request that is sent.

    parameters -> checked -> merged with the connection's own headers, query and body (which win) -> encoded

Every field of `http:invoke` is in the table: taken, or refused by name.
Source: "Call HTTPS APIs in Step Functions workflows", AWS Step Functions Developer Guide.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from engine import jsontext, limits
from engine.config import HttpParameters
from engine.errors import StateError
from engine.sdk.parameters import unusable_parameters
from integrations.http_.encoding import ARRAY_FORMATS, form_text, query_text

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD")

# What a Task may not say itself [D]; names in lower case, `*` for any ending.
FORBIDDEN_HEADERS = frozenset(
    {
        *("a-im", "accept-charset", "accept-datetime", "accept-encoding", "authorization", "cache-control"),
        *("connection", "content-encoding", "content-md5", "date", "expect", "forwarded", "from"),
        *("host", "http2-settings", "if-match", "if-modified-since", "if-none-match", "if-range"),
        *("if-unmodified-since", "max-forwards", "origin", "pragma", "proxy-authorization", "referer"),
        *("server", "te", "trailer", "transfer-encoding", "upgrade", "via", "warning"),
    }
)
# What it may say and what is sent otherwise [D: "Step Functions sets the User-Agent, Range, and Host headers"].
SET_HEADERS = frozenset({"content-length", "range", "user-agent"})
FORBIDDEN_BEGINNINGS = ("x-forwarded-", "x-amz-", "x-amzn-")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")

JSON_TYPE = "application/json; charset=UTF-8"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """`headers` in the order in which they are sent, without those that the sender sets. `typed`: the Content-Type in
    them is the default one, which AWS does not show among a Task's headers.
    """

    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes | None
    typed: bool = False


@dataclass(frozen=True, slots=True)
class HttpTask:
    """The parameters of a Task, checked."""

    endpoint: str
    method: str
    connection_arn: str
    headers: dict[str, list[str]]
    query: dict[str, Any]
    body: Any  # None: none
    form: bool
    array_format: str

    def request(self, extra: HttpParameters) -> HttpRequest:
        """What is sent over a connection with these parameters. Raises StateError where the two cannot be merged."""
        headers = _merged_headers(self.headers, extra.headers)
        query = query_text({**self.query, **extra.query})
        body = self._body(extra.body)
        typed = body is not None and not any(name.lower() == "content-type" for name, _ in headers)
        if typed:
            headers.append(("Content-Type", FORM_TYPE if self.form else JSON_TYPE))
        url = self.endpoint if not query else f"{self.endpoint}{'&' if '?' in self.endpoint else '?'}{query}"
        if len(url) > limits.HTTP_TASK_URL_CHARS_MAX:
            text = f"The URL of the request is longer than {limits.HTTP_TASK_URL_CHARS_MAX} characters."
            raise StateError("States.Runtime", text)
        return HttpRequest(self.method, url, headers, body, typed)

    def _body(self, extra: Mapping[str, str]) -> bytes | None:
        body = self.body
        if extra:
            if body is not None and not isinstance(body, dict):
                text = "The RequestBody is no JSON object, so the body parameters of the connection cannot be added."
                raise StateError("States.Runtime", text)
            body = {**(body or {}), **extra}
        if body is None:
            return None
        if self.form and not isinstance(body, str):
            return form_text(body, self.array_format).encode()
        return (body if isinstance(body, str) else jsontext.dumps(body)).encode()


def read_task(parameters: Any) -> HttpTask:
    """The checked parameters. Raises StateError States.Runtime with all that is wrong."""
    complaints = list(_complaints(parameters))
    if complaints:
        raise unusable_parameters(parameters, complaints)
    connection = parameters.get("Authentication") or parameters.get("InvocationConfig")
    transform = parameters.get("Transform") or {}
    return HttpTask(
        endpoint=parameters["ApiEndpoint"],
        method=parameters["Method"],
        connection_arn=connection["ConnectionArn"],
        headers={name: _values(value) for name, value in (parameters.get("Headers") or {}).items()},
        query=parameters.get("QueryParameters") or {},
        body=parameters.get("RequestBody"),
        form=transform.get("RequestBodyEncoding") == "URL_ENCODED",
        array_format=(transform.get("RequestEncodingOptions") or {}).get("ArrayFormat", "INDICES"),
    )


def is_forbidden(header: str) -> bool:
    name = header.lower()
    return name in FORBIDDEN_HEADERS or name.startswith(FORBIDDEN_BEGINNINGS)


def is_usable_url(text: str) -> bool:
    """https anywhere; http only to this machine, where AWS has no say."""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or port == 0 or parts.fragment or parts.username is not None or re.search(r"[\s\x00-\x1f]", text):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def header_complaint(name: str, value: Any) -> str | None:
    """What is wrong with a header that a Task sets: a text, or a list of texts."""
    if is_forbidden(name):
        return f"The header '{name}' may not be set by an HTTP Task"
    texts = _values(value)
    if not _HEADER_NAME.fullmatch(name) or not all(_HEADER_VALUE.fullmatch(text) for text in texts):
        return f"The header '{name}' is not a valid HTTP header"
    if isinstance(value, dict) or (isinstance(value, list) and any(isinstance(item, dict | list) for item in value)):
        return f"The value for the field 'Headers.{name}' must be a STRING or an ARRAY"
    return None


def _values(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else jsontext.dumps(item) for item in items]


def _merged_headers(own: Mapping[str, list[str]], extra: Mapping[str, str]) -> list[tuple[str, str]]:
    overridden = {name.lower() for name in extra} | SET_HEADERS
    merged = [(name, text) for name, texts in own.items() if name.lower() not in overridden for text in texts]
    return merged + list(extra.items())


# ---- what is wrong with parameters ----

_Complain = Callable[[Any], str | None]


def _object(name: str) -> _Complain:
    return lambda value: None if isinstance(value, dict) else f"The value for the field '{name}' must be an OBJECT"


def _endpoint(value: Any) -> str | None:
    if not isinstance(value, str):
        return "The value for the field 'ApiEndpoint' must be a STRING"
    if is_usable_url(value):
        return None
    return "The value for the field 'ApiEndpoint' must be a valid HTTPS URL; Statewright takes http for this machine"


def _method(value: Any) -> str | None:
    return None if value in METHODS else f"The value for the field 'Method' must be one of: [{', '.join(METHODS)}]"


def _headers(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "The value for the field 'Headers' must be an OBJECT"
    if len(value) > limits.HTTP_TASK_HEADERS_MAX:
        return f"The field 'Headers' has more than {limits.HTTP_TASK_HEADERS_MAX} members"
    return next(filter(None, (header_complaint(name, item) for name, item in value.items())), None)


def _connection(name: str) -> _Complain:
    def complain(value: Any) -> str | None:
        if not isinstance(value, dict):
            return f"The value for the field '{name}' must be an OBJECT"
        if set(value) != {"ConnectionArn"} or not isinstance(value["ConnectionArn"], str):
            return f"The field '{name}' must have the field 'ConnectionArn' and no other"
        return None

    return complain


def _transform(value: Any) -> str | None:
    if not isinstance(value, dict) or not set(value) <= {"RequestBodyEncoding", "RequestEncodingOptions"}:
        return "The field 'Transform' may have the fields 'RequestBodyEncoding' and 'RequestEncodingOptions' only"
    if value.get("RequestBodyEncoding", "NONE") not in ("NONE", "URL_ENCODED"):
        return "The value for the field 'Transform.RequestBodyEncoding' must be one of: [NONE, URL_ENCODED]"
    options = value.get("RequestEncodingOptions", {})
    if not isinstance(options, dict) or not set(options) <= {"ArrayFormat"}:
        return "The field 'Transform.RequestEncodingOptions' may have the field 'ArrayFormat' only"
    if options.get("ArrayFormat", "INDICES") not in ARRAY_FORMATS:
        return f"The value for the field 'ArrayFormat' must be one of: [{', '.join(ARRAY_FORMATS)}]"
    return None


_FIELDS: dict[str, _Complain] = {
    "ApiEndpoint": _endpoint,
    "Method": _method,
    "Authentication": _connection("Authentication"),
    "InvocationConfig": _connection("InvocationConfig"),
    "Headers": _headers,
    "QueryParameters": _object("QueryParameters"),
    "RequestBody": lambda value: None,
    "Transform": _transform,
}


def _complaints(parameters: Any) -> list[str]:
    if not isinstance(parameters, dict):
        return ["The Parameters must be a JSON object"]
    found = [f"The field '{name}' is not supported by Step Functions" for name in parameters if name not in _FIELDS]
    found += [
        f"The field '{name}' is required but was missing"
        for name in ("ApiEndpoint", "Method")
        if parameters.get(name) is None
    ]
    if ("Authentication" in parameters) == ("InvocationConfig" in parameters):
        found.append("Exactly one of the fields 'Authentication' and 'InvocationConfig' is required")
    for name, complain in _FIELDS.items():
        if parameters.get(name) is not None and (complaint := complain(parameters[name])) is not None:
            found.append(complaint)
    return found
