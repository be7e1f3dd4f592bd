"""Ctrl-C, in processes of their own: they end at once with the status that shells know, and say what goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.cli.client import Server, connect
from tests.cli.server import ROOT, running_server

ROLE = "arn:aws:iam::000000000000:role/test"
SLEEPS = '{"StartAt": "Sleep", "States": {"Sleep": {"Type": "Wait", "Seconds": 3600, "End": true}}}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running_server(tmp_path_factory.mktemp("server")) as url:
        found = connect(url, None, None, None)
        found.call("create_state_machine", name="sleeps", definition=SLEEPS, roleArn=ROLE)
        yield found


def _interrupted(folder: Path, *arguments: str, until: str) -> tuple[int, str]:
    """The exit status and all that was said, with Ctrl-C once a line begins with `until`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STATEWRIGHT_")}
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "engine.cli.main", *arguments],
        cwd=folder,
        env=environment | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout as lines:
        said = ""
        for line in lines:
            said += line
            if line.lstrip().startswith(until):
                process.send_signal(signal.SIGINT)
    return process.wait(20), said


def test_who_stops_waiting_knows_what_goes_on(server: Server, tmp_path: Path) -> None:
    arguments = ("start", "sleeps", "--name", "waited", "--wait", "--endpoint", server.endpoint)
    status, said = _interrupted(tmp_path, *arguments, until="Waiting")
    arn = server.execution_arn("sleeps:waited")
    assert (status, said.split()) == (130, ["Waiting", "for", arn, "Interrupted."])
    assert server.call("describe_execution", executionArn=arn)["status"] == "RUNNING"


def test_following_ends_at_once(server: Server, tmp_path: Path) -> None:
    machine = server.machine_arn("sleeps")
    arn = server.call("start_execution", stateMachineArn=machine, name="followed")["executionArn"]
    arguments = ("history", arn, "--follow", "--endpoint", server.endpoint)
    status, said = _interrupted(tmp_path, *arguments, until="2 ")
    assert status == 130
    assert "WaitStateEntered" in said and said.endswith("Interrupted.\n") and "Traceback" not in said
