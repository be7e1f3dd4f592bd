"""NextToken of Secrets Manager's lists: opaque, and bound to the list that it continues. Pure."""

import base64
import binascii
import hashlib
from typing import Any

import orjson

from integrations.secretsmanager.errors import bad_page_token

_DIGEST_BYTES = 9


def page_token(cursor: Any, *query: Any) -> str:
    """The token of the page that begins after `cursor`, in the list that `query` asks for."""
    body = orjson.dumps(cursor)
    return base64.urlsafe_b64encode(_digest(query, body) + body).decode().rstrip("=")


def read_page_token(token: str | None, *query: Any) -> Any:
    """The cursor; None without a token. Raises InvalidNextTokenException."""
    if token is None:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise bad_page_token() from None
    digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not body or digest != _digest(query, body):
        raise bad_page_token()
    return orjson.loads(body)


def _digest(query: tuple[Any, ...], body: bytes) -> bytes:
    return hashlib.blake2b(orjson.dumps(query) + b"\0" + body, digest_size=_DIGEST_BYTES).digest()
