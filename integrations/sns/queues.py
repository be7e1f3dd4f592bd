"""Messages into queues, in the transaction at hand: subscribers' and dead-letter queues.

SNS and SQS know each other by the operations of SQS only. A message of another account's topic is taken where the
queue's policy lets sns.amazonaws.com send for that topic; within one account it needs no policy here.
"""

import base64
import logging
from collections.abc import Mapping
from typing import Any

from engine.access_policy import Principal, decision
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sns.deliveries import DeadLetter
from integrations.sns.store import Topic

log = logging.getLogger("statewright.sns")

_ATTRIBUTES_MAX = 10  # of a message of SQS
_PACKED = "BinaryBase64"  # bytes as JSON can hold them


def owner(queue_arn: str) -> tuple[Caller, str]:
    """(the account that the queue is of, its name)"""
    _, partition, _, region, account, name = queue_arn.split(":", 5)
    return Caller(account, region, partition), name


def deliver(tx: Transaction, topic: Topic, queue_arn: str, letter: DeadLetter) -> ServiceError | None:
    """Send a topic's message to a queue; what SQS says against it."""
    caller, name = owner(queue_arn)
    try:
        if caller.account != topic.account:
            _check_policy(tx, caller, name, queue_arn, topic)
        tx.call(caller, "sqs", "SendMessage", _request(name, letter))
    except ServiceError as error:
        return error
    return None


def bury(tx: Transaction, queue_arn: str | None, letter: DeadLetter, subscription: str, code: str, text: str) -> None:
    """What could not be delivered goes to the subscription's dead-letter queue; without one it is lost, with a line in
    the log."""
    if queue_arn is None:
        log.warning("a message of %s could not be delivered (%s: %s) and is dropped", subscription, code, text)
        return
    caller, name = owner(queue_arn)
    why = {"ErrorCode": code, "ErrorMessage": text or code, "RequestID": tx.moment.uuid()}
    reasons = {key: {"DataType": "String", "StringValue": value} for key, value in why.items()}
    kept = list(letter.attributes.items())[: _ATTRIBUTES_MAX - len(reasons)]
    if len(kept) < len(letter.attributes):
        log.warning("a message of %s loses attributes in its dead-letter queue: a queue takes 10", subscription)
    attributes = dict(kept) | reasons
    try:
        letter = DeadLetter(letter.body, attributes, letter.group, letter.deduplication)
        tx.call(caller, "sqs", "SendMessage", _request(name, letter))
    except ServiceError as error:
        log.error("the dead-letter queue %s of %s takes no message: %s", queue_arn, subscription, error)


def packed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as JSON holds them."""
    return {name: _packed(found) for name, found in attributes.items()}


def unpacked(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes as the API has them, of `packed` ones too."""
    return {name: _unpacked(found) for name, found in attributes.items()}


def _packed(attribute: Mapping[str, Any]) -> dict[str, Any]:
    if "BinaryValue" not in attribute:
        return dict(attribute)
    return {"DataType": attribute["DataType"], _PACKED: base64.b64encode(attribute["BinaryValue"]).decode()}


def _unpacked(attribute: Mapping[str, Any]) -> dict[str, Any]:
    if _PACKED not in attribute:
        return dict(attribute)
    return {"DataType": attribute["DataType"], "BinaryValue": base64.b64decode(attribute[_PACKED])}


def _request(name: str, letter: DeadLetter) -> dict[str, Any]:
    request: dict[str, Any] = {"QueueUrl": name, "MessageBody": letter.body}
    if letter.attributes:
        request["MessageAttributes"] = unpacked(letter.attributes)
    if letter.group is not None:
        request["MessageGroupId"] = letter.group
    if name.endswith(".fifo") and letter.deduplication is not None:
        request["MessageDeduplicationId"] = letter.deduplication
    return request


def _check_policy(tx: Transaction, caller: Caller, name: str, queue_arn: str, topic: Topic) -> None:
    """Of a queue of another account."""
    asked = {"QueueUrl": name, "AttributeNames": ["Policy"]}
    policy = tx.call(caller, "sqs", "GetQueueAttributes", asked).get("Attributes", {}).get("Policy")
    context = {"aws:sourcearn": topic.arn, "aws:sourceaccount": topic.account, "aws:sourceowner": topic.account}
    service = Principal(service="sns.amazonaws.com")
    if not policy or decision(policy, service, "sqs:SendMessage", queue_arn, context) is not True:
        text = f"The policy of {queue_arn} does not let sns.amazonaws.com send messages of {topic.arn}."
        raise ServiceError("AccessDenied", text, 403)
