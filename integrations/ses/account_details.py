"""What an account says of its mails when it asks to leave the sandbox (v2).

An operator decides, by `statewright ses production-access`.
"""

from typing import Any
from urllib.parse import urlsplit

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses import account_store
from integrations.ses.addresses import address_of
from integrations.ses.errors import invalid
from integrations.ses.records import record_store
from integrations.ses.records.record_store import ACCOUNT_DETAILS, Record

_URL_CHARS_MAX = 1_000
_USE_CASE_CHARS_MAX = 5_000
_CONTACTS_MAX = 4
_SHOWN = ("MailType", "WebsiteURL", "ContactLanguage", "UseCaseDescription", "AdditionalContactEmailAddresses")


def put_account_details(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """A second request waits for the decision about the first."""
    _check(request)
    if review(tx, caller) == "PENDING":
        raise ServiceError("ConflictException", "A review of the account's details is under way.", 409)
    details = {name: request[name] for name in _SHOWN if request.get(name)}
    now_ms = tx.moment.epoch_ms
    content = {
        "details": details,
        "asks": bool(request.get("ProductionAccessEnabled")),
        "case": f"case-{caller.account}-{tx.moment.uuid()}",
    }
    record_store.put(tx.connection, caller, ACCOUNT_DETAILS, Record("", content, now_ms, now_ms))
    return {}


def _check(request: dict[str, Any]) -> None:
    """Raises ServiceError."""
    url = request["WebsiteURL"]
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname or len(url) > _URL_CHARS_MAX:
        raise invalid("WebsiteURL must be an http or https URL of at most 1000 characters")
    if len(request.get("UseCaseDescription") or "") > _USE_CASE_CHARS_MAX:
        raise invalid(f"UseCaseDescription has at most {_USE_CASE_CHARS_MAX} characters")
    contacts = request.get("AdditionalContactEmailAddresses") or ()
    if len(contacts) > _CONTACTS_MAX:
        raise invalid(f"There are at most {_CONTACTS_MAX} AdditionalContactEmailAddresses")
    for contact in contacts:
        address_of(contact)


def review(tx: Transaction, caller: Caller) -> str | None:
    """PENDING, GRANTED or DENIED; None: nobody has asked."""
    found = record_store.find(tx.connection, caller, ACCOUNT_DETAILS, "")
    if found is None or not found.content["asks"]:
        return None
    account = account_store.find(tx, caller)
    if not account.in_sandbox:
        return "GRANTED"
    denied = account.revoked_ms is not None and account.revoked_ms >= found.created_ms
    return "DENIED" if denied else "PENDING"


def shown(tx: Transaction, caller: Caller) -> dict[str, Any]:
    """The Details of GetAccount, where there are any."""
    found = record_store.find(tx.connection, caller, ACCOUNT_DETAILS, "")
    if found is None:
        return {}
    status = review(tx, caller)
    decided = {"ReviewDetails": {"Status": status, "CaseId": found.content["case"]}} if status else {}
    return {"Details": {**found.content["details"], **decided}}
