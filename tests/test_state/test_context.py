"""The test's own context object."""

import json
from typing import Any

import pytest

from tests.api.client import Api
from tests.api.machines import ROLE
from tests.test_state.test_operation import TASK, result, run


def test_the_own_context(api: Api) -> None:
    state = TASK | {"Parameters": {"c.$": "$$"}, "Retry": [{"ErrorEquals": ["States.ALL"]}]}
    answer = run(api, state, {"i": 1}, mock=result({}), roleArn=ROLE, stateConfiguration={"retrierRetryCount": 2})
    context = answer["inspectionData"]["afterParameters"]["c"]
    execution = context["Execution"]
    assert set(context) == {"Execution", "StateMachine", "State"}
    assert (execution["Input"], execution["RoleArn"]) == ({"i": 1}, ROLE)
    assert execution["Id"].split(":")[5] == "express" and execution["Id"].endswith(execution["Name"])
    assert context["StateMachine"]["Name"] == execution["Id"].split(":")[6]
    assert context["State"]["Name"] == "StateName"
    assert context["State"]["RetryCount"] == 2


def test_without_a_role_it_is_null(api: Api) -> None:
    state = {"Type": "Pass", "Parameters": {"r.$": "$$.Execution.RoleArn"}, "End": True}
    assert api.test_state(definition=json.dumps(state))["output"] == '{"r":null}'


GET = "arn:aws:states:::s3:getObject"
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
READER = {
    "ItemReader": {"Resource": GET, "ReaderConfig": {"InputType": "JSON"}, "Parameters": {"Bucket": "b", "Key": "k"}}
}
FIRST = {"Index": 0, "Value": {"i": 1}}

# the processor, the Map's other fields, the item that a state within a Parallel within the Map sees
WITHIN: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ({}, {}, {**FIRST, "Source": "STATE_DATA"}),
    (DISTRIBUTED, {}, {**FIRST, "Source": "STATE_DATA"}),
    (DISTRIBUTED, READER, FIRST),
]


@pytest.mark.parametrize(("processor", "fields", "item"), WITHIN)
def test_a_state_within_a_map_sees_the_first_item(
    api: Api, processor: dict[str, Any], fields: dict[str, Any], item: dict[str, Any]
) -> None:
    """AWS's documentation, "Automatic Context population"; a context that is given takes its place."""
    inner = {"StartAt": "T", "States": {"T": TASK | {"Parameters": {"m.$": "$$.Map.Item"}}}}
    flow = {**processor, "StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    machine = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": flow, "End": True, **fields}}}
    answer = run(api, machine, {"i": 1}, stateName="T", mock=result({}))
    assert answer["inspectionData"]["afterParameters"] == {"m": item}
    given = {"Map": {"Item": {"Index": 7}}}
    answer = run(api, machine, {"i": 1}, stateName="T", mock=result({}), context=given)
    assert answer["inspectionData"]["afterParameters"] == {"m": {"Index": 7}}
