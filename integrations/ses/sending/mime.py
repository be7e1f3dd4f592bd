"""Mails as MIME: made of their parts, and read for who sends them to whom. Pure but for the boundary between parts."""

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import SMTP
from email.utils import formatdate, getaddresses
from typing import Any

from engine import limits
from engine.errors import ServiceError
from integrations.ses.addresses import address_of
from integrations.ses.errors import invalid

_HEADER_NAME = re.compile(r"[!-9;-~]{1,126}")
_OWN = frozenset(
    "bcc cc content-disposition content-transfer-encoding content-type date from message-id mime-version reply-to "
    "return-path sender subject to".split()
)
# What the standard library raises on odd text: unknown charsets, what they cannot encode, line ends in headers, and,
# of its parser of addresses, whatever its stack comes to.
_UNFIT = (LookupError, ValueError, MessageError, AttributeError, TypeError, RecursionError)
_WORD_CHARS_MAX = 50  # which fit on a line beside any header's name that is in use
_LINE_BYTES_MAX = 998
# The fields that AWS's guide lists as allowed once ("Amazon SES header fields"); not To, Cc and Bcc.
_ONCE = frozenset(
    """accept-language acceptlanguage archived-at auto-submitted bounces-to comments content-alternative content-base
    content-class content-description content-disposition content-duration content-id content-language content-length
    content-location content-md5 content-transfer-encoding content-type date delivered-to
    disposition-notification-options disposition-notification-to dkim-signature domainkey-signature errors-to from
    importance in-reply-to keywords list-archive list-help list-id list-owner list-post list-subscribe list-unsubscribe
    list-unsubscribe-post message-context message-id mime-version organization original-from original-message-id
    original-recipient original-subject precedence priority references reply-to return-path return-receipt-to sender
    solicitation sensitivity subject thread-index thread-topic user-agent vbr-info""".split()
)
_NO_NAME = re.compile(rb"^:", re.MULTILINE)
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Parts:
    """What a mail is made of. Of `text` and `html` one may be None."""

    source: str
    to: Sequence[str]
    cc: Sequence[str]
    reply_to: Sequence[str]
    subject: str
    text: str | None
    html: str | None
    text_charset: str = "UTF-8"
    html_charset: str = "UTF-8"
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)


def compose(parts: Parts, message_id: str, region: str, now_ms: int) -> bytes:
    """Raises ServiceError where a header or charset cannot be."""
    if any(
        len(text) > limits.SES_SUBJECT_CHARS_MAX for text in (parts.subject, *(value for _, value in parts.headers))
    ):
        raise invalid(f"A header has at most {limits.SES_SUBJECT_CHARS_MAX} characters")
    mail = EmailMessage(policy=SMTP)
    try:
        mail["Date"] = formatdate(now_ms / 1000, usegmt=True)
        mail["From"] = parts.source
        for name, addresses in (("To", parts.to), ("Cc", parts.cc), ("Reply-To", parts.reply_to)):
            if addresses:
                mail[name] = ", ".join(addresses)
        mail["Subject"] = parts.subject
        mail["Message-ID"] = f"<{message_id}@{host_of(region)}>"
        long = b""
        for header, value in parts.headers:
            name = _header_name(header)
            if _is_long_word(name, value):
                long += f"{name}: {value}\r\n".encode()
            else:
                mail[name] = value
        _set_body(mail, parts)
        return long + mail.as_bytes()
    except _UNFIT as error:
        raise invalid(f"The message cannot be encoded: {str(error)[: limits.SES_SHOWN_CHARS]}") from None


def host_of(region: str) -> str:
    return "email.amazonses.com" if region == "us-east-1" else f"{region}.amazonses.com"


def _set_body(mail: EmailMessage, parts: Parts) -> None:
    if parts.text is not None:
        mail.set_content(parts.text, charset=codecs.lookup(parts.text_charset).name)
        if parts.html is not None:
            mail.add_alternative(parts.html, subtype="html", charset=codecs.lookup(parts.html_charset).name)
    else:
        mail.set_content(parts.html or "", subtype="html", charset=codecs.lookup(parts.html_charset).name)


