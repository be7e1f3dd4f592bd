"""Kills while executions wait for executions: none is started twice, none is forgotten, none outlives its Task."""

import json
from collections import Counter
from typing import Any

from tests.chaos.client import Client
from tests.chaos.proof import check_history
from tests.chaos.server import Server
from tests.chaos.storm import ROLE
from tests.nested.machines import START, flow

PARENTS = 50
KILLS = 6
WAITING: dict[str, Any] = {
    "Type": "Task",
    "Resource": START + ".sync:2",
    "Parameters": {
        "StateMachineArn.$": "$.machine",
        "Name.$": "States.Format('{}-of-{}', $$.State.Name, $$.Execution.Name)",
        "Input": {"n.$": "$.n"},
    },
    "ResultSelector": {"got.$": "$.Output.n"},
}
CHILD = flow(("Nap", {"Type": "Wait", "Seconds": 1}), ("Nap2", {"Type": "Wait", "Seconds": 1}))
PARENT = flow(
    ("One", WAITING | {"ResultPath": "$.one"}),
    ("Two", WAITING | {"ResultPath": "$.two"}),
    ("Sum", {"Type": "Pass", "Parameters": {"sum.$": "States.MathAdd($.one.got, $.two.got)"}}),
)


def _machine(client: Client, name: str, definition: str) -> str:
    made = client.call("create_state_machine", name=name, definition=definition, roleArn=ROLE)
    return str(made["stateMachineArn"])


def _kill_and_start(server: Server) -> None:
    server.kill()
    server.start()


def test_parents_that_wait_survive_kills(server: Server, client: Client) -> None:
    server.start()
    child, parent = _machine(client, "child", CHILD), _machine(client, "parent", PARENT)
    begun = {}
    for number in range(PARENTS):
        given = json.dumps({"n": number, "machine": child})
        begun[number] = client.call("start_execution", stateMachineArn=parent, name=f"p{number}", input=given)
        if number % (PARENTS // 3) == 1:
            _kill_and_start(server)
    for _ in range(KILLS - 3):
        client.until_ended(begun[0]["executionArn"])  # by then the others are somewhere in the middle
        _kill_and_start(server)
    for number, started in begun.items():
        shown = client.until_ended(started["executionArn"])
        assert (shown["status"], json.loads(shown["output"])) == ("SUCCEEDED", {"sum": 2 * number})
        events = client.history(started["executionArn"])
        check_history(events)
        counts = Counter(event["type"] for event in events)
        assert counts["TaskSubmitted"] == counts["TaskSucceeded"] == counts["TaskScheduled"] == 2
    children = client.pages("list_executions", "executions", stateMachineArn=child)
    assert Counter(found["status"] for found in children) == {"SUCCEEDED": 2 * PARENTS}


def test_a_stop_reaches_the_last_descendant_over_a_kill(server: Server, client: Client) -> None:
    server.start()
    sleeper = _machine(client, "sleeper", flow(("Sleep", {"Type": "Wait", "Seconds": 3_600})))
    above = sleeper
    machines = [sleeper]
    for level in range(5):
        state = {"Type": "Task", "Resource": START + ".sync", "Parameters": {"StateMachineArn": above}}
        above = _machine(client, f"level-{level}", flow(("Down", state)))
        machines.append(above)
    begun = [client.call("start_execution", stateMachineArn=above, name=f"s{number}") for number in range(10)]
    _kill_and_start(server)
    for started in begun:
        client.call("stop_execution", executionArn=started["executionArn"])
    _kill_and_start(server)
    for machine in machines:
        found = client.pages("list_executions", "executions", stateMachineArn=machine)
        assert Counter(execution["status"] for execution in found) == {"ABORTED": 10}
