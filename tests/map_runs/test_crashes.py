"""Kills while a Map Run is under way: every item has one child, none runs again, and the counters add up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.client import Client
from tests.chaos.server import Server, settings_file
from tests.chaos.storm import ROLE
from tests.map_runs.machines import distributed, only_map

ITEMS = 1_200
AT_ONCE = 500
KILLS = 2
NAP = {"Only": {"Type": "Wait", "Seconds": 1, "End": True}}


@pytest.fixture
def server(db: str, tmp_path: Path) -> Iterator[Server]:
    settings_file(tmp_path, {})
    made = Server(db, tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    made = Client(server)
    yield made
    made.close()


def _succeeded(client: Client, map_run: str) -> list[str]:
    """The names of the children that succeeded."""
    found: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = client.call("list_executions", mapRunArn=map_run, statusFilter="SUCCEEDED", maxResults=1000, **token)
        found += [child["name"] for child in page["executions"]]
        if "nextToken" not in page:
            return found
        token = {"nextToken": page["nextToken"]}


def test_a_map_run_survives_kills(server: Server, client: Client) -> None:
    server.start()
    definition = only_map(distributed(NAP, MaxConcurrency=AT_ONCE))
    machine = client.call("create_state_machine", name="m", definition=definition, roleArn=ROLE)["stateMachineArn"]
    items = list(range(ITEMS))
    execution = client.call("start_execution", stateMachineArn=machine, input=json.dumps(items))["executionArn"]
    (listed,) = client.call("list_map_runs", executionArn=execution)["mapRuns"]
    map_run = listed["mapRunArn"]
    before: set[str] = set()
    for _ in range(KILLS):
        server.kill()
        server.start()
        shown = client.call("describe_map_run", mapRunArn=map_run)
        assert shown["status"] == "RUNNING" and shown["executionCounts"]["running"] <= AT_ONCE
        before |= set(_succeeded(client, map_run))
    ended = client.until_ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", items)
    counts = client.call("describe_map_run", mapRunArn=map_run)["executionCounts"]
    assert (counts["succeeded"], counts["running"], counts["pending"], counts["total"]) == (ITEMS, 0, 0, ITEMS)
    after = _succeeded(client, map_run)
    assert len(after) == len(set(after)) == ITEMS and before <= set(after)
