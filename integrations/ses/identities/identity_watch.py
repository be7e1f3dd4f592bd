"""Which domains DNS is asked about: those that somebody wants verified, where `[ses] resolver` names a server."""

from engine.contract import Transaction
from integrations.ses.identities import trait_store
from integrations.ses.identities.identity_store import Identity
from integrations.ses.identities.trait_store import Traits


def watch(tx: Transaction, identity: Identity) -> None:
    """From now on, and for as long as DNS is given time. One that a person has confirmed is not asked about."""
    if tx.settings.ses.resolver is None or not identity.is_domain:
        return
    kept = trait_store.of_identity(tx.connection, identity.id).content
    if identity.verified and "dns" not in kept:
        return
    begun = kept["dns"] if identity.verified else {"status": "Pending", "since_ms": tx.moment.epoch_ms}
    trait_store.put(tx.connection, Traits(identity.id, {**kept, "dns": begun}, tx.moment.epoch_ms))
