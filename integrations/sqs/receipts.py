"""Receipt handles: opaque to users, to us the place of a message and the receipt it was given with. Pure.

    "AQEB" marker | bin, key, receive count, time of the receipt | check       base64

The check binds a handle to its queue, so that one of another queue, or a damaged one, is refused as AWS does it. It is
no secret: who may call an operation of the queue may name its messages.
"""

import binascii
import struct
from dataclasses import dataclass
from hashlib import blake2b

from integrations.sqs.errors import foreign_handle, invalid_handle

_MARK = b"\x01\x01\x01"
_LAYOUT = struct.Struct(">QQIQ")
_CHECK_BYTES = 11  # with the mark and the layout 42 bytes: base64 without padding
_CHARS = 56


@dataclass(frozen=True, slots=True)
class Receipt:
    bin: int
    key: int
    count: int
    at_ms: int


def write_handle(arn: str, bin: int, key: int, count: int, at_ms: int) -> str:
    raw = _MARK + _LAYOUT.pack(bin, key, count, at_ms)
    return binascii.b2a_base64(raw + _check(arn, raw), newline=False).decode()


def read_handle(arn: str, handle: str) -> Receipt:
    """Raises ReceiptHandleIsInvalid."""
    try:
        raw = binascii.a2b_base64(handle, strict_mode=True)
    except ValueError:  # binascii.Error is one
        raise invalid_handle(handle) from None
    end = len(_MARK) + _LAYOUT.size
    if len(handle) != _CHARS or not raw.startswith(_MARK):
        raise invalid_handle(handle)
    if raw[end:] != _check(arn, raw[:end]):
        raise foreign_handle(handle)
    return Receipt(*_LAYOUT.unpack(raw[len(_MARK) : end]))


def _check(arn: str, raw: bytes) -> bytes:
    return blake2b(arn.encode() + raw, digest_size=_CHECK_BYTES).digest()
