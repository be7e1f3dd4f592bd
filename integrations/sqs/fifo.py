"""FIFO queues: a group gives its messages in their order, and none while some of them are in flight.

    a group's row: ready_ms     later than now while it is blocked, so that no receiver looks at it
    its messages, by key:       [in flight ...] [visible or delayed ...]        at most 10 in flight

After everything that happens to a message of a group, `refresh` says anew when the group is ready. All of it goes to
the store at once: the order matters more than the speed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine import limits
from engine.contract import Transaction
from integrations.sqs import attempts_store, group_store, message_store
from integrations.sqs.books import Books, gathering
from integrations.sqs.dead_letters import bury, dead_letter_queue, is_dead
from integrations.sqs.message_store import Message
from integrations.sqs.queue_store import Queue

_PASSES_MAX = 100  # over groups whose first messages are all expired or dead


@dataclass(frozen=True, slots=True)
class Taken:
    """What a receiver gets. `at_ms`: of its receipts. `again_ms`: when there may be some, where there are none."""

    messages: list[Message]
    at_ms: int
    again_ms: int | None = None


def take(tx: Transaction, queue: Queue, count: int, hidden_ms: int, attempt_id: str | None) -> Taken:
    found, now_ms = gathering(tx), tx.moment.epoch_ms
    found.settle(tx.connection)
    if attempt_id is not None and (again := _repeated(tx, queue, attempt_id, hidden_ms)) is not None:
        return again
    messages: list[Message] = []
    if _has_room(tx, found, queue):
        messages = _take_groups(tx, found, queue, count, hidden_ms)
    if messages and attempt_id is not None:
        until_ms = now_ms + limits.SQS_DEDUPLICATION_MS
        attempts_store.put(tx.connection, queue.bin, attempt_id, until_ms, now_ms, messages)
    if messages and hidden_ms <= limits.SQS_WAIT_SECONDS_MAX * 1000:
        tx.wake(queue.topic)  # somebody who waits shall know when they come back
    return Taken(messages, now_ms, None if messages else group_store.next_ms(tx.connection, queue.bin, now_ms))


def _take_groups(tx: Transaction, found: Books, queue: Queue, count: int, hidden_ms: int) -> list[Message]:
    taken: list[Message] = []
    done: set[str] = set()
    for _ in range(_PASSES_MAX):
        wanted = count - len(taken)
        ready = group_store.ready(tx.connection, queue.bin, tx.moment.epoch_ms, wanted + len(done))
        lanes = [lane for lane in ready if lane not in done]
        if not wanted or not lanes:
            break
        for lane in lanes:
            got = _take_group(tx, found, queue, lane, count - len(taken), hidden_ms)
            taken += got
            if got:
                done.add(lane)
            if len(taken) == count:
                break
    return taken


def _take_group(tx: Transaction, found: Books, queue: Queue, lane: str, wanted: int, hidden_ms: int) -> list[Message]:
    """The first messages of a group that is ready. None where all that it looked at were expired or dead."""
    now_ms = tx.moment.epoch_ms
    target = dead_letter_queue(tx, queue)
    taken: list[Message] = []
    for message in message_store.of_lane(tx.connection, queue.bin, lane, wanted):
        if message.sent_ms < now_ms - queue.settings.retention_ms:
            found.remove(queue.bin, message.key)
        elif message.visible_ms > now_ms:
            break
        elif target is not None and is_dead(queue, message):
            bury(tx, queue, message, target)
        else:
            found.take(message, now_ms + hidden_ms, now_ms)
            taken.append(message)
    found.settle(tx.connection)
    refresh(tx, queue.bin, lane)
    return taken


def refresh(tx: Transaction, bin: int, lane: str) -> bool:
    """Say when a group is ready. True: it is now."""
    now_ms = tx.moment.epoch_ms
    first = message_store.of_lane(tx.connection, bin, lane, limits.SQS_RECEIVED_MAX)
    if not first:
        group_store.remove(tx.connection, bin, lane)
        return False
    in_flight = [message.visible_ms for message in first if message.received and message.visible_ms > now_ms]
    ready_ms = max(in_flight, default=first[0].visible_ms)
    group_store.set_ready(tx.connection, bin, lane, ready_ms)
    return ready_ms <= now_ms


def changed(tx: Transaction, queue: Queue, lanes: Iterable[str]) -> None:
    """Messages of these groups were deleted or made visible: who waits may have the next ones."""
    for lane in lanes:
        refresh(tx, queue.bin, lane)
        tx.wake(queue.topic)


def _repeated(tx: Transaction, queue: Queue, attempt_id: str, hidden_ms: int) -> Taken | None:
    """What the same attempt was given, hidden anew; None where one of its messages was touched since."""
    now_ms = tx.moment.epoch_ms
    attempt = attempts_store.find(tx.connection, queue.bin, attempt_id, now_ms)
    again = [] if attempt is None else [_untouched(tx, queue, *given, now_ms) for given in attempt.given]
    messages = [message for message in again if message is not None]
    if attempt is None or len(messages) < len(again):
        return None
    for message in messages:
        message.visible_ms = now_ms + hidden_ms
        message_store.show(tx.connection, queue.bin, message.key, message.visible_ms)
    for lane in dict.fromkeys(message.lane or "" for message in messages):
        refresh(tx, queue.bin, lane)
    until_ms = now_ms + limits.SQS_DEDUPLICATION_MS
    attempts_store.put(tx.connection, queue.bin, attempt_id, until_ms, attempt.at_ms, messages)
    return Taken(messages, attempt.at_ms)


def _untouched(tx: Transaction, queue: Queue, key: int, received: int, visible_ms: int, now_ms: int) -> Message | None:
    message = message_store.by_key(tx.connection, queue.bin, key)
    if message is None or visible_ms <= now_ms or (message.received, message.visible_ms) != (received, visible_ms):
        return None
    return message


def _has_room(tx: Transaction, found: Books, queue: Queue) -> bool:
    """Too many messages in flight: AWS answers with none. They are counted when there may be too many only."""
    shelf = found.shelf(queue)
    if shelf.in_flight is None or shelf.in_flight >= limits.SQS_IN_FLIGHT_MAX:
        shelf.in_flight = message_store.count_in_flight(tx.connection, queue.bin, tx.moment.epoch_ms)
    elif shelf.in_flight is not None:
        shelf.in_flight += limits.SQS_RECEIVED_MAX
    return shelf.in_flight < limits.SQS_IN_FLIGHT_MAX
