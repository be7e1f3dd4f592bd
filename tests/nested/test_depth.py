"""Executions within executions within executions: no depth of nesting holds up the server."""

import json

from tests.api.client import Api
from tests.api.machines import ROLE
from tests.nested.machines import DESCENT, DOUBLE, flow, start

DEPTH = 400  # more ends and stops than one commit passes on


def test_a_deep_descent_comes_up_again(api: Api) -> None:
    machine = api.machine(DESCENT)
    begun = api.start_execution(stateMachineArn=machine, input=json.dumps({"n": DEPTH, "bottom": 0}))
    shown = api.ended(begun["executionArn"])
    assert json.loads(shown["output"]) == {"depth": DEPTH}
    assert {found["status"] for found in _all(api, machine)} == {"SUCCEEDED"}


def test_stopping_the_first_stops_the_last(api: Api) -> None:
    machine = api.machine(DESCENT)
    begun = api.start_execution(stateMachineArn=machine, input=json.dumps({"n": DEPTH, "bottom": 3_600}))
    api.until(lambda: len(_all(api, machine)), lambda count: count == DEPTH + 1)
    api.stop_execution(executionArn=begun["executionArn"])
    api.until(lambda: {found["status"] for found in _all(api, machine)}, lambda found: found == {"ABORTED"})


def test_a_machine_that_starts_itself_for_ever_holds_up_nobody(api: Api) -> None:
    name = api.name()
    arn = api.arn(f"stateMachine:{name}")
    definition = flow(("Go", start(machine=arn)), ("On", {"Type": "Pass"}))
    endless = api.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
    api.start_execution(stateMachineArn=endless, input='{"n": 1}')
    try:
        api.until(lambda: len(_all(api, endless)), lambda count: count > 1_000)
        other = api.start_execution(stateMachineArn=api.machine(DOUBLE), input='{"n": 1}')
        assert api.ended(other["executionArn"])["status"] == "SUCCEEDED"
    finally:
        api.delete_state_machine(stateMachineArn=endless)  # which ends it: nothing is started of a machine that goes
    api.until(lambda: _gone(api, endless), bool)


def _gone(api: Api, machine: str) -> bool:
    return machine not in {
        found["stateMachineArn"] for found in api.list_state_machines(maxResults=1000)["stateMachines"]
    }


def _all(api: Api, machine: str) -> list[dict[str, str]]:
    """The newest executions of a machine, enough of them to count."""
    page = api.list_executions(stateMachineArn=machine, maxResults=1000)
    found: list[dict[str, str]] = page["executions"]
    if "nextToken" in page and len(found) == 1000:
        found += api.list_executions(stateMachineArn=machine, maxResults=1000, nextToken=page["nextToken"])[
            "executions"
        ]
    return found
