"""variableReferences: which variables each state refers to, as the definition was compiled when it came."""

import json
from typing import Any

import pytest

from tests.api.client import Api
from tests.api.machines import PASS, definition

ASSIGN = {"Type": "Pass", "Assign": {"a": 1, "b": [2]}}

# the state after one that assigns a and b, what it refers to
STATES: list[tuple[dict[str, Any], list[str]]] = [
    ({"Type": "Pass"}, []),
    ({"Type": "Pass", "Parameters": {"x": "$a"}}, []),
    ({"Type": "Pass", "Parameters": {"x.$": "$b", "y": {"z.$": "States.Format('{}', $a)"}}}, ["a", "b"]),
    ({"Type": "Pass", "InputPath": "$b[0]"}, ["b"]),
    ({"Type": "Pass", "Assign": {"c.$": "$a", "d.$": "$.in"}}, ["a"]),
    ({"Type": "Wait", "SecondsPath": "$a"}, ["a"]),
    ({"Type": "Fail", "ErrorPath": "$a", "CausePath": "States.Format('{}', $b)"}, ["a", "b"]),
]


@pytest.mark.parametrize(("state", "expected"), STATES)
def test_what_a_state_refers_to(api: Api, state: dict[str, Any], expected: list[str]) -> None:
    arn = api.machine(definition(("Assign", ASSIGN), ("Refer", state)))
    shown = api.describe_state_machine(stateMachineArn=arn)
    assert shown.get("variableReferences", {}) == ({"Refer": expected} if expected else {})
    assert ("variableReferences" in shown) == bool(expected)


def _referring(name: str, variable: str) -> str:
    return definition(("Assign", ASSIGN), (name, {"Type": "Pass", "Parameters": {"x.$": f"${variable}"}}))


def test_a_revision_has_its_own(api: Api) -> None:
    arn = api.machine(_referring("One", "a"), publish=True)
    execution = api.start_execution(stateMachineArn=arn)["executionArn"]
    api.update_state_machine(stateMachineArn=arn, definition=_referring("Two", "b"))
    api.update_state_machine(stateMachineArn=arn, loggingConfiguration={"includeExecutionData": True})
    assert api.describe_state_machine(stateMachineArn=arn)["variableReferences"] == {"Two": ["b"]}
    assert api.describe_state_machine(stateMachineArn=arn + ":1")["variableReferences"] == {"One": ["a"]}
    ran = api.describe_state_machine_for_execution(executionArn=execution)
    assert ran["variableReferences"] == {"One": ["a"]}
    assert ran["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}  # as recorded with variables
    api.update_state_machine(stateMachineArn=arn, definition=PASS)
    without = api.describe_state_machine(stateMachineArn=arn)
    assert without.keys().isdisjoint({"variableReferences", "encryptionConfiguration"})


def test_they_are_data_as_the_definition_is(api: Api) -> None:
    arn = api.machine(_referring("One", "a"))
    hidden = api.describe_state_machine(stateMachineArn=arn, includedData="METADATA_ONLY")
    assert (hidden["definition"], "variableReferences" in hidden) == ("{}", False)


def test_states_of_inner_flows_are_named_beside_the_others(api: Api) -> None:
    inner = {"StartAt": "Inner", "States": {"Inner": {"Type": "Pass", "Parameters": {"x.$": "$a"}, "End": True}}}
    outer = {"Type": "Map", "ItemsPath": "$b", "MaxConcurrencyPath": "$a", "ItemProcessor": inner}
    text = definition(("Assign", ASSIGN), ("Outer", outer))
    shown = api.describe_state_machine(stateMachineArn=api.machine(text))
    assert shown["variableReferences"] == {"Inner": ["a"], "Outer": ["a", "b"]}
    assert json.loads(shown["definition"]) == json.loads(text)
