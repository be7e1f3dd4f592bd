"""The window of a secret's next rotation, as its row has it."""

from engine.contract import Transaction
from integrations.secretsmanager import store
from integrations.secretsmanager.schedule import next_window_of


def schedule_next(tx: Transaction, secret_id: int) -> None:
    """Note the window after now in which the secret is rotated; none without a schedule."""
    secret = store.by_id(tx.connection, secret_id)
    assert secret is not None
    window = next_window_of(secret, tx.moment.epoch_ms)
    start_ms, end_ms = (None, None) if window is None else (window.start_ms, window.end_ms)
    store.change(tx.connection, secret_id, rotate_from_ms=start_ms, rotate_until_ms=end_ms)
