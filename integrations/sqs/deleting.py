"""DeleteMessage and DeleteMessageBatch.

A standard queue deletes by any handle that it has given, whether the message is still there or not. A FIFO queue wants
the handle of the last receipt while that lasts: its groups depend on it.
"""

from typing import Any

from engine.contract import Caller, Transaction
from integrations.sqs import fifo, message_store
from integrations.sqs.access import existing_in
from integrations.sqs.batches import check_entries, each
from integrations.sqs.books import Books, gathering
from integrations.sqs.errors import expired_handle
from integrations.sqs.queue_store import Queue
from integrations.sqs.receipts import Receipt, read_handle

Request = dict[str, Any]
Response = dict[str, Any]


def delete_message(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteMessage."""
    found = gathering(tx)
    queue = existing_in(found, tx, caller, request["QueueUrl"], "DeleteMessage")
    _delete(tx, found, queue, request["ReceiptHandle"])
    return {}


def delete_message_batch(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteMessageBatch: a handle that is refused fails its entry."""
    found = gathering(tx)
    queue = existing_in(found, tx, caller, request["QueueUrl"], "DeleteMessageBatch")
    check_entries(request["Entries"], "DeleteMessageBatchRequestEntry")

    def delete(entry: Request) -> Response:
        _delete(tx, found, queue, entry["ReceiptHandle"])
        return {}

    return each(request["Entries"], delete)


def _delete(tx: Transaction, found: Books, queue: Queue, handle: str) -> None:
    receipt = read_handle(queue.arn, handle)
    if receipt.bin != queue.bin:
        return  # it went with a purge
    if queue.fifo:
        _delete_in_order(tx, found, queue, receipt, handle)
        return
    found.shelf(queue).drop(receipt.key)
    found.remove(queue.bin, receipt.key)


def _delete_in_order(tx: Transaction, found: Books, queue: Queue, receipt: Receipt, handle: str) -> None:
    found.settle(tx.connection)
    message = message_store.by_key(tx.connection, queue.bin, receipt.key)
    if message is None:
        return
    if message.received != receipt.count or message.visible_ms <= tx.moment.epoch_ms:
        raise expired_handle(handle)
    found.remove(queue.bin, receipt.key)
    found.settle(tx.connection)
    fifo.changed(tx, queue, [message.lane or ""])
