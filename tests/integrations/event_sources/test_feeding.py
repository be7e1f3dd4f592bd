"""Event sources of a real server: what queues hold reaches functions and executions, also when the server is killed."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config

from tests.integrations.serving import Served, served

PATIENCE_SECONDS = 20.0
ROLE = "arn:aws:iam::000000000000:role/r"
PASS = json.dumps({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}})
FUNCTION = """
import json, pathlib

def handler(event, context):
    with (pathlib.Path(__file__).parent / "calls").open("a") as calls:
        calls.write(json.dumps(event["Records"]) + "\\n")
    fail = [one for one in event["Records"]
            if "bad" in one["body"] and one["attributes"]["ApproximateReceiveCount"] == "1"]
    if any("raise" in one["body"] for one in fail):
        raise ValueError("no")
    return {"batchItemFailures": [{"itemIdentifier": one["messageId"]} for one in fail]}
"""
SETTINGS = """
[functions.collect]
handler = "collecting:handler"

[[event_sources]]
queue = "to-function"
target = "collect"
report_batch_item_failures = true
maximum_concurrency = 2

[[event_sources]]
queue = "ordered.fifo"
target = "collect"
maximum_concurrency = 3
batch_size = 2
report_batch_item_failures = true

[[event_sources]]
queue = "to-machine"
target = "machine"
batch_size = 3

[[event_sources]]
queue = "gathered"
target = "arn:aws:states:us-east-1:000000000000:stateMachine:machine"
batch_size = 20
batching_window_seconds = 1

[[event_sources]]
queue = "off"
target = "machine"
enabled = false
"""


@dataclass
class World:
    folder: Path
    server: Served
    sqs: Any
    sfn: Any

    def connect(self) -> None:
        self.server.start()
        url = self.server.url
        options = {"endpoint_url": url, "region_name": "us-east-1"}
        keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "x"}
        config = Config(retries={"total_max_attempts": 1})
        self.sqs = boto3.client("sqs", **options, **keys, config=config)
        self.sfn = boto3.client("stepfunctions", **options, **keys, config=config)

    def batches(self) -> list[list[dict[str, Any]]]:
        """What the function got."""
        calls = self.folder / "calls"
        return [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []

    def inputs(self) -> list[list[dict[str, Any]]]:
        """Of the executions that were started, the first one first."""
        pages = self.sfn.get_paginator("list_executions").paginate(stateMachineArn=self.machine)
        arns = [one["executionArn"] for page in pages for one in page["executions"]]
        return [json.loads(self.sfn.describe_execution(executionArn=arn)["input"]) for arn in reversed(arns)]

    @property
    def machine(self) -> str:
        return "arn:aws:states:us-east-1:000000000000:stateMachine:machine"

    def left(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < deadline, (self.folder / "stderr").read_text()[-2000:]
            time.sleep(0.05)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("event-sources")
    (folder / "collecting.py").write_text(FUNCTION)
    with served(folder, SETTINGS, {"PATH": str(Path(sys.executable).parent)}) as server:
        found = World(folder, server, None, None)
        found.connect()
        found.sfn.create_state_machine(name="machine", definition=PASS, roleArn=ROLE)
        for name in ("to-machine", "gathered", "off"):
            found.sqs.create_queue(QueueName=name)
        found.sqs.create_queue(QueueName="to-function", Attributes={"VisibilityTimeout": "1"})
        fifo = {"FifoQueue": "true", "ContentBasedDeduplication": "true", "VisibilityTimeout": "1"}
        found.sqs.create_queue(QueueName="ordered.fifo", Attributes=fifo)
        yield found


def bodies(batches: list[list[dict[str, Any]]], queue: str) -> list[str]:
    return [one["body"] for batch in batches for one in batch if one["eventSourceARN"].endswith(f":{queue}")]


def test_a_function_gets_what_is_sent_and_again_what_it_says_has_failed(world: World) -> None:
    for body in ("good", "bad", "bad: raise"):
        world.sqs.send_message(QueueUrl="to-function", MessageBody=body)
    world.until(lambda: bodies(world.batches(), "to-function").count("bad: raise") >= 2)
    world.until(lambda: world.left("to-function") == 0)
    found = bodies(world.batches(), "to-function")
    assert found.count("bad") >= 2 and found.count("good") >= 1


def test_groups_stay_in_order_for_a_function_though_messages_fail(world: World) -> None:
    for number in range(6):
        for group in "ab":
            body = f"{group}{number}" + (" bad" if number == 2 and group == "a" else "")
            world.sqs.send_message(QueueUrl="ordered.fifo", MessageBody=body, MessageGroupId=group)
    world.until(lambda: world.left("ordered.fifo") == 0)
    seen = bodies(world.batches(), "ordered.fifo")
    for group in "ab":
        first = list(dict.fromkeys(body for body in seen if body.startswith(group)))
        assert [body[:2] for body in first] == [f"{group}{number}" for number in range(6)]
    assert seen.count("a2 bad") == 2


def test_a_batch_that_is_not_full_waits_for_more_as_long_as_its_window(world: World) -> None:
    for number in range(5):
        world.sqs.send_message(QueueUrl="gathered", MessageBody=str(number))
        time.sleep(0.02)
    world.until(lambda: world.left("gathered") == 0)
    batches = [batch for batch in world.inputs() if batch[0]["eventSourceARN"].endswith(":gathered")]
    assert [len(batch) for batch in batches] == [5]


def test_a_source_that_is_off_takes_nothing(world: World) -> None:
    world.sqs.send_message(QueueUrl="off", MessageBody="x")
    assert world.left("off") == 1


def test_what_starts_no_execution_is_not_lost(world: World) -> None:
    """Too large for an input: it stays in flight, and goes where the queue's policy says."""
    letters = world.sqs.create_queue(QueueName="letters")["QueueUrl"]
    arn = world.sqs.get_queue_attributes(QueueUrl=letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 1})
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    world.sqs.set_queue_attributes(QueueUrl="to-machine", Attributes=attributes)
    world.sqs.send_message(QueueUrl="to-machine", MessageBody="x" * 300_000)
    world.until(lambda: world.left("letters") == 1)
    assert world.left("to-machine") == 0
    world.sqs.set_queue_attributes(QueueUrl="to-machine", Attributes={"RedrivePolicy": "", "VisibilityTimeout": "30"})


def test_each_message_starts_one_execution_though_the_server_is_killed(world: World) -> None:
    sent = [f"n{number}" for number in range(90)]
    for begin in range(0, len(sent), 10):
        entries = [{"Id": body, "MessageBody": body} for body in sent[begin : begin + 10]]
        world.sqs.send_message_batch(QueueUrl="to-machine", Entries=entries)
        if begin in (20, 60):
            world.server.kill()
            world.connect()
    world.until(lambda: world.left("to-machine") == 0)
    started = [body for body in bodies(world.inputs(), "to-machine") if body.startswith("n")]
    assert sorted(started) == sorted(sent)
    assert all(len(batch) <= 3 for batch in world.inputs() if batch[0]["eventSourceARN"].endswith(":to-machine"))
