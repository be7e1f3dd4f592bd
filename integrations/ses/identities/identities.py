"""Identities, v1: addresses that a link in a mail verifies, domains that their owner confirms."""

import secrets
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.ses.addresses import identity_name
from integrations.ses.errors import invalid
from integrations.ses.identities import identity_store as store
from integrations.ses.identities import trait_store
from integrations.ses.identities.identity_status import status
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.identity_watch import watch
from integrations.ses.identities.trait_store import Traits
from integrations.ses.paging import after_id, cut, page_size
from integrations.ses.sending import own_mail

VERIFY_PATH = "/ses/verify/"
_FROM = "Amazon Web Services <no-reply-aws@amazon.com>"
_SUBJECT = "Email Address Verification Request in region "
_RECORDS = ("mail_from", "dkim")
_DKIM_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def create(tx: Transaction, caller: Caller, name: str, dkim: bool, quiet: bool = False) -> Identity:
    """The identity, made or as it is; an address that is not verified gets a mail, unless `quiet`.

    `name` is as it is stored.
    """
    found = store.named(tx.connection, caller, [name]).get(name)
    if found is None:
        if store.count(tx.connection, caller) >= limits.SES_IDENTITIES_MAX:
            text = f"The number of identities is at its limit of {limits.SES_IDENTITIES_MAX}."
            raise ServiceError("LimitExceededException", text)
        tokens = dkim_tokens() if dkim else ""
        store.add(tx.connection, caller, name, secrets.token_urlsafe(32), tokens, tx.moment.epoch_ms)
        found = store.named(tx.connection, caller, [name])[name]
    if not found.is_domain and not found.verified and not quiet:
        _send_link(tx, caller, found)
    watch(tx, found)
    return found


def find(tx: Transaction, caller: Caller, text: str) -> Identity | None:
    """By its name, or by its ARN. Raises ServiceError for an ARN of somebody else's."""
    if text.startswith("arn:"):
        prefix = caller.arn("ses", "identity/")
        if not text.startswith(prefix):
            shown = text[: limits.SES_SHOWN_CHARS]
            raise invalid(f"{shown} is not an identity of account {caller.account} in region {caller.region}.")
        text = text.removeprefix(prefix)
    name = _stored(text)
    return store.named(tx.connection, caller, [name]).get(name)


def existing(tx: Transaction, caller: Caller, text: str) -> Identity:
    """As `find`. Raises ServiceError where there is none."""
    found = find(tx, caller, text)
    if found is None:
        raise invalid(f"Identity <{text[: limits.SES_SHOWN_CHARS]}> does not exist.")
    return found


def required(tx: Transaction, caller: Caller, request: dict[str, Any]) -> Identity:
    """v2: the EmailIdentity of a request. Raises ServiceError NotFoundException."""
    name = identity_name(request["EmailIdentity"])
    found = store.named(tx.connection, caller, [name]).get(name)
    if found is None:
        raise ServiceError("NotFoundException", f"Email identity {name} does not exist.", 404)
    return found


def dkim_tokens() -> str:
    return " ".join("".join(secrets.choice(_DKIM_LETTERS) for _ in range(32)) for _ in range(3))


def link_of(tx: Transaction, caller: Caller, identity: Identity) -> str:
    """Who opens it verifies the address."""
    return f"{caller.base_url or tx.settings.url}{VERIFY_PATH}{identity.token}"


def _forget_link(tx: Transaction, identity: Identity) -> None:
    """Where the link of a verification mail of one's own making led: this one leads nowhere."""
    traits = trait_store.of_identity(tx.connection, identity.id)
    if "link" in traits.content:
        content = {name: value for name, value in traits.content.items() if name != "link"}
        trait_store.put(tx.connection, Traits(identity.id, content, traits.check_ms))


def _send_link(tx: Transaction, caller: Caller, identity: Identity) -> None:
    _forget_link(tx, identity)
    url = link_of(tx, caller, identity)
    text = (
        "Dear Amazon Web Services Customer,\n\nWe have received a request to authorize this email address for use "
        f"with Amazon SES and Amazon Pinpoint in region {caller.region}. If you requested this verification, please "
        f"go to the following URL to confirm that you are authorized to use this email address:\n\n{url}\n"
    )
    own_mail.send(tx, caller, _FROM, identity.name, _SUBJECT + caller.region, text)


