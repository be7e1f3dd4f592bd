"""DKIM signatures of a mail that came in: what they say, where their keys are, whether they hold. Pure.

RFC 6376 with the algorithms of RFC 8301 and 8463: rsa-sha256 with keys of 1,024 to 4,096 bits, and ed25519-sha256. Of
many signatures the first `limits.SES_DKIM_SIGNATURES_MAX` count; a mail's body is hashed once for each way to do it.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from engine import limits

Field = tuple[bytes, bytes]  # (name as it stands, value with its folds)

_SPACES = re.compile(rb"[ \t]+")
_FIELD_ENDS = re.compile(rb"\r\n(?![ \t])")
_FOLDS = re.compile(rb"\r\n(?=[ \t])")
_OWN_VALUE = re.compile(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*")
_BLANK = re.compile(r"[ \t\r\n]+")
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\.[A-Za-z0-9_-]{1,63})*")
_WAYS = ("simple", "relaxed")
_KEY_BITS = range(1_024, 4_097)


class SignatureError(Exception):
    """A signature, or its key, that cannot be checked: permerror."""


@dataclass(frozen=True, slots=True)
class Signature:
    """`field`: its place among the mail's; `identity`: its `i=`."""

    field: int
    algorithm: str
    domain: str
    selector: str
    identity: str
    headers: Sequence[str]
    head_way: str
    body_way: str
    body_hash: bytes
    value: bytes
    length: int | None
    expires: int | None

    @property
    def key_name(self) -> str:
        return f"{self.selector}._domainkey.{self.domain}"


def split(mail: bytes) -> tuple[list[Field], bytes]:
    """The fields of a mail's header, and its body. Raises SignatureError where the header is too long."""
    end = mail.find(b"\r\n\r\n", 0, limits.SES_HEADER_BYTES_MAX)
    head, body = (mail[: end + 2], memoryview(mail)[end + 4 :]) if end >= 0 else (mail, memoryview(b""))
    if len(head) > limits.SES_HEADER_BYTES_MAX:
        raise SignatureError("the header of the mail is too long")
    parts = (one.partition(b":") for one in _FIELD_ENDS.split(head.removesuffix(b"\r\n")))
    return [(name, value) for name, _, value in parts], bytes(body)


def signatures(fields: Sequence[Field]) -> list[Signature | None]:
    """The first of them, from the top; None: one that is none."""
    found: list[Signature | None] = []
    for at, (name, value) in enumerate(fields):
        if name.strip().lower() != b"dkim-signature":
            continue
        if len(found) == limits.SES_DKIM_SIGNATURES_MAX:
            break
        try:
            found.append(_signature(at, tags(value.decode("utf-8", "replace"))))
        except (SignatureError, ValueError, KeyError):
            found.append(None)
    return found


def tags(text: str) -> dict[str, str]:
    """Of `a=b; c=d`. Raises SignatureError."""
    found: dict[str, str] = {}
    for part in text.strip().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or _TAG.fullmatch(name) is None or name in found:
            raise SignatureError(part[: limits.SES_SHOWN_CHARS])
        found[name] = value.strip()
    return found


def _signature(at: int, given: dict[str, str]) -> Signature:
    """Raises SignatureError, ValueError or KeyError."""
    head_way, _, body_way = given.get("c", "simple/simple").partition("/")
    body_way = body_way or "simple"
    domain, selector = given["d"].lower(), given["s"]
    identity = given.get("i", f"@{domain}")
    host = identity.rpartition("@")[2].lower()
    names = [name.strip().lower() for name in given["h"].split(":")]
    if given["v"] != "1" or given["a"] not in ("rsa-sha256", "ed25519-sha256") or "from" not in names:
        raise SignatureError("v, a or h")
    if head_way not in _WAYS or body_way not in _WAYS or "dns/txt" not in given.get("q", "dns/txt").split(":"):
        raise SignatureError("c or q")
    if _HOST.fullmatch(domain) is None or _HOST.fullmatch(selector) is None:
        raise SignatureError("d or s")
    if host != domain and not host.endswith(f".{domain}"):
        raise SignatureError("i")
    return Signature(
        field=at,
        algorithm=given["a"],
        domain=domain,
        selector=selector,
        identity=identity,
        headers=names,
        head_way=head_way,
        body_way=body_way,
        body_hash=_bytes(given["bh"]),
        value=_bytes(given["b"]),
        length=_number(given.get("l")),
        expires=_number(given.get("x")),
    )


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 12):
        raise SignatureError("a number")
    return int(text)


def _bytes(text: str) -> bytes:
    return base64.b64decode(_BLANK.sub("", text), validate=True)


