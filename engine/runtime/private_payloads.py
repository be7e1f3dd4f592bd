"""Payloads of deliveries that say what users say, sealed while they wait in the outbox where a master key is there.

sealed:BASE64      what other payloads cannot begin with: theirs are JSON, or names
"""

import base64

from engine.contract import Keys

_MARK = "sealed:"


def sealed_payload(keys: Keys, kind: str, payload: str) -> str:
    """As the outbox keeps it."""
    if not keys.configured:
        return payload
    return _MARK + base64.b64encode(keys.seal(payload.encode(), _bound_to(kind))).decode()


def opened_payload(keys: Keys, kind: str, payload: str) -> str:
    """As its sender gave it. Raises ServiceError where it cannot be opened."""
    if not payload.startswith(_MARK):
        return payload
    return keys.open(base64.b64decode(payload.removeprefix(_MARK)), _bound_to(kind)).decode()


def _bound_to(kind: str) -> bytes:
    return f"outbox {kind}".encode()
