"""Versions and aliases over a kill: what was acknowledged is there, and an execution stays with its version."""

import json
import threading
from typing import Any

import pytest

from tests.chaos.client import PATIENCE_SECONDS, Client
from tests.chaos.functions import Functions
from tests.chaos.machines import invoke, machine
from tests.chaos.server import Server
from tests.chaos.storm import ROLE


@pytest.fixture
def started(server: Server) -> Server:
    server.start()
    return server


def _definition(mark: str) -> str:
    return json.dumps(machine(("Call", invoke("hold")), ("Mark", {"Type": "Pass", "Result": mark})))


def _routes(machine_arn: str, version: int) -> list[dict[str, Any]]:
    return [{"stateMachineVersionArn": f"{machine_arn}:{version}", "weight": 100}]


def test_an_execution_stays_with_its_version(started: Server, functions: Functions, client: Client) -> None:
    request = {"name": "routed", "definition": _definition("one"), "roleArn": ROLE, "publish": True}
    arn = client.call("create_state_machine", **request)["stateMachineArn"]
    alias = client.call("create_state_machine_alias", name="PROD", routingConfiguration=_routes(arn, 1))
    alias_arn = alias["stateMachineAliasArn"]
    execution = client.call("start_execution", stateMachineArn=alias_arn, input='{"n": 7}')["executionArn"]
    assert functions.held.acquire(timeout=PATIENCE_SECONDS)
    client.call("update_state_machine", stateMachineArn=arn, definition=_definition("two"), publish=True)
    routes = _routes(arn, 2)
    client.call("update_state_machine_alias", stateMachineAliasArn=alias_arn, routingConfiguration=routes)
    client.call("delete_state_machine_version", stateMachineVersionArn=f"{arn}:1")
    started.kill()
    functions.release.set()
    started.start()
    shown = client.until_ended(execution)
    assert json.loads(shown["output"]) == "one"
    assert (shown["stateMachineVersionArn"], shown["stateMachineAliasArn"]) == (f"{arn}:1", alias_arn)
    assert client.call("describe_state_machine_alias", stateMachineAliasArn=alias_arn)["routingConfiguration"] == routes
    again = client.call("start_execution", stateMachineArn=alias_arn, input='{"n": 7}')["executionArn"]
    shown = client.until_ended(again)
    assert (json.loads(shown["output"]), shown["stateMachineVersionArn"]) == ("two", f"{arn}:2")
    listed = client.pages("list_executions", "executions", stateMachineArn=alias_arn)
    assert [each["executionArn"] for each in listed] == [again, execution]


def test_no_acknowledged_version_is_lost_or_made_twice(started: Server, client: Client) -> None:
    request = {"name": "published", "definition": _definition("0"), "roleArn": ROLE, "publish": True}
    arn = client.call("create_state_machine", **request)["stateMachineArn"]
    acknowledged = {"0": f"{arn}:1"}
    enough, done = threading.Event(), threading.Event()

    def publish() -> None:
        """One revision after the other; an update that a kill left without an answer is sent again."""
        number = 0
        while not done.is_set():
            number += 1
            update = {"stateMachineArn": arn, "definition": _definition(str(number)), "publish": True}
            acknowledged[str(number)] = client.call("update_state_machine", **update)["stateMachineVersionArn"]
            if number % 10 == 0:
                enough.set()

    publisher = threading.Thread(target=publish)
    publisher.start()
    for _ in range(3):
        assert enough.wait(PATIENCE_SECONDS)
        started.kill()
        enough.clear()
        started.start()
    assert enough.wait(PATIENCE_SECONDS)
    done.set()
    publisher.join(PATIENCE_SECONDS)
    listed = client.pages("list_state_machine_versions", "stateMachineVersions", stateMachineArn=arn)
    versions = [each["stateMachineVersionArn"] for each in listed]
    assert versions == list(acknowledged.values())[::-1]
    assert versions == [f"{arn}:{number}" for number in range(len(versions), 0, -1)]
    middle = list(acknowledged.items())[len(versions) // 2]
    shown = client.call("describe_state_machine", stateMachineArn=middle[1])
    assert shown["definition"] == _definition(middle[0])
