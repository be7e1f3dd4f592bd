"""Signing a mail with DKIM: rsa-sha256, relaxed/relaxed (RFC 6376). Pure.

The lines of a mail end with CRLF on the wire, whatever they end with here: the signature is of what is on the wire.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key

_SIGNED = frozenset(
    b"from to cc reply-to subject date message-id mime-version content-type content-transfer-encoding "
    b"list-unsubscribe list-unsubscribe-post in-reply-to references".split()
)
_ENDS = re.compile(rb"\r\n|\r|\n")
_FIELD_ENDS = re.compile(rb"\r\n(?![ \t])")
_SPACES = re.compile(rb"[ \t]+")
_LINE_CHARS = 70


@dataclass(frozen=True, slots=True)
class Key:
    """`private`: base64 of DER, as the owner gave it."""

    domain: str
    selector: str
    private: str


def signed(mail: bytes, key: Key, now_seconds: int) -> bytes:
    """The mail, with CRLF at its lines' ends and its signature before all other headers."""
    head, _, body = _ENDS.sub(b"\r\n", mail).partition(b"\r\n\r\n")
    fields = [one for one in _fields(head) if one[0] in _SIGNED]
    names = b":".join(name for name, _ in fields).decode()
    digest = base64.b64encode(hashlib.sha256(_relaxed_body(body)).digest()).decode()
    unsigned = (
        f"DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/relaxed;\r\n s={key.selector}; d={key.domain};"
        f" t={now_seconds};\r\n h={_folded(names, ':')};\r\n bh={digest};\r\n b="
    ).encode()
    # Of several headers of one name the last comes first, as a verifier takes them.
    covered = b"".join(_relaxed(name, value) + b"\r\n" for name, value in _bottom_up(fields))
    own, _, value = unsigned.partition(b":")
    private = load_der_private_key(base64.b64decode("".join(key.private.split())), None)
    assert isinstance(private, RSAPrivateKey), "the key was checked when it was given"
    signature = private.sign(covered + _relaxed(own.lower(), value), PKCS1v15(), SHA256())
    text = base64.b64encode(signature).decode()
    pieces = [text[at : at + _LINE_CHARS] for at in range(0, len(text), _LINE_CHARS)]
    return b"\r\n".join([unsigned + "\r\n ".join(pieces).encode(), head, b"", body])


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """(name in lower case, value with its folds)."""
    parts = (one.partition(b":") for one in _FIELD_ENDS.split(head))
    return [(name.strip().lower(), value) for name, _, value in parts]


def _bottom_up(fields: Sequence[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """In the order of their names, those of one name from the last to the first."""
    left: dict[bytes, list[bytes]] = {}
    for name, value in fields:
        left.setdefault(name, []).append(value)
    return [(name, left[name].pop()) for name, _ in fields]


def _relaxed(name: bytes, value: bytes) -> bytes:
    return name + b":" + _SPACES.sub(b" ", value.replace(b"\r\n", b"")).strip(b" \t")


def _relaxed_body(body: bytes) -> bytes:
    lines = [_SPACES.sub(b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _folded(text: str, separator: str) -> str:
    """In lines that are not too long, broken after separators."""
    lines = [""]
    for word in text.split(separator):
        if len(lines[-1]) + len(word) > _LINE_CHARS:
            lines.append("")
        lines[-1] += word + separator
    return "\r\n  ".join(lines).removesuffix(separator)
