"""What a connection authorizes itself with, from the JSON of the secret that its settings name. Pure.

| members | authorization |
|---|---|
| username, password | basic |
| api_key_name, api_key_value | a header |
| client_id, client_secret, authorization_endpoint, http_method (POST) | OAuth, client credentials |

These are the members that EventBridge gives the secrets of its connections. A secret has the members of one of them;
others are the business of whoever put them there.
"""

import re
from typing import Any
from urllib.parse import urlsplit

from engine import jsontext
from engine.config import ApiKeyAuth, BasicAuth, OAuthAuth

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e]*")
_FORMS = (
    ("username", "password"),
    ("api_key_name", "api_key_value"),
    ("client_id", "client_secret", "authorization_endpoint"),
)


class BadSecret(ValueError):
    """What is wrong with the secret; never a part of it."""


def auth_of(text: str) -> BasicAuth | ApiKeyAuth | OAuthAuth:
    """Raises BadSecret."""
    try:
        content = jsontext.loads(text)
    except ValueError:
        raise BadSecret("it is no JSON") from None
    if not isinstance(content, dict):
        raise BadSecret("it is no JSON object")
    found = [form for form in _FORMS if all(_is_text(content.get(member)) for member in form)]
    if len(found) != 1:
        listed = "; ".join(", ".join(form) for form in _FORMS)
        raise BadSecret(f"it must have the members of exactly one of these, as texts: {listed}")
    if found[0] is _FORMS[0]:
        return BasicAuth(content["username"], content["password"])
    return _api_key(content) if found[0] is _FORMS[1] else _oauth(content)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _api_key(content: dict[str, Any]) -> ApiKeyAuth:
    name, value = content["api_key_name"], content["api_key_value"]
    if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
        raise BadSecret("api_key_name and api_key_value are no header")
    return ApiKeyAuth(name, value)


def _oauth(content: dict[str, Any]) -> OAuthAuth:
    endpoint, method = content["authorization_endpoint"], content.get("http_method", "POST")
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSecret("authorization_endpoint is no URL")
    if method not in ("GET", "POST", "PUT"):
        raise BadSecret("http_method must be GET, POST or PUT")
    return OAuthAuth(endpoint, method, content["client_id"], content["client_secret"])
