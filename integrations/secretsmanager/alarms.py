"""When a secret has to be looked at again: its deletion is due, its rotation window opens, a failed rotation goes on.

A delivery of the outbox with a delay, which does nothing itself: the transaction that removes it looks at the secret
(integrations.secretsmanager.due). So it survives every crash and follows the server's clock, a test's too. The secret
remembers its next alarm; one that is not needed any more finds nothing to do.
"""

import orjson

from engine.contract import Transaction
from integrations.secretsmanager import rotation_store, store
from integrations.secretsmanager.store import Secret

ALARM = "secretsmanager.alarm"


def due_ms(tx: Transaction, secret: Secret) -> int | None:
    """When the secret is to be looked at."""
    if secret.delete_ms is not None:
        return secret.delete_ms
    rotation = rotation_store.rotation(tx.connection, secret.id)
    if rotation is not None:
        return rotation.again_ms  # None: a step is under way, and what it leads to looks again
    return secret.rotate_from_ms if secret.rotation_enabled else None


def arm(tx: Transaction, secret_id: int) -> None:
    """Have the secret looked at when that is due; to be called when any of the times has changed."""
    secret = store.by_id(tx.connection, secret_id)
    due = None if secret is None else due_ms(tx, secret)
    if secret is None or due is None or (secret.alarm_ms is not None and secret.alarm_ms <= due):
        return
    store.change(tx.connection, secret_id, alarm_ms=due)
    payload = orjson.dumps({"secret": secret_id, "at": due}).decode()
    tx.send_later(ALARM, payload, max(due - tx.moment.epoch_ms, 0))
