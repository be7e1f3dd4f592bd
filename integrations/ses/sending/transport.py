"""A mail as it leaves: the user's own header without what is SES's to say. Pure.

Bcc and X-SES-* tell what nobody else may read; Date, Message-ID and Return-Path are SES's own, as AWS has it.
"""

import re
from email.utils import formatdate

from integrations.ses.sending.mime import host_of

_TAKEN_OUT = frozenset({b"bcc", b"resent-bcc", b"date", b"message-id", b"return-path"})
_SES = b"x-ses-"
_END = re.compile(rb"\r?\n\r?\n")
_LINE = re.compile(rb"\r?\n")

# The test file of EICAR, plain and in base64: what AWS's scan for viruses is tried with.
_VIRUSES = (b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR", b"WDVPIVAlQEFQWzRcUFpYNTQoUF4pN0NDKTd9JEVJQ0FS")


def as_sent(raw: bytes, message_id: str, region: str, now_ms: int) -> bytes:
    """A raw mail with SES's Date and Message-ID in the place of its own."""
    end = _END.search(raw)
    head, body = (raw, b"") if end is None else (raw[: end.start()], raw[end.end() :])
    own = [
        f"Date: {formatdate(now_ms / 1000, usegmt=True)}".encode(),
        f"Message-ID: <{message_id}@{host_of(region)}>".encode(),
    ]
    return b"\r\n".join([*own, *_kept(head), b"", body])


def _kept(head: bytes) -> list[bytes]:
    """The lines of the header that stay; one that begins with white space goes on with the one before."""
    lines, keep = [], True
    for line in _LINE.split(head):
        if line[:1] not in (b" ", b"\t"):
            name = line.partition(b":")[0].strip().lower()
            keep = name not in _TAKEN_OUT and not name.startswith(_SES)
        if keep and line:
            lines.append(line)
    return lines


def has_virus(mime: bytes) -> bool:
    """Only the test file of EICAR is known: there is no scanner here."""
    return any(one in mime for one in _VIRUSES)
