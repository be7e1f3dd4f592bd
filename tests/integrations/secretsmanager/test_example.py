"""The example: a machine that rotates a secret by examples/functions/rotation.py, on a server of its own."""

import json
import os
import socket
import time
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]

from tests.integrations.secretsmanager.conftest import CONFIG
from tests.integrations.serving import ROOT, Served, served

PATIENCE_SECONDS = 30
EXAMPLE = (ROOT / "examples" / "rotate-secret.asl.json").read_text()


def client(server: Served, service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=server.url,
        region_name="us-east-1",
        aws_access_key_id="000000000000",
        aws_secret_access_key="secret",
        config=CONFIG,
    )


def settings(port: int) -> str:
    """As in examples/statewright.toml, for the port that this server has."""
    example = (ROOT / "examples" / "statewright.toml").read_text()
    table = example[example.index("[functions.rotate-password]") :].split("\n\n")[0]
    return table.replace("4566", str(port)) + f'\ndirectory = "{ROOT / "examples"}"\n'


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_the_example_rotates_a_secret(tmp_path: Path) -> None:
    port = free_port()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("STATEWRIGHT_", "AWS_"))}
    with served(tmp_path, settings(port), environ) as server:
        server.port = port
        server.start()
        sm, states = client(server, "secretsmanager"), client(server, "stepfunctions")
        first = {"user": "orders", "password": "old"}
        sm.create_secret(Name="orders/db", SecretString=json.dumps(first))
        role = "arn:aws:iam::000000000000:role/r"
        machine = states.create_state_machine(name="rotate", definition=EXAMPLE, roleArn=role)["stateMachineArn"]
        execution = states.start_execution(stateMachineArn=machine, input='{"secret": "orders/db"}')["executionArn"]
        until = time.monotonic() + PATIENCE_SECONDS
        while (ended := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            assert time.monotonic() < until, (tmp_path / "stderr").read_text()
            time.sleep(0.1)
        assert ended["status"] == "SUCCEEDED", (ended, (tmp_path / "stderr").read_text())
        got = sm.get_secret_value(SecretId="orders/db")
        value = json.loads(got["SecretString"])
        assert json.loads(ended["output"])["version"] == got["VersionId"]
        assert value["user"] == "orders" and len(value["password"]) == 24
        history = str(states.get_execution_history(executionArn=execution))
        assert value["password"] not in history
