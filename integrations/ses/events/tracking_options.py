"""Tracking options of configuration sets, v1 and v2: the sender's own domain for links that are followed.

The domain leads to this server, which is its owner's business; it is one that the account has verified.
"""

from dataclasses import replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.addresses import is_domain
from integrations.ses.errors import invalid
from integrations.ses.events import configuration_set_store as store
from integrations.ses.events import configuration_sets as sets
from integrations.ses.events.configuration_set_store import ConfigurationSet
from integrations.ses.identities import identity_store


def create(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    if found.redirect_domain is not None:
        text = f"Configuration set <{found.name}> already has tracking options."
        fields = {"ConfigurationSetName": found.name}
        raise ServiceError("TrackingOptionsAlreadyExistsException", text, fields=fields)
    return _put(tx, caller, found, request)


def update(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return _put(tx, caller, _with_options(tx, caller, request), request)


def delete(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    store.put(
        tx.connection, caller, replace(_with_options(tx, caller, request), redirect_domain=None, https_policy=None)
    )
    return {}


def _with_options(tx: Transaction, caller: Caller, request: dict[str, Any]) -> ConfigurationSet:
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    if found.redirect_domain is None:
        text = f"Configuration set <{found.name}> has no tracking options."
        fields = {"ConfigurationSetName": found.name}
        raise ServiceError("TrackingOptionsDoesNotExistException", text, fields=fields)
    return found


def _put(tx: Transaction, caller: Caller, found: ConfigurationSet, request: dict[str, Any]) -> dict[str, Any]:
    domain = request["TrackingOptions"].get("CustomRedirectDomain")
    if not domain:
        raise _wrong("CustomRedirectDomain is required")
    store.put(tx.connection, caller, replace(found, redirect_domain=_checked(tx, caller, domain)))
    return {}


def put(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2. Without a domain links lead over this server's own URL again."""
    found = sets.named(tx, caller, request["ConfigurationSetName"])
    store.put(tx.connection, caller, following(tx, caller, found, request))
    return {}


def following(tx: Transaction, caller: Caller, found: ConfigurationSet, options: dict[str, Any]) -> ConfigurationSet:
    """The set with v2's options. Raises ServiceError."""
    domain, policy = options.get("CustomRedirectDomain"), options.get("HttpsPolicy")
    if policy not in (None, "OPTIONAL") and not domain and not (tx.settings.public_url or "").startswith("https:"):
        text = "needs a CustomRedirectDomain, or a public_url that is https: links lead over this server's URL"
        raise invalid(f"HttpsPolicy {policy} {text}, {tx.settings.url}")
    kept = _checked(tx, caller, domain) if domain else None
    return replace(found, redirect_domain=kept, https_policy=policy)


def shown(found: ConfigurationSet) -> dict[str, str]:
    """As v2 shows them; without any it is empty."""
    pairs = {"CustomRedirectDomain": found.redirect_domain, "HttpsPolicy": found.https_policy}
    return {name: value for name, value in pairs.items() if value is not None}


def _checked(tx: Transaction, caller: Caller, domain: str) -> str:
    if not is_domain(domain):
        raise _wrong(f"{domain[: limits.SES_SHOWN_CHARS]} is not a domain")
    labels = domain.lower().split(".")
    names = [".".join(labels[at:]) for at in range(len(labels) - 1)]
    if not any(one.verified for one in identity_store.named(tx.connection, caller, names).values()):
        raise _wrong(f"the domain {domain} is not verified")
    return domain.lower()


def _wrong(why: str) -> ServiceError:
    return ServiceError("InvalidTrackingOptionsException", f"Invalid tracking options: {why}.")
