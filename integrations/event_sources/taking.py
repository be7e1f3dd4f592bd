"""What an event source does in a transaction: messages are received, executions started with them, messages deleted.

For a state machine all three are one commit: what a message starts, it starts exactly once. Where an execution is
refused (an input that is too large, a machine that is not there) the message stays in flight and comes back, until its
queue's redrive policy has had enough.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import limits
from engine.contract import NotYet, Transaction
from engine.errors import ServiceError
from engine.jsontext import dumps
from integrations.event_sources.records import Json, chunks, record
from integrations.event_sources.source import Source

WAIT_SECONDS = 20  # the longest that SQS lets one wait
MESSAGES_PER_COMMIT = 500
_SQS, _OWN = "sqs", "stepfunctions"
_MISSING = "QueueDoesNotExist"


@dataclass(slots=True)
class Window:
    """What a worker knows between two looks. `note` is told what is wrong while it waits; `since_ms`: since when there
    have been messages of a batch that is not full."""

    note: Callable[[str], None]
    since_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """`executions` were started; `refused`: why not all that were received."""

    executions: int
    refused: ServiceError | None


def take(tx: Transaction, source: Source, most: int, window: Window, wait: bool = True) -> list[Json] | NotYet:
    """Up to `most` messages, as records; a queue that is not there yet is waited for. Raises ServiceError."""
    try:
        return _take(tx, source, most, window, wait)
    except ServiceError as error:
        if error.code != _MISSING or not wait:
            raise
        window.note(str(error))
        return NotYet(source.topic, [], WAIT_SECONDS * 1000)


def _take(tx: Transaction, source: Source, most: int, window: Window, wait: bool) -> list[Json] | NotYet:
    if wait and source.settings.batching_window_seconds:
        not_full = _not_full(tx, source, window)
        if not_full is not None:
            return not_full
    found: list[Json] = []
    while (left := min(most, MESSAGES_PER_COMMIT) - len(found)) > 0:
        answer = _receive(tx, source, left, WAIT_SECONDS if wait and not found else 0)
        if isinstance(answer, NotYet):
            return replace(answer, answer=[])
        if not (messages := answer.get("Messages")):
            break
        found += [record(message, source.queue_arn) for message in messages]
    window.since_ms = None
    return found


def start(tx: Transaction, source: Source, window: Window) -> Started | NotYet:
    """Start executions with the next batch. Raises ServiceError."""
    found = take(tx, source, source.settings.batch_size, window)
    if isinstance(found, NotYet):
        return replace(found, answer=Started(0, None))
    executions, refused, taken = 0, None, list[Json]()
    for chunk in chunks(found, limits.PAYLOAD_BYTES_MAX - 2):
        try:
            request = {"stateMachineArn": source.target_arn, "input": dumps(chunk)}
            tx.call(source.target_owner, _OWN, "StartExecution", request)
        except ServiceError as error:
            refused = error
            if source.fifo:
                break  # what comes after it in its group must not be started before
        else:
            executions += 1
            taken += chunk
    delete(tx, source, taken)
    return Started(executions, refused)


def delete(tx: Transaction, source: Source, records: Iterable[Json]) -> None:
    """What was taken care of goes. A receipt that is not valid any more means that the message comes again."""
    entries = [{"Id": str(number), "ReceiptHandle": one["receiptHandle"]} for number, one in enumerate(records)]
    for begin in range(0, len(entries), limits.SQS_BATCH_ENTRIES_MAX):
        request = {"QueueUrl": source.queue, "Entries": entries[begin : begin + limits.SQS_BATCH_ENTRIES_MAX]}
        tx.call(source.queue_owner, _SQS, "DeleteMessageBatch", request)


def _receive(tx: Transaction, source: Source, count: int, wait_seconds: int) -> dict[str, Any] | NotYet:
    request = {
        "QueueUrl": source.queue,
        "MaxNumberOfMessages": min(count, limits.SQS_RECEIVED_MAX),
        "MessageSystemAttributeNames": ["All"],
        "MessageAttributeNames": ["All"],
        "WaitTimeSeconds": wait_seconds,
    }
    return tx.call_or_wait(source.queue_owner, _SQS, "ReceiveMessage", request)


def _not_full(tx: Transaction, source: Source, window: Window) -> NotYet | None:
    """Whether a batch waits for more: from its first message on as long as the window, or until it is full."""
    request = {"QueueUrl": source.queue, "AttributeNames": ["ApproximateNumberOfMessages"]}
    answer = tx.call(source.queue_owner, _SQS, "GetQueueAttributes", request)
    count = int(answer["Attributes"]["ApproximateNumberOfMessages"])
    now_ms = tx.moment.epoch_ms
    if count == 0:
        window.since_ms = None
        return None
    if window.since_ms is None:
        window.since_ms = now_ms
    until_ms = window.since_ms + source.settings.batching_window_seconds * 1000
    if count >= source.settings.batch_size or now_ms >= until_ms:
        return None
    return NotYet(source.topic, [], WAIT_SECONDS * 1000, until_ms)


def ids(records: Sequence[Json]) -> list[str]:
    return [one["messageId"] for one in records]
