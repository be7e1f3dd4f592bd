"""Tokens of lists: the name after which the next page begins, bound to the list that was asked for. Pure."""

import base64
import binascii
from hashlib import blake2b

from integrations.sqs.errors import invalid_value

_DIGEST_BYTES = 9


def list_token(name: str, *query: str) -> str:
    return base64.urlsafe_b64encode(_digest(name, query) + name.encode()).decode()


def read_list_token(token: str | None, *query: str) -> str:
    """The name; empty without a token. Raises InvalidParameterValue."""
    if token is None:
        return ""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
        digest, name = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:].decode()
    except (binascii.Error, ValueError):
        raise invalid_value("Invalid or expired next token.") from None
    if digest != _digest(name, query):
        raise invalid_value("Invalid or expired next token.")
    return name


def _digest(name: str, query: tuple[str, ...]) -> bytes:
    return blake2b("\0".join((name, *query)).encode(), digest_size=_DIGEST_BYTES).digest()
