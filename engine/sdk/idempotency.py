"""The idempotency key of a call in the shape that services take: a UUID, the same for each delivery of the call."""

import uuid

_KEYS = uuid.UUID("5c7f1a0e-8f43-4f0e-9d7c-2f6f6f0f8a51")


def idempotency_token(key: str) -> str:
    """`key` may be of any length and any letters: it names an execution."""
    return str(uuid.uuid5(_KEYS, key))
