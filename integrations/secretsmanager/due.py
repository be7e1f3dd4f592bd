"""A secret whose time has come: it is deleted for good, its rotation begins, or begins again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import orjson

from engine.contract import Calls, Deliver, OutboxKind, Transaction
from integrations.secretsmanager import rotation_store, store, version_store
from integrations.secretsmanager.alarms import arm
from integrations.secretsmanager.destruction import destroy
from integrations.secretsmanager.rotating import begin, begin_again
from integrations.secretsmanager.staging import PENDING, is_rotating
from integrations.secretsmanager.store import Secret
from integrations.secretsmanager.windows import schedule_next

if TYPE_CHECKING:
    from engine.config import Settings


@asynccontextmanager
async def open_alarms(settings: "Settings", calls: Calls) -> AsyncIterator[Deliver]:
    """Nothing leaves the process for an alarm."""

    async def deliver(payload: str) -> None:
        return None

    yield deliver


def alarm_rang(tx: Transaction, payload: str, outcome: Any) -> None:
    """Look at the secret, and set the next alarm."""
    alarm = orjson.loads(payload)
    secret = store.by_id(tx.connection, alarm["secret"])
    if secret is None:
        return
    if secret.alarm_ms == alarm["at"]:
        store.change(tx.connection, secret.id, alarm_ms=None)
    if secret.delete_ms is not None:
        if secret.delete_ms <= tx.moment.epoch_ms:
            destroy(tx, secret)
            return
    else:
        _rotate(tx, secret)
    arm(tx, secret.id)


def _rotate(tx: Transaction, secret: Secret) -> None:
    now_ms = tx.moment.epoch_ms
    rotation = rotation_store.rotation(tx.connection, secret.id)
    if rotation is not None:
        if rotation.again_ms is not None and rotation.again_ms <= now_ms:
            begin_again(tx, secret, rotation)
    elif secret.rotation_enabled and secret.rotate_from_ms is not None and secret.rotate_from_ms <= now_ms:
        labels = version_store.labels_of(tx.connection, secret.id)
        # One that was given up is attempted again, with its version.
        begin(tx, secret, labels[PENDING] if is_rotating(labels) else tx.moment.uuid())
        schedule_next(tx, secret.id)


ALARM_KIND = OutboxKind(open_alarms, delivered=alarm_rang)
