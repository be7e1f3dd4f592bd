"""Pages of a list: how many items, and the opaque token that leads to the next page.

A token holds where the next page begins and a digest that binds it to its query (operation, owner, filters; the page
size is free to change). A token of another query, or a damaged one, is refused as AWS does. It grants nothing, so the
digest guards against mistakes, not against forgery: the query that comes with it decides what may be seen.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from engine import limits
from engine.errors import ServiceError

_DIGEST_BYTES = 9


@dataclass(frozen=True, slots=True)
class Page:
    """What a request asks for. `cursor` None: from the beginning."""

    size: int
    cursor: Any
    query: bytes

    def token(self, cursor: Any) -> str:
        """The token of the page that begins at this cursor, a JSON value."""
        body = orjson.dumps(cursor)
        return base64.urlsafe_b64encode(_digest(self.query, body) + body).decode().rstrip("=")


def read_page(request: dict[str, Any], *query: Any) -> Page:
    """The page that a request asks for with `maxResults` and `nextToken`; `query` is what its list depends on.

    Raises ServiceError InvalidToken.
    """
    bound = orjson.dumps(query)
    token = request.get("nextToken")
    cursor = None if token is None else _read_token(token, bound)
    return Page(request.get("maxResults") or limits.PAGE_ITEMS_DEFAULT, cursor, bound)


def _read_token(token: str, query: bytes) -> Any:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not body or digest != _digest(query, body):
        raise _invalid()
    return orjson.loads(body)


def _digest(query: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(query + b"\0" + body, digest_size=_DIGEST_BYTES).digest()


def _invalid() -> ServiceError:
    return ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
