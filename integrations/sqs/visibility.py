"""ChangeMessageVisibility and ChangeMessageVisibilityBatch: how long a received message stays hidden, from now on.

No longer than 12 hours after it was received, in all [API page]. Zero gives it back at once.
"""

from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sqs import fifo, message_store
from integrations.sqs.access import existing
from integrations.sqs.batches import check_entries, each
from integrations.sqs.books import gathering
from integrations.sqs.errors import expired_handle, invalid_parameter, missing_parameter, not_in_flight
from integrations.sqs.message_store import Message
from integrations.sqs.messages import seconds
from integrations.sqs.queue_store import Queue
from integrations.sqs.receipts import Receipt, read_handle

Request = dict[str, Any]
Response = dict[str, Any]

_TOTAL_MS_MAX = limits.SQS_VISIBILITY_SECONDS_MAX * 1000


def change_message_visibility(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ChangeMessageVisibility."""
    queue = existing(tx, caller, request["QueueUrl"], "ChangeMessageVisibility")
    _change(tx, queue, request)
    return {}


def change_message_visibility_batch(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ChangeMessageVisibilityBatch: an entry that is refused fails alone."""
    queue = existing(tx, caller, request["QueueUrl"], "ChangeMessageVisibilityBatch")
    check_entries(request["Entries"], "ChangeMessageVisibilityBatchRequestEntry")

    def change(entry: Request) -> Response:
        _change(tx, queue, entry)
        return {}

    return each(request["Entries"], change)


def _change(tx: Transaction, queue: Queue, request: Request) -> None:
    handle, given, now_ms = request["ReceiptHandle"], request.get("VisibilityTimeout"), tx.moment.epoch_ms
    if given is None:
        raise missing_parameter("VisibilityTimeout")
    hidden_ms = seconds(given, 0, "VisibilityTimeout", limits.SQS_VISIBILITY_SECONDS_MAX)
    receipt = read_handle(queue.arn, handle)
    if now_ms + hidden_ms - receipt.at_ms > _TOTAL_MS_MAX:
        reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]."
        raise invalid_parameter(given, "VisibilityTimeout", reason)
    found = gathering(tx)
    found.settle(tx.connection)
    message = _in_flight(tx, queue, receipt, handle)
    message_store.show(tx.connection, queue.bin, message.key, now_ms + hidden_ms)
    if queue.fifo:
        fifo.changed(tx, queue, [message.lane or ""])
    elif found.shelf(queue).due(max(now_ms + hidden_ms, now_ms + 1)):
        tx.wake(queue.topic)


def _in_flight(tx: Transaction, queue: Queue, receipt: Receipt, handle: str) -> Message:
    message = message_store.by_key(tx.connection, queue.bin, receipt.key) if receipt.bin == queue.bin else None
    if message is None:
        raise not_in_flight(handle)
    if queue.fifo and message.received != receipt.count:
        raise expired_handle(handle)
    if message.visible_ms <= tx.moment.epoch_ms:
        raise ServiceError("MessageNotInflight", "The message referred to isn't in flight.")
    return message
