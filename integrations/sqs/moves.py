"""The work of message move tasks: some messages in each commit, with the count of those that were moved.

A message that is moved is a new one: it gets an id and a time of its own, and has never been received [API page of
StartMessageMoveTask]. Messages in flight stay, and so do those that came after the task was started.
"""

from engine import limits
from engine.contract import Transaction
from integrations.sqs import fifo, group_store, message_store, move_store
from integrations.sqs.books import SERVICE, Books, gathering, queue_by_arn
from integrations.sqs.contents import as_new, body_of, source_of
from integrations.sqs.message_store import Message
from integrations.sqs.move_store import CANCELLED, CANCELLING, COMPLETED, FAILED, Move
from integrations.sqs.queue_store import Queue
from integrations.sqs.sending import add, new_message

_PLACE = "moved"  # in the memory: the last task that was looked at in this round
_NO_SOURCE = "The source queue does not exist any more."
_NO_TARGET = "The destination queue does not exist any more, or the message was not moved here from another queue."


def advance(tx: Transaction) -> bool:
    """Go on with one task. True: there is another one, or more to do at once."""
    memory = tx.memory(SERVICE)
    after = memory.get(_PLACE, 0)
    move = move_store.next_active(tx.connection, after)
    if move is None:
        memory.pop(_PLACE, None)
        return False
    full = _advance(tx, move)
    if not full:
        tx.memory(SERVICE)[_PLACE] = move.id
    return True


def _advance(tx: Transaction, move: Move) -> bool:
    """True: it moved as many as it may in one commit, and may go on without a pause."""
    if move.status == CANCELLING:
        move_store.set_status(tx.connection, move, CANCELLED)
        return False
    source = queue_by_arn(tx, move.source_arn)
    if source is None:
        move_store.set_status(tx.connection, move, FAILED, _NO_SOURCE)
        return False
    found, allowed = gathering(tx), _allowance(tx, move)
    if not allowed:
        return False
    wanted = min(allowed, limits.SQS_MOVED_PER_BATCH_MAX)
    found.settle(tx.connection)
    messages = _next(tx, source, move, wanted)
    moved = 0
    for message in messages:
        target = queue_by_arn(tx, move.target_arn or source_of(message) or "")
        if target is None or target.fifo != source.fifo:
            move_store.set_status(tx.connection, move, FAILED, _NO_TARGET)
            break
        _move(tx, found, source, message, target)
        moved += 1
    _settle(tx, found, source, messages[:moved])
    move_store.set_moved(tx.connection, move, move.moved + moved)
    if moved == len(messages) < wanted:
        move_store.set_status(tx.connection, move, COMPLETED)
    return moved == wanted


def _allowance(tx: Transaction, move: Move) -> int:
    """How many messages a task may move now: its rate, over the time that it has run."""
    if move.rate is None:
        return limits.SQS_MOVED_PER_BATCH_MAX
    elapsed_ms = tx.moment.epoch_ms - move.started_ms
    return max(0, move.rate * (elapsed_ms // 1000 + 1) - move.moved)


def _next(tx: Transaction, source: Queue, move: Move, wanted: int) -> list[Message]:
    now_ms = tx.moment.epoch_ms
    if not source.fifo:
        found = message_store.visible(tx.connection, source.bin, now_ms, wanted)
        return [message for message in found if message.key <= move.until_key]
    messages: list[Message] = []
    for lane in group_store.ready(tx.connection, source.bin, now_ms, wanted):
        room = wanted - len(messages)
        of_lane = message_store.of_lane(tx.connection, source.bin, lane, room) if room else []
        messages += [one for one in of_lane if one.visible_ms <= now_ms and one.key <= move.until_key]
    return messages


def _move(tx: Transaction, found: Books, source: Queue, message: Message, target: Queue) -> None:
    found.remove(source.bin, message.key)
    if not source.fifo:
        found.shelf(source).drop(message.key)
    body = body_of(tx.keys, message)
    add(tx, found, target, new_message(tx, found, target, body, 0, message.lane, message.tenant, as_new(message)))


def _settle(tx: Transaction, found: Books, source: Queue, moved: list[Message]) -> None:
    found.settle(tx.connection)
    for lane in {message.lane for message in moved if message.lane is not None}:
        fifo.refresh(tx, source.bin, lane)
