"""Letting go of expired events and of what deleted groups and streams left, a bounded number in one commit."""

from engine import limits
from engine.contract import Transaction
from integrations.logs import event_store


def sweep(tx: Transaction) -> bool:
    """True: there may be more to let go."""
    if event_store.remove_remains(tx.connection, limits.LOG_SWEEP_EVENTS):
        return True
    return event_store.remove_expired(tx.connection, tx.moment.epoch_ms, limits.LOG_SWEEP_EVENTS) > 0
