"""Templates sent to many, each with data of its own: SendBulkTemplatedEmail, and v2's SendBulkEmail.

What is wrong with all of it is refused; what is wrong with one destination is its status, and the others are sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import jsontext, limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.errors import invalid, refuse
from integrations.ses.events import configuration_sets
from integrations.ses.identities.authorization import Arns
from integrations.ses.sending import sending, templates
from integrations.ses.sending.second_version import outgoing, refuse_unbuilt, template_of
from integrations.ses.sending.sending import Outgoing
from integrations.ses.sending.template_store import Template

# (code, the text's beginning) -> (v1's status, v2's); the first that fits.
_STATUSES: Sequence[tuple[str, str, str, str]] = (
    ("Throttling", "Daily", "AccountDailyQuotaExceeded", "ACCOUNT_DAILY_QUOTA_EXCEEDED"),
    ("Throttling", "", "AccountThrottled", "ACCOUNT_THROTTLED"),
    ("AccountSendingPausedException", "", "AccountSendingPaused", "ACCOUNT_SENDING_PAUSED"),
    ("ConfigurationSetDoesNotExistException", "", "ConfigurationSetDoesNotExist", "CONFIGURATION_SET_NOT_FOUND"),
    ("ConfigurationSetSendingPausedException", "", "ConfigurationSetSendingPaused", "CONFIGURATION_SET_SENDING_PAUSED"),
    ("MailFromDomainNotVerifiedException", "", "MailFromDomainNotVerified", "MAIL_FROM_DOMAIN_NOT_VERIFIED"),
    ("MessageRejected", "", "MessageRejected", "MESSAGE_REJECTED"),
    ("InvalidParameterValue", "", "InvalidParameterValue", "INVALID_PARAMETER"),
    ("", "", "Failed", "FAILED"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One destination. `data`: JSON that goes before the default."""

    out: Outgoing
    data: str | None


def send_bulk_templated_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "TemplateArn")
    plain = Outgoing(
        source=request["Source"],
        destination={},
        reply_to=request.get("ReplyToAddresses") or (),
        return_path=request.get("ReturnPath"),
        configuration_set=request.get("ConfigurationSetName"),
        arns=Arns(source=request.get("SourceArn"), return_path=request.get("ReturnPathArn")),
        action="SendBulkTemplatedEmail",
    )
    template = templates.named(tx, caller, request["Template"])
    entries = [
        Entry(
            replace(
                plain,
                destination=one["Destination"],
                tags=one.get("ReplacementTags") or request.get("DefaultTags") or (),
            ),
            one.get("ReplacementTemplateData"),
        )
        for one in request["Destinations"]
    ]
    results = _send(tx, caller, template, request.get("DefaultTemplateData"), entries)
    return {"Status": [_status(result, version=1) for result in results]}


def send_bulk_email(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2."""
    refuse_unbuilt(request)
    inner = (request.get("DefaultContent") or {}).get("Template")
    if inner is None:
        raise invalid("DefaultContent.Template is required")
    refuse(inner, "Attachments", "TemplateArn")
    plain = replace(outgoing(request, inner), action="SendBulkTemplatedEmail")
    entries = [_entry(plain, request, one) for one in request["BulkEmailEntries"]]
    results = _send(tx, caller, template_of(tx, caller, inner), inner.get("TemplateData"), entries)
    return {"BulkEmailEntryResults": [_status(result, version=2) for result in results]}


def _entry(plain: Outgoing, request: Mapping[str, Any], one: Mapping[str, Any]) -> Entry:
    given = (one.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
    own = {header["Name"].lower(): (header["Name"], header["Value"]) for header in one.get("ReplacementHeaders") or ()}
    default = [header for header in plain.headers if header[0].lower() not in own]
    out = replace(
        plain,
        destination=one["Destination"],
        tags=one.get("ReplacementTags") or request.get("DefaultEmailTags") or (),
        headers=[*default, *own.values()],
    )
    return Entry(out, given.get("ReplacementTemplateData"))


def _send(
    tx: Transaction, caller: Caller, template: Template, default: str | None, entries: Sequence[Entry]
) -> Iterable[dict[str, Any] | ServiceError]:
    """MessageId, or what each was refused with: a mail is refused before it writes anything."""
    if not 0 < len(entries) <= limits.SES_BULK_MAX:
        raise invalid(f"A bulk mail has between 1 and {limits.SES_BULK_MAX} destinations")
    configuration_sets.chosen(tx, caller, entries[0].out.configuration_set)
    data = templates.template_data(default, entries[0].out.unread_data)
    results: list[dict[str, Any] | ServiceError] = []
    for entry in entries:
        try:
            merged = jsontext.dumps({**data, **templates.template_data(entry.data, entry.out.unread_data)})
            results.append(sending.send_template(tx, caller, entry.out, template, merged))
        except ServiceError as error:
            results.append(error)
    return results


def _status(result: dict[str, Any] | ServiceError, version: int) -> dict[str, Any]:
    if isinstance(result, dict):
        return {"Status": "Success" if version == 1 else "SUCCESS", **result}
    row = next(row for row in _STATUSES if row[0] in (result.code, "") and result.message.startswith(row[1]))
    return {"Status": row[1 + version], "Error": result.message}
