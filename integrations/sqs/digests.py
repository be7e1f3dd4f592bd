"""The MD5 digests that SDKs verify: of a body, and of message attributes in AWS's binary layout. Pure.

    for each attribute, by name:  length name  length type  1 or 2 (text or binary)  length value

Lengths are four bytes, big end first [Developer Guide, "Calculating the MD5 message digest for message attributes"].
"""

from collections.abc import Mapping
from hashlib import md5
from typing import Any

_STRING, _BINARY = b"\x01", b"\x02"


def body_md5(body: str) -> str:
    return md5(body.encode(), usedforsecurity=False).hexdigest()


def attributes_md5(attributes: Mapping[str, Mapping[str, Any]]) -> str:
    """Of MessageAttributes as they come from the wire: binary values as bytes."""
    digest = md5(usedforsecurity=False)
    for name in sorted(attributes):
        value = attributes[name]
        digest.update(_sized(name.encode()) + _sized(value["DataType"].encode()))
        if value.get("BinaryValue") is not None:
            digest.update(_BINARY + _sized(value["BinaryValue"]))
        else:
            digest.update(_STRING + _sized(value["StringValue"].encode()))
    return digest.hexdigest()


def _sized(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text
