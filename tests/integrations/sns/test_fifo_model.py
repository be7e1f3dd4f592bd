"""A FIFO topic against a ten-line model: random messages, refusals, restarts and time, into two queues and one that is
gone, in batches of one commit each. No sockets."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract import Caller, Operation
from engine.runtime.extensions import Extensions
from engine.runtime.kernel import Kernel, Request
from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.keyring import open_keyring
from engine.store.leases import acquire
from engine.store.upgrade import upgrade
from integrations.sns import integration as sns
from integrations.sqs import integration as sqs
from tests.virtual_clock import VirtualClock

START_MS = 1_800_000_000_000
CALLER = Caller("000000000000", "us-east-1")
TOPIC = "arn:aws:sns:us-east-1:000000000000:t.fifo"
QUEUES = ("a.fifo", "b.fifo")


class NoActions:
    """Implements Actions: there are none."""

    def find(self, service: str, action: str, sdk: bool) -> None:
        return None


class World:
    """SNS and SQS on one database; `batch` is one commit."""

    def __init__(self, database: Database, scope: str):
        self.database = database
        self.clock = VirtualClock(START_MS, Random(0))
        self._lease = acquire(database, START_MS)
        operations = {"sns": sns.operations, "sqs": sqs.operations}
        tables = [found.tables for found in (sns, sqs) if found.tables is not None]
        keyring = open_keyring(database, None, None)
        self._extensions = Extensions(tables=tables, operations=operations, keyring=keyring)
        self.restart()
        attributes = {"FifoTopic": "true", "FifoThroughputScope": scope}
        self.one(sns.operations["CreateTopic"], Name="t.fifo", Attributes=attributes)
        fifo = {"FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId"}
        for name in QUEUES:
            self.one(sqs.operations["CreateQueue"], QueueName=name, Attributes=fifo)
        for name in ("gone.fifo", *QUEUES):
            arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
            raw = {"RawMessageDelivery": "true"}
            self.one(sns.operations["Subscribe"], TopicArn=TOPIC, Protocol="sqs", Endpoint=arn, Attributes=raw)

    def restart(self) -> None:
        self._kernel = Kernel(self.database, self._lease, NoActions(), self.clock, self._extensions, batch_seconds=60)

    def close(self) -> None:
        self._lease.release()

    def batch(self, operation: Operation, *requests: dict[str, Any]) -> list[Any]:
        answers, _ = self._kernel.process([_request(operation, given) for given in requests])
        assert len(answers) == len(requests)
        return [answer.value if answer.error is None else answer.error for answer in answers]

    def one(self, operation: Operation, **given: Any) -> Any:
        [answer] = self.batch(operation, given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def bodies(self, queue: str) -> list[str]:
        found: list[str] = []
        while messages := self.one(sqs.operations["ReceiveMessage"], QueueUrl=queue, MaxNumberOfMessages=10).get(
            "Messages"
        ):
            for message in messages:
                handle = message["ReceiptHandle"]
                self.one(sqs.operations["DeleteMessage"], QueueUrl=queue, ReceiptHandle=handle)
            found += [message["Body"] for message in messages]
        return found


def _request(operation: Operation, given: dict[str, Any]) -> Request:
    return Request(lambda tx: operation.function(tx, CALLER, given), savepoint=not operation.checks_first)


@dataclass
class Model:
    by_group: bool
    seen: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # -> (until, message id)
    sent: list[tuple[str, str]] = field(default_factory=list)
    last: int = 0

    def took(self, now_ms: int, group: str, name: str, body: str, answer: dict[str, Any]) -> None:
        key = (group if self.by_group else "", name)
        until_ms, message_id = self.seen.get(key, (0, ""))
        if now_ms < until_ms:
            assert answer["MessageId"] == message_id
            return
        assert answer["MessageId"] not in {known for _, known in self.seen.values()}
        assert int(answer["SequenceNumber"]) > self.last
        self.last = int(answer["SequenceNumber"])
        self.seen[key] = now_ms + 300_000, answer["MessageId"]
        self.sent.append((group, body))


_MESSAGE = st.tuples(st.sampled_from("ghi"), st.sampled_from("xyz"), st.sampled_from([True, True, True, False]))
_STEPS = st.lists(
    st.one_of(
        st.lists(_MESSAGE, min_size=1, max_size=4),
        st.sampled_from(["restart"]),
        st.sampled_from([1_000, 299_000, 300_000]),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables, to be copied: making them takes longer than an example."""
    file = tmp_path_factory.mktemp("model") / "empty.db"
    with open_database(f"sqlite:///{file}", durable=False) as database:
        upgrade(database, [Component(found.service, found.migrations) for found in (sns, sqs)])
    return file


@pytest.mark.parametrize("scope", ["Topic", "MessageGroup"])
@given(steps=_STEPS)
@settings(max_examples=15, deadline=None)
def test_a_fifo_topic_does_as_the_model(empty: Path, scope: str, steps: list[Any]) -> None:
    copy = empty.with_name("copy.db")
    for file in empty.parent.glob("copy.db*"):
        file.unlink()
    shutil.copy(empty, copy)
    with open_database(f"sqlite:///{copy}", durable=False) as database:
        world = World(database, scope)
        try:
            _run(world, Model(scope == "MessageGroup"), steps)
        finally:
            world.close()


def _run(world: World, model: Model, steps: list[Any]) -> None:
    number = 0
    for step in steps:
        if step == "restart":
            world.restart()
        elif isinstance(step, int):
            world.clock.advance_to(world.clock.epoch_ms + step)
        else:
            requests = []
            for group, name, good in step:
                number += 1
                requests.append(
                    {
                        "TopicArn": TOPIC,
                        "Message": str(number) if good else "",
                        "MessageGroupId": group,
                        "MessageDeduplicationId": name,
                    }
                )
            answers = world.batch(sns.operations["Publish"], *requests)
            for (group, name, good), request, answer in zip(step, requests, answers, strict=True):
                assert isinstance(answer, Exception) is not good, answer
                if good:
                    model.took(world.clock.epoch_ms, group, name, request["Message"], answer)
    groups = dict(zip([body for _, body in model.sent], [group for group, _ in model.sent], strict=True))
    for queue in QUEUES:
        bodies = world.bodies(queue)
        for group in "ghi":
            mine = [body for body in bodies if groups[body] == group]
            assert mine == [body for found, body in model.sent if found == group]
        assert len(bodies) == len(model.sent)
