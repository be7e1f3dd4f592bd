"""Sending: what is checked before a mail is taken, and how it comes into the inbox.

The three operations of v1 are here; v2's SendEmail makes the same `Outgoing`. Everything is checked before the first
write, so that a refusal leaves nothing behind.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses import account
from integrations.ses.addresses import address_of
from integrations.ses.errors import invalid, refuse
from integrations.ses.events import configuration_sets, outcomes
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.events.facts import Facts, headers_of
from integrations.ses.identities import authorization, dkim, mail_from
from integrations.ses.identities.authorization import NOBODYS, Arns, Senders
from integrations.ses.identities.mail_from import Speaking
from integrations.ses.sending import list_management, mail_store, mime, posting, templates, tracked_store, tracking
from integrations.ses.sending.dkim_signature import signed
from integrations.ses.sending.mail_tags import check_tags
from integrations.ses.sending.mime import Parts
from integrations.ses.sending.own_mail import new_message_id
from integrations.ses.sending.template_store import Template
from integrations.ses.sending.templating import RenderingError
from integrations.ses.sending.transport import as_sent

_FIELDS = ("ToAddresses", "CcAddresses", "BccAddresses")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to send. `destination` has AWS's members; `senders` are those that must be verified, as they are given."""

    source: str
    destination: Mapping[str, Sequence[str]]
    reply_to: Sequence[str] = ()
    return_path: str | None = None
    configuration_set: str | None = None
    tags: Sequence[Mapping[str, str]] = ()
    headers: Sequence[tuple[str, str]] = field(default_factory=tuple)
    bytes_max: int = limits.SES_MESSAGE_BYTES_MAX
    header_from: str | None = None  # of a raw mail
    said: Sequence[str] = ()  # the senders of a raw mail with their names; without, it is `source` alone
    arns: Arns = NOBODYS
    action: str = "SendEmail"  # what the policy of another account's identity must allow
    unsubscribed: bool = False  # its one recipient wants no such mails
    message_id: str | None = None  # of a mail whose link to unsubscribe knows it already
    unread_data: str = "The template data is invalid"  # how the operation refuses data that is no JSON

    @property
    def senders(self) -> list[str]:
        return [*(self.said or [self.source]), *([] if self.return_path is None else [self.return_path])]

    @property
    def named(self) -> list[str]:
        """The recipients as they are given."""
        return [text for name in _FIELDS for text in self.destination.get(name) or ()]

    @property
    def recipients(self) -> list[str]:
        """Bare addresses. Raises ServiceError."""
        return [address_of(text) for text in self.named]


def send_parts(tx: Transaction, caller: Caller, out: Outgoing, parts: Parts, shown: dict[str, Any]) -> dict[str, Any]:
    """A mail that is made of parts. `shown`: what the inbox shows of it beside them."""
    length = len(parts.text or "") + len(parts.html or "")
    if length > out.bytes_max:
        raise _too_long(out, length)
    message_id = out.message_id or new_message_id(tx)
    made = mime.compose(parts, message_id, caller.region, tx.moment.epoch_ms)
    body = {"Subject": parts.subject, "Body": {"text_part": parts.text, "html_part": parts.html}, **shown}
    return _send(tx, caller, out, message_id, made, body)


def send_raw(tx: Transaction, caller: Caller, out: Outgoing, raw: bytes, subject: str) -> dict[str, Any]:
    return _send(tx, caller, out, new_message_id(tx), raw, {"Subject": subject, "Raw": True})


def send_template(
    tx: Transaction, caller: Caller, out: Outgoing, template: Template, data_text: str | None
) -> dict[str, Any]:
    """Where the data lacks a name the mail is taken and never sent: a rendering failure, as AWS has it."""
    data = templates.template_data(data_text, out.unread_data)
    shown = {"Template": template.name, "TemplateData": data_text}
    try:
        subject, text, html = templates.rendered(template, data)
    except RenderingError as error:
        return _send(
            tx, caller, out, out.message_id or new_message_id(tx), b"", {**shown, "RenderingFailure": str(error)}
        )
    return send_parts(tx, caller, out, parts_of(out, subject, text, html), shown)


def parts_of(out: Outgoing, subject: str, text: str | None, html: str | None) -> Parts:
    to, cc = out.destination.get("ToAddresses") or (), out.destination.get("CcAddresses") or ()
    return Parts(out.source, to, cc, out.reply_to, subject, text, html, headers=out.headers)


