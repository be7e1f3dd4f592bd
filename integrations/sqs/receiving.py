"""ReceiveMessage: messages, or a place among those that wait for some.

A message is not visible to others for the visibility timeout. What stands before it and is expired, or dead, goes on
the way. Nobody polls: who waits is asked again when a message is sent or becomes visible.

A body that does not open (the store was tampered with) is an error after all that: the messages stay hidden for their
time, as if the answer had been lost, so that the broken one does not stand before the others for ever.
"""

from typing import Any

from engine import limits
from engine.contract import Caller, NotYet, Transaction
from integrations.sqs import fifo, message_store
from integrations.sqs.access import existing_in
from integrations.sqs.books import Books, gathering
from integrations.sqs.contents import View, body_of, view_of
from integrations.sqs.dead_letters import bury, dead_letter_queue, is_dead
from integrations.sqs.errors import invalid_parameter, over_limit, wrong_type
from integrations.sqs.fifo import Taken
from integrations.sqs.message_store import Message
from integrations.sqs.messages import check_id, seconds
from integrations.sqs.queue_store import Queue
from integrations.sqs.receipts import write_handle
from integrations.sqs.shelf import Shelf

Request = dict[str, Any]
Response = dict[str, Any]


def receive_message(tx: Transaction, caller: Caller, request: Request) -> Response | NotYet:
    """ReceiveMessage."""
    found = gathering(tx)
    queue = existing_in(found, tx, caller, request["QueueUrl"], "ReceiveMessage")
    view = view_of(
        (*(request.get("AttributeNames") or ()), *(request.get("MessageSystemAttributeNames") or ())),
        tuple(request.get("MessageAttributeNames") or ()),
    )
    settings = queue.settings
    visible = request.get("VisibilityTimeout")
    hidden_ms = seconds(visible, settings.visibility_ms, "VisibilityTimeout", limits.SQS_VISIBILITY_SECONDS_MAX)
    wait_ms = seconds(request.get("WaitTimeSeconds"), settings.wait_ms, "WaitTimeSeconds", limits.SQS_WAIT_SECONDS_MAX)
    count = _count(request.get("MaxNumberOfMessages"))
    attempt_id = check_id(request.get("ReceiveRequestAttemptId"), "ReceiveRequestAttemptId")
    if attempt_id is not None and not queue.fifo:
        raise wrong_type(attempt_id, "ReceiveRequestAttemptId")
    if queue.fifo:
        taken = fifo.take(tx, queue, count, hidden_ms, attempt_id)
    else:
        taken = _take(tx, found, queue, count, hidden_ms)
    if taken.messages:
        return {"Messages": [_shown(tx, queue, view, message, taken.at_ms) for message in taken.messages]}
    return NotYet(queue.topic, {}, wait_ms, taken.again_ms) if wait_ms else {}


def _count(given: int | None) -> int:
    if given is None:
        return 1
    if not 1 <= given <= limits.SQS_RECEIVED_MAX:
        raise invalid_parameter(given, "MaxNumberOfMessages", "Must be between 1 and 10, if provided.")
    return given


def _shown(tx: Transaction, queue: Queue, view: View, message: Message, at_ms: int) -> Response:
    handle = write_handle(queue.arn, queue.bin, message.key, message.received, at_ms)
    return view.shown(message, body_of(tx.keys, message), handle, queue.address.account)


def _take(tx: Transaction, found: Books, queue: Queue, count: int, hidden_ms: int) -> Taken:
    """Of a standard queue."""
    now_ms, shelf = tx.moment.epoch_ms, found.shelf(queue)
    _check_in_flight(tx, found, shelf, now_ms)
    taken: list[Message] = []
    sooner = False
    seen: set[int] = set()  # a message that is visible again at once is still given once
    for _ in range(limits.SQS_PASSED_OVER_MAX):
        if len(taken) == count or (message := _next(tx, found, shelf, now_ms)) is None or message.key in seen:
            break
        if _passed_over(tx, found, queue, message, now_ms):
            continue
        seen.add(message.key)
        found.take(message, now_ms + hidden_ms, now_ms)
        sooner |= shelf.due(max(message.visible_ms, now_ms + 1))
        taken.append(message)
    if taken and shelf.in_flight is not None:
        shelf.in_flight += len(taken)
    if sooner:
        tx.wake(queue.topic)  # somebody who waits shall know when that comes back
    return Taken(taken, now_ms, shelf.next_ms)


def _next(tx: Transaction, found: Books, shelf: Shelf, now_ms: int) -> Message | None:
    if shelf.stale(now_ms):
        found.settle(tx.connection)
        found.make_room(shelf)
        shelf.refill(tx.connection, now_ms)
    return shelf.next()


def _passed_over(tx: Transaction, found: Books, queue: Queue, message: Message, now_ms: int) -> bool:
    """Whether the message is expired or dead, and so has gone from the queue now."""
    if message.sent_ms < now_ms - queue.settings.retention_ms:
        found.remove(queue.bin, message.key)
        return True
    if is_dead(queue, message) and (target := dead_letter_queue(tx, queue)) is not None:
        bury(tx, queue, message, target)
        return True
    return False


def _check_in_flight(tx: Transaction, found: Books, shelf: Shelf, now_ms: int) -> None:
    """OverLimit. Messages are counted when there may be too many only."""
    if shelf.in_flight is None or shelf.in_flight >= limits.SQS_IN_FLIGHT_MAX:
        found.settle(tx.connection)
        shelf.in_flight = message_store.count_in_flight(tx.connection, shelf.bin, now_ms)
        if shelf.in_flight >= limits.SQS_IN_FLIGHT_MAX:
            raise over_limit("Too many messages in flight.")
