"""MAIL FROM: a subdomain of an identity's that mails bounce to, once its records in DNS are there."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.addresses import is_domain, speakers
from integrations.ses.errors import invalid
from integrations.ses.identities import identities, identity_store, trait_store
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.trait_store import Traits

USE_DEFAULT, REJECT = "UseDefaultValue", "RejectMessage"
_V2 = {
    USE_DEFAULT: "USE_DEFAULT_VALUE",
    REJECT: "REJECT_MESSAGE",
    "Pending": "PENDING",
    "Success": "SUCCESS",
    "Failed": "FAILED",
    "TemporaryFailure": "TEMPORARY_FAILURE",
}
_V1 = {second: first for first, second in _V2.items()}


def set_identity_mail_from_domain(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """Without a domain MAIL FROM is given up."""
    found = identities.existing(tx, caller, request["Identity"])
    _set(tx, found, request.get("MailFromDomain"), request.get("BehaviorOnMXFailure"))
    return {}


def put_email_identity_mail_from_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2."""
    found = identities.required(tx, caller, request)
    _set(tx, found, request.get("MailFromDomain"), _V1.get(request.get("BehaviorOnMxFailure") or ""))
    return {}


def _set(tx: Transaction, identity: Identity, domain: str | None, behavior: str | None) -> None:
    traits = trait_store.of_identity(tx.connection, identity.id)
    content = {name: value for name, value in traits.content.items() if name != "mail_from"}
    if domain:
        given = {"domain": _checked(identity, domain.lower()), "behavior": behavior or USE_DEFAULT}
        content["mail_from"] = {**given, "status": "Pending", "since_ms": tx.moment.epoch_ms}
    asks = domain is not None and tx.settings.ses.resolver is not None
    check_ms = tx.moment.epoch_ms if asks else traits.check_ms
    trait_store.put(tx.connection, replace(traits, content=content, check_ms=check_ms))


def _checked(identity: Identity, domain: str) -> str:
    """Raises ServiceError."""
    shown, own = domain[: limits.SES_SHOWN_CHARS], identity.name.rpartition("@")[2]
    if not is_domain(domain):
        raise invalid(f"Invalid domain name {shown}.")
    if not domain.endswith(f".{own}"):
        raise invalid(
            f"Provided MAIL-FROM domain <{shown}> is not subdomain of the domain of the identity <{identity.name}>."
        )
    return domain


def get_identity_mail_from_domain_attributes(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    found = identities.asked_for(tx, caller, request["Identities"])
    traits = trait_store.of_identities(tx.connection, [identity.id for identity in found.values()])
    return {"MailFromDomainAttributes": {name: _shown(traits[identity.id]) for name, identity in found.items()}}


def _shown(traits: Traits) -> dict[str, Any]:
    """Of an identity without one the behaviour alone, as AWS has it."""
    kept = traits.content.get("mail_from")
    if kept is None:
        return {"BehaviorOnMXFailure": USE_DEFAULT}
    behavior = {"BehaviorOnMXFailure": kept["behavior"]}
    return {"MailFromDomain": kept["domain"], "MailFromDomainStatus": kept["status"], **behavior}


def shown_in_v2(traits: Traits) -> dict[str, Any]:
    """The MailFromAttributes of GetEmailIdentity."""
    first = _shown(traits)
    found = {"BehaviorOnMxFailure": _V2[first["BehaviorOnMXFailure"]]}
    if "MailFromDomain" in first:
        found["MailFromDomain"] = first["MailFromDomain"]
        found["MailFromDomainStatus"] = _V2[first["MailFromDomainStatus"]]
    return found


# ---- what it means to a mail ----


@dataclass(frozen=True, slots=True)
class Speaking:
    """The identities that may speak for an address, the closest first: None where there is none of that name."""

    owner: Caller
    by_name: Mapping[str, Identity | None]
    traits: Mapping[int, Traits]

    def contents(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for name, identity in self.by_name.items():
            if identity is not None:
                yield name, self.traits[identity.id].content


def speaking(tx: Transaction, owner: Caller, address: str) -> Speaking:
    """Asked once for a mail, which needs it for its configuration set, its sender and its envelope."""
    names = speakers(address)
    known = identity_store.named(tx.connection, owner, names)
    traits = trait_store.of_identities(tx.connection, [identity.id for identity in known.values()])
    return Speaking(owner, {name: known.get(name) for name in names}, traits)


def default_set(found: Speaking) -> str | None:
    """The configuration set that the identity of an address has chosen for its mails."""
    chosen = (content.get("configuration_set") for _, content in found.contents())
    return next((name for name in chosen if name), None)


def envelope_sender(found: Speaking, message_id: str) -> str | None:
    """What a mail goes out under; None: its own return path. Raises ServiceError where the identity wants its mails
    refused until its MAIL FROM domain is there."""
    for name, content in found.contents():
        kept = content.get("mail_from")
        if kept is not None and kept["status"] == "Success":
            return f"{message_id}@{kept['domain']}"
        if kept is not None and kept["behavior"] == REJECT:
            text = f"The MAIL FROM domain {kept['domain']} of the identity {name} is not verified."
            raise ServiceError("MailFromDomainNotVerifiedException", text)
        if kept is not None:
            return None
    return None
