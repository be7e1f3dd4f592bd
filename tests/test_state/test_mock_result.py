"""Mocked results against the shapes of the APIs that they stand for."""

from typing import Any

import pytest

from engine.asl.model import ServiceResource
from engine.asl.resource import parse_resource
from engine.errors import ServiceError
from engine.sdk.mock_result import check_mock_result

DESCRIBE = {"ExecutionArn": "e", "StateMachineArn": "m", "Status": "SUCCEEDED", "StartDate": "2026-11-22T00:00:00Z"}
STARTED = {"ExecutionArn": "e", "StartDate": "2026-11-22T00:00:00Z"}

# resource, mode, result, what is wrong with it (None: nothing)
CASES: list[tuple[str, str, Any, str | None]] = [
    ("states:startExecution", "STRICT", STARTED, None),
    ("states:startExecution", "STRICT", {}, "Required field 'ExecutionArn' is missing"),
    ("states:startExecution", "STRICT", {"ExecutionArn": "e"}, "Required field 'StartDate' is missing"),
    ("states:startExecution", "STRICT", {**STARTED, "StartDate": None}, "Required field 'StartDate' is missing"),
    ("states:startExecution", "PRESENT", {}, None),
    ("states:startExecution", "PRESENT", {"StartDate": 1}, "Field 'StartDate' must be a string"),
    ("states:startExecution", "NONE", {"StartDate": 1}, None),
    ("states:startExecution", "NONE", 1, None),
    ("states:startExecution", "PRESENT", [], "The result must be an object"),
    ("states:startExecution.sync", "STRICT", DESCRIBE, None),
    ("states:startExecution.sync", "STRICT", STARTED, "Required field 'StateMachineArn' is missing"),
    ("states:startExecution.sync", "STRICT", {**DESCRIBE, "Output": {}}, "Field 'Output' must be a string"),
    ("states:startExecution.sync:2", "STRICT", {**DESCRIBE, "Output": "{}"}, None),
    ("states:startExecution.sync:2", "STRICT", {**DESCRIBE, "Output": {}}, "Field 'Output' must be a string"),
    ("states:startExecution.sync:2", "PRESENT", {"StopDate": 1}, "Field 'StopDate' must be a string"),
    ("states:startExecution.sync:2", "NONE", {"Output": {}}, None),
    (
        "states:startExecution.sync:2",
        "STRICT",
        {**DESCRIBE, "Status": "FINE"},
        "Field 'Status' is not an expected value",
    ),
    ("states:startExecution.waitForTaskToken", "STRICT", "anything", None),
    ("lambda:invoke", "STRICT", {"Payload": {"any": ["thing"]}, "StatusCode": 200}, None),
    ("lambda:invoke", "STRICT", {"StatusCode": "200"}, "Field 'StatusCode' must be a number"),
    ("lambda:invoke", "STRICT", {"StatusCode": True}, "Field 'StatusCode' must be a number"),
    ("lambda:invoke", "STRICT", {"StatusCode": 200.0, "Unknown": 1}, None),
    ("dynamodb:getItem", "STRICT", {"Item": {"id": {"S": "1"}}}, None),
    ("dynamodb:getItem", "STRICT", {"Item": {"id": {"S": 1}}}, "Field 'S' must be a string"),
    ("dynamodb:getItem", "STRICT", {"Item": {"id": {"BOOL": "yes"}}}, "Field 'BOOL' must be a boolean"),
    ("dynamodb:getItem", "STRICT", {"Item": {"id": []}}, "Field 'Item' must be an object"),
    ("dynamodb:getItem", "STRICT", {"Item": []}, "Field 'Item' must be an object"),
    ("ecs:runTask.sync", "STRICT", {"TaskArn": "a"}, None),
    ("http:invoke", "STRICT", {"ResponseBody": 1}, None),
    ("apigateway:invoke", "STRICT", 1, None),
    ("aws-sdk:rds:describeDBInstances", "STRICT", {"DbInstances": [{"DbInstancePort": "1"}]}, "must be a number"),
    ("aws-sdk:rds:describeDBInstances", "STRICT", {"DBInstances": 1}, None),  # Java's spelling is what a Task shows
    ("aws-sdk:sqs:sendMessage.waitForTaskToken", "STRICT", 1, None),
]


def resource(text: str) -> ServiceResource:
    found = parse_resource(f"arn:aws:states:::{text}")
    assert isinstance(found, ServiceResource)
    return found


@pytest.mark.parametrize(("text", "mode", "result", "fault"), CASES)
def test_mode(text: str, mode: str, result: Any, fault: str | None) -> None:
    if fault is None:
        check_mock_result(resource(text), result, mode)
        return
    with pytest.raises(ServiceError) as refused:
        check_mock_result(resource(text), result, mode)
    assert refused.value.code == "ValidationException"
    assert refused.value.message.startswith("Mock result schema validation error: ")
    assert refused.value.message.endswith(fault)


@pytest.mark.parametrize("text", ["aws-sdk:nothing:getIt", "aws-sdk:sqs:sendPigeon"])
def test_an_api_that_does_not_exist(text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        check_mock_result(resource(text), {}, "NONE")
    assert refused.value.code == "InvalidDefinition"
