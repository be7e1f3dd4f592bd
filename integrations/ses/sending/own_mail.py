"""Mails that the service sends itself: verifications, what topics of SNS have to say, feedback about mails.

They are in the inbox of their account and leave over the relay as all others do; no identity, quota, suppression list
or configuration set has a say in them, and there are no events of them.
"""

from collections.abc import Sequence
from email.utils import parseaddr
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from integrations.ses.addresses import address_of, is_simulated
from integrations.ses.errors import invalid
from integrations.ses.events.facts import Facts
from integrations.ses.sending import mail_store, outbound
from integrations.ses.sending.mime import Parts, compose


def new_message_id(tx: Transaction) -> str:
    """`0100019a...-<uuid>-000000`: the time first."""
    return f"0100{tx.moment.epoch_ms:012x}-{tx.moment.uuid()}-000000"


def send(
    tx: Transaction,
    caller: Caller,
    source: str,
    to: str,
    subject: str,
    text: str,
    html: str | None = None,
    sender: str | None = None,
) -> str:
    """`sender`: of the envelope, else the source's address. The mail's id."""
    message_id = new_message_id(tx)
    made = compose(Parts(source, [to], [], [], subject, text, html), message_id, caller.region, tx.moment.epoch_ms)
    shown = {"Subject": subject, "Body": {"text_part": text, "html_part": html}}
    post(tx, caller, message_id, source, [to], made, shown, sender)
    return message_id


def post(
    tx: Transaction,
    caller: Caller,
    message_id: str,
    source: str,
    recipients: Sequence[str],
    mime: bytes,
    shown: dict[str, Any],
    sender: str | None = None,
) -> None:
    """A mail that is made already. `sender` empty: the null sender of an automatic answer."""
    addresses = [address_of(one) for one in recipients]
    content = {
        "Source": source,
        "Destination": {"ToAddresses": list(recipients), "CcAddresses": [], "BccAddresses": []},
        **shown,
        "Mime": mime.decode("latin-1"),
    }
    real = [] if tx.settings.ses.relay is None else [one for one in addresses if not is_simulated(one)]
    states = {one: "sent" if one in real else "delivered" for one in addresses}
    mail_store.add(tx, caller, message_id, content, states)
    if real:
        bare = parseaddr(source)[1]
        facts = Facts(
            caller.account,
            caller.region,
            caller.partition,
            message_id,
            tx.moment.epoch_ms,
            source,
            "",
            "",
            bare,
            addresses,
            quiet=True,
        )
        outbound.leave(tx, facts, bare if sender is None else sender, real, mime)


def send_mail(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """An operation for other services of this server: {Source, To, Subject, Text} -> {MessageId}."""
    subject = str(request["Subject"])[: limits.SES_SUBJECT_CHARS_MAX]
    if not request["To"]:
        raise invalid("To is required")
    return {"MessageId": send(tx, caller, request["Source"], request["To"], subject, request["Text"])}
