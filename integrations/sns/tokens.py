"""Tokens of pages, and of confirmations.

A token of a page says where the next one begins, bound to its list by a digest. One of ConfirmSubscription is a row: it
names what it confirms, for two days.
"""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass, fields
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, insert, select

from engine import limits
from engine.store.freetext import original, stored
from integrations.sns.errors import invalid
from integrations.sns.store import Attributes
from integrations.sns.tables import tokens

_DIGEST_BYTES = 9
_TOKEN_BYTES = 96


@dataclass(frozen=True, slots=True)
class Pending:
    """What a token confirms: a subscription that waits for it, or one that was ended and may come back."""

    token: str
    topic_arn: str
    subscription_arn: str
    protocol: str
    endpoint: str
    owner: str
    attributes: Attributes
    base_url: str
    expires_ms: int


_COLUMNS = [tokens.c[member.name] for member in fields(Pending)]
_FIND = select(*_COLUMNS).where(tokens.c.token == bindparam("text"))
_ADD = insert(tokens)
_EXPIRED = select(tokens.c.token).where(tokens.c.expires_ms <= bindparam("now_ms")).limit(limits.SNS_SWEEP_ROWS)
_FORGET = delete(tokens).where(tokens.c.subscription_arn == bindparam("arn"))
_DELETE = delete(tokens).where(tokens.c.token.in_(bindparam("old", expanding=True)))


def new_token() -> str:
    return secrets.token_hex(_TOKEN_BYTES)


def add(connection: Connection, pending: Pending) -> None:
    row = {name.name: getattr(pending, name.name) for name in fields(Pending)}
    attributes = orjson.dumps(pending.attributes).decode()
    connection.execute(_ADD, {**row, "attributes": attributes, "endpoint": stored(pending.endpoint)})


def find(connection: Connection, token: str, now_ms: int) -> Pending | None:
    """None where there is no such token, or no more."""
    row = connection.execute(_FIND, {"text": token}).one_or_none()
    if row is None or row.expires_ms <= now_ms:
        return None
    values = row._asdict()
    attributes = orjson.loads(values["attributes"])
    return Pending(**{**values, "attributes": attributes, "endpoint": original(values["endpoint"])})


def forget(connection: Connection, subscription_arn: str) -> None:
    """Nothing confirms this subscription any more."""
    connection.execute(_FORGET, {"arn": subscription_arn})


def sweep(connection: Connection, now_ms: int) -> bool:
    """Remove expired ones; True: there may be more."""
    old = list(connection.execute(_EXPIRED, {"now_ms": now_ms}).scalars())
    if old:
        connection.execute(_DELETE, {"old": old})
    return len(old) == limits.SNS_SWEEP_ROWS


def page_token(cursor: Any, *query: Any) -> str:
    """The token of the page that begins after `cursor`, in the list that `query` asks for."""
    body = orjson.dumps(cursor)
    return base64.urlsafe_b64encode(_digest(query, body) + body).decode().rstrip("=")


def read_page_token(token: str | None, first: Any, *query: Any) -> Any:
    """The cursor; `first` without a token. Raises InvalidParameter."""
    if not token:
        return first
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise invalid("NextToken Reason: Invalid value.") from None
    digest, body = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not body or digest != _digest(query, body):
        raise invalid("NextToken Reason: Invalid value.")
    return orjson.loads(body)


def _digest(query: tuple[Any, ...], body: bytes) -> bytes:
    return hashlib.blake2b(orjson.dumps(query) + b"\0" + body, digest_size=_DIGEST_BYTES).digest()
