"""CreateQueue, DeleteQueue, GetQueueUrl, ListQueues, ListDeadLetterSourceQueues, PurgeQueue, and the tags of queues."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from integrations.sqs import queue_store
from integrations.sqs.access import existing, permitted
from integrations.sqs.attributes import merged, shown
from integrations.sqs.books import books, gathering
from integrations.sqs.errors import (
    deleted_recently,
    invalid_parameter,
    invalid_value,
    name_exists,
    no_queue,
    over_limit,
    purge_in_progress,
)
from integrations.sqs.list_tokens import list_token, read_list_token
from integrations.sqs.names import Address, check_name, is_account, is_name, is_prefix, queue_arn, queue_url
from integrations.sqs.queue_attributes import check_attributes, same_value
from integrations.sqs.queue_store import Queue
from integrations.sqs.texts import is_text

Request = dict[str, Any]
Response = dict[str, Any]


def create_queue(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CreateQueue: one that exists, and has the attributes that were given, is the answer too."""
    given = request.get("Attributes") or {}
    fifo = given.get("FifoQueue", "").lower() == "true"
    check_name(request["QueueName"], fifo)
    address = Address(caller.account, caller.region, request["QueueName"])
    arn = queue_arn(caller.partition, address)
    attributes = check_attributes(tx, arn, given, fifo)
    tags = _checked_tags(request.get("tags") or {})
    queue = books(tx).queue(tx.connection, address)
    if queue is None:
        _add(tx, address, arn, fifo, merged({}, attributes), tags)
    else:
        _check_same(queue, attributes)
    return {"QueueUrl": queue_url(caller, tx.settings.public_url, address)}


def _add(
    tx: Transaction, address: Address, arn: str, fifo: bool, attributes: Mapping[str, str], tags: Mapping[str, str]
) -> None:
    now_ms = tx.moment.epoch_ms
    deleted_ms = queue_store.deleted_ms(tx.connection, address)
    if deleted_ms is not None and now_ms < deleted_ms + limits.SQS_DELETED_MS:
        raise deleted_recently()
    if queue_store.count(tx.connection, address.account, address.region) >= limits.SQS_QUEUES_MAX:
        raise over_limit(f"An account has at most {limits.SQS_QUEUES_MAX} queues.")
    queue_store.add(tx.connection, address, arn, fifo, now_ms, attributes, tags)


def _check_same(queue: Queue, given: Mapping[str, str]) -> None:
    kept = shown(queue.attributes, queue.fifo)
    for name, value in given.items():
        if not same_value(kept.get(name, ""), value):
            raise name_exists(name)


def delete_queue(tx: Transaction, caller: Caller, request: Request) -> Response:
    """DeleteQueue: with its messages, which are removed a bounded number at a time."""
    queue = existing(tx, caller, request["QueueUrl"])
    found = gathering(tx)
    found.settle(tx.connection)
    queue_store.remove(tx.connection, queue, tx.moment.epoch_ms)
    found.forget(queue)
    tx.wake(queue.topic, limits.CONNECTIONS_MAX)  # who waits shall know
    return {}


def purge_queue(tx: Transaction, caller: Caller, request: Request) -> Response:
    """PurgeQueue: all its messages, in flight too, are gone at once."""
    queue = existing(tx, caller, request["QueueUrl"], "PurgeQueue")
    now_ms = tx.moment.epoch_ms
    if queue.purged_ms is not None and now_ms < queue.purged_ms + limits.SQS_PURGE_MS:
        raise purge_in_progress(queue.address.name)
    found = gathering(tx)
    found.settle(tx.connection)
    queue_store.purge(tx.connection, queue, now_ms)
    found.forget(queue)
    return {}


def get_queue_url(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetQueueUrl."""
    account = request.get("QueueOwnerAWSAccountId") or caller.account
    if not is_account(account) or not is_name(request["QueueName"]):
        raise no_queue()
    address = Address(account, caller.region, request["QueueName"])
    permitted(caller, books(tx).queue(tx.connection, address), "GetQueueUrl")
    return {"QueueUrl": queue_url(caller, tx.settings.public_url, address)}


def list_queues(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListQueues: without MaxResults, the first 1,000 and no token, as AWS does."""
    prefix = request.get("QueueNamePrefix") or ""
    query = ("queues", caller.account, caller.region, prefix)
    size = _page_size(request)
    after = read_list_token(request.get("NextToken"), *query)
    if not is_prefix(prefix):
        return {}
    found = queue_store.list_queues(tx.connection, caller.account, caller.region, size + 1, after=after, prefix=prefix)
    return _page(tx, caller, found, "QueueUrls", size, request, query)


def list_dead_letter_source_queues(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListDeadLetterSourceQueues."""
    queue = existing(tx, caller, request["QueueUrl"], "ListDeadLetterSourceQueues")
    query = ("sources", queue.arn)
    size = _page_size(request)
    after = read_list_token(request.get("NextToken"), *query)
    found = queue_store.list_sources(tx.connection, queue.arn, size + 1, after)
    return {"queueUrls": []} | _page(tx, caller, found, "queueUrls", size, request, query)


def _page_size(request: Request) -> int:
    size = request.get("MaxResults")
    if size is None:
        return limits.SQS_LIST_MAX
    if not 1 <= size <= limits.SQS_LIST_MAX:
        raise invalid_parameter(size, "MaxResults", f"Must be between 1 and {limits.SQS_LIST_MAX}, if provided.")
    return int(size)


def _page(
    tx: Transaction,
    caller: Caller,
    found: Sequence[Queue],
    member: str,
    size: int,
    request: Request,
    query: tuple[str, ...],
) -> Response:
    page, public_url = found[:size], tx.settings.public_url
    answer: Response = {member: [queue_url(caller, public_url, queue.address) for queue in page]} if page else {}
    if len(found) > size and request.get("MaxResults") is not None:
        answer["NextToken"] = list_token(page[-1].address.name, *query)
    return answer


# ---- tags ----


def list_queue_tags(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListQueueTags."""
    tags = existing(tx, caller, request["QueueUrl"]).tags
    return {"Tags": dict(tags)} if tags else {}


def tag_queue(tx: Transaction, caller: Caller, request: Request) -> Response:
    """TagQueue."""
    queue = existing(tx, caller, request["QueueUrl"])
    if not request["Tags"]:
        raise invalid_value("The request must contain the parameter Tags.")
    _set_tags(tx, queue, _checked_tags({**queue.tags, **request["Tags"]}))
    return {}


def untag_queue(tx: Transaction, caller: Caller, request: Request) -> Response:
    """UntagQueue."""
    queue = existing(tx, caller, request["QueueUrl"])
    if not request["TagKeys"]:
        raise invalid_value("Tag keys must not be empty.")
    _set_tags(tx, queue, {key: value for key, value in queue.tags.items() if key not in request["TagKeys"]})
    return {}


def _set_tags(tx: Transaction, queue: Queue, tags: Mapping[str, str]) -> None:
    found = gathering(tx)
    found.settle(tx.connection)
    queue_store.set_tags(tx.connection, queue, tags)
    found.forget(queue)


def _checked_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    if len(tags) > limits.TAGS_MAX:
        raise invalid_value(f"Too many tags added for queue. Maximum is {limits.TAGS_MAX}.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise invalid_value(f"Tag key '{key}' must have 1 to 128 characters, and its value up to 256.")
        if not is_text(key) or not is_text(value):
            raise invalid_value("Tag keys and values cannot have control characters.")
        if key.lower().startswith("aws:"):
            raise invalid_value("Tag keys cannot start with reserved prefix 'aws:'.")
    return tags
