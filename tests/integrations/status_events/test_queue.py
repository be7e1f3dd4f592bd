"""Status changes into a queue: in the commits of the executions, so that a kill loses none and tells none twice."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.server import Server
from tests.integrations.status_events.test_server import ROLE, WAIT, client

QUEUE = "arn:aws:sqs:us-east-1:000000000000:"


@pytest.fixture(params=["changes", "changes.fifo"])
def queue(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def server(tmp_path: Path, queue: str) -> Iterator[Server]:
    (tmp_path / "statewright.toml").write_text(f'[events]\ntarget = "{QUEUE}{queue}"\n')
    made = Server(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    made.start()
    yield made
    made.close()


def _machine(states: Any) -> str:
    made = states.create_state_machine(name="m", definition=json.dumps(WAIT), roleArn=ROLE)
    return str(made["stateMachineArn"])


def _received(sqs: Any, url: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        page = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20)
        assert page.get("Messages"), f"only {len(found)} of {count}"
        for message in page["Messages"]:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_kill_loses_none_and_tells_none_twice(server: Server, queue: str) -> None:
    states, sqs = client(server, "stepfunctions"), client(server, "sqs")
    attributes = {"FifoQueue": "true"} if queue.endswith(".fifo") else {}
    url = sqs.create_queue(QueueName=queue, Attributes=attributes)["QueueUrl"]
    machine = _machine(states)
    for number in range(5):
        states.start_execution(stateMachineArn=machine, name=f"e{number}")
    server.kill()
    server.start()
    changes = [change["detail"] for change in _received(sqs, url, 10)]
    for number in range(5):
        statuses = [change["status"] for change in changes if change["name"] == f"e{number}"]
        assert sorted(statuses) == ["RUNNING", "SUCCEEDED"]
        if queue.endswith(".fifo"):
            assert statuses == ["RUNNING", "SUCCEEDED"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_without_the_queue_executions_go_on(server: Server) -> None:
    states = client(server, "stepfunctions")
    started = states.start_execution(stateMachineArn=_machine(states))
    assert states.describe_execution(executionArn=started["executionArn"])["status"] == "RUNNING"
    assert "was not sent to" in server.log
