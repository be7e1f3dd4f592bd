"""A disk that is full: nothing is acknowledged that is not kept, reads go on, and with room all goes on by itself.

The disk is made full for the server alone: its process may not write any file beyond a size (RLIMIT_FSIZE), from one
moment to the next and back.
"""

import json
import resource
import time
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.chaos.client import PATIENCE_SECONDS, Client, error_code
from tests.chaos.functions import Functions
from tests.chaos.machines import invoke, machine
from tests.chaos.proof import check_history
from tests.chaos.server import Server
from tests.chaos.storm import ROLE

UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture
def db(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/statewright.db"


def _allow_bytes(server: Server, size: int) -> None:
    assert server.process is not None
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, UNLIMITED))


def _create(client: Client, name: str, *states: tuple[str, dict[str, object]]) -> str:
    definition = json.dumps(machine(*states))
    return str(client.call("create_state_machine", name=name, definition=definition, roleArn=ROLE)["stateMachineArn"])


def test_a_full_disk_refuses_and_loses_nothing(server: Server, functions: Functions, client: Client) -> None:
    server.start()
    waits = _create(client, "waits", ("Rest", {"Type": "Wait", "Seconds": 1}), ("Over", {"Type": "Pass"}))
    calls = _create(client, "calls", ("Call", invoke("hold")))
    waiting = client.call("start_execution", stateMachineArn=waits, name="before")["executionArn"]
    calling = client.call("start_execution", stateMachineArn=calls, input='{"n": 1}')["executionArn"]
    assert functions.held.acquire(timeout=PATIENCE_SECONDS)

    _allow_bytes(server, 1)
    functions.release.set()  # its answer cannot be committed now, nor can the timer of the other
    for number in range(3):
        with pytest.raises(ClientError) as refused:
            client.once("start_execution", stateMachineArn=waits, name=f"full-{number}")
        assert error_code(refused.value) == "ServiceUnavailable"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    listed = client.call("list_executions", stateMachineArn=waits)["executions"]
    assert [found["executionArn"] for found in listed] == [waiting]
    _wait_until_its_timer_was_due(client, waiting)

    _allow_bytes(server, UNLIMITED)
    for execution in (waiting, calling):
        assert client.until_ended(execution)["status"] == "SUCCEEDED"
        check_history(client.history(execution))
    (numbers,) = functions.deliveries.values()
    assert len(numbers) == 1, "an answer that could not be committed at first was asked for again"
    later = client.call("start_execution", stateMachineArn=waits, name="full-0")["executionArn"]
    assert client.until_ended(later)["status"] == "SUCCEEDED"
    assert server.stop() == 0


def _wait_until_its_timer_was_due(client: Client, execution: str) -> None:
    """So that the timer's batch is among those that failed."""
    started = client.call("describe_execution", executionArn=execution)["startDate"].timestamp()
    while time.time() < started + 1.5:
        with pytest.raises(ClientError) as refused:
            client.once("stop_execution", executionArn=execution)
        assert error_code(refused.value) == "ServiceUnavailable"
        assert client.call("describe_execution", executionArn=execution)["status"] == "RUNNING"
        time.sleep(0.05)
