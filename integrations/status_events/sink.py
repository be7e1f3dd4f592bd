"""The status changes in what a batch writes, put into the outbox, or into a queue, by the same transaction: none is
lost, none invented.

Express executions publish none, as on AWS.
"""

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

import orjson

from engine.config import Settings
from engine.contract import Caller, Recorded, Transaction
from engine.errors import ServiceError
from integrations.status_events.change import STATUSES, status_change

KIND = "status-event"

log = logging.getLogger("statewright.status-events")


class StatusEvents:
    """Implements engine.contract.HistorySink."""

    every = True

    def __init__(self, queue_arn: str | None):
        self._queue_arn = queue_arn

    def record(self, tx: Transaction, recorded: Sequence[Recorded]) -> None:
        for one in recorded:
            for event in one.events if not one.express else ():
                if event["type"] in STATUSES:
                    change = status_change(one, event, tx.moment.uuid())
                    publish(tx, self._queue_arn, change, change["detail"]["executionArn"])

    def takes_logs(self, tx: Transaction, log_group_arn: str) -> bool:
        return False


def publish(tx: Transaction, queue_arn: str | None, event: dict[str, Any], subject: str) -> None:
    """The events of one `subject` keep their order in a FIFO queue."""
    text = orjson.dumps(event).decode()
    if queue_arn is None:
        tx.send_later(KIND, text)
        return
    _, partition, _, region, account, name = queue_arn.split(":")
    message = {"QueueUrl": name, "MessageBody": text}
    if name.endswith(".fifo"):
        group = hashlib.sha256(subject.encode()).hexdigest()
        message |= {"MessageGroupId": group, "MessageDeduplicationId": event["id"]}
    try:
        tx.call(Caller(account, region, partition), "sqs", "SendMessage", message)
    except ServiceError as error:  # as EventBridge: what a queue does not take is dropped, and all else goes on
        log.error("an event was not sent to %s: %s", queue_arn, error)


def publish_event(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    """An operation for other services: `request` is an event as EventBridge shows it; those of the same resources keep
    their order in a FIFO queue."""
    events = tx.settings.events
    publish(tx, None if events is None else events.queue_arn, request, " ".join(request["resources"]))
    return {}


def sink_of(settings: Settings) -> StatusEvents | None:
    return None if settings.events is None else StatusEvents(settings.events.queue_arn)