class Verifier:
    """Checks the signatures of one mail."""

    def __init__(self, fields: Sequence[Field], body: bytes):
        self._fields = fields
        self._body = body
        self._canonical: dict[str, bytes] = {}

    def result(self, signature: Signature, keys: Sequence[str], now_seconds: int) -> str:
        """`keys`: the TXT records at its key_name. pass, fail or permerror."""
        try:
            key = _key(signature, keys)
            if signature.expires is not None and signature.expires < now_seconds:
                return "fail"
            if self._body_hash(signature) != signature.body_hash:
                return "fail"
            return "pass" if _holds(key, signature.value, self._head_hash(signature)) else "fail"
        except (SignatureError, ValueError, UnsupportedAlgorithm):
            return "permerror"

    def _body_hash(self, signature: Signature) -> bytes:
        way = signature.body_way
        if way not in self._canonical:
            self._canonical[way] = _relaxed_body(self._body) if way == "relaxed" else _simple_body(self._body)
        body = memoryview(self._canonical[way])
        if signature.length is not None and signature.length > len(body):
            raise SignatureError("l")
        return hashlib.sha256(body[: signature.length]).digest()

    def _head_hash(self, signature: Signature) -> bytes:
        """Of several fields of one name the last comes first, and what is not there is empty (5.4.2)."""
        left: dict[bytes, list[Field]] = {}
        for field in self._fields:
            left.setdefault(field[0].strip().lower(), []).append(field)
        taken = [left[name].pop() for one in signature.headers if left.get(name := one.encode())]
        own_name, own_value = self._fields[signature.field]
        own = own_name, _OWN_VALUE.sub(rb"\1", own_value, count=1)
        way = _relaxed_field if signature.head_way == "relaxed" else _simple_field
        return hashlib.sha256(b"".join(way(one) + b"\r\n" for one in taken) + way(own)).digest()


def _simple_field(field: Field) -> bytes:
    return field[0] + b":" + field[1]


def _relaxed_field(field: Field) -> bytes:
    return field[0].strip().lower() + b":" + _SPACES.sub(b" ", _FOLDS.sub(b"", field[1])).strip(b" \t")


def _simple_body(body: bytes) -> bytes:
    return _without_last_lines(body) + b"\r\n"


def _relaxed_body(body: bytes) -> bytes:
    folded = _SPACES.sub(b" ", body).replace(b" \r\n", b"\r\n").removesuffix(b" ")
    kept = _without_last_lines(folded)
    return kept + b"\r\n" if kept else b""


def _without_last_lines(body: bytes) -> bytes:
    """Without the empty lines at its end, and the line end before them."""
    end = len(body.rstrip(b"\r\n"))
    tail = body[end:]
    if tail == b"\r\n" * (len(tail) // 2):
        return body[:end]
    end = len(body)
    while body[end - 2 : end] == b"\r\n":
        end -= 2
    return body[:end]


def _key(signature: Signature, records: Sequence[str]) -> RSAPublicKey | Ed25519PublicKey:
    """The public key of the first record that is one for this signature. Raises SignatureError."""
    for text in records:
        try:
            return _read_key(signature, tags(text))
        except (SignatureError, KeyError, binascii.Error, ValueError, UnsupportedAlgorithm):
            continue
    raise SignatureError("no key")


def _read_key(signature: Signature, given: dict[str, str]) -> RSAPublicKey | Ed25519PublicKey:
    kind = given.get("k", "rsa")
    if given.get("v", "DKIM1") != "DKIM1" or kind != signature.algorithm.partition("-")[0] or not given["p"]:
        raise SignatureError("v, k or p")
    if "sha256" not in given.get("h", "sha256").replace(" ", "").split(":"):
        raise SignatureError("h")
    if not {"*", "email"} & set(given.get("s", "*").replace(" ", "").split(":")):
        raise SignatureError("s")
    strict = "s" in given.get("t", "").replace(" ", "").split(":")
    if strict and signature.identity.rpartition("@")[2].lower() != signature.domain:
        raise SignatureError("t")
    raw = _bytes(given["p"])
    if kind == "ed25519":
        return Ed25519PublicKey.from_public_bytes(raw)
    key = load_der_public_key(raw)
    if not isinstance(key, RSAPublicKey) or key.key_size not in _KEY_BITS:
        raise SignatureError("p")
    return key


def _holds(key: RSAPublicKey | Ed25519PublicKey, value: bytes, digest: bytes) -> bool:
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(value, digest, PKCS1v15(), Prehashed(SHA256()))
        else:
            key.verify(value, digest)
    except InvalidSignature:
        return False
    return True
