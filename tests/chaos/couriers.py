"""Messages that a state machine publishes while the server is killed, and consumers that take them while it is killed.

    executions, a group each: a Map, one item after the other
        -> FIFO topic      -> a FIFO queue, and a standard queue
        -> standard topic  -> a queue that wants even numbers, and a queue with raw delivery

Each publication has a deduplication id of its own, made when it is evaluated: a Task that published twice would show.
"""

import json
import random
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from tests.chaos.client import Client, error_code
from tests.chaos.server import Server

STARTERS = 2
LIFE_SECONDS_MAX = 0.7  # between being ready and being killed
VISIBILITY_SECONDS = 3
PATIENCE_SECONDS = 180.0
ROLE = "arn:aws:iam::000000000000:role/chaos"
QUEUES = {"ordered.fifo": True, "unordered": True, "even": False, "raw": False}  # name -> fed by the FIFO topic
_FIFO = {"FifoQueue": "true", "VisibilityTimeout": str(VISIBILITY_SECONDS)}
_PLAIN = {"VisibilityTimeout": str(VISIBILITY_SECONDS)}


def machine(ordered_topic: str, plain_topic: str) -> dict[str, Any]:
    """Publishes each number of its input, in order, to both topics; gives the ids of the messages."""
    parity = {"parity": {"DataType": "String", "StringValue.$": "$.parity"}}
    to_fifo = {
        "TopicArn": ordered_topic,
        "Message.$": "States.JsonToString($)",
        "MessageGroupId.$": "$.group",
        "MessageDeduplicationId.$": "States.UUID()",
    }
    to_plain = {"TopicArn": plain_topic, "Message.$": "States.JsonToString($)", "MessageAttributes": parity}
    publish = {"Type": "Task", "Resource": "arn:aws:states:::sns:publish"}
    item = {
        "StartAt": "Ordered",
        "States": {
            "Ordered": {**publish, "Parameters": to_fifo, "ResultPath": "$.ordered", "Next": "Plain"},
            "Plain": {**publish, "Parameters": to_plain, "ResultPath": "$.plain", "Next": "Ids"},
            "Ids": {
                "Type": "Pass",
                "Parameters": {"ordered.$": "$.ordered.MessageId", "plain.$": "$.plain.MessageId"},
                "End": True,
            },
        },
    }
    each = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1, "ItemProcessor": item, "End": True}
    return {"StartAt": "Each", "States": {"Each": each}}


@dataclass(frozen=True)
class Received:
    """`id`: of the publication; None for raw delivery, which does not tell."""

    group: str
    number: int
    id: str | None