# ---- the operations ----


def verify_email_identity(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    address = request["EmailAddress"]
    if "@" not in address:
        raise invalid(f"Invalid email address<{address[: limits.SES_SHOWN_CHARS]}>.")
    create(tx, caller, identity_name(address), dkim=False)
    return {}


def verify_domain_identity(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    return {"VerificationToken": create(tx, caller, _domain(request), dkim=False).token}


def verify_domain_dkim(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = create(tx, caller, _domain(request), dkim=True)
    tokens = found.dkim or dkim_tokens()
    if not found.dkim:
        store.set_dkim(tx.connection, found, tokens)
        watch(tx, found)
    return {"DkimTokens": tokens.split()}


def _domain(request: dict[str, Any]) -> str:
    if "@" in request["Domain"]:
        raise invalid(f"Invalid domain name {request['Domain'][: limits.SES_SHOWN_CHARS]}.")
    return identity_name(request["Domain"])


def list_identities(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    limit = page_size(request.get("MaxItems"), limits.SES_PAGE_MAX, limits.SES_PAGE_MAX)
    after = after_id(request.get("NextToken"))
    rows = store.page(tx.connection, caller, request.get("IdentityType"), after, limit + 1)
    shown, more = cut(rows, limit, lambda row: row.id)
    return {"Identities": [row.name for row in shown], **more}


def list_verified_email_addresses(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    rows = store.page(tx.connection, caller, "EmailAddress", 0, limits.SES_IDENTITIES_MAX)
    return {"VerifiedEmailAddresses": [row.name for row in rows if row.verified]}


def get_identity_verification_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = asked_for(tx, caller, request["Identities"])
    traits = trait_store.of_identities(tx.connection, [row.id for row in found.values()])
    return {"VerificationAttributes": {asked: _verification(row, traits[row.id]) for asked, row in found.items()}}


def _verification(row: Identity, traits: Traits) -> dict[str, Any]:
    token = {"VerificationToken": row.token} if row.is_domain else {}
    return {"VerificationStatus": status(row, traits), **token}


def asked_for(tx: Transaction, caller: Caller, asked: list[str]) -> dict[str, Identity]:
    """Those of the names that there are, by the names as they were asked for."""
    if len(asked) > limits.SES_PAGE_MAX:
        raise invalid(f"At most {limits.SES_PAGE_MAX} identities can be asked for at once")
    names = {name: _stored(name) for name in asked}
    found = store.named(tx.connection, caller, sorted(set(names.values())))
    return {name: found[key] for name, key in names.items() if key in found}


def _stored(name: str) -> str:
    """How the name would be stored; one that cannot be an identity is found nowhere."""
    try:
        return identity_name(name)
    except ServiceError:
        return ""


def delete_identity(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """One that is not there is no error."""
    store.remove(tx.connection, caller, _stored(request.get("Identity") or request.get("EmailAddress") or ""))
    return {}


def confirm(tx: Transaction, caller: Caller, name: str) -> Identity:
    """The owner's word for an identity and all its records in DNS, which is then not asked. Raises ServiceError where
    there is none."""
    key = identity_name(name)
    found = store.named(tx.connection, caller, [key]).get(key)
    if found is None:
        raise ServiceError("NotFoundException", f"There is no identity {key} in region {caller.region}.", 404)
    store.verify(tx.connection, found)
    traits = trait_store.of_identity(tx.connection, found.id)
    records = {
        name: {**traits.content[name], "status": "Success", "confirmed": True}
        for name in _RECORDS
        if name in traits.content
    }
    content = {name: value for name, value in traits.content.items() if name != "dns"}
    trait_store.put(tx.connection, Traits(found.id, {**content, **records}))
    return found


def confirm_by_link(tx: Transaction, token: str) -> Identity:
    """Raises ServiceError. A domain's token stands in DNS for all to read, and confirms nothing."""
    found = store.by_token(tx.connection, token)
    if found is None or found.is_domain:
        raise ServiceError("NotFoundException", "This link verifies no address.", 404)
    store.verify(tx.connection, found)
    return found