def _send(
    tx: Transaction, caller: Caller, out: Outgoing, message_id: str, made: bytes, shown: dict[str, Any]
) -> dict[str, Any]:
    own = mail_from.speaking(tx, caller, address_of(out.source))
    chosen, recipients = _checked(tx, out, made, own)
    given = Senders(out.source, out.header_from, out.return_path)
    by_leave = authorization.leave_of(tx, caller, given, out.arns, out.action, recipients)
    senders = [text for text in out.senders if address_of(text) not in by_leave]
    admitted = account.admit(tx, caller, out.source, senders, out.named, own.by_name)
    owner = authorization.owner_of(caller, out.arns)
    speaking = own if owner == caller else mail_from.speaking(tx, owner, address_of(out.source))
    envelope = mail_from.envelope_sender(speaking, message_id)
    account.note_sent(tx, caller, admitted.account, recipients)
    made, followed = tracking.tracked(tx, caller, chosen, message_id, made)
    if followed is not None and "Body" in shown:
        shown = {**shown, "Body": {**shown["Body"], "html_part": followed}}
    content = {
        "Source": out.source,
        "Destination": {name: list(out.destination.get(name) or ()) for name in _FIELDS},
        **shown,
        "ReplyToAddresses": list(out.reply_to),
        "ReturnPath": out.return_path,
        "Tags": [dict(tag) for tag in out.tags],
        "Mime": made.decode("latin-1"),
    }
    mail_store.add(tx, caller, message_id, content, dict.fromkeys(recipients, "sent"))
    facts = _facts(tx, caller, out, message_id, made, recipients, admitted.identity, chosen)
    if followed is not None or (out.message_id is not None and tracking.SUBSCRIPTION in tracking.kinds(chosen)):
        tracked_store.add(tx, facts)
    if out.unsubscribed:
        list_management.bounce(tx, facts)
    elif "RenderingFailure" in shown:
        outcomes.not_rendered(tx, facts, shown["Template"], shown["RenderingFailure"])
    else:
        leaving = as_sent(made, message_id, caller.region, facts.time_ms) if shown.get("Raw") else made
        leaving = _signed(tx, owner, out.header_from or out.source, leaving)
        posting.hand_over(tx, facts, envelope or facts.return_path, leaving, chosen)
    return {"MessageId": message_id}


def _signed(tx: Transaction, owner: Caller, source: str, leaving: bytes) -> bytes:
    """What stays here is not signed."""
    if tx.settings.ses.relay is None:
        return leaving
    key = dkim.signing_key(tx, owner, address_of(source))
    return leaving if key is None else signed(leaving, key, tx.moment.epoch_ms // 1000)


def _facts(
    tx: Transaction,
    caller: Caller,
    out: Outgoing,
    message_id: str,
    made: bytes,
    recipients: Sequence[str],
    identity: str,
    chosen: ConfigurationSet | None,
) -> Facts:
    tags = {"ses:from-domain": [address_of(out.source).rpartition("@")[2].lower()]}
    if chosen is not None:
        tags["ses:configuration-set"] = [chosen.name]
    return Facts(
        account=caller.account,
        region=caller.region,
        partition=caller.partition,
        message_id=message_id,
        time_ms=tx.moment.epoch_ms,
        source=out.source.encode("utf-8", "replace").decode(),  # half a surrogate pair becomes `?`
        identity=_own_name(caller, out.arns.source) if out.arns.source else identity,
        source_arn=out.arns.source or caller.arn("ses", f"identity/{identity}"),
        return_path=address_of(out.return_path or out.source),
        recipients=recipients,
        configuration_set=None if chosen is None else chosen.name,
        tags={**tags, **{tag["Name"]: [tag["Value"]] for tag in out.tags}},
        **headers_of(made, message_id),
    )


def _own_name(caller: Caller, arn: str | None) -> str:
    """Of the identity that a request names; empty where it is another account's."""
    prefix = caller.arn("ses", "identity/")
    return arn.removeprefix(prefix) if arn and arn.startswith(prefix) else ""


def _checked(tx: Transaction, out: Outgoing, made: bytes, own: Speaking) -> tuple[ConfigurationSet | None, list[str]]:
    """The configuration set and the recipients of a mail that may be, by itself, sent. Raises ServiceError."""
    chosen = configuration_sets.chosen(tx, own.owner, out.configuration_set or mail_from.default_set(own))
    recipients = out.recipients
    if not recipients:
        none = "Destination is required: the message has no recipients"
        raise invalid(none if out.header_from is None else "Missing required header 'To'.")
    if len(recipients) > limits.SES_RECIPIENTS_MAX:
        raise invalid(f"Recipient count exceeds {limits.SES_RECIPIENTS_MAX}.")
    if len(made) > out.bytes_max:
        raise _too_long(out, len(made))
    for text in out.reply_to:
        address_of(text)
    check_tags(out.tags)
    return chosen, recipients


def _too_long(out: Outgoing, length: int) -> ServiceError:
    return invalid(f"Message length is more than {out.bytes_max} bytes long: '{length}'.")


# ---- the operations of v1 ----


def _plain(request: dict[str, Any]) -> Outgoing:
    refuse(request, "TemplateArn")
    return Outgoing(
        source=request["Source"],
        destination=request["Destination"],
        reply_to=request.get("ReplyToAddresses") or (),
        return_path=request.get("ReturnPath"),
        configuration_set=request.get("ConfigurationSetName"),
        tags=request.get("Tags") or (),
        arns=Arns(source=request.get("SourceArn"), return_path=request.get("ReturnPathArn")),
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
    raw = bytes(request["RawMessage"]["Data"])
    out, subject = raw_outgoing(
        raw,
        request.get("Source"),
        {"ToAddresses": request["Destinations"]} if request.get("Destinations") else None,
        request.get("ConfigurationSetName"),
        request.get("Tags") or (),
        arns=Arns(request.get("SourceArn"), request.get("FromArn"), request.get("ReturnPathArn")),
    )
    return send_raw(tx, caller, out, raw, subject)


def raw_outgoing(
    raw: bytes,
    source: str | None,
    destination: Mapping[str, Sequence[str]] | None,
    configuration_set: str | None,
    tags: Sequence[Mapping[str, str]],
    bytes_max: int = limits.SES_MESSAGE_BYTES_MAX,
    arns: Arns = NOBODYS,
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
        said=[*heads.said, source] if source else heads.said,
        arns=arns,
        action="SendRawEmail",
    )
    return out, heads.subject


def send_templated_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    out = replace(_plain(request), action="SendTemplatedEmail")
    template = templates.named(tx, caller, request["Template"])
    return send_template(tx, caller, out, template, request["TemplateData"])