@dataclass
class Couriers:
    """`published`: group -> ids of its publications (ordered, plain), by number. `received`: queue -> what came, each
    time. `counted`: queue -> messages, before any was taken."""

    server: Server
    groups: int
    each: int
    kills: int
    seed: int
    published: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    received: defaultdict[str, list[Received]] = field(default_factory=lambda: defaultdict(list))
    counted: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _allowed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _machine: str = ""
    _left: list[int] = field(default_factory=list)
    _arns: dict[str, str] = field(default_factory=dict)

    def run(self) -> None:
        """Until everything was published, counted and taken, and every kill made; the server is up then."""
        source = random.Random(self.seed)
        self.server.start()
        self._prepare()
        self._left = list(range(self.groups))
        self._under_fire(source, [self._start] * STARTERS, self.kills - self.kills // 2)
        self._await_ends()
        self.counted = {queue: self._count(queue) for queue in QUEUES}
        takers = [partial(self._take, queue=queue) for queue in QUEUES]
        self._under_fire(source, takers, self.kills // 2)

    def _under_fire(self, source: random.Random, works: list[Any], kills: int) -> None:
        """Works side by side, while the server is killed so often; a part of the starts is allowed in each life."""
        with ThreadPoolExecutor(len(works)) as pool:
            futures = [pool.submit(self._as_client, work) for work in works]
            try:
                for _ in range(kills):
                    self._allowed.release(self.groups // kills)
                    time.sleep(source.uniform(0.05, LIFE_SECONDS_MAX))
                    self.server.kill()
                    self.server.start()
            finally:
                self._allowed.release(self.groups + STARTERS)
            for future in futures:
                future.result(PATIENCE_SECONDS)

    def _as_client(self, work: Any) -> None:
        service = "stepfunctions" if work == self._start else "sqs"
        client = Client(self.server, service)
        try:
            work(client)
        finally:
            client.close()

    # ---- publishing ----

    def _prepare(self) -> None:
        sns, sqs, states = [Client(self.server, service) for service in ("sns", "sqs", "stepfunctions")]
        fifo = {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
        ordered = sns.call("create_topic", Name="ordered.fifo", Attributes=fifo)["TopicArn"]
        plain = sns.call("create_topic", Name="plain")["TopicArn"]
        for name, from_fifo in QUEUES.items():
            attributes = _FIFO if name.endswith(".fifo") else _PLAIN
            url = sqs.call("create_queue", QueueName=name, Attributes=attributes)["QueueUrl"]
            found = sqs.call("get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])
            more = {
                "even": {"FilterPolicy": json.dumps({"parity": ["even"]})},
                "raw": {"RawMessageDelivery": "true"},
            }.get(name, {})
            topic, arn = ordered if from_fifo else plain, found["Attributes"]["QueueArn"]
            sns.call("subscribe", TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=more)
        definition = json.dumps(machine(ordered, plain))
        made = states.call("create_state_machine", name="publish", definition=definition, roleArn=ROLE)
        self._machine = made["stateMachineArn"]
        for client in (sns, sqs, states):
            client.close()

    def _start(self, client: Client) -> None:
        """Start executions by name; one that got no answer is asked for again, and is there or not."""
        while True:
            self._allowed.acquire()
            with self._lock:
                if not self._left:
                    return
                group = f"g{self._left.pop()}"
            numbers = range(self.each)
            items = [{"group": group, "number": n, "parity": "even" if n % 2 == 0 else "odd"} for n in numbers]
            request = {"stateMachineArn": self._machine, "name": group, "input": json.dumps({"items": items})}
            try:
                arn = client.call("start_execution", **request)["executionArn"]
            except ClientError as error:  # it has ended meanwhile: the name is taken, by itself
                assert error_code(error) == "ExecutionAlreadyExists", error
                arn = self._machine.replace(":stateMachine:", ":execution:") + f":{group}"
            self._arns[group] = arn

    def _await_ends(self) -> None:
        client = Client(self.server)
        for group, arn in self._arns.items():
            shown = client.until_ended(arn)
            assert shown["status"] == "SUCCEEDED", shown
            self.published[group] = json.loads(shown["output"])
        client.close()

    # ---- taking ----

    def _take(self, client: Client, queue: str) -> None:
        """Receive and delete until the queue is empty, and nothing is in flight."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = client.call("receive_message", QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            messages = answer.get("Messages", [])
            if not messages and self._count_with(client, queue) == 0:
                return
            with self._lock:
                self.received[queue] += [_read(queue, message["Body"]) for message in messages]
            if messages:
                entries = [{"Id": str(at), "ReceiptHandle": one["ReceiptHandle"]} for at, one in enumerate(messages)]
                client.call("delete_message_batch", QueueUrl=queue, Entries=entries)
        raise AssertionError(f"{queue} does not become empty")

    def _count(self, queue: str) -> int:
        client = Client(self.server, "sqs")
        try:
            return self._count_with(client, queue)
        finally:
            client.close()

    def _count_with(self, client: Client, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = client.call("get_queue_attributes", QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)


def _read(queue: str, body: str) -> Received:
    document = json.loads(body)
    content = document if queue == "raw" else json.loads(document["Message"])
    return Received(content["group"], content["number"], None if queue == "raw" else document["MessageId"])
