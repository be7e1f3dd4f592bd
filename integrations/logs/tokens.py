"""The tokens of CloudWatch Logs: where the next page begins.

    f/37199773595581154154810589279545129148442535997644275712     GetLogEvents, forward from an event
    b/37199773595581154154810589279545129148442535997644275712     backward from it

The number is an event's id as FilterLogEvents shows it too: its time and its number in the store, in the 56 digits that
AWS's have. Tokens of lists are opaque JSON, bound to their query by a digest. Pure.
"""

import base64
import binascii
import hashlib
import re
from typing import Any

import orjson

from integrations.logs.errors import invalid

_TIME_SHIFT = 144  # as in AWS's ids
_DIGEST_BYTES = 9
_STREAM_TOKEN = re.compile(r"([fb])/([0-9]{56,58})(/s)?")

Place = tuple[int, int]  # (time in ms, number in the store) of an event


def event_id(place: Place) -> str:
    return f"{(place[0] << _TIME_SHIFT) | place[1]:056d}"


def stream_token(direction: str, place: Place) -> str:
    """`direction`: f or b."""
    return f"{direction}/{event_id(place)}/s"


def read_stream_token(token: str) -> tuple[str, Place]:
    found = _STREAM_TOKEN.fullmatch(token)
    if found is None:
        raise invalid("The specified nextToken is invalid.")
    number = int(found[2])
    place = number >> _TIME_SHIFT, number & ((1 << _TIME_SHIFT) - 1)
    if max(place) >= 1 << 63:
        raise invalid("The specified nextToken is invalid.")
    return found[1], place


def list_token(cursor: Any, *query: Any) -> str:
    """The token of the page that begins after `cursor`, in the list that `query` asks for."""
    body = orjson.dumps(cursor)
    return base64.urlsafe_b64encode(_digest(query, body) + body).decode().rstrip("=")


def read_list_token(token: str | None, *query: Any) -> Any:
    """The cursor; None without a token."""
    if token is None:
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise invalid("The specified nextToken is invalid.") from None
    digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not body or digest != _digest(query, body):
        raise invalid("The specified nextToken is invalid.")
    return orjson.loads(body)


def _digest(query: tuple[Any, ...], body: bytes) -> bytes:
    return hashlib.blake2b(orjson.dumps(query) + b"\0" + body, digest_size=_DIGEST_BYTES).digest()
