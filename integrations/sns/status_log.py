"""Delivery status logging: how deliveries ended, as events of CloudWatch Logs, as far as the topic's attributes ask.

sns/REGION/ACCOUNT/TOPIC            successes, of which SampleRate percent are written
sns/REGION/ACCOUNT/TOPIC/Failure    failures, all of them
"""

import hashlib
import logging
from collections.abc import Mapping
from typing import Any

from engine import jsontext
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.moment import iso_time
from integrations.sns.deliveries import Delivery

log = logging.getLogger("statewright.sns")

# protocol -> how the topic's attributes for it begin; mail and SMS have none on topics
PREFIXES = {
    "http": "HTTP",
    "https": "HTTP",
    "sqs": "SQS",
    "lambda": "Lambda",
    "firehose": "Firehose",
    "application": "Application",
}


def note(
    tx: Transaction,
    asked: Mapping[str, str],
    delivery: Delivery,
    prefix: str,
    failure: str | None,
    status: int = 200,
) -> None:
    """A delivery was made (`failure` None) or given up. `asked`: attributes that may ask for logs, by their prefix."""
    if failure is None:
        wanted = f"{prefix}SuccessFeedbackRoleArn" in asked
        rate = int(asked.get(f"{prefix}SuccessFeedbackSampleRate", "0"))
        if not wanted or tx.moment.random() * 100 >= rate:
            return
    elif f"{prefix}FailureFeedbackRoleArn" not in asked:
        return
    group = f"sns/{delivery.region}/{delivery.account}/{_place(delivery, prefix)}"
    write(tx, delivery.account, delivery.region, group, _event(tx, delivery, failure, status))


def _place(delivery: Delivery, prefix: str) -> str:
    """The last part of the log group's name: the topic, the application, or all telephone numbers."""
    if delivery.protocol == "sms":
        return "DirectPublishToPhoneNumber"
    if delivery.protocol == "application" and not prefix:
        _, platform, name, _ = delivery.endpoint.rpartition(":")[2].split("/", 3)
        return f"app/{platform}/{name}"
    return delivery.source.rpartition(":")[2]


def write(tx: Transaction, account: str, region: str, group: str, event: dict[str, Any]) -> None:
    """Add the status of a delivery."""
    put(tx, account, region, group + ("/Failure" if event["status"] == "FAILURE" else ""), jsontext.dumps(event))


def put(tx: Transaction, account: str, region: str, group: str, text: str) -> None:
    """Add an event; without CloudWatch Logs, or where it refuses, a line in the server's log says so."""
    caller = Caller(account, region)
    now_ms = tx.moment.epoch_ms
    stream = iso_time(now_ms)[:13]
    try:
        _unless_there(tx, caller, "CreateLogGroup", {"logGroupName": group})
        _unless_there(tx, caller, "CreateLogStream", {"logGroupName": group, "logStreamName": stream})
        events = [{"timestamp": now_ms, "message": text}]
        tx.call(caller, "logs", "PutLogEvents", {"logGroupName": group, "logStreamName": stream, "logEvents": events})
    except ServiceError as error:
        log.warning("an event could not be written to %s: %s", group, error)


def _unless_there(tx: Transaction, caller: Caller, operation: str, request: dict[str, Any]) -> None:
    try:
        tx.call(caller, "logs", operation, request)
    except ServiceError as error:
        if error.code != "ResourceAlreadyExistsException":
            raise


def _event(tx: Transaction, delivery: Delivery, failure: str | None, status: int) -> dict[str, Any]:
    return {
        "notification": {
            "messageMD5Sum": hashlib.md5(delivery.body.encode(), usedforsecurity=False).hexdigest(),
            "messageId": delivery.message_id,
            "topicArn": delivery.source,
            "timestamp": iso_time(delivery.published_ms).replace("T", " ").removesuffix("Z"),
        },
        "delivery": {
            "deliveryId": tx.moment.uuid(),
            "destination": delivery.endpoint,
            "providerResponse": failure or "Accepted",
            "dwellTimeMs": max(tx.moment.epoch_ms - delivery.published_ms, 0),
            "statusCode": status,
        },
        "status": "SUCCESS" if failure is None else "FAILURE",
    }
