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
                    self._publish(tx, status_change(one, event, tx.moment.uuid()))

    def _publish(self, tx: Transaction, change: dict[str, Any]) -> None:
        text = orjson.dumps(change).decode()
        if self._queue_arn is None:
            tx.send_later(KIND, text)
            return
        _, partition, _, region, account, name = self._queue_arn.split(":")
        message = {"QueueUrl": name, "MessageBody": text}
        if name.endswith(".fifo"):  # the changes of an execution in their order
            group = hashlib.sha256(change["detail"]["executionArn"].encode()).hexdigest()
            message |= {"MessageGroupId": group, "MessageDeduplicationId": change["id"]}
        try:
            tx.call(Caller(account, region, partition), "sqs", "SendMessage", message)
        except ServiceError as error:  # as EventBridge: what a queue does not take is dropped, and executions go on
            log.error("a status change was not sent to %s: %s", self._queue_arn, error)

    def takes_logs(self, tx: Transaction, log_group_arn: str) -> bool:
        return False


def sink_of(settings: Settings) -> StatusEvents | None:
    return None if settings.events is None else StatusEvents(settings.events.queue_arn)
