"""Messages that were received too often: they move to the dead-letter queue in the transaction that finds them so.

A dead letter keeps its id, its receive count and, in a standard queue, the time when it was sent, by which it expires;
a FIFO queue counts from the move [Developer Guide, "Using dead-letter queues"].
"""

from dataclasses import replace

from engine.contract import Transaction
from integrations.sqs.books import gathering, queue_by_arn
from integrations.sqs.contents import as_letter, received_before
from integrations.sqs.message_store import Message
from integrations.sqs.queue_store import Queue
from integrations.sqs.sending import add


def dead_letter_queue(tx: Transaction, queue: Queue) -> Queue | None:
    """Where its dead letters go; None where it has no RedrivePolicy, or that queue is gone: then they stay."""
    redrive = queue.settings.redrive
    return None if redrive is None else queue_by_arn(tx, redrive.target_arn)


def is_dead(queue: Queue, message: Message) -> bool:
    """Whether it was received as often as it may be, in this queue."""
    redrive = queue.settings.redrive
    if redrive is None or message.received < redrive.receives_max:
        return False
    return message.received - received_before(message) >= redrive.receives_max


def bury(tx: Transaction, queue: Queue, message: Message, target: Queue) -> None:
    """Move a message, which the caller has taken off its shelf."""
    found, now_ms = gathering(tx), tx.moment.epoch_ms
    found.remove(queue.bin, message.key)
    letter = replace(
        message,
        key=found.next_key(tx, now_ms),
        bin=target.bin,
        visible_ms=now_ms,
        sent_ms=now_ms if target.fifo else message.sent_ms,
        extra=as_letter(message, queue.arn),
    )
    add(tx, found, target, letter)
