"""How far the verification of an identity is, in v1's words. Pure."""

from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.trait_store import Traits


def status(identity: Identity, traits: Traits) -> str:
    """Pending, Success, Failed or TemporaryFailure: what DNS said last, or whether somebody has confirmed it."""
    said = (traits.content.get("dns") or {}).get("status")
    if identity.verified:
        return "TemporaryFailure" if said == "TemporaryFailure" else "Success"
    return "Failed" if said == "Failed" else "Pending"
