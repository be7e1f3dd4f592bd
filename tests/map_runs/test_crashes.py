"""Kills while a Map Run is under way: every item has one child, none runs again, and the counters add up."""

import json
import time
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


def _reading(concurrency: int) -> str:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSONL"},
        "Parameters": {"Bucket": "items", "Key": "items.jsonl"},
    }
    states = {"Only": {"Type": "Pass", "Result": 0, "End": True}}
    return only_map(distributed(states, ItemReader=reader, MaxConcurrency=concurrency, ResultPath=None))


def _prove_reading(db: str, folder: Path, items: int, kills: int, seconds: float) -> None:
    """Kill a server while it reads: each item is in one child, none runs again, and memory does not grow with them."""
    (folder / "objects" / "items").mkdir(parents=True)
    with (folder / "objects" / "items" / "items.jsonl").open("w") as lines:
        lines.writelines(f'{{"n": {number}}}\n' for number in range(items))
    settings_file(folder, {}).write_text('[buckets]\nroot = "objects"\n')
    server = Server(db, folder)
    client = Client(server)
    try:
        server.start()
        machine = client.call("create_state_machine", name="m", definition=_reading(40), roleArn=ROLE)
        started = client.call("start_execution", stateMachineArn=machine["stateMachineArn"], input="{}")
        execution = started["executionArn"]
        (listed,) = client.call("list_map_runs", executionArn=execution)["mapRuns"]
        map_run = listed["mapRunArn"]
        for kill in range(kills):
            _until_succeeded(client, map_run, items * (kill + 1) // (kills + 2))
            server.kill()
            server.start()
        shown = client.until_ended(execution, seconds)
        assert shown["status"] == "SUCCEEDED", shown
        counts = client.call("describe_map_run", mapRunArn=map_run)["executionCounts"]
        assert (counts["succeeded"], counts["running"], counts["pending"], counts["total"]) == (items, 0, 0, items)
        assert _memory_bytes(server) < SERVER_BYTES_MAX
        _check_children(client, map_run, items)
    finally:
        client.close()
        server.close()


SERVER_BYTES_MAX = 400 * 1_048_576  # resident at most, of a server that has run a Map over however many items


def _memory_bytes(server: Server) -> int:
    """The most that the process has held."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (peak,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


def _until_succeeded(client: Client, map_run: str, count: int) -> None:
    deadline = time.monotonic() + 600
    while (shown := client.call("describe_map_run", mapRunArn=map_run))["executionCounts"]["succeeded"] < count:
        assert shown["status"] == "RUNNING" and time.monotonic() < deadline, shown
        time.sleep(0.02)


def _check_children(client: Client, map_run: str, items: int) -> None:
    """Each item is the input of one child, as far as their names say; of some of them the input is looked at."""
    names = _succeeded(client, map_run)
    assert len(names) == len(set(names)) == items
    page = client.call("list_executions", mapRunArn=map_run, maxResults=200)["executions"]
    inputs = [client.call("describe_execution", executionArn=child["executionArn"])["input"] for child in page]
    numbers = [json.loads(given)["n"] for given in inputs]
    assert len(set(numbers)) == len(numbers) and max(numbers) == items - 1


def test_a_reader_survives_kills(db: str, tmp_path: Path) -> None:
    _prove_reading(db, tmp_path, items=1_500, kills=1, seconds=90)


@pytest.mark.chaos
@pytest.mark.timeout(3_600)
def test_a_hundred_thousand_lines_survive_kills(tmp_path: Path) -> None:
    _prove_reading(f"sqlite:///{tmp_path / 'statewright.db'}", tmp_path, items=100_000, kills=5, seconds=1_800)
