"""Letting go of expired events and of what deleted groups and streams left, a bounded number in one commit."""

from engine import limits
from engine.contract import Transaction
from integrations.logs import event_store, store
from integrations.logs.rules import DAY_MS


def sweep(tx: Transaction) -> bool:
    """True: there may be more to let go."""
    if event_store.remove_remains(tx.connection, limits.LOG_SWEEP_EVENTS):
        return True
    for group, days in store.groups_with_retention(tx.connection):
        before_ms = tx.moment.epoch_ms - days * DAY_MS
        if event_store.remove_older(tx.connection, group, before_ms, limits.LOG_SWEEP_EVENTS):
            return True
    return False
