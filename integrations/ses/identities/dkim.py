"""DKIM: whether mails are signed, with whose key, and what of it is shown.

| origin | |
|---|---|
| AWS_SES | three tokens for CNAMEs; they are records, as the keys behind them are AWS's |
| EXTERNAL | the owner's own RSA key (BYODKIM), sealed in the database: mails that leave are signed with it |
"""

import base64
import binascii
import re
from dataclasses import replace
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from engine.contract import Caller, Transaction
from integrations.ses.addresses import speakers
from integrations.ses.errors import invalid
from integrations.ses.identities import identities, trait_store
from integrations.ses.identities import identity_store as store
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.trait_store import Traits
from integrations.ses.sending.dkim_signature import Key

_SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_BITS = (1_024, 2_048)
_BOUND_TO = b"ses dkim "
EASY, EXTERNAL = "AWS_SES", "EXTERNAL"


def status(identity: Identity, traits: Traits) -> str:
    """In v1's words."""
    kept = traits.content.get("dkim") or {}
    if kept.get("origin") != EXTERNAL and not identity.dkim:
        return "NotStarted"
    return str(kept.get("status") or ("Success" if identity.verified else "Pending"))


def enabled(identity: Identity, traits: Traits) -> bool:
    kept = traits.content.get("dkim") or {}
    return bool(kept.get("enabled", bool(identity.dkim) or kept.get("origin") == EXTERNAL))


def shown(identity: Identity, traits: Traits) -> dict[str, Any]:
    """v1's attributes."""
    tokens = {"DkimTokens": identity.dkim.split()} if identity.dkim and _origin(traits) == EASY else {}
    return {"DkimEnabled": enabled(identity, traits), "DkimVerificationStatus": status(identity, traits), **tokens}


def _origin(traits: Traits) -> str:
    return str((traits.content.get("dkim") or {}).get("origin", EASY))


_V2_STATUS = {
    "NotStarted": "NOT_STARTED",
    "Pending": "PENDING",
    "Success": "SUCCESS",
    "Failed": "FAILED",
    "TemporaryFailure": "TEMPORARY_FAILURE",
}


def shown_in_v2(identity: Identity, traits: Traits) -> dict[str, Any]:
    """DkimAttributes. Of a key of one's own, the selector stands where the tokens do."""
    kept = traits.content.get("dkim") or {}
    found = {
        "SigningEnabled": enabled(identity, traits),
        "Status": _V2_STATUS[status(identity, traits)],
        "SigningAttributesOrigin": _origin(traits),
    }
    if found["SigningAttributesOrigin"] == EXTERNAL:
        return {**found, "Tokens": [kept["selector"]]}
    if not identity.dkim:
        return found
    length = {"NextSigningKeyLength": kept.get("length", "RSA_2048_BIT")}
    return {**found, "Tokens": identity.dkim.split(), **length}


# ---- the operations ----


