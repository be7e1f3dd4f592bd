"""Constraint failures of Step Functions requests and their texts; those marked recorded are AWS's answers."""

from typing import Any

import pytest

from engine.errors import ServiceError
from engine.wire.service import load_service
from engine.wire.validation import compile_validator

STATUSES = "[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"
ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
CASES: dict[str, tuple[str, dict[str, Any], list[str]]] = {
    "recorded: above a range": (
        "ListExecutions",
        {"stateMachineArn": ARN, "maxResults": 1001},
        [
            "Value '1001' at 'maxResults' failed to satisfy constraint: "
            "Member must have value less than or equal to 1000"
        ],
    ),
    "recorded: too long": (
        "ListExecutions",
        {"stateMachineArn": ARN, "nextToken": "x" * 3097},
        [
            f"Value '{'x' * 3097}' at 'nextToken' failed to satisfy constraint: "
            "Member must have length less than or equal to 3096"
        ],
    ),
    "recorded: too long, other limit": (
        "ListStateMachineVersions",
        {"stateMachineArn": ARN, "nextToken": "x" * 1025},
        [
            f"Value '{'x' * 1025}' at 'nextToken' failed to satisfy constraint: "
            "Member must have length less than or equal to 1024"
        ],
    ),
    "recorded: not in the enum": (
        "ListExecutions",
        {"stateMachineArn": ARN, "statusFilter": "succeeded"},
        [
            "Value 'succeeded' at 'statusFilter' failed to satisfy constraint: "
            f"Member must satisfy enum value set: {STATUSES}"
        ],
    ),
    "below a range": (
        "ListExecutions",
        {"stateMachineArn": ARN, "maxResults": -1},
        ["Value '-1' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 0"],
    ),
    "missing": (
        "StartExecution",
        {},
        ["Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null"],
    ),
    "several, in the model's order": (
        "CreateStateMachine",
        {"name": "", "definition": "{}"},
        [
            "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
            "Value null at 'roleArn' failed to satisfy constraint: Member must not be null",
        ],
    ),
    "a name of 81 characters": (
        "StartExecution",
        {"stateMachineArn": ARN, "name": "n" * 81},
        [
            f"Value '{'n' * 81}' at 'name' failed to satisfy constraint: "
            "Member must have length less than or equal to 80"
        ],
    ),
    "sensitive, not shown": (
        "StartExecution",
        {"stateMachineArn": ARN, "input": "s" * 262_145},
        ["Value at 'input' failed to satisfy constraint: Member must have length less than or equal to 262144"],
    ),
    "sensitive and missing": (
        "SendTaskHeartbeat",
        {},
        ["Value at 'taskToken' failed to satisfy constraint: Member must not be null"],
    ),
    "pattern of ASCII": (
        "StartExecution",
        {"stateMachineArn": ARN, "traceHeader": "ü"},
        [
            "Value 'ü' at 'traceHeader' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: \p{ASCII}*"
        ],
    ),
    "in a structure in a list": (
        "TagResource",
        {"resourceArn": ARN, "tags": [{"key": "a"}, {"key": "", "value": "v" * 257}]},
        [
            "Value '' at 'tags.2.member.key' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1",
            f"Value '{'v' * 257}' at 'tags.2.member.value' failed to satisfy constraint: "
            "Member must have length less than or equal to 256",
        ],
    ),
    "plain members of a list": (
        "UntagResource",
        {"resourceArn": ARN, "tagKeys": ["ok", ""]},
        [
            "Value '[ok, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
            "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"
        ],
    ),
    "nested structure": (
        "CreateStateMachine",
        {
            "name": "n",
            "definition": "{}",
            "roleArn": "r",
            "encryptionConfiguration": {"kmsDataKeyReusePeriodSeconds": 5},
        },
        [
            "Value '5' at 'encryptionConfiguration.kmsDataKeyReusePeriodSeconds' failed to satisfy constraint: "
            "Member must have value greater than or equal to 60",
            "Value null at 'encryptionConfiguration.type' failed to satisfy constraint: Member must not be null",
        ],
    ),
    "a list's length and its members": (
        "UpdateStateMachineAlias",
        {"stateMachineAliasArn": ARN, "routingConfiguration": []},
        [
            "Value '[]' at 'routingConfiguration' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        ],
    ),
    "a number with a fraction": (
        "UpdateMapRun",
        {"mapRunArn": ARN, "toleratedFailurePercentage": 100.5},
        [
            "Value '100.5' at 'toleratedFailurePercentage' failed to satisfy constraint: "
            "Member must have value less than or equal to 100"
        ],
    ),
}


def failures_of(operation: str, request: dict[str, Any]) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        compile_validator(load_service("stepfunctions").operation(operation))(request)
    return caught.value


@pytest.mark.parametrize("name", CASES)
def test_texts(name: str) -> None:
    operation, request, failures = CASES[name]
    error = failures_of(operation, request)
    noun = "error" if len(failures) == 1 else "errors"
    assert (error.code, error.status) == ("ValidationException", 400)
    found = error.message.removeprefix(f"{len(failures)} validation {noun} detected: ")
    assert sorted(found.split("; ")) == sorted(failures)


def test_order_is_the_models() -> None:
    message = failures_of("CreateStateMachine", {}).message
    places = [message.index(f"'{name}'") for name in ("name", "definition", "roleArn")]
    assert places == sorted(places)


def test_a_flood_of_failures_is_bounded() -> None:
    message = failures_of("TagResource", {"resourceArn": ARN, "tags": [{"key": ""}] * 100_000}).message
    assert len(message) < 20_000


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("StartExecution", {"stateMachineArn": "a" * 256, "name": "n" * 80, "input": ""}),
        ("ListExecutions", {"maxResults": 0, "statusFilter": "RUNNING"}),
        ("TagResource", {"resourceArn": ARN, "tags": []}),
        ("TagResource", {"resourceArn": ARN, "tags": [{"key": "k" * 128, "value": ""}]}),
        ("CreateActivity", {"name": "activity\u007f"}),  # refused by the operation, as InvalidName
    ],
)
def test_what_the_model_allows_passes(operation: str, request_: dict[str, Any]) -> None:
    compile_validator(load_service("stepfunctions").operation(operation))(request_)


@pytest.mark.parametrize("service", ["stepfunctions", "sqs", "sns", "ses", "sesv2", "secretsmanager", "dynamodb"])
def test_every_operation_of_a_service_compiles(service: str) -> None:
    """DynamoDB is there for its shapes that contain themselves."""
    loaded = load_service(service)
    for name in loaded.operation_names:
        compile_validator(loaded.operation(name))


def test_shapes_that_contain_themselves() -> None:
    validate = compile_validator(load_service("dynamodb").operation("PutItem"))
    value: dict[str, Any] = {"S": "x"}
    for _ in range(50):
        value = {"M": {"a": value}}
    validate({"TableName": "table", "Item": {"k": value}})
