"""What is known of a mail that was accepted: what its events show, whenever they come. Pure.

It travels with the mail to the relay, so that its events do not depend on the inbox, which may be emptied meanwhile.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from typing import Any

from engine import limits
from engine.contract import Caller

# The headers that `commonHeaders` holds beside messageId: as a list of addresses, or as a text.
_LISTS = {"From": "from", "To": "to", "Cc": "cc", "Bcc": "bcc", "Reply-To": "replyTo"}
_TEXTS = {"Date": "date", "Return-Path": "returnPath", "Sender": "sender", "Subject": "subject"}


@dataclass(frozen=True, slots=True)
class Facts:
    """`identity`: the name of the one that spoke for the source, empty where it is another account's; `source_arn`: its
    ARN; `return_path`: the bare address where feedback goes.

    `headers`: pairs of name and value, cut at limits.SES_EVENT_HEADER_BYTES_MAX, which `truncated` says. `quiet`: a
    mail of the service itself, of which nobody is told.
    """

    account: str
    region: str
    partition: str
    message_id: str
    time_ms: int
    source: str
    identity: str
    source_arn: str
    return_path: str
    recipients: Sequence[str]
    headers: Sequence[Sequence[str]] = ()
    truncated: bool = False
    common: Mapping[str, Any] = field(default_factory=dict)
    configuration_set: str | None = None
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quiet: bool = False

    @property
    def caller(self) -> Caller:
        return Caller(self.account, self.region, self.partition)

    def packed(self) -> dict[str, Any]:
        return asdict(self)


def unpacked(values: Mapping[str, Any]) -> Facts:
    return Facts(**values)


def headers_of(mime: bytes, message_id: str) -> dict[str, Any]:
    """`headers`, `truncated` and `common` of a mail; what cannot be read of it is left out."""
    end = mime.find(b"\r\n\r\n")
    end = mime.find(b"\n\n") if end < 0 else end
    try:
        parsed = BytesHeaderParser().parsebytes(mime if end < 0 else mime[: end + 4])
        pairs = [(name, _unfolded(value)) for name, value in parsed.items()]
    except (ValueError, TypeError, AttributeError, LookupError):  # what the standard library raises on odd text
        pairs = []
    kept, left = [], limits.SES_EVENT_HEADER_BYTES_MAX
    for name, value in pairs:
        left -= len(name) + len(value.encode())
        if left < 0:
            break
        kept.append([name, value])
    return {"headers": kept, "truncated": len(kept) < len(pairs), "common": _common(kept, message_id)}


def _unfolded(value: Any) -> str:
    text = str(value).replace("\r", "").replace("\n", "")
    return text.encode("utf-8", "replace").decode()


def _common(pairs: Sequence[Sequence[str]], message_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        for known, key in _LISTS.items():
            if name.lower() == known.lower():
                found[key] = _addresses(value)
        for known, key in _TEXTS.items():
            if name.lower() == known.lower():
                found[key] = value
    return {**found, "messageId": message_id}


def _addresses(value: str) -> list[str]:
    try:
        return [f"{name} <{address}>" if name else address for name, address in getaddresses([value]) if address]
    except (ValueError, AttributeError, TypeError, RecursionError):
        return [value]
