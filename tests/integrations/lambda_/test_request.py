"""From the parameters of a Task to an invocation: what is taken, what is refused and how."""

import base64
from typing import Any

import pytest

from engine.errors import StateError
from integrations.lambda_.request import read_call
from tests.integrations.lambda_.calls import direct, invoke


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# parameters -> payload, ARN's end, client context
TAKEN: list[tuple[dict[str, Any], Any, str, Any]] = [
    ({"FunctionName": "f"}, {}, "function:f", None),
    ({"FunctionName": "f", "Payload": None}, None, "function:f", None),
    ({"FunctionName": "f", "Payload": "text"}, "text", "function:f", None),
    ({"FunctionName": "f", "Payload": [1, {"a": 2}]}, [1, {"a": 2}], "function:f", None),
    ({"FunctionName": "f:3", "Qualifier": "3"}, {}, "function:f:3", None),
    ({"FunctionName": "f", "Qualifier": "live"}, {}, "function:f:live", None),
    ({"FunctionName": "f", "InvocationType": "RequestResponse", "LogType": "None"}, {}, "function:f", None),
    ({"FunctionName": "f", "ClientContext": encoded('{"custom":{"a":1}}')}, {}, "function:f", {"custom": {"a": 1}}),
]

NOT_STARTED = "' could not be used to start the Task: ["
# parameters -> error, what its cause holds
REFUSED: list[tuple[Any, str, str]] = [
    (
        {},
        "States.Runtime",
        "The Parameters '{}" + NOT_STARTED + "The field 'FunctionName' is required but was missing]",
    ),
    ([1], "States.Runtime", "The Parameters '[1]" + NOT_STARTED + "The Parameters must be a JSON object]"),
    ({"FunctionName": 1}, "States.Runtime", "[The value for the field 'FunctionName' must be a STRING]"),
    ({"FunctionName": "f", "Qualifier": 1}, "States.Runtime", "[The value for the field 'Qualifier' must be a STRING]"),
    (
        {"functionName": "f"},
        "States.Runtime",
        "[The field 'functionName' is not supported by Step Functions, "
        "The field 'FunctionName' is required but was missing]",
    ),
    (
        {"FunctionName": "f", "InvocationType": "Event"},
        "States.Runtime",
        "[The value for the field 'InvocationType' must be 'RequestResponse': Statewright ",
    ),
    ({"FunctionName": "f", "InvocationType": "DryRun"}, "States.Runtime", "'InvocationType' must be 'RequestResponse'"),
    ({"FunctionName": "f", "LogType": "Tail"}, "States.Runtime", "[The value for the field 'LogType' must be 'None'"),
    ({"FunctionName": "f", "TenantId": "t"}, "States.Runtime", "The field 'TenantId' is not supported by Statewright"),
    (
        {"FunctionName": "f", "DurableExecutionName": "n"},
        "States.Runtime",
        "The field 'DurableExecutionName' is not supported by Statewright",
    ),
    (
        {"FunctionName": "no name"},
        "Lambda.AWSLambdaException",
        "1 validation error detected: Value 'no name' at 'functionName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?",
    ),
    (
        {"FunctionName": "f:1", "Qualifier": "2"},
        "Lambda.InvalidParameterValueException",
        "The derived qualifier from the function name does not match the specified qualifier. "
        "(Service: Lambda, Status Code: 400, Request ID: ",
    ),
    *(
        (
            {"FunctionName": "f", "ClientContext": context},
            "Lambda.InvalidRequestContentException",
            "Client context must be a valid Base64-encoded JSON object. (Service: Lambda, Status Code: 400, ",
        )
        for context in ("{}", "!", encoded("[]"), encoded("{"), "/w==", encoded('{"a":"' + "x" * 4_000 + '"}'))
    ),
]


@pytest.mark.parametrize(("parameters", "payload", "arn", "context"), TAKEN)
def test_taken(parameters: dict[str, Any], payload: Any, arn: str, context: Any) -> None:
    invocation = read_call(invoke(parameters))
    assert invocation.payload == payload
    assert invocation.function.arn == "arn:aws:lambda:us-east-1:000000000000:" + arn
    assert invocation.client_context == context
    assert invocation.idempotency_key == "key-1"


@pytest.mark.parametrize(("parameters", "name", "cause"), REFUSED)
def test_refused(parameters: Any, name: str, cause: str) -> None:
    with pytest.raises(StateError) as refused:
        read_call(invoke(parameters))
    assert refused.value.name == name
    assert cause in (refused.value.cause or "")


def test_a_long_parameter_leaves_room_for_what_is_wrong_with_it() -> None:
    with pytest.raises(StateError) as refused:
        read_call(invoke({"FunctionName": "f", "Payload": "x" * 200_000, "Foo": 1}))
    cause = refused.value.cause or ""
    assert len(cause) <= 32_768
    assert cause.endswith(NOT_STARTED + "The field 'Foo' is not supported by Step Functions]")


def test_the_payload_of_a_functions_own_arn_is_all_of_the_input() -> None:
    invocation = read_call(direct("f:2", {"FunctionName": "other", "Foo": 1}))
    assert invocation.payload == {"FunctionName": "other", "Foo": 1}
    assert invocation.function.arn == "arn:aws:lambda:us-east-1:000000000000:function:f:2"


def test_each_delivery_has_a_request_id_of_its_own() -> None:
    call = direct("f", 1)
    assert read_call(call).request_id != read_call(call).request_id