def _is_long_word(name: str, value: str) -> bool:
    """What the standard library would write as an encoded word, for want of a place to fold it: a URL, say, which
    then is none (List-Unsubscribe). It stands on a line of its own as it is."""
    fits = value.isascii() and value.isprintable() and len(name) + len(value) + 2 <= _LINE_BYTES_MAX
    return fits and max((len(word) for word in value.split()), default=0) > _WORD_CHARS_MAX


def _header_name(name: str) -> str:
    if _HEADER_NAME.fullmatch(name) is None or name.lower() in _OWN:
        raise invalid(f"The header {name[: limits.SES_SHOWN_CHARS]} cannot be set.")
    return name


@dataclass(frozen=True, slots=True)
class Heads:
    """What the header of a raw mail says. `source` is None where it has no From; `said` has it with its name, and
    Sender."""

    source: str | None
    said: list[str]
    return_path: str | None
    subject: str
    to: list[str]
    cc: list[str]
    bcc: list[str]
    configuration_set: str | None
    tags: list[dict[str, str]]


def read_heads(raw: bytes) -> Heads:
    """Reads the header alone. Raises ServiceError where that is too long, or cannot be read."""
    end = _END_OF_HEADERS.search(raw)
    head = raw if end is None else raw[: end.end()]
    if len(head) > limits.SES_HEADER_BYTES_MAX:
        raise invalid("The header of the message is too long")
    if _NO_NAME.search(head):
        raise invalid("Empty header names are illegal.")
    try:
        return _heads(BytesHeaderParser().parsebytes(head))
    except _UNFIT:
        raise invalid("The header of the message cannot be read") from None


def _heads(message: "Message[str, str]") -> Heads:
    _check_once(message)
    senders, returns = _addresses(message, "From"), _addresses(message, "Return-Path")
    return Heads(
        source=senders[0] if senders else None,
        said=[*_said(str(message.get("From", "")), senders[:1]), *_addresses(message, "Sender")],
        return_path=returns[0] if returns else None,
        subject=_decoded(message.get("Subject")),
        to=_addresses(message, "To"),
        cc=_addresses(message, "Cc"),
        bcc=_addresses(message, "Bcc"),
        configuration_set=str(message["X-SES-CONFIGURATION-SET"]) if message["X-SES-CONFIGURATION-SET"] else None,
        tags=_tags(str(message["X-SES-MESSAGE-TAGS"] or "")),
    )


def _check_once(message: "Message[str, str]") -> None:
    seen: set[str] = set()
    for name in message.keys():  # each as often as the header has it
        if name.lower() in seen & _ONCE:
            raise invalid(f"Duplicate header '{name}'.")
        seen.add(name.lower())


def _said(text: str, first: list[str]) -> list[str]:
    """The first of the senders as the header writes it, where it writes one alone that is fit to send by."""
    unfolded = " ".join(text.split())
    try:
        return [unfolded] if [address_of(unfolded)] == first else first
    except ServiceError:
        return first


def _tags(text: str) -> list[dict[str, str]]:
    """Of `name=value, name=value`."""
    pairs = [one.partition("=") for one in text.split(",") if one.strip()]
    return [{"Name": name.strip(), "Value": value.strip()} for name, _, value in pairs]


def _addresses(message: "Message[str, str]", name: str) -> list[str]:
    values = [str(value).replace("\r", "").replace("\n", "") for value in message.get_all(name, [])]
    return [address for _, address in getaddresses(values) if address]


def _decoded(value: Any) -> str:
    if value is None:
        return ""
    try:
        return str(make_header(decode_header(str(value))))
    except (LookupError, ValueError):
        return str(value)


def content(value: Mapping[str, Any] | None) -> tuple[str | None, str]:
    """Data and charset of a Content."""
    if value is None:
        return None, "UTF-8"
    data = str(value["Data"]).encode("utf-8", "replace").decode()
    return data, value.get("Charset") or "UTF-8"