def set_identity_dkim_enabled(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = identities.existing(tx, caller, request["Identity"])
    _enable(tx, found, bool(request["DkimEnabled"]))
    return {}


def put_email_identity_dkim_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """v2. Without SigningEnabled it is off: the member's default is false."""
    _enable(tx, identities.required(tx, caller, request), bool(request.get("SigningEnabled", False)))
    return {}


def _enable(tx: Transaction, identity: Identity, wanted: bool) -> None:
    traits = trait_store.of_identity(tx.connection, identity.id)
    if wanted and status(identity, traits) != "Success":
        raise invalid(f"DKIM cannot be enabled for {identity.name}: its DKIM records are not verified.")
    _keep(tx, traits, {**(traits.content.get("dkim") or {}), "enabled": wanted})


def _keep(tx: Transaction, traits: Traits, kept: dict[str, Any]) -> None:
    trait_store.put(tx.connection, replace(traits, content={**traits.content, "dkim": kept}))


def put_email_identity_dkim_signing_attributes(
    tx: Transaction, caller: Caller, request: dict[str, Any]
) -> dict[str, Any]:
    """v2."""
    found = identities.required(tx, caller, request)
    origin = request["SigningAttributesOrigin"]
    configure(tx, found, {"DomainSigningAttributesOrigin": origin, **(request.get("SigningAttributes") or {})})
    found = identities.required(tx, caller, request)
    attributes = shown_in_v2(found, trait_store.of_identity(tx.connection, found.id))
    return {"DkimStatus": attributes["Status"], "DkimTokens": attributes.get("Tokens", [])}


def configure(tx: Transaction, identity: Identity, given: dict[str, Any]) -> None:
    """DkimSigningAttributes, of a new identity as of an old one. Raises ServiceError."""
    if not identity.is_domain:
        raise invalid(f"DKIM signing attributes are for domains; {identity.name} is an address.")
    selector, key = given.get("DomainSigningSelector"), given.get("DomainSigningPrivateKey")
    origin = given.get("DomainSigningAttributesOrigin") or (EXTERNAL if selector or key else EASY)
    if origin == EXTERNAL:
        _configure_external(tx, identity, given, selector, key)
    elif origin == EASY:
        _configure_easy(tx, identity, given)
    else:
        raise invalid(f"The signing attributes' origin {origin} is not supported by this server: it has one region.")


def _configure_external(
    tx: Transaction, identity: Identity, given: dict[str, Any], selector: str | None, key: str | None
) -> None:
    if not selector or not key or given.get("NextSigningKeyLength"):
        raise invalid("A key of your own needs DomainSigningSelector and DomainSigningPrivateKey, and no key length.")
    if _SELECTOR.fullmatch(selector) is None:
        raise invalid("DomainSigningSelector is not a valid label of a domain name.")
    _public_key(key)
    sealed = tx.keys.seal(key.encode(), _bound_to(identity))
    kept = {"origin": EXTERNAL, "selector": selector, "key": base64.b64encode(sealed).decode(), "enabled": True}
    _restart(tx, identity, kept)


def _configure_easy(tx: Transaction, identity: Identity, given: dict[str, Any]) -> None:
    if given.get("DomainSigningSelector") or given.get("DomainSigningPrivateKey"):
        raise invalid("With Easy DKIM there are no DomainSigningSelector and no DomainSigningPrivateKey.")
    if not identity.dkim:
        store.set_dkim(tx.connection, identity, identities.dkim_tokens())
    _restart(tx, identity, {"enabled": True, "length": given.get("NextSigningKeyLength") or "RSA_2048_BIT"})


def _restart(tx: Transaction, identity: Identity, kept: dict[str, Any]) -> None:
    """The records are looked for anew."""
    traits = trait_store.of_identity(tx.connection, identity.id)
    now_ms = tx.moment.epoch_ms
    content = {**traits.content, "dkim": {**kept, "status": "Pending", "since_ms": now_ms}}
    check_ms = traits.check_ms if tx.settings.ses.resolver is None else now_ms
    trait_store.put(tx.connection, replace(traits, content=content, check_ms=check_ms))


def _bound_to(identity: Identity) -> bytes:
    return _BOUND_TO + str(identity.id).encode()


def _public_key(text: str) -> str:
    """The base64 of the public half of a private key: what the TXT record says after `p=`. Raises ServiceError."""
    try:
        key = load_der_private_key(base64.b64decode("".join(text.split()), validate=True), None)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        text = "DomainSigningPrivateKey must be the base64 of a private key, without its first and last line."
        raise invalid(text) from None
    if not isinstance(key, RSAPrivateKey) or not _BITS[0] <= key.key_size <= _BITS[1]:
        raise invalid("DomainSigningPrivateKey must be an RSA key of 1024 to 2048 bits.")
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def own_key(tx: Transaction, identity: Identity, traits: Traits) -> tuple[str, str] | None:
    """(selector, the base64 of the private key) of BYODKIM; None: it has none."""
    kept = traits.content.get("dkim") or {}
    if kept.get("origin") != EXTERNAL:
        return None
    opened = tx.keys.open(base64.b64decode(kept["key"]), _bound_to(identity))
    return kept["selector"], opened.decode()


def public_key(private: str) -> str:
    """Of what `own_key` gives."""
    return _public_key(private)


def get_identity_dkim_attributes(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    found = identities.asked_for(tx, caller, request["Identities"])
    traits = trait_store.of_identities(tx.connection, [row.id for row in found.values()])
    return {"DkimAttributes": {asked: shown(row, traits[row.id]) for asked, row in found.items()}}


def signing_key(tx: Transaction, caller: Caller, address: str) -> Key | None:
    """What mails from an address are signed with: the key of the closest domain that has one of its own, its record in
    DNS found or confirmed. Easy DKIM has no keys here, so that with it nothing is signed."""
    names = speakers(address)
    known = store.named(tx.connection, caller, names)
    traits = trait_store.of_identities(tx.connection, [identity.id for identity in known.values()])
    for identity in (known[name] for name in names if name in known):
        found = traits[identity.id]
        own = own_key(tx, identity, found) if enabled(identity, found) else None
        if own is not None and status(identity, found) in ("Success", "TemporaryFailure"):
            return Key(identity.name, own[0], own[1])
    return None
