"""SQS in this process on a clock that the test moves: the kernel, a real database, no sockets."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection

from engine.contract import Caller, NotYet, Operation
from engine.runtime.extensions import Extensions
from engine.runtime.kernel import Kernel, Request
from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.keyring import open_keyring
from engine.store.leases import acquire
from engine.store.upgrade import upgrade
from integrations.sqs import integration
from integrations.sqs.migrations import MIGRATIONS
from integrations.sqs.tables import metadata
from tests.integrations.sqs.calls import ACCOUNT
from tests.virtual_clock import VirtualClock

START_MS = 1_800_000_000_000
CALLER = Caller(ACCOUNT, "us-east-1", base_url="http://localhost:4566")

Json = dict[str, Any]


class NoActions:
    """Implements Actions: there are none."""

    def find(self, service: str, action: str, sdk: bool) -> None:
        return None


class World:
    """`do` performs operations of one batch; `again` is a new process on the same database."""

    def __init__(self, database: Database, keyring: Any = None):
        self.database = database
        self.clock = VirtualClock(START_MS, Random(0))
        self._extensions = Extensions(tables=[metadata], keyring=keyring)
        self._lease = acquire(database, START_MS)
        self.restart()

    def close(self) -> None:
        self._lease.release()

    def restart(self) -> None:
        self._kernel = Kernel(
            self.database, self._lease, NoActions(), self.clock, self._extensions, batch_seconds=float("inf")
        )

    def forward(self, seconds: float) -> None:
        self.clock.advance_to(self.clock.epoch_ms + int(seconds * 1000))

    def do(self, *calls: tuple[str, Json], caller: Caller = CALLER) -> list[Any]:
        """The answers, NotYet and errors too, of operations in one batch."""
        answers, _ = self._kernel.process(
            [_request(integration.operations[name], caller, given) for name, given in calls]
        )
        assert len(answers) == len(calls), "a batch takes no time here"
        return [answer.value if answer.error is None else answer.error for answer in answers]

    def one(self, name: str, caller: Caller = CALLER, /, **given: Any) -> Json:
        [answer] = self.do((name, given), caller=caller)
        if isinstance(answer, Exception):
            raise answer
        return answer.answer if isinstance(answer, NotYet) else dict(answer)

    def queue(self, name: str = "q", **attributes: str) -> str:
        if name.endswith(".fifo"):
            attributes |= {"FifoQueue": "true"}
        return str(self.one("CreateQueue", QueueName=name, Attributes=attributes)["QueueUrl"])

    def send(self, url: str, body: str, **members: Any) -> Json:
        return self.one("SendMessage", QueueUrl=url, MessageBody=body, **members)

    def receive(self, url: str, count: int = 10, **members: Any) -> list[Json]:
        found = self.one("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=count, **members)
        return list(found.get("Messages", []))

    def delete(self, url: str, message: Json) -> None:
        self.one("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def counts(self, url: str) -> tuple[int, int, int]:
        """Visible, in flight, delayed."""
        names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
        found = self.one("GetQueueAttributes", QueueUrl=url, AttributeNames=names)["Attributes"]
        visible, in_flight, delayed = (int(found[name]) for name in names)
        return visible, in_flight, delayed

    def keep(self) -> int:
        """All the upkeep that there is to do. How many commits that took."""
        rounds = 0
        for upkeep in integration.upkeep:
            more = True
            while more:
                [answer], _ = self._kernel.process([Request(upkeep.run)])
                assert answer.error is None, answer.error
                more, rounds = answer.value, rounds + 1
                assert rounds < 1_000, "the upkeep comes to an end"
        return rounds

    def kernel_memory(self, service: str) -> Json:
        """What the service remembers."""
        return self._kernel._memories.of(service)

    def rows(self, look: Callable[[Connection], Any]) -> Any:
        with self.database.reader() as connection:
            return look(connection)


def _request(operation: Operation, caller: Caller, given: Json) -> Request:
    return Request(lambda tx: operation.function(tx, caller, given), savepoint=not operation.checks_first)


@contextmanager
def opened(url: str, key_file: Path | None = None) -> Iterator[World]:
    with open_database(url, durable=False) as database:
        upgrade(database, [Component("sqs", MIGRATIONS)])
        keyring = open_keyring(database, None, key_file)
        world = World(database, keyring)
        try:
            yield world
        finally:
            world.close()
