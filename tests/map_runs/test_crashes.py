"""Kills while a Map Run is under way: every item has one child, none runs again, and the counters add up."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.client import Client
from tests.chaos.functions import Functions, serving
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


# Notes its item, then sleeps, so that kills meet children in between.
NOTING = {
    "Note": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Next": "Only"}
    | {"Parameters": {"FunctionName": "double", "Payload": {"n.$": "$"}}, "OutputPath": "$.Payload.value"},
    **NAP,
}
FEW = 150


def test_express_children_that_have_ended_never_run_again(db: str, tmp_path: Path) -> None:
    (tmp_path / "buckets" / "out").mkdir(parents=True)
    with serving() as functions:
        settings = settings_file(tmp_path, {"double": functions.settings("double")})
        settings.write_text(f'[buckets]\nroot = "{tmp_path}/buckets"\n\n{settings.read_text()}')
        server = Server(db, tmp_path)
        client = Client(server)
        try:
            _kill_while_express_children_run(server, client, functions, tmp_path)
        finally:
            client.close()
            server.close()


def _kill_while_express_children_run(server: Server, client: Client, functions: Functions, folder: Path) -> None:
    server.start()
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "out"}}
    definition = only_map(distributed(NOTING, MaxConcurrency=60, ResultWriter=writer)).replace(
        '"STANDARD"', '"EXPRESS"'
    )
    definition = definition.replace('"StartAt": "Only"', '"StartAt": "Note"')
    machine = client.call("create_state_machine", name="m", definition=definition, roleArn=ROLE)["stateMachineArn"]
    given = json.dumps(list(range(FEW)))
    execution = client.call("start_execution", stateMachineArn=machine, input=given)["executionArn"]
    (listed,) = client.call("list_map_runs", executionArn=execution)["mapRuns"]
    map_run = listed["mapRunArn"]
    ended: set[str] = set()
    for _ in range(KILLS):
        until = len(ended) + FEW // 6
        while len(ended) < until:
            ended |= _succeeded_arns(client, map_run)
        server.kill()
        before = {key: len(numbers) for key, numbers in functions.deliveries.items()}
        server.start()
        _check_not_again(functions, before, ended)
    shown = client.until_ended(execution)
    _check_not_again(functions, before, ended)
    details = json.loads(shown["output"])["ResultWriterDetails"]
    manifest = json.loads((folder / "buckets" / "out" / details["Key"]).read_text())
    records = [
        record
        for file in manifest["ResultFiles"]["SUCCEEDED"]
        for record in json.loads((folder / "buckets" / "out" / file["Key"]).read_text())
    ]
    assert sorted(int(record["Output"]) for record in records) == [2 * n for n in range(FEW)]
    assert {record["ExecutionArn"] for record in records} == _succeeded_arns(client, map_run) >= ended


def _succeeded_arns(client: Client, map_run: str) -> set[str]:
    pages = client.pages("list_executions", "executions", mapRunArn=map_run, statusFilter="SUCCEEDED", maxResults=1000)
    return {child["executionArn"] for child in pages}


def _check_not_again(functions: Functions, before: dict[str, int], ended: set[str]) -> None:
    """Calls of children that had ended were not made again. An idempotency key begins with the execution's ARN."""
    for key, numbers in list(functions.deliveries.items()):
        if key.rsplit("/", 2)[0] in ended:
            assert len(numbers) == before[key], f"{key} was called again"
