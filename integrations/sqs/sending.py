"""SendMessage and SendMessageBatch.

    request -> Content, checked -> deduplication (FIFO) -> a message gathered for the commit -> a receiver is woken

Both raise only before they change anything.
"""

from hashlib import sha256
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sqs import duplicates_store
from integrations.sqs.access import existing_in
from integrations.sqs.batches import check_entries, each
from integrations.sqs.books import Books, gathering
from integrations.sqs.contents import extra_of, seal, sequence_number
from integrations.sqs.duplicates_store import Duplicate
from integrations.sqs.errors import invalid_value, missing_parameter, wrong_type
from integrations.sqs.message_store import Message
from integrations.sqs.messages import TRACE_HEADER, Content, check_id, read_content, seconds
from integrations.sqs.queue_store import Queue

Request = dict[str, Any]
Response = dict[str, Any]


def send_message(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SendMessage."""
    found = gathering(tx)
    queue = existing_in(found, tx, caller, request["QueueUrl"], "SendMessage")
    content = read_content(request, queue.settings.size_bytes_max, request.get(TRACE_HEADER))
    return _send(tx, found, caller, queue, request, content)


def send_message_batch(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SendMessageBatch: what is wrong with one entry fails that entry."""
    found = gathering(tx)
    queue = existing_in(found, tx, caller, request["QueueUrl"], "SendMessageBatch")
    entries = request["Entries"]
    check_entries(entries, "SendMessageBatchRequestEntry")
    contents: dict[str, Content | ServiceError] = {
        entry["Id"]: _content(entry, queue, request.get(TRACE_HEADER)) for entry in entries
    }
    total = sum(content.size for content in contents.values() if isinstance(content, Content))
    if total > limits.SQS_MESSAGE_BYTES_MAX:
        text = (
            f"Batch requests cannot be longer than {limits.SQS_MESSAGE_BYTES_MAX} bytes. You have sent {total} bytes."
        )
        raise ServiceError("BatchRequestTooLong", text)

    def send(entry: Request) -> Response:
        content = contents[entry["Id"]]
        if isinstance(content, ServiceError):
            raise content
        return _send(tx, found, caller, queue, entry, content)

    return each(entries, send)


def request_bytes(request: Request) -> int:
    """What a request counts towards the bytes of a batch."""
    bodies = (entry.get("MessageBody") or "" for entry in request.get("Entries") or [request])
    return sum(map(len, bodies))


def _content(entry: Request, queue: Queue, trace: str | None) -> Content | ServiceError:
    try:
        return read_content(entry, queue.settings.size_bytes_max, trace)
    except ServiceError as error:
        return error


def _send(tx: Transaction, found: Books, caller: Caller, queue: Queue, request: Request, content: Content) -> Response:
    response = {"MD5OfMessageBody": content.md5}
    if content.attributes_md5 is not None:
        response["MD5OfMessageAttributes"] = content.attributes_md5
    if content.system_md5 is not None:
        response["MD5OfMessageSystemAttributes"] = content.system_md5
    if queue.fifo:
        sent = _send_fifo(tx, found, caller, queue, request, content)
        return response | {"MessageId": sent.message_id, "SequenceNumber": sequence_number(sent.key)}
    message = _message(tx, found, caller, queue, request, content)
    add(tx, found, queue, message)
    response["MessageId"] = message.id
    return response


def _message(
    tx: Transaction, found: Books, caller: Caller, queue: Queue, request: Request, content: Content
) -> Message:
    """Of a standard queue."""
    tenant = request.get("MessageGroupId")
    if tenant is not None:
        check_id(tenant, "MessageGroupId")
    if (deduplication_id := request.get("MessageDeduplicationId")) is not None:
        raise wrong_type(deduplication_id, "MessageDeduplicationId")
    delay = request.get("DelaySeconds")
    delay_ms = seconds(delay, queue.settings.delay_ms, "DelaySeconds", limits.SQS_DELAY_SECONDS_MAX)
    extra = extra_of(content, caller.account, queue.address.account, None)
    return new_message(tx, found, queue, content.body, delay_ms, None, tenant, extra)


def new_message(
    tx: Transaction,
    found: Books,
    queue: Queue,
    text: str,
    delay_ms: int,
    lane: str | None,
    tenant: str | None,
    extra: str | None,
) -> Message:
    """With an id and a time of its own, and never received."""
    now_ms, message_id = tx.moment.epoch_ms, tx.moment.uuid()
    body, sealed = seal(tx.keys, queue.settings.encrypted, text, message_id)
    return Message(
        key=found.next_key(tx, now_ms),
        bin=queue.bin,
        visible_ms=now_ms + delay_ms,
        received=0,
        first_ms=None,
        sent_ms=now_ms,
        id=message_id,
        body=body,
        sealed=sealed,
        lane=lane,
        tenant=tenant,
        extra=extra,
    )


def add(tx: Transaction, found: Books, queue: Queue, message: Message) -> None:
    """A new message of a queue, from whoever sent it. One receiver is woken, also to learn when a delay ends."""
    found.add(message)
    if not queue.fifo:
        found.shelf(queue).put(message, tx.moment.epoch_ms)
    tx.wake(queue.topic)


def _send_fifo(
    tx: Transaction, found: Books, caller: Caller, queue: Queue, request: Request, content: Content
) -> Duplicate:
    lane = check_id(request.get("MessageGroupId"), "MessageGroupId")
    if lane is None:
        raise missing_parameter("MessageGroupId")
    if request.get("DelaySeconds"):
        raise wrong_type(request["DelaySeconds"], "DelaySeconds")
    deduplication_id = check_id(request.get("MessageDeduplicationId"), "MessageDeduplicationId")
    if deduplication_id is None:
        if not queue.settings.content_based:
            raise invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId "
                "provided explicitly"
            )
        deduplication_id = sha256(content.body.encode()).hexdigest()
    now_ms = tx.moment.epoch_ms
    scope = queue.id, lane if queue.settings.by_group else "", deduplication_id
    sent = found.duplicates.get(scope) or duplicates_store.find(tx.connection, *scope, now_ms)
    if sent is None:
        extra = extra_of(content, caller.account, queue.address.account, deduplication_id)
        message = new_message(tx, found, queue, content.body, queue.settings.delay_ms, lane, None, extra)
        add(tx, found, queue, message)
        sent = Duplicate(now_ms + limits.SQS_DEDUPLICATION_MS, message.id, message.key)
        found.duplicates[scope] = sent
    return sent
