"""Sending: what is checked before a mail is taken, and how it comes into the inbox.

The three operations of v1 are here; v2's SendEmail makes the same `Outgoing`. Everything is checked before the first
write, so that a refusal leaves nothing behind.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses import account, mail_store, mime, templates
from integrations.ses.addresses import address_of
from integrations.ses.errors import invalid, no_configuration_set, refuse
from integrations.ses.identities import new_message_id
from integrations.ses.mime import Parts
from integrations.ses.template_store import Template
from integrations.ses.templating import RenderingError

_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIELDS = ("ToAddresses", "CcAddresses", "BccAddresses")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to send. `destination` has AWS's members; `senders` are the addresses that must be verified."""

    source: str
    destination: Mapping[str, Sequence[str]]
    reply_to: Sequence[str] = ()
    return_path: str | None = None
    configuration_set: str | None = None
    tags: Sequence[Mapping[str, str]] = ()
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    bytes_max: int = limits.SES_MESSAGE_BYTES_MAX
    header_from: str | None = None  # of a raw mail

    @property
    def senders(self) -> list[str]:
        return [address_of(text) for text in (self.source, self.header_from, self.return_path) if text]

    @property
    def recipients(self) -> list[str]:
        """Bare addresses. Raises ServiceError."""
        return [address_of(text) for name in _FIELDS for text in self.destination.get(name) or ()]


def send_parts(tx: Transaction, caller: Caller, out: Outgoing, parts: Parts, shown: dict[str, Any]) -> dict[str, Any]:
    """A mail that is made of parts. `shown`: what the inbox shows of it beside them."""
    length = len(parts.text or "") + len(parts.html or "")
    if length > out.bytes_max:
        raise _too_long(out, length)
    message_id = new_message_id(tx)
    made = mime.compose(parts, message_id, caller.region, tx.moment.epoch_ms)
    body = {"Subject": parts.subject, "Body": {"text_part": parts.text, "html_part": parts.html}, **shown}
    return _send(tx, caller, out, message_id, made, body)


def send_raw(tx: Transaction, caller: Caller, out: Outgoing, raw: bytes, subject: str) -> dict[str, Any]:
    return _send(tx, caller, out, new_message_id(tx), raw, {"Subject": subject, "Raw": True})


def send_template(
    tx: Transaction, caller: Caller, out: Outgoing, template: Template, data_text: str | None
) -> dict[str, Any]:
    """Where the data lacks a name the mail is taken and never sent: a rendering failure, as AWS has it."""
    data = templates.template_data(data_text or "{}")
    shown = {"Template": template.name, "TemplateData": data_text}
    try:
        subject, text, html = templates.rendered(template, data)
    except RenderingError as error:
        return _send(tx, caller, out, new_message_id(tx), b"", {**shown, "RenderingFailure": str(error)})
    return send_parts(tx, caller, out, parts_of(out, subject, text, html), shown)


def parts_of(out: Outgoing, subject: str, text: str | None, html: str | None) -> Parts:
    to, cc = out.destination.get("ToAddresses") or (), out.destination.get("CcAddresses") or ()
    return Parts(out.source, to, cc, out.reply_to, subject, text, html, headers=out.headers)


def _send(
    tx: Transaction, caller: Caller, out: Outgoing, message_id: str, made: bytes, shown: dict[str, Any]
) -> dict[str, Any]:
    recipients = _checked(out, made)
    admitted = account.admit(tx, caller, out.senders, recipients)
    account.note_sent(tx, caller, admitted, recipients)
    content = {
        "Source": out.source,
        "Destination": {name: list(out.destination.get(name) or ()) for name in _FIELDS},
        **shown,
        "ReplyToAddresses": list(out.reply_to),
        "ReturnPath": out.return_path,
        "Tags": [dict(tag) for tag in out.tags],
        "Mime": made.decode("latin-1"),
    }
    mail_store.add(tx, caller, message_id, content)
    return {"MessageId": message_id}


