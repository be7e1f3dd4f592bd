"""A delivery to one subscriber that leaves the process: what the outbox keeps of it, as JSON.

`body` is what is sent; `dead` is what goes to the dead-letter queue when it is given up, None where that is the body.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from engine.contract import Transaction
from integrations.sns.retry_schedule import CUSTOMER, MANAGED, RetrySchedule, unpacked

# protocol -> kind of delivery in the outbox
KINDS = {
    "http": "sns:http",
    "https": "sns:http",
    "lambda": "sns:lambda",
    "firehose": "sns:firehose",
    "sms": "sns:sms",
    "application": "sns:application",
    "s3": "sns:s3",
}


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message for a dead-letter queue; `attributes` in the shape of the API of SQS."""

    body: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    group: str | None = None
    deduplication: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """`source`: the ARN of the topic, or of the endpoint that was published to; empty for a phone number.

    `extra`: what one protocol needs beside the body (headers, a device's token, ...).
    """

    protocol: str
    endpoint: str
    account: str
    region: str
    source: str
    subscription: str
    message_id: str
    published_ms: int
    body: str
    extra: Mapping[str, Any]
    retry: list[int | str]
    queue: str | None = None  # the dead-letter queue's ARN
    dead: DeadLetter | None = None

    @property
    def dead_letter(self) -> DeadLetter:
        return DeadLetter(self.body) if self.dead is None else self.dead


def schedule_of(protocol: str, http: RetrySchedule) -> RetrySchedule:
    if protocol in ("http", "https"):
        return http
    return MANAGED if protocol in ("sqs", "lambda", "firehose") else CUSTOMER


def post(tx: Transaction, delivery: Delivery, delay_ms: int = 0) -> None:
    """To be made after the commit."""
    tx.send_later(KINDS[delivery.protocol], orjson.dumps(asdict(delivery)).decode(), delay_ms)


def read(payload: str) -> Delivery:
    values = orjson.loads(payload)
    dead = values.pop("dead")
    return Delivery(**values, dead=None if dead is None else DeadLetter(**dead))


def delay_ms(payload: str, failures: int) -> int | None:
    """What to wait after so many failures, as the delivery's policy says; None: it is given up."""
    return unpacked(orjson.loads(payload)["retry"]).delay_ms(failures)
