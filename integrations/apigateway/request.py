"""The parameters of `apigateway:invoke`, checked, and the request that they make.

    ApiEndpoint/Stage/Path?QueryParameters, at the host that ApiEndpoint names, or at the endpoint of the settings

Source: "Create API Gateway REST APIs with Step Functions", AWS Step Functions Developer Guide.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from engine import jsontext
from engine.config import AWS
from engine.sdk.parameters import unusable_parameters
from integrations.http_.encoding import query_text
from integrations.http_.request import JSON_TYPE, METHODS, HttpRequest

AUTH_TYPES = ("NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY")
FORBIDDEN_HEADERS = frozenset(
    {
        *("authorization", "connection", "content-md5", "expect", "host", "max-forwards", "proxy-authenticate"),
        *("server", "te", "transfer-encoding", "trailer", "upgrade", "via", "www-authenticate"),
    }
)
FORBIDDEN_BEGINNINGS = ("x-forwarded", "x-amz", "x-amzn")
_HOST = re.compile(r"[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")
_HEADER = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class GatewayCall:
    request: HttpRequest
    region: str  # of the API
    signed: bool


def read_call(parameters: Any, endpoint: str) -> GatewayCall:
    """`endpoint`: a URL, or AWS. Raises StateError States.Runtime with all that is wrong."""
    complaints = _complaints(parameters)
    if complaints:
        raise unusable_parameters(parameters, complaints)
    host = parameters["ApiEndpoint"]
    body = parameters.get("RequestBody")
    headers = [(name, text) for name, value in (parameters.get("Headers") or {}).items() for text in _texts(value)]
    if body is not None and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", JSON_TYPE))
    request = HttpRequest(
        parameters["Method"],
        _url(parameters, f"https://{host}" if endpoint == AWS else endpoint.rstrip("/")),
        [("Host", host), *headers],
        None if body is None else (body if isinstance(body, str) else jsontext.dumps(body)).encode(),
    )
    return GatewayCall(request, host.split(".")[2], parameters.get("AuthType", "NO_AUTH") != "NO_AUTH")


def _url(parameters: dict[str, Any], base: str) -> str:
    parts = [parameters.get("Stage"), (parameters.get("Path") or "").lstrip("/")]
    path = "/".join(quote(part, safe="/:@!$&'()*+,;=~") for part in parts if part)
    query = query_text(parameters.get("QueryParameters") or {})
    return f"{base}/{path}" + (f"?{query}" if query else "")


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item if isinstance(item, str) else jsontext.dumps(item) for item in items]


# ---- what is wrong with parameters ----


def _string(name: str) -> Callable[[Any], str | None]:
    return lambda value: None if isinstance(value, str) else f"The value for the field '{name}' must be a STRING"


def _one_of(name: str, allowed: tuple[str, ...]) -> Callable[[Any], str | None]:
    text = f"The value for the field '{name}' must be one of: [{', '.join(allowed)}]"
    return lambda value: None if value in allowed else text


def _api_endpoint(value: Any) -> str | None:
    if isinstance(value, str) and _HOST.fullmatch(value):
        return None
    return "The value for the field 'ApiEndpoint' must be a host <API ID>.execute-api.<region>.amazonaws.com"


def _headers(value: Any) -> str | None:
    if not isinstance(value, dict):
        return "The value for the field 'Headers' must be an OBJECT"
    for name, item in value.items():
        if name.lower() in FORBIDDEN_HEADERS or name.lower().startswith(FORBIDDEN_BEGINNINGS):
            return f"The header '{name}' may not be set"
        if not all(_HEADER.fullmatch(f"{name}: {text}") for text in _texts(item)):
            return f"The header '{name}' is not a valid HTTP header"
    return None


def _query(value: Any) -> str | None:
    return None if isinstance(value, dict) else "The value for the field 'QueryParameters' must be an OBJECT"


_FIELDS: dict[str, Callable[[Any], str | None]] = {
    "ApiEndpoint": _api_endpoint,
    "Method": _one_of("Method", METHODS),
    "Headers": _headers,
    "Stage": _string("Stage"),
    "Path": _string("Path"),
    "QueryParameters": _query,
    "RequestBody": lambda value: None,
    "AuthType": _one_of("AuthType", AUTH_TYPES),
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
    for name, complain in _FIELDS.items():
        if parameters.get(name) is not None and (complaint := complain(parameters[name])) is not None:
            found.append(complaint)
    return found
