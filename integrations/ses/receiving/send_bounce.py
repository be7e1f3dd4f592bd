"""SendBounce (v1): the sender of a mail that came in within a day is told that it did not reach its recipients.

The report leaves as one of the service's own mails: from the null sender, and without the account's quota.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses import account_store
from integrations.ses.addresses import address_of, is_simulated, normal, speakers
from integrations.ses.errors import invalid, refuse, unverified
from integrations.ses.identities import authorization, identity_store
from integrations.ses.identities.authorization import Arns, Senders
from integrations.ses.receiving import bounceable_store, delivery_report
from integrations.ses.receiving.bounceable_store import Original
from integrations.ses.receiving.delivery_report import Fate, Field, Report
from integrations.ses.sending import own_mail

# BounceType -> (reply, status, words): the templates of a bounce action (the console's, and aws-cdk's BounceTemplate).
_TYPES: Mapping[str, tuple[str, str, str]] = {
    "DoesNotExist": ("550", "5.1.1", "Mailbox does not exist"),
    "MessageTooLarge": ("552", "5.3.4", "Message too large"),
    "ExceededQuota": ("552", "5.2.2", "Mailbox full"),
    "ContentRejected": ("500", "5.6.1", "Message content rejected"),
    "Undefined": ("554", "5.0.0", "Unknown failure"),
    "TemporaryFailure": ("450", "4.0.0", "Temporary failure"),
}
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")  # RFC 3464, 2.3.4
_TYPED = re.compile(r"[A-Za-z0-9-]{1,50}; ?[!-~][ -~]{0,998}")  # `dns; NAME`, `smtp; 550 ...`
_EXTENSION_NAME = re.compile(r"[A-Za-z0-9-]{1,50}")
_EXTENSION_VALUE = re.compile(r"[^\r\n\x00]{0,2048}")


def send_bounce(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    explanation = request.get("Explanation")
    if explanation is not None and len(explanation) > limits.SES_BOUNCE_EXPLANATION_CHARS_MAX:
        raise invalid(f"An Explanation has at most {limits.SES_BOUNCE_EXPLANATION_CHARS_MAX} characters")
    original = _original(tx, caller, request["OriginalMessageId"])
    fates = _fates(original, request["BouncedRecipientInfoList"])
    report = _report(caller, request, original, fates)
    _check_sender(tx, caller, request, original.source)
    message_id = own_mail.new_message_id(tx)
    made = delivery_report.compose(report, original.head, message_id, caller.region, tx.moment.epoch_ms)
    shown = {"Subject": delivery_report.SUBJECT, "Raw": True}
    own_mail.post(tx, caller, message_id, report.sender, [original.source], made, shown, sender="")
    return {"MessageId": message_id}


def _rejected(text: str) -> ServiceError:
    return ServiceError("MessageRejected", text)


def _original(tx: Transaction, caller: Caller, message_id: str) -> Original:
    found = bounceable_store.find(tx, caller, message_id)
    shown = message_id[: limits.SES_SHOWN_CHARS]
    if found is None:
        hours = limits.SES_BOUNCEABLE_MS // 3_600_000
        raise _rejected(f"No message {shown} was received in region {caller.region} within the last {hours} hours.")
    if not found.source:
        raise _rejected(f"The message {shown} has no sender: it is an automatic answer, and is never bounced.")
    return found


def _check_sender(tx: Transaction, caller: Caller, request: dict[str, Any], to: str) -> None:
    """BounceSender is verified, or its owner's policy lets this account; in the sandbox, so is who gets the bounce."""
    sender = request["BounceSender"]
    address, arn = address_of(sender), request.get("BounceSenderArn")
    by_leave = authorization.leave_of(tx, caller, Senders(sender, None, None), Arns(source=arn), "SendBounce", [to])
    asked = [] if address in by_leave else [address]
    if account_store.find(tx, caller).in_sandbox and not is_simulated(to):
        asked.append(to)
    names = sorted({name for one in asked for name in speakers(one)})
    found = identity_store.named(tx.connection, caller, names)
    verified = {name for name, identity in found.items() if identity.verified}
    failed = [one for one in asked if verified.isdisjoint(speakers(one))]
    if failed:
        raise unverified(failed, caller.region)


