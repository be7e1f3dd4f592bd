"""Task tokens: opaque and authenticated. They carry the execution's key, the branch and the attempt, so that there is
no table to look them up in and none can be guessed.
"""

import base64
import hashlib
import hmac
import struct
from dataclasses import dataclass

_LAYOUT = struct.Struct(">BQII")
_VERSION = 1
_SIGNATURE_BYTES = 24


@dataclass(frozen=True, slots=True)
class TokenContent:
    key: int
    branch: int
    attempt: int


class Tokens:
    """Makes and reads tokens with the database's own secret."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes):
        self._secret = secret

    def make(self, key: int, branch: int, attempt: int) -> str:
        content = _LAYOUT.pack(_VERSION, key, branch, attempt)
        return base64.urlsafe_b64encode(content + self._sign(content)).decode().rstrip("=")

    def read(self, token: str) -> TokenContent | None:
        """What a token says; None for one that we have not made."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except ValueError:
            return None
        content, signature = raw[: _LAYOUT.size], raw[_LAYOUT.size :]
        if len(content) != _LAYOUT.size or not hmac.compare_digest(signature, self._sign(content)):
            return None
        version, key, branch, attempt = _LAYOUT.unpack(content)
        return TokenContent(key, branch, attempt) if version == _VERSION else None

    def _sign(self, content: bytes) -> bytes:
        return hmac.digest(self._secret, content, hashlib.sha256)[:_SIGNATURE_BYTES]
