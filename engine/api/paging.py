"""Pages of a list: how many items, and the opaque token that leads to the next page.

A token holds where the next page begins and until when it may be used (a day, as on AWS), under a digest with a key of
the database that binds it to its query (operation, owner, filters; the page size is free to change). A token of another
query, an expired, damaged or invented one is refused as AWS does: what a list reads out of a token, it has written.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

import orjson

from engine import limits
from engine.errors import InvariantError, ServiceError
from engine.runtime.protocol import ReadTransaction
from engine.store import meta

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Seal:
    """What makes tokens and knows them again. `key`: of the database; `query`: what the list depends on."""

    key: bytes
    query: bytes
    now_ms: int

    def token(self, cursor: Any) -> str:
        body = orjson.dumps([self.now_ms + limits.PAGE_TOKEN_SECONDS * 1000, cursor])
        return base64.urlsafe_b64encode(self._digest(body) + body).decode().rstrip("=")

    def cursor(self, token: str) -> Any:
        """Raises ServiceError InvalidToken."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _invalid() from None
        digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
        if not hmac.compare_digest(digest, self._digest(body)):
            raise _invalid()
        until_ms, cursor = orjson.loads(body)
        if until_ms < self.now_ms:
            raise _invalid()
        return cursor

    def _digest(self, body: bytes) -> bytes:
        made = hashlib.blake2b(key=self.key, person=b"page token", digest_size=_DIGEST_BYTES)
        made.update(hashlib.blake2b(self.query).digest() + body)
        return made.digest()


@dataclass(frozen=True, slots=True)
class Page:
    """What a request asks for. `cursor` None: from the beginning."""

    size: int
    cursor: Any
    seal: Seal

    def token(self, cursor: Any) -> str:
        """The token of the page that begins at this cursor, a JSON value."""
        return self.seal.token(cursor)


def read_page(tx: ReadTransaction, request: dict[str, Any], *query: Any) -> Page:
    """The page that a request asks for with `maxResults` and `nextToken`; `query` is what its list depends on.

    Raises ServiceError InvalidToken.
    """
    key = meta.get(tx.connection, meta.TOKEN_KEY)
    if key is None:
        raise InvariantError("the database has no key for tokens")
    seal = Seal(bytes.fromhex(key), orjson.dumps(query), tx.moment.epoch_ms)
    token = request.get("nextToken")
    cursor = None if token is None else seal.cursor(token)
    return Page(request.get("maxResults") or limits.PAGE_ITEMS_DEFAULT, cursor, seal)


def _invalid() -> ServiceError:
    return ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
