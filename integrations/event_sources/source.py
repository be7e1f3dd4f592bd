"""One event source: the settings, with the names of this server resolved."""

from dataclasses import dataclass

from engine.config import EventSourceSettings, Settings
from engine.contract import Caller


@dataclass(frozen=True, slots=True)
class Source:
    """`queue_arn`, `target_arn`: names without an ARN are
    of the configured account and region."""

    settings: EventSourceSettings
    queue_arn: str
    target_arn: str

    @property
    def queue(self) -> str:
        """What operations take as QueueUrl."""
        return self.queue_arn.rpartition(":")[2]

    @property
    def topic(self) -> str:
        """Where SQS wakes who waits for messages of the queue."""
        return f"sqs:{self.queue_arn}"

    @property
    def fifo(self) -> bool:
        return self.queue_arn.endswith(".fifo")

    @property
    def queue_owner(self) -> Caller:
        return owner(self.queue_arn)

    @property
    def target_owner(self) -> Caller:
        return owner(self.target_arn)

    def __str__(self) -> str:
        return f"{self.settings.queue} -> {self.settings.target}"


def owner(arn: str) -> Caller:
    _, partition, _, region, account, _ = arn.split(":", 5)
    return Caller(account, region, partition)


def source_of(one: EventSourceSettings, settings: Settings) -> Source:
    home = Caller(settings.account, settings.region)
    queue = one.queue if one.queue.startswith("arn:") else home.arn("sqs", one.queue)
    kind = ("lambda", f"function:{one.target}") if one.function else ("states", f"stateMachine:{one.target}")
    return Source(one, queue, one.target if one.target.startswith("arn:") else home.arn(*kind))
