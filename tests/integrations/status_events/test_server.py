"""Real servers: what they publish and log, and that a kill loses nothing of it and tells no event of a log twice."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config

from tests.chaos.server import Server
from tests.integrations.status_events.receiver import Received, receiving

ROLE = "arn:aws:iam::000000000000:role/r"
GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/kill:*"
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 2, "End": True}}}


@pytest.fixture
def received() -> Iterator[Received]:
    with receiving() as found:
        yield found


@pytest.fixture
def server(tmp_path: Path, received: Received) -> Iterator[Server]:
    (tmp_path / "statewright.toml").write_text(f'[events]\ntarget = "{received.url}"\n')
    made = Server(f"sqlite:///{tmp_path / 'x.db'}", tmp_path)
    made.start()
    yield made
    made.close()


def client(server: Server, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="secret",
        config=Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
    )


def test_a_kill_loses_no_event_and_logs_none_twice(server: Server, received: Received) -> None:
    states, logs = client(server, "stepfunctions"), client(server, "logs")
    logs.create_log_group(logGroupName="/kill")
    machine = states.create_state_machine(
        name="m",
        definition=json.dumps(WAIT),
        roleArn=ROLE,
        loggingConfiguration={
            "level": "ALL",
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}],
        },
    )["stateMachineArn"]
    received.refusing = True  # nothing can be delivered before the kill
    started = [states.start_execution(stateMachineArn=machine, name=f"e{number}") for number in range(5)]
    received.wait(5)
    server.kill()
    refused = {body["id"] for body in received.bodies}
    received.forget()
    server.start()
    received.wait(10)  # the five again, and five ends
    statuses = sorted((body["detail"]["name"], body["detail"]["status"]) for body in received.bodies)
    assert statuses == sorted((f"e{number}", status) for number in range(5) for status in ("RUNNING", "SUCCEEDED"))
    assert {body["id"] for body in received.bodies if body["detail"]["status"] == "RUNNING"} == refused
    messages = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName="/kill")["events"]]
    told = sorted((message["execution_arn"], int(message["id"])) for message in messages)
    assert told == sorted((start["executionArn"], number) for start in started for number in range(1, 5))


def test_the_metrics_count_what_waits(server: Server, received: Received) -> None:
    with urllib.request.urlopen(f"{server.url}/metrics") as answer:
        assert "statewright_outbox_waiting 0" in answer.read().decode()