# ---- what the report says ----


def _report(caller: Caller, request: dict[str, Any], original: Original, fates: Sequence[Fate]) -> Report:
    given = request.get("MessageDsn") or {}
    reporting = given.get("ReportingMta") or delivery_report.reporter(caller.region)
    said = "\r\n".join([delivery_report.SAID, *(f"{fate.final}: {_reason(fate)}" for fate in fates)])
    return Report(
        sender=request["BounceSender"],
        to=original.source,
        words=request.get("Explanation") or said,
        reporting_mta=_typed("ReportingMta", reporting),
        fates=fates,
        arrived_seconds=_seconds(given.get("ArrivalDate")),
        extensions=_extensions(given),
    )


def _reason(fate: Fate) -> str:
    return fate.diagnostic.partition(";")[2].strip() if fate.diagnostic else f"{fate.action} {fate.status}"


def _fates(original: Original, listed: Sequence[Mapping[str, Any]]) -> list[Fate]:
    if not 0 < len(listed) <= limits.SES_INBOUND_RECIPIENTS_MAX:
        raise invalid(f"BouncedRecipientInfoList has 1 to {limits.SES_INBOUND_RECIPIENTS_MAX} recipients")
    took = {normal(one).lower() for one in original.recipients}
    return [_fate(one, took) for one in listed]


def _fate(info: Mapping[str, Any], took: set[str]) -> Fate:
    """Without RecipientDsnFields its BounceType says all of it."""
    refuse(info, "RecipientArn")  # receiving for another account's identity is not delegated here
    recipient, fields = address_of(info["Recipient"]), info.get("RecipientDsnFields")
    final = address_of(fields["FinalRecipient"]) if fields and fields.get("FinalRecipient") else recipient
    if took.isdisjoint({normal(recipient).lower(), normal(final).lower()}):
        raise invalid(f"The message was not received for {final}: a bounce names recipients of the original message.")
    if fields is None:
        return _of_type(recipient, info.get("BounceType"))
    if _STATUS.fullmatch(fields["Status"]) is None:
        raise invalid(f"Invalid Status: {fields['Status'][:20]}. It is as 5.1.1")
    return Fate(
        final=final,
        action=fields["Action"],
        status=fields["Status"],
        diagnostic=_typed("DiagnosticCode", fields.get("DiagnosticCode")) or None,
        original=recipient if final != recipient else None,
        remote_mta=_typed("RemoteMta", fields.get("RemoteMta")) or None,
        last_attempt_seconds=_seconds(fields.get("LastAttemptDate")),
        extensions=_extensions(fields),
    )


def _of_type(recipient: str, kind: str | None) -> Fate:
    if kind is None:
        raise invalid(f"BouncedRecipientInfo of {recipient} must have a BounceType or RecipientDsnFields")
    reply, status, words = _TYPES[kind]
    return Fate(recipient, "failed", status, f"smtp; {reply} {status} {words}")


def _typed(member: str, text: str | None) -> str:
    """A `type; text` of RFC 3464; empty where there is none."""
    if text and _TYPED.fullmatch(text) is None:
        raise invalid(f"Invalid {member}: it is a type, a semicolon and one line of ASCII text, as `dns; example.com`")
    return text or ""


def _extensions(given: Mapping[str, Any]) -> list[Field]:
    fields = [(one["Name"], one["Value"]) for one in given.get("ExtensionFields") or ()]
    if len(fields) > limits.SES_BOUNCE_EXTENSIONS_MAX:
        raise invalid(f"ExtensionFields has at most {limits.SES_BOUNCE_EXTENSIONS_MAX} fields")
    for name, value in fields:
        if _EXTENSION_NAME.fullmatch(name) is None:
            raise invalid("The Name of an extension field has 1 to 50 letters, digits and '-'")
        if _EXTENSION_VALUE.fullmatch(value) is None:
            raise invalid("The Value of an extension field is one line of at most 2048 characters")
    return fields


def _seconds(value: datetime | float | None) -> float | None:
    return value.timestamp() if isinstance(value, datetime) else value
