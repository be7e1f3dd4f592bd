"""GetQueueAttributes, SetQueueAttributes, AddPermission and RemovePermission."""

from collections.abc import Mapping
from typing import Any

from engine.contract import Caller, Transaction
from engine.jsontext import JsonError, loads
from integrations.sqs import message_store, queue_store
from integrations.sqs.access import existing
from integrations.sqs.attributes import COUNTS, NAMES, Attributes, checked, merged, shown
from integrations.sqs.books import books, gathering, queue_by_arn
from integrations.sqs.errors import invalid_attribute, invalid_parameter, unknown_attribute
from integrations.sqs.names import read_arn
from integrations.sqs.policies import read_policy, with_permission, without_permission
from integrations.sqs.queue_store import Queue
from integrations.sqs.redrive import allows, read_redrive

Request = dict[str, Any]
Response = dict[str, Any]


def get_queue_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """GetQueueAttributes. The approximate counts are exact."""
    queue = existing(tx, caller, request["QueueUrl"], "GetQueueAttributes")
    names = request.get("AttributeNames") or []
    for name in names:
        if name != "All" and name not in NAMES:
            raise unknown_attribute(name)
    every = "All" in names
    wanted = NAMES if every else frozenset(names)
    found = {
        **shown(queue.attributes, queue.fifo),
        "QueueArn": queue.arn,
        "CreatedTimestamp": str(queue.created_ms // 1000),
        "LastModifiedTimestamp": str(queue.modified_ms // 1000),
    }
    if not wanted.isdisjoint(COUNTS):
        found |= _counts(tx, queue)
    answer = {name: value for name, value in found.items() if name in wanted}
    return {"Attributes": answer} if answer else {}


def _counts(tx: Transaction, queue: Queue) -> dict[str, str]:
    now_ms = tx.moment.epoch_ms
    books(tx).settle(tx.connection)  # nothing to do for a reader; a Task sees what its batch has gathered
    expired = message_store.count_expired(tx.connection, queue.bin, now_ms - queue.settings.retention_ms)
    in_flight = message_store.count_in_flight(tx.connection, queue.bin, now_ms)
    delayed = message_store.count_delayed(tx.connection, queue.bin, now_ms)
    visible = message_store.count_all(tx.connection, queue.bin) - in_flight - delayed - expired
    return dict(zip(COUNTS, (str(max(visible, 0)), str(in_flight), str(delayed)), strict=True))


def set_queue_attributes(tx: Transaction, caller: Caller, request: Request) -> Response:
    """SetQueueAttributes."""
    queue = existing(tx, caller, request["QueueUrl"])
    given = dict(request["Attributes"])
    if "FifoQueue" in given and queue.fifo and given.pop("FifoQueue").lower() != "true":
        raise invalid_attribute("FifoQueue", "Modifying queue type is not supported.")
    _set(tx, queue, check_attributes(tx, queue.arn, given, queue.fifo))
    return {}


def add_permission(tx: Transaction, caller: Caller, request: Request) -> Response:
    """AddPermission: one more statement of the queue's policy."""
    queue = existing(tx, caller, request["QueueUrl"])
    policy = queue.attributes.get("Policy")
    accounts, actions = request["AWSAccountIds"], request["Actions"]
    _set(tx, queue, {"Policy": with_permission(policy, queue.arn, request["Label"], accounts, actions)})
    return {}


def remove_permission(tx: Transaction, caller: Caller, request: Request) -> Response:
    """RemovePermission."""
    queue = existing(tx, caller, request["QueueUrl"])
    _set(tx, queue, {"Policy": without_permission(queue.attributes.get("Policy"), request["Label"])})
    return {}


def _set(tx: Transaction, queue: Queue, changes: Mapping[str, str]) -> None:
    attributes = merged(queue.attributes, changes)
    found = gathering(tx)
    found.settle(tx.connection)
    queue_store.set_attributes(tx.connection, queue, attributes, tx.moment.epoch_ms)
    found.forget(queue)


def check_attributes(tx: Transaction, arn: str, given: Mapping[str, str], fifo: bool) -> Attributes:
    """Attributes that a queue is to have, also against the queues that they name."""
    attributes = checked(given, fifo)
    if policy := attributes.get("Policy"):
        read_policy(policy)
    if redrive := attributes.get("RedrivePolicy"):
        _check_target(tx, arn, redrive, fifo)
    return attributes


def _check_target(tx: Transaction, arn: str, text: str, fifo: bool) -> None:
    """The dead-letter queue is there, of the same account, region and type, and takes the letters of this queue."""
    target_arn = read_redrive(text).target_arn
    target_address, own = read_arn(target_arn), read_arn(arn)
    assert target_address is not None, "read_redrive has read the ARN"
    assert own is not None, "it is a queue's"
    if (target_address.account, target_address.region) != (own.account, own.region):
        reason = "Dead-letter queue must be in the same account and region as the source."
        raise invalid_parameter(text, "RedrivePolicy", reason)
    if target_arn == arn:
        raise invalid_parameter(text, "RedrivePolicy", "A queue cannot be its own dead-letter queue.")
    target = queue_by_arn(tx, target_arn)
    if target is None:
        raise invalid_parameter(text, "RedrivePolicy", "Dead letter target does not exist.")
    if target.fifo != fifo:
        reason = "Dead-letter queue must be same type of queue as the source."
        raise invalid_parameter(text, "RedrivePolicy", reason)
    if not allows(target.attributes.get("RedriveAllowPolicy"), arn):
        reason = "The RedriveAllowPolicy of the dead-letter queue does not permit this source queue."
        raise invalid_parameter(text, "RedrivePolicy", reason)


def same_value(one: str, other: str) -> bool:
    """Whether two values of an attribute mean the same: policies are JSON."""
    if one == other:
        return True
    try:
        first, second = loads(one), loads(other)
    except JsonError:
        return False
    return isinstance(first, dict) and first == second
