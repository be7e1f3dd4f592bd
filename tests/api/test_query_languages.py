"""JSONata and variables through the API: what SDKs see of them, on both back ends."""

import json
from typing import Any

from tests.api.client import Api, refusal
from tests.api.machines import ROLE, definition


def _jsonata(*states: tuple[str, dict[str, Any]]) -> str:
    return json.dumps({"QueryLanguage": "JSONata", **json.loads(definition(*states))})


WAITS = definition(
    ("Keep", {"Type": "Pass", "Assign": {"kept.$": "$.a", "größe": 10**20}}),
    ("Rest", {"Type": "Wait", "Seconds": 1}),
    ("Use", {"Type": "Pass", "Parameters": {"kept.$": "$kept", "size.$": "$größe"}}),
)
UNDEFINED = _jsonata(("Lost", {"Type": "Pass", "Output": {"v": "{% $states.input.missing %}"}}))


def test_variables_outlive_the_commit_that_assigned_them(api: Api) -> None:
    arn = api.start_execution(stateMachineArn=api.machine(WAITS), input='{"a": "x"}')["executionArn"]
    shown = api.ended(arn)
    assert json.loads(shown["output"]) == {"kept": "x", "size": 10**20}
    exited = api.get_execution_history(executionArn=arn)["events"][2]["stateExitedEventDetails"]
    assert exited["assignedVariables"] == {"kept": '"x"', "größe": str(10**20)}
    assert exited["assignedVariablesDetails"] == {"truncated": False}
    bare = api.get_execution_history(executionArn=arn, includeExecutionData=False)["events"][2]
    assert bare["stateExitedEventDetails"] == {"name": "Keep"}


def test_a_failed_evaluation_is_an_event(api: Api) -> None:
    arn = api.start_execution(stateMachineArn=api.machine(UNDEFINED), input="{}")["executionArn"]
    assert api.ended(arn)["error"] == "States.QueryEvaluationError"
    event = api.get_execution_history(executionArn=arn)["events"][2]
    assert (event["type"], event["id"], event["previousEventId"]) == ("EvaluationFailed", 3, 0)
    assert event["evaluationFailedEventDetails"] == {
        "error": "States.QueryEvaluationError",
        "cause": (
            "An error occurred while executing the state 'Lost' (entered at the event id #2). The JSONata expression "
            "'$states.input.missing' specified for the field 'Output/v' returned nothing (undefined)."
        ),
        "location": "Output/v",
        "state": "Lost",
    }


def test_variable_references(api: Api) -> None:
    shown = api.describe_state_machine(stateMachineArn=api.machine(WAITS))
    assert shown["variableReferences"] == {"Use": ["größe", "kept"]}
    assert "variableReferences" not in api.describe_state_machine(stateMachineArn=api.machine(UNDEFINED))


def test_what_is_refused_at_creation(api: Api) -> None:
    broken = _jsonata(("A", {"Type": "Pass", "InputPath": "$", "Output": 1}))
    unreadable = _jsonata(("A", {"Type": "Pass", "Output": {"v": "{% 1 + %}", "w": "{% phone %}"}}))
    assert refusal(api.create_state_machine, name=api.name(), definition=broken, roleArn=ROLE) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: The QueryLanguage is set to 'JSONata', but field "
        "'InputPath' is only supported for the 'JSONPath' QueryLanguage at /States/A'",
    )
    assert refusal(api.create_state_machine, name=api.name(), definition=unreadable, roleArn=ROLE) == (
        "InvalidDefinition",
        "Invalid State Machine Definition: 'INVALID_JSONATA_EXPRESSION: Unexpected end of expression at "
        "/States/A/Output/v, UNSUPPORTED_JSONATA_EXPRESSION: Reference to 'phone' at the top level is not supported. "
        "at /States/A/Output/w'",
    )


def test_an_express_machine(api: Api) -> None:
    machine = _jsonata(
        ("Sum", {"Type": "Pass", "Assign": {"sum": "{% $sum($states.input.n) %}"}}),
        ("Say", {"Type": "Pass", "Output": "{% 'The sum is ' & $sum %}"}),
    )
    arn = api.machine(machine, type="EXPRESS")
    answer = api.start_sync_execution(stateMachineArn=arn, input='{"n": [1, 2, 3]}')
    assert (answer["status"], answer["output"]) == ("SUCCEEDED", '"The sum is 6"')
