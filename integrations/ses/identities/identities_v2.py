"""Identities in v2's shapes."""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.addresses import identity_name
from integrations.ses.errors import refuse
from integrations.ses.events import configuration_sets, notification_store
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.identities import dkim, identities, mail_from, policy_store, trait_store
from integrations.ses.identities import identity_store as store
from integrations.ses.identities.identity_status import status
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.trait_store import Traits
from integrations.ses.paging import after_id, cut, page_size
from integrations.ses.records import tagging

_V2_STATUS = {
    "Pending": "PENDING",
    "Success": "SUCCESS",
    "Failed": "FAILED",
    "TemporaryFailure": "TEMPORARY_FAILURE",
}


def create_email_identity(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    name, pairs = identity_name(request["EmailIdentity"]), tagging.tags_given(request.get("Tags"))
    chosen = _set_named(tx, caller, request.get("ConfigurationSetName"))
    if store.named(tx.connection, caller, [name]):
        raise ServiceError("AlreadyExistsException", f"Email identity {name} already exist.")
    own = request.get("DkimSigningAttributes")
    found = identities.create(tx, caller, name, dkim="@" not in name and not own)
    if own:
        dkim.configure(tx, found, own)
    if chosen is not None:
        _choose(tx, found, chosen.name)
    tagging.put_new(tx, caller.arn("ses", f"identity/{name}"), pairs)
    found = store.named(tx.connection, caller, [name])[name]
    traits = trait_store.of_identity(tx.connection, found.id)
    attributes = {"DkimAttributes": dkim.shown_in_v2(found, traits)}
    return {"IdentityType": _type(found), "VerifiedForSendingStatus": found.verified, **attributes}


def put_email_identity_configuration_set_attributes(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """Without a name the identity has no default set any more."""
    found = identities.required(tx, caller, request)
    chosen = _set_named(tx, caller, request.get("ConfigurationSetName"))
    _choose(tx, found, None if chosen is None else chosen.name)
    return {}


def _set_named(tx: Transaction, caller: Caller, name: str | None) -> ConfigurationSet | None:
    """Raises ServiceError where there is none of that name."""
    return configuration_sets.named(tx, caller, name) if name else None


def _choose(tx: Transaction, identity: Identity, name: str | None) -> None:
    traits = trait_store.of_identity(tx.connection, identity.id)
    others = {key: value for key, value in traits.content.items() if key != "configuration_set"}
    content = others if name is None else {**others, "configuration_set": name}
    trait_store.put(tx.connection, Traits(identity.id, content, traits.check_ms))


def get_email_identity(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = identities.required(tx, caller, request)
    traits = trait_store.of_identity(tx.connection, found.id)
    chosen = traits.content.get("configuration_set")
    return {
        "IdentityType": _type(found),
        "FeedbackForwardingStatus": notification_store.find(tx.connection, caller, found.name).forwarding,
        "VerifiedForSendingStatus": found.verified,
        "DkimAttributes": dkim.shown_in_v2(found, traits),
        "MailFromAttributes": mail_from.shown_in_v2(traits),
        "Policies": policy_store.of_identity(tx.connection, found.id),
        "Tags": tagging.shown(tx, caller.arn("ses", f"identity/{found.name}")),
        **({"ConfigurationSetName": chosen} if chosen else {}),
        "VerificationStatus": _V2_STATUS[status(found, traits)],
        **_info(traits),
    }


def _info(traits: Traits) -> dict[str, Any]:
    """What DNS said, where it was asked."""
    kept = traits.content.get("dns") or {}
    names = {"checked_ms": "LastCheckedTimestamp", "success_ms": "LastSuccessTimestamp"}
    times = {shown: kept[name] / 1000 for name, shown in names.items() if kept.get(name)}
    error = {"ErrorType": kept["error"]} if kept.get("error") else {}
    return {"VerificationInfo": {**times, **error}} if times else {}


def list_email_identities(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    refuse(request, "Filter")
    limit = page_size(request.get("PageSize"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    rows = store.page(tx.connection, caller, None, after_id(request.get("NextToken")), limit + 1)
    listed, more = cut(rows, limit, lambda row: row.id)
    traits = trait_store.of_identities(tx.connection, [row.id for row in listed])
    return {"EmailIdentities": [_listed(row, traits[row.id]) for row in listed], **more}


def _listed(row: Identity, traits: Traits) -> dict[str, Any]:
    said = {"SendingEnabled": row.verified, "VerificationStatus": _V2_STATUS[status(row, traits)]}
    return {"IdentityType": _type(row), "IdentityName": row.name, **said}


def delete_email_identity(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    store.remove(tx.connection, caller, identities.required(tx, caller, request).name)
    return {}


def _type(row: Identity) -> str:
    return "DOMAIN" if row.is_domain else "EMAIL_ADDRESS"
