"""Forgetting executions 90 days after their end, as AWS does: their names can be used again then."""

from engine import limits
from engine.contract import Transaction, Upkeep
from engine.runtime.keys import first_key_at
from engine.store.retention import forget_ended


class Retention:
    """Goes through the executions that began so long ago, a portion in each commit, and begins again an hour later.

    Where it stands is memory only: who starts again begins at the beginning, and passes over what runs still.
    """

    def __init__(self) -> None:
        self._after = 0

    def run(self, tx: Transaction) -> bool:
        until_ms = tx.moment.epoch_ms - limits.EXECUTION_RETENTION_SECONDS * 1000
        portion = forget_ended(
            tx.connection, self._after, first_key_at(max(until_ms, 0)), until_ms, limits.RETENTION_ROWS
        )
        self._after = portion.after or 0
        return portion.after is not None


def retention() -> Upkeep:
    return Upkeep(every_seconds=limits.RETENTION_CHECK_SECONDS, run=Retention().run)
