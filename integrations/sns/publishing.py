"""Publish and PublishBatch: to a topic, a device's endpoint or a telephone number.

All is checked before the first write. What a message reaches inside this server is committed with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns import archive, deduplication, devices, phones, protecting
from integrations.sns.access import authorize, check_region
from integrations.sns.deduplication import Ordering
from integrations.sns.directory import Known, known
from integrations.sns.errors import invalid, no_topic, not_authorized
from integrations.sns.fan_out import fan_out
from integrations.sns.letters import Published
from integrations.sns.messages import check_attributes, check_size, check_subject, content, size_bytes
from integrations.sns.topic_attributes import message_bytes_max

Request = dict[str, Any]
Response = dict[str, Any]

_FIRST_SEQUENCE = 10**19
_SEQUENCE_STEP = 1_000


def publish(tx: Transaction, caller: Caller, request: Request) -> Response:
    """Publish."""
    given = [name for name in ("TopicArn", "TargetArn", "PhoneNumber") if request.get(name)]
    if not given:
        raise invalid("TopicArn or TargetArn Reason: no value for required parameter")
    if len(given) > 1:
        raise invalid(f"{given[0]} Reason: only one of TopicArn, TargetArn and PhoneNumber may be specified")
    _check(request)
    to_topic = given != ["PhoneNumber"] and ":endpoint/" not in request[given[0]]
    if caller.anonymous and not to_topic:
        raise not_authorized("anonymous", "Publish", request[given[0]], "because it needs credentials")
    if not to_topic:
        check_size(request)
        _check_direct(request)
    if given == ["PhoneNumber"]:
        return phones.publish(tx, caller, request)
    arn = request[given[0]]
    if ":endpoint/" in arn:
        return devices.publish(tx, caller, arn, request)
    found = _topic(tx, caller, arn, given[0])
    check_size(request, message_bytes_max(found.topic.attributes))
    return _to_topic(tx, caller, found, request)


def _check_direct(request: Request) -> None:
    """To a device or a number there are no groups and no deduplication."""
    for name in ("MessageGroupId", "MessageDeduplicationId"):
        if request.get(name) is not None:
            raise invalid(f"{name} Reason: The request includes {name} parameter that is not valid for this target")


def publish_bytes(request: Request) -> int:
    return size_bytes(request)


def publish_batch(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PublishBatch: each entry is published or refused on its own."""
    entries = request["PublishBatchRequestEntries"]
    _check_batch(entries)
    topic = _topic(tx, caller, request["TopicArn"], "TopicArn")
    if batch_bytes(request) > message_bytes_max(topic.topic.attributes):
        text = "The length of all the batch messages put together is more than the limit."
        raise ServiceError("BatchRequestTooLong", text)
    successful, failed = [], []
    for entry in entries:
        try:
            _check(entry)
            answer = _to_topic(tx, caller, topic, entry)
        except ServiceError as error:
            fault = {"Code": error.code, "Message": error.message, "SenderFault": error.status < 500}
            failed.append({"Id": entry["Id"], **fault})
        else:
            successful.append({"Id": entry["Id"], **answer})
    return {"Successful": successful, "Failed": failed}


def batch_bytes(request: Request) -> int:
    return sum(size_bytes(entry) for entry in request["PublishBatchRequestEntries"])


# (when it is so, code, text): a batch is refused as a whole
_BATCH_RULES: tuple[tuple[Callable[[list[Mapping[str, Any]]], bool], str, str], ...] = (
    (lambda entries: not entries, "EmptyBatchRequest", "The batch request doesn't contain any entries."),
    (
        lambda entries: len(entries) > limits.SNS_BATCH_ENTRIES_MAX,
        "TooManyEntriesInBatchRequest",
        "The batch request contains more entries than permissible.",
    ),
    (
        lambda entries: not all(_is_id(entry["Id"]) for entry in entries),
        "InvalidBatchEntryId",
        "The Id of a batch entry in a batch request doesn't abide by the specification.",
    ),
    (
        lambda entries: len({entry["Id"] for entry in entries}) < len(entries),
        "BatchEntryIdsNotDistinct",
        "Two or more batch entries in the request have the same Id.",
    ),
)


def _check_batch(entries: list[Mapping[str, Any]]) -> None:
    for is_so, code, text in _BATCH_RULES:
        if is_so(entries):
            raise ServiceError(code, text)


def _is_id(text: str) -> bool:
    return (
        1 <= len(text) <= limits.NAME_CHARS_MAX and text.isascii() and text.replace("-", "").replace("_", "").isalnum()
    )


def _check(request: Request) -> None:
    """All but the size, which is the topic's to bound."""
    content(request)
    check_subject(request.get("Subject"))
    check_attributes(request.get("MessageAttributes") or {})


def _topic(tx: Transaction, caller: Caller, arn: str, parameter: str) -> Known:
    check_region(caller, arn, parameter)
    found = known(tx, arn)
    if found is None:
        raise no_topic()
    authorize(caller, found.topic, "Publish")
    return found


def _to_topic(tx: Transaction, caller: Caller, found: Known, request: Request) -> Response:
    order = deduplication.ordering(found.topic, request)
    message_id = tx.moment.uuid()
    if order is None:
        published = _published(tx, found, request, message_id, None, request.get("MessageGroupId"))
        if found.protection is not None:
            text = protecting.let_in(tx, caller, found.topic, found.protection, published.content, message_id)
            published = replace(published, content=text)
        fan_out(tx, caller, found.topic, found.targets, published, found.protection)
        return {"MessageId": message_id}
    same = deduplication.earlier(tx.connection, found.topic.id, order, tx.moment.epoch_ms)
    if same is not None:
        return {"MessageId": same[0], "SequenceNumber": _sequence_text(same[1])}
    return _in_order(tx, caller, found, request, message_id, order)


def _in_order(
    tx: Transaction, caller: Caller, found: Known, request: Request, message_id: str, order: Ordering
) -> Response:
    now_ms, topic = tx.moment.epoch_ms, found.topic
    found.next_sequence(tx)
    deduplication.remember(tx.connection, topic.id, order, message_id, found.sequence, now_ms)
    published = _published(tx, found, request, message_id, order, order.group)
    archive.keep(tx, topic, published)
    fan_out(tx, caller, topic, found.targets, published)
    return {"MessageId": message_id, "SequenceNumber": _sequence_text(found.sequence)}


def _published(
    tx: Transaction, found: Known, request: Request, message_id: str, order: Ordering | None, group: str | None
) -> Published:
    return Published(
        message_id,
        found.topic.arn,
        content(request),
        request.get("Subject"),
        request.get("MessageAttributes") or {},
        tx.moment.epoch_ms,
        group,
        None if order is None else order.deduplication,
        None if order is None else _sequence_text(found.sequence),
    )


def _sequence_text(number: int) -> str:
    return str(_FIRST_SEQUENCE + number * _SEQUENCE_STEP)
