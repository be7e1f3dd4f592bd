"""Letting go of what is over: expired messages, purged and deleted queues, old ids. A bounded number in one commit."""

from sqlalchemy import delete, select

from engine import limits
from engine.contract import Transaction
from integrations.sqs import fifo, group_store, message_store, queue_store
from integrations.sqs.books import SERVICE, books
from integrations.sqs.forgetting import forget
from integrations.sqs.queue_store import Queue
from integrations.sqs.tables import bins

_QUEUES = 200  # looked at in one commit
_PLACE = "swept"  # the last queue that was, in the memory


def sweep(tx: Transaction) -> bool:
    """True: there may be more to let go."""
    now_ms = tx.moment.epoch_ms
    books(tx).settle(tx.connection)
    if _empty_dropped(tx):
        return True
    if forget(tx.connection, now_ms):
        return True
    memory = tx.memory(SERVICE)
    found = queue_store.list_after(tx.connection, memory.get(_PLACE, 0), _QUEUES)
    for queue in found:
        if _expire(tx, queue):
            return True
        memory[_PLACE] = queue.id
    if len(found) < _QUEUES:
        memory.pop(_PLACE, None)
        return False
    return True


def _empty_dropped(tx: Transaction) -> bool:
    """Messages of a bin that was given up. False: there is no such bin."""
    query = select(bins.c.id).where(bins.c.dropped_ms.is_not(None)).limit(1)
    bin = tx.connection.execute(query).scalar_one_or_none()
    if bin is None:
        return False
    keys = message_store.any_keys(tx.connection, bin, limits.SQS_SWEEP_ROWS)
    message_store.delete(tx.connection, bin, keys)
    if not keys and not group_store.remove_some(tx.connection, bin, limits.SQS_SWEEP_ROWS):
        tx.connection.execute(delete(bins).where(bins.c.id == bin))
    return True


def _expire(tx: Transaction, queue: Queue) -> bool:
    """True: it may have more of them."""
    before_ms = tx.moment.epoch_ms - queue.settings.retention_ms
    expired = message_store.expired(tx.connection, queue.bin, before_ms, limits.SQS_SWEEP_ROWS)
    if not expired:
        return False
    found = books(tx)
    for message in expired:
        found.shelf(queue).drop(message.key)
        found.remove(queue.bin, message.key)
    found.settle(tx.connection)
    for lane in {message.lane for message in expired if message.lane is not None}:
        fifo.refresh(tx, queue.bin, lane)
    return len(expired) == limits.SQS_SWEEP_ROWS
