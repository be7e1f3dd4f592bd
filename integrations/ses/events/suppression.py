"""The suppression list: addresses that nothing is sent to, because they bounced or complained.

An account chooses which of both reasons count, and a configuration set may choose otherwise for its mails: for them no
other address is stopped, and no other one is learned.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses import account_store
from integrations.ses.addresses import address_of
from integrations.ses.errors import invalid, refuse
from integrations.ses.events import configuration_set_store
from integrations.ses.events import suppression_store as store
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.events.facts import Facts
from integrations.ses.events.suppression_store import Suppressed
from integrations.ses.paging import page_size

REASONS = ("BOUNCE", "COMPLAINT")
_FOREVER_MS = 2**62


def stopped(
    tx: Transaction, caller: Caller, addresses: Sequence[str], chosen: ConfigurationSet | None
) -> dict[str, Suppressed]:
    """Those of the addresses that a mail with this configuration set does not go to."""
    found = store.among(tx.connection, caller, addresses)
    reasons = _reasons(tx, caller, chosen) if found else ()
    return {address: one for address, one in found.items() if one.reason in reasons}


def learn(tx: Transaction, facts: Facts, addresses: Sequence[str], reason: str, feedback_id: str) -> None:
    """They bounced, or complained."""
    if not addresses:
        return
    name = facts.configuration_set
    chosen = None if name is None else configuration_set_store.find(tx.connection, facts.caller, name)
    if reason in _reasons(tx, facts.caller, chosen):
        for address in addresses:
            one = Suppressed(address, reason, tx.moment.epoch_ms, facts.message_id, feedback_id)
            store.put(tx.connection, facts.caller, one)


def _reasons(tx: Transaction, caller: Caller, chosen: ConfigurationSet | None) -> Sequence[str]:
    if chosen is not None and chosen.suppressed is not None:
        return chosen.suppressed
    return account_store.find(tx, caller).suppressed


# ---- the operations, of v2 ----


def put_suppressed_destination(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "TenantName")
    address = address_of(request["EmailAddress"])
    store.put(tx.connection, caller, Suppressed(address, request["Reason"], tx.moment.epoch_ms))
    return {}


def get_suppressed_destination(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "TenantName")
    address = request["EmailAddress"]
    found = store.among(tx.connection, caller, [address]).get(address)
    if found is None:
        raise _not_listed(address)
    known = {"MessageId": found.message_id, "FeedbackId": found.feedback_id}
    attributes = {name: value for name, value in known.items() if value is not None}
    return {"SuppressedDestination": {**_shown(found), **({"Attributes": attributes} if attributes else {})}}


def delete_suppressed_destination(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "TenantName")
    if not store.remove(tx.connection, caller, request["EmailAddress"]):
        raise _not_listed(request["EmailAddress"])
    return {}


def list_suppressed_destinations(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "TenantName")
    limit = page_size(request.get("PageSize"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    between = _ms(request.get("StartDate"), 0), _ms(request.get("EndDate"), _FOREVER_MS)
    reasons = request.get("Reasons") or REASONS
    rows = store.page(tx.connection, caller, reasons, between, request.get("NextToken") or "", limit + 1)
    more = {"NextToken": rows[limit - 1].address} if len(rows) > limit else {}
    return {"SuppressedDestinationSummaries": [_shown(one) for one in rows[:limit]], **more}


def put_account_suppression_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without reasons nothing is suppressed any more."""
    refuse(request, "ValidationAttributes")
    reasons = tuple(one for one in REASONS if one in (request.get("SuppressedReasons") or ()))
    account_store.put(tx.connection, replace(account_store.find(tx, caller), suppressed=reasons))
    return {}


def _ms(seconds: float | None, default: int) -> int:
    return default if seconds is None else round(seconds * 1000)


def _shown(one: Suppressed) -> dict[str, Any]:
    return {"EmailAddress": one.address, "Reason": one.reason, "LastUpdateTime": one.updated_ms / 1000}


def _not_listed(address: str) -> ServiceError:
    shown = address[: limits.SES_SHOWN_CHARS]
    return ServiceError("NotFoundException", f"Email address {shown} does not exist on your suppression list.", 404)


def checked_reasons(options: dict[str, Any]) -> tuple[str, ...]:
    """Of a configuration set's SuppressionOptions. Raises ServiceError."""
    refuse(options, "ValidationOptions")
    if options.get("SuppressionScope") == "TENANT":
        raise invalid("SuppressionScope TENANT is not supported by this server: there are no tenants")
    return tuple(one for one in REASONS if one in (options.get("SuppressedReasons") or ()))
