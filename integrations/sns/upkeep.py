"""Housekeeping: what has expired is removed, a bounded number of rows at a time."""

from engine.contract import Transaction
from integrations.sns import archive, deduplication, records, tokens


def sweep(tx: Transaction) -> bool:
    """True: there is more to do."""
    now_ms = tx.moment.epoch_ms
    return any(
        [
            deduplication.sweep(tx.connection, now_ms),
            tokens.sweep(tx.connection, now_ms),
            archive.sweep(tx.connection, now_ms),
            records.sweep(tx.connection),
        ]
    )
