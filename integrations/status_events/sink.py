"""The status changes in what a batch writes, put into the outbox by the same transaction: none is lost, none invented.

Express executions publish none, as on AWS.
"""

from collections.abc import Sequence

import orjson

from engine.config import Settings
from engine.contract import Recorded, Transaction
from integrations.status_events.change import STATUSES, status_change

KIND = "status-event"


class StatusEvents:
    """Implements engine.contract.HistorySink."""

    every = True

    def record(self, tx: Transaction, recorded: Sequence[Recorded]) -> None:
        for one in recorded:
            for event in one.events if not one.express else ():
                if event["type"] in STATUSES:
                    change = status_change(one, event, tx.moment.uuid())
                    tx.send_later(KIND, orjson.dumps(change).decode())

    def takes_logs(self, tx: Transaction, log_group_arn: str) -> bool:
        return False


def sink_of(settings: Settings) -> StatusEvents | None:
    return None if settings.events is None else StatusEvents()
