"""The `aws` command against a real server, with nothing but an endpoint URL: create, start, describe, history."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.client import Api

AWS = Path(sys.executable).with_name("aws")
ROLE = "arn:aws:iam::000000000000:role/any"
DEFINITION = '{"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": {"greeting": "hello"}, "End": true}}}'
SECONDS_MAX = 60

# What the command says and hears does not depend on the database, and each of its processes takes a second.
pytestmark = pytest.mark.parametrize("endpoint", ["sqlite"], indirect=True)


def aws(endpoint: str, *words: str) -> Any:
    """The answer of one `aws stepfunctions` command. The user's own configuration stays out of it."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "AWS_ENDPOINT_URL_SFN": endpoint,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    command = [sys.executable, str(AWS), "stepfunctions", *words, "--output", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_create_start_describe_and_read_the_history(endpoint: str, api: Api) -> None:
    create = ("create-state-machine", "--name", api.name(), "--definition", DEFINITION, "--role-arn", ROLE)
    machine = aws(endpoint, *create)["stateMachineArn"]
    start = ("start-execution", "--state-machine-arn", machine, "--input", '{"id": 1}')
    execution = aws(endpoint, *start)["executionArn"]
    assert api.ended(execution)["status"] == "SUCCEEDED"
    shown = aws(endpoint, "describe-execution", "--execution-arn", execution)
    assert (shown["status"], json.loads(shown["output"])) == ("SUCCEEDED", {"greeting": "hello"})
    events = aws(endpoint, "get-execution-history", "--execution-arn", execution)["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]


def test_a_synchronous_express_execution(endpoint: str, api: Api) -> None:
    create = ("create-state-machine", "--name", api.name(), "--definition", DEFINITION, "--role-arn", ROLE)
    machine = aws(endpoint, *create, "--type", "EXPRESS")["stateMachineArn"]
    ended = aws(endpoint, "start-sync-execution", "--state-machine-arn", machine)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"greeting": "hello"})
