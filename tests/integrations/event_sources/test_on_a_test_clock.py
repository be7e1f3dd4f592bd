"""Queues on a clock that a test moves: long polls, event sources and deliveries to functions follow it."""

import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import httpx
import pytest

from tests.integrations.scripted import Asked, Reply, Scripted, scripted
from tests.integrations.serving import Served, served

SETTINGS = """
test_controls = true

[functions.collect]
url = "http://127.0.0.1:9/"

[[event_sources]]
queue = "fed"
target = "collect"
maximum_concurrency = 1
"""


@dataclass
class World:
    server: Served
    function: Scripted

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "x"}
        return boto3.client(service, endpoint_url=self.server.url, region_name="us-east-1", **keys)

    def clock(self, **what: Any) -> None:
        answer = httpx.post(f"{self.server.url}/_statewright/clock", json=what, timeout=60)
        assert answer.status_code == 200, answer.text

    def metric(self, name: str) -> float:
        lines = httpx.get(f"{self.server.url}/metrics").text.splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith(name + " "))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("test-clock")
    environ = {"PATH": str(Path(sys.executable).parent)}
    with scripted() as function, served(folder, SETTINGS, environ) as server:
        server.start()
        found = World(server, function)
        mock = {"url": f"{function.url}/collect", "takesSeconds": 10}
        httpx.put(f"{server.url}/_statewright/functions/collect", json=mock).raise_for_status()
        yield found


def answered(asked: Asked) -> Reply:
    return Reply(b"null")


def test_a_receiver_gets_what_becomes_visible_as_the_clock_moves(world: World) -> None:
    sqs = world.client("sqs")
    queue = sqs.create_queue(QueueName="polled")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=5)
    others = world.metric("statewright_long_polls")
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(world.client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        while world.metric("statewright_long_polls") == others:
            assert not waits.done()
        world.clock(advanceSeconds=4)
        assert not waits.done()
        world.clock(advanceSeconds=1)
        assert [one["Body"] for one in waits.result(20)["Messages"]] == ["later"]


def test_a_receiver_waits_as_long_as_it_says_and_no_longer(world: World) -> None:
    """A message that comes after its time is up is not its, however far the clock is moved at once."""
    sqs = world.client("sqs")
    queue = sqs.create_queue(QueueName="late")["QueueUrl"]
    sqs.send_message(QueueUrl=queue, MessageBody="too late", DelaySeconds=30)
    others = world.metric("statewright_long_polls")
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(world.client("sqs").receive_message, QueueUrl=queue, WaitTimeSeconds=20)
        while world.metric("statewright_long_polls") == others:
            assert not waits.done()
        world.clock(advanceSeconds=60)
        assert "Messages" not in waits.result(20)


def test_an_event_source_and_its_function_take_the_time_of_the_clock(world: World) -> None:
    world.function.replies["POST /collect"] = answered
    sqs = world.client("sqs")
    sqs.create_queue(QueueName="fed")  # the source has waited for it since the server began
    sqs.send_message(QueueUrl="fed", MessageBody="a")
    world.clock(advanceSeconds=9)
    assert left(sqs) == 1
    world.clock(advanceSeconds=1)
    assert left(sqs) == 0
    (asked,) = world.function.of("POST /collect")
    assert [one["body"] for one in json.loads(asked.body)["Records"]] == ["a"]


def left(sqs: Any) -> int:
    """In flight: the function has not answered."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl="fed", AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def test_a_topic_and_its_function_do_so_too(world: World) -> None:
    world.function.reset()
    world.function.replies["POST /collect"] = answered
    sns = world.client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint="arn:aws:lambda:us-east-1:000000000000:function:collect")
    sns.publish(TopicArn=topic, Message="hello")
    world.clock(advanceSeconds=9)
    world.clock(advanceSeconds=1)
    (asked,) = world.function.of("POST /collect")
    assert json.loads(asked.body)["Records"][0]["Sns"]["Message"] == "hello"