def _checked(out: Outgoing, made: bytes) -> list[str]:
    """The recipients of a mail that may be, by itself, sent. Raises ServiceError."""
    if out.configuration_set:
        raise no_configuration_set(out.configuration_set[: limits.SES_SHOWN_CHARS])  # none can be made here yet
    recipients = out.recipients
    if not recipients:
        raise invalid("Destination is required: the message has no recipients")
    if len(recipients) > limits.SES_RECIPIENTS_MAX:
        raise invalid(f"Recipient count exceeds {limits.SES_RECIPIENTS_MAX}.")
    if len(made) > out.bytes_max:
        raise _too_long(out, len(made))
    for text in out.reply_to:
        address_of(text)
    _check_tags(out.tags)
    return recipients


def _too_long(out: Outgoing, length: int) -> ServiceError:
    return invalid(f"Message length is more than {out.bytes_max} bytes long: '{length}'.")


def _check_tags(tags: Sequence[Mapping[str, str]]) -> None:
    if len(tags) > limits.SES_TAGS_MAX:
        raise invalid(f"A message has at most {limits.SES_TAGS_MAX} tags")
    for tag in tags:
        for what in ("Name", "Value"):
            if _TAG.fullmatch(tag[what]) is None:
                shown = tag[what][: limits.SES_SHOWN_CHARS]
                raise invalid(
                    f"Invalid tag {what.lower()} <{shown}>: only alphanumeric ASCII, '_' and '-' are allowed."
                )


# ---- the operations of v1 ----


def _plain(request: dict[str, Any]) -> Outgoing:
    refuse(request, "SourceArn", "ReturnPathArn", "TemplateArn")
    return Outgoing(
        source=request["Source"],
        destination=request["Destination"],
        reply_to=request.get("ReplyToAddresses") or (),
        return_path=request.get("ReturnPath"),
        configuration_set=request.get("ConfigurationSetName"),
        tags=request.get("Tags") or (),
    )


def send_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    out = _plain(request)
    return send_parts(tx, caller, out, message_parts(out, request["Message"]), {})


def message_parts(out: Outgoing, message: dict[str, Any]) -> Parts:
    """Of a Message with Subject and Body, of v1 as of v2. Raises ServiceError."""
    address_of(out.source)
    subject, _ = mime.content(message["Subject"])
    text, text_charset = mime.content(message["Body"].get("Text"))
    html, html_charset = mime.content(message["Body"].get("Html"))
    if text is None and html is None:
        raise invalid("The body of the message has neither Text nor Html")
    to, cc = out.destination.get("ToAddresses") or (), out.destination.get("CcAddresses") or ()
    return Parts(
        out.source, to, cc, out.reply_to, subject or "", text, html, text_charset, html_charset, headers=out.headers
    )


def send_raw_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "FromArn", "SourceArn", "ReturnPathArn")
    raw = bytes(request["RawMessage"]["Data"])
    out, subject = raw_outgoing(
        raw,
        request.get("Source"),
        {"ToAddresses": request["Destinations"]} if request.get("Destinations") else None,
        request.get("ConfigurationSetName"),
        request.get("Tags") or (),
    )
    return send_raw(tx, caller, out, raw, subject)


def raw_outgoing(
    raw: bytes,
    source: str | None,
    destination: Mapping[str, Sequence[str]] | None,
    configuration_set: str | None,
    tags: Sequence[Mapping[str, str]],
    bytes_max: int = limits.SES_MESSAGE_BYTES_MAX,
) -> tuple[Outgoing, str]:
    """What a raw mail is to be sent as, and its subject: what the request does not say its header does."""
    heads = mime.read_heads(raw)
    if heads.source is None:
        raise invalid("Missing required header 'From'.")
    listed = {"ToAddresses": heads.to, "CcAddresses": heads.cc, "BccAddresses": heads.bcc}
    out = Outgoing(
        source=source or heads.source,
        destination=listed if destination is None else destination,
        return_path=heads.return_path,
        configuration_set=configuration_set or heads.configuration_set,
        tags=tags or heads.tags,
        bytes_max=bytes_max,
        header_from=heads.source,
    )
    return out, heads.subject


def send_templated_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    out = _plain(request)
    template = templates.named(tx, caller, request["Template"])
    return send_template(tx, caller, out, template, request["TemplateData"])
