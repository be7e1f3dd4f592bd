"""What TestState refuses, and in which words."""

import json
from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import ROLE
from tests.test_state.test_operation import FLOW, TASK

PASS = {"Type": "Pass", "End": True}
MAP = {"Type": "Map", "ItemProcessor": FLOW, "End": True}
PARALLEL = {"Type": "Parallel", "Branches": [FLOW], "End": True}
FINE = {"result": "{}"}
BAD = {"errorOutput": {"error": "E"}}
BOTH = {**FINE, **BAD}
INVALID, DEFINITION = "ValidationException", "InvalidDefinition"
SYNC = TASK | {"Resource": "arn:aws:states:::ecs:runTask.sync"}
TOKEN = TASK | {"Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken"}
ACTIVITY = TASK | {"Resource": "arn:aws:states:us-east-1:000000000000:activity:a"}
ELSEWHERE = TASK | {"Resource": "arn:aws:states:::aws-sdk:kms:encrypt"}

# state, the other members of the request, error code, part of the message
CASES: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (PASS, {"mock": FINE}, INVALID, "State type 'Pass' is not supported when a mock is specified"),
    (PASS, {"stateName": "P"}, DEFINITION, "These fields are required"),
    ({"StartAt": "P", "States": {"P": PASS}}, {"stateName": "Q"}, INVALID, "State not found in definition"),
    ({"StartAt": "P", "States": {"P": PASS}}, {}, DEFINITION, "These fields are required: [Type]"),
    ({"Type": "Pass"}, {}, DEFINITION, "/"),
    (TASK, {"mock": BOTH}, INVALID, "only one of the following fields: [result, errorOutput]"),
    (TASK, {"mock": {}}, INVALID, "only one of the following fields: [result, errorOutput]"),
    (TASK, {"mock": {"errorOutput": {"cause": "c"}}}, INVALID, "'error'"),
    (TASK, {"mock": {"result": "{"}}, INVALID, "mock result is not valid JSON"),
    (TASK, {"mock": FINE, "revealSecrets": True}, INVALID, "does not support RevealSecrets when a mock"),
    (TASK, {"mock": FINE, "roleArn": "nobody"}, "InvalidArn", "nobody"),
    (TASK, {"mock": FINE, "input": "{"}, "InvalidExecutionInput", "Invalid State Machine Execution Input"),
    (TASK, {"mock": FINE, "variables": "[]"}, INVALID, "variables must be a JSON object"),
    (TASK, {"mock": FINE, "context": "[]"}, INVALID, "Invalid Context object provided"),
    (TASK, {"mock": FINE, "context": '{"State": 1}'}, INVALID, "Field 'State' must be an object"),
    (TASK, {"mock": FINE, "context": '{"Map": {"Item": {"Nr": 1}}}'}, INVALID, "Field 'Nr' is not allowed"),
    (PASS, {"context": "{}"}, INVALID, "only be specified with a mock"),
    (TASK, {}, INVALID, "roleArn is required"),
    (MAP, {"roleArn": ROLE}, DEFINITION, "does not support Map or Parallel states"),
    (MAP, {"mock": FINE}, INVALID, "must be an array"),
    (PARALLEL, {"mock": FINE}, INVALID, "must be an array"),
    (PARALLEL, {"mock": {"result": "[1, 2]"}}, INVALID, "one element for each of its 1 branches"),
    (
        MAP,
        {"mock": {"result": "[]"}, "input": "[1]", "stateConfiguration": {"mapIterationFailureCount": 2}},
        INVALID,
        "mapIterationFailureCount cannot exceed the number of items: 2 of 1",
    ),
    (SYNC, {"roleArn": ROLE}, DEFINITION, "'.sync'"),
    (TOKEN, {"roleArn": ROLE}, DEFINITION, "'.waitForTaskToken'"),
    (ACTIVITY, {"roleArn": ROLE}, DEFINITION, "Activity"),
    (ELSEWHERE, {"roleArn": ROLE}, DEFINITION, "no integration"),
    (PASS, {"stateConfiguration": {"retrierRetryCount": 1}}, INVALID, "stateConfiguration"),
    (TASK, {"mock": FINE, "stateConfiguration": {"retrierRetryCount": 1}}, INVALID, "retrierRetryCount"),
    (TASK, {"mock": BAD, "stateConfiguration": {"mapIterationFailureCount": 1}}, INVALID, "mapIterationFailureCount"),
    (TASK, {"mock": BAD, "stateConfiguration": {"errorCausedByState": "In"}}, INVALID, "errorCausedByState"),
    (MAP, {"mock": BAD, "stateConfiguration": {"errorCausedByState": "Out"}}, INVALID, "'Out' is not within"),
    (MAP, {"mock": BAD, "stateConfiguration": {"mapItemReaderData": "[]"}}, INVALID, "mapItemReaderData"),
]


@pytest.mark.parametrize(("state", "others", "code", "text"), CASES)
def test_refusal(api: Api, state: dict[str, Any], others: dict[str, Any], code: str, text: str) -> None:
    found, message = refusal(api.test_state, definition=json.dumps(state), **others)
    assert found == code
    assert text in message
