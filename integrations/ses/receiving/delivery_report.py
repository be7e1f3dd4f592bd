"""A delivery status notification (RFC 3464): what became of a mail for its recipients, told to who sent it. Pure.

In lines that end with CRLF: what happened in words, in fields for machines, and the header of the mail.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate

SUBJECT = "Delivery Status Notification (Failure)"
SAID = "An error occurred while trying to deliver the mail to the following recipients:"
_HEAD_BYTES_MAX = 10_240
_ENDS = re.compile(r"\r\n|\r|\n")

Field = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of the mail for one recipient: the fields of section 2.3. `original`: the address that the sender
    wrote, where it is another one."""

    final: str
    action: str
    status: str
    diagnostic: str | None = None
    original: str | None = None
    remote_mta: str | None = None
    last_attempt_seconds: float | None = None
    extensions: Sequence[Field] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """`words`: for people. `reporting_mta`: `dns; NAME`; `arrived_seconds`: when the mail came in."""

    sender: str
    to: str
    words: str
    reporting_mta: str
    fates: Sequence[Fate]
    arrived_seconds: float | None = None
    extensions: Sequence[Field] = ()


def reporter(region: str) -> str:
    return f"dns; inbound-smtp.{region}.amazonaws.com"


def compose(report: Report, head: bytes, message_id: str, region: str, now_ms: int) -> bytes:
    """`head`: the header of the mail that it is about."""
    boundary = f"=_{message_id}"
    heads = (
        f"Date: {formatdate(now_ms / 1000, usegmt=True)}",
        f"From: {report.sender}",
        f"To: {report.to}",
        f"Subject: {SUBJECT}",
        f"Message-ID: <{message_id}@{region}.amazonses.com>",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"',
    )
    parts = (
        ("text/plain; charset=UTF-8", _ENDS.sub("\r\n", report.words).encode("utf-8", "replace")),
        ("message/delivery-status", _status(report).encode("ascii", "replace")),
        ("text/rfc822-headers", head),
    )
    made = ["\r\n".join(heads).encode("ascii", "replace") + b"\r\n"]
    for kind, content in parts:
        encoding = "7bit" if content.isascii() else "8bit"
        above = f"--{boundary}\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        made.append(above.encode() + content + b"\r\n")
    return b"\r\n".join([*made, f"--{boundary}--\r\n".encode()])


def _status(report: Report) -> str:
    """A block about the mail, and one about each recipient, with an empty line between two."""
    about = [("Reporting-MTA", report.reporting_mta), _date("Arrival-Date", report.arrived_seconds)]
    blocks = [_block([*about, *report.extensions])]
    for fate in report.fates:
        fields = [
            ("Original-Recipient", fate.original and f"rfc822; {fate.original}"),
            ("Final-Recipient", f"rfc822; {fate.final}"),
            ("Action", fate.action),
            ("Status", fate.status),
            ("Remote-MTA", fate.remote_mta),
            ("Diagnostic-Code", fate.diagnostic),
            _date("Last-Attempt-Date", fate.last_attempt_seconds),
        ]
        blocks.append(_block([*fields, *fate.extensions]))
    return "\r\n".join(blocks).removesuffix("\r\n")


def _date(name: str, seconds: float | None) -> tuple[str, str | None]:
    return name, None if seconds is None else formatdate(seconds, usegmt=True)


def _block(fields: Sequence[tuple[str, str | None]]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value is not None)


def head_of(mail: bytes) -> bytes:
    """The header of a mail, or whole lines of it where it is long."""
    end = mail.find(b"\r\n\r\n")
    head = mail[: end if end >= 0 else len(mail)]
    if len(head) > _HEAD_BYTES_MAX:
        head = head[: head.rfind(b"\r\n", 0, _HEAD_BYTES_MAX)]
    return head
