"""Kills while executions are stopped and redriven: a redrive that was answered has happened, one that was not is asked
for again with its token, and what a Task has done is done once over all of them.
"""

import json
from collections import Counter
from typing import Any

from botocore.exceptions import ClientError

from tests.chaos.client import Client, error_code
from tests.chaos.proof import check_history
from tests.chaos.server import Server
from tests.chaos.storm import ROLE
from tests.map_runs.machines import distributed, only_map
from tests.redrive.machines import chain

PARENTS, ITEMS = 12, 3
CHILDREN, AT_ONCE = 200, 150


def _machine(client: Client, name: str, definition: str) -> str:
    made = client.call("create_state_machine", name=name, definition=definition, roleArn=ROLE)
    return str(made["stateMachineArn"])


def _kill_and_start(server: Server) -> None:
    server.kill()
    server.start()


def _redrive(client: Client, execution: str, token: str) -> bool:
    """False: it could not be, for it had succeeded."""
    try:
        client.call("redrive_execution", executionArn=execution, clientToken=token)
    except ClientError as error:
        assert error_code(error) == "ExecutionNotRedrivable" and "SUCCEEDED" in str(error), error
        return False
    return True


def _parent(child: str) -> str:
    start = {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution"}
    start["Parameters"] = {"StateMachineArn": child, "Input.$": "$"}  # type: ignore[assignment]
    wait: dict[str, Any] = {"Type": "Wait", "SecondsPath": "$.s", "Next": "Start"}
    flow = {"StartAt": "Nap", "States": {"Nap": wait, "Start": start | {"Next": "Nap2"}, "Nap2": _nap()}}
    return chain(("Each", {"Type": "Map", "ItemsPath": "$", "ItemProcessor": flow}))


def _nap() -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": 1, "End": True}


def test_what_is_done_is_done_once_over_redrives_and_kills(server: Server, client: Client) -> None:
    server.start()
    child = _machine(client, "child", chain(("P", {"Type": "Pass"})))
    parent = _machine(client, "parent", _parent(child))
    begun = []
    for number in range(PARENTS):
        given = json.dumps([{"n": f"{number}-{item}", "s": item % 2} for item in range(ITEMS)])
        begun.append(client.call("start_execution", stateMachineArn=parent, input=given)["executionArn"])
    redrives: Counter[str] = Counter()
    for execution in begun:
        client.call("stop_execution", executionArn=execution)
    _kill_and_start(server)
    for number, execution in enumerate(begun):
        redrives[execution] += _redrive(client, execution, "token")
        if number == PARENTS // 2:
            _kill_and_start(server)
            _redrive(client, execution, "token")
    for execution in begun:
        shown = client.until_ended(execution)
        assert (shown["status"], shown["redriveCount"]) == ("SUCCEEDED", redrives[execution])
        events = client.history(execution)
        counts = Counter(event["type"] for event in events)
        assert counts["ExecutionRedriven"] == counts["ExecutionAborted"] == redrives[execution]
        assert counts["TaskSucceeded"] == ITEMS
    assert sum(redrives.values()) >= PARENTS
    children = client.pages("list_executions", "executions", stateMachineArn=child)
    assert Counter(found["status"] for found in children) == {"SUCCEEDED": PARENTS * ITEMS}


def test_a_map_run_that_is_redriven_survives_kills(server: Server, client: Client) -> None:
    server.start()
    naps = {"Only": {"Type": "Wait", "Seconds": 1, "Next": "Last"}, "Last": _nap()}
    machine = _machine(client, "m", only_map(distributed(naps, MaxConcurrency=AT_ONCE)))
    items = list(range(CHILDREN))
    execution = client.call("start_execution", stateMachineArn=machine, input=json.dumps(items))["executionArn"]
    client.call("stop_execution", executionArn=execution)
    _kill_and_start(server)
    assert _redrive(client, execution, "token")
    _kill_and_start(server)
    shown = client.until_ended(execution)
    assert (shown["status"], json.loads(shown["output"])) == ("SUCCEEDED", items)
    (listed,) = client.call("list_map_runs", executionArn=execution)["mapRuns"]
    run = client.call("describe_map_run", mapRunArn=listed["mapRunArn"])
    counts = {name: count for name, count in run["executionCounts"].items() if count}
    assert counts == {"succeeded": CHILDREN, "total": CHILDREN}
    assert run["redriveCount"] == shown["redriveCount"] == 1
    children = client.pages("list_executions", "executions", mapRunArn=listed["mapRunArn"], maxResults=1000)
    assert len(children) == CHILDREN
    redriven = next(found for found in children if found["redriveCount"])
    events = client.history(redriven["executionArn"])
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert Counter(event["type"] for event in events)["ExecutionRedriven"] == redriven["redriveCount"]
    fresh = next(found for found in children if not found["redriveCount"])
    check_history(client.history(fresh["executionArn"]))
