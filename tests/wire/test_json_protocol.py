"""What the JSON protocol refuses and how it words it; what it lets through and in which shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.json_protocol import JsonProtocol
from engine.wire.protocol import WireRequest
from engine.wire.service import load_service

PROTOCOL = JsonProtocol(load_service("stepfunctions"))
ARN = "arn:aws:states:us-east-1:000000000000:stateMachine:m"

# operation, body, the SerializationException's message (a part of it, for bodies that are not JSON)
UNREADABLE: list[tuple[str, str | bytes, str]] = [
    ("StartExecution", "{", "The request body is not JSON"),
    ("StartExecution", "not json", "The request body is not JSON"),
    ("StartExecution", b"\xff\xfe{}", "The request body is not JSON"),
    ("StartExecution", b'{"name": "\xff"}', "The request body is not JSON"),
    ("StartExecution", '{"name": NaN}', "The request body is not JSON"),
    ("StartExecution", "[" * 100_000, "The request body is not JSON"),
    ("StartExecution", '{"a":' * 100_000, "The request body is not JSON"),
    ("StartExecution", "[]", "Start of list found where not expected"),
    ("StartExecution", '"text"', "Expected null"),
    ("StartExecution", "null", "Expected null"),
    ("StartExecution", '{"input": {"a": 1}}', "Start of structure or map found where not expected."),
    ("StartExecution", '{"input": [1]}', "Start of list found where not expected"),
    ("StartExecution", '{"name": 5}', "NUMBER_VALUE can not be converted to a String"),
    ("StartExecution", '{"name": 5.5}', "NUMBER_VALUE can not be converted to a String"),
    ("StartExecution", '{"name": true}', "TRUE_VALUE can not be converted to a String"),
    ("StartExecution", '{"name": false}', "FALSE_VALUE can not be converted to a String"),
    ("ListExecutions", '{"maxResults": "5"}', "STRING_VALUE can not be converted to an Integer"),
    ("ListExecutions", '{"maxResults": 5.5}', "NUMBER_VALUE can not be converted to an Integer"),
    ("ListExecutions", '{"maxResults": 2147483648}', "NUMBER_VALUE can not be converted to an Integer"),
    ("ListExecutions", '{"maxResults": 123456789012345678901234567890}', "NUMBER_VALUE can not be converted"),
    ("ListExecutions", '{"maxResults": true}', "TRUE_VALUE can not be converted to an Integer"),
    ("UpdateMapRun", '{"toleratedFailureCount": 9223372036854775808}', "NUMBER_VALUE can not be converted to a Long"),
    ("UpdateMapRun", '{"toleratedFailurePercentage": "1"}', "STRING_VALUE can not be converted to a Float"),
    ("GetExecutionHistory", '{"reverseOrder": "true"}', "STRING_VALUE can not be converted to a Boolean"),
    ("GetExecutionHistory", '{"reverseOrder": 1}', "NUMBER_VALUE can not be converted to a Boolean"),
    ("TagResource", '{"tags": "a"}', "Expected list or null"),
    ("TagResource", '{"tags": {"a": "b"}}', "Start of structure or map found where not expected."),
    ("TagResource", '{"tags": ["a"]}', "Expected null"),
    ("TagResource", '{"tags": [["a"]]}', "Start of list found where not expected"),
    ("TagResource", '{"tags": [{"key": {}}]}', "Start of structure or map found where not expected."),
]


def request(body: str | bytes, **headers: str) -> WireRequest:
    raw = body.encode() if isinstance(body, str) else body
    return WireRequest("POST", "/", b"", {k.replace("_", "-").encode(): v.encode() for k, v in headers.items()}, raw)


@pytest.mark.parametrize(("operation", "body", "message"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_unreadable(operation: str, body: str | bytes, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        PROTOCOL.parse(operation, request(body))
    assert (caught.value.code, caught.value.status) == ("SerializationException", 400)
    assert caught.value.message.startswith(message)


@pytest.mark.parametrize(
    ("operation", "body", "parsed"),
    [
        ("StartExecution", f'{{"stateMachineArn": "{ARN}"}}', {"stateMachineArn": ARN}),
        ("StartExecution", f'{{"stateMachineArn": "{ARN}", "name": null}}', {"stateMachineArn": ARN}),
        ("StartExecution", f'{{"stateMachineArn": "{ARN}", "unknown": [1]}}', {"stateMachineArn": ARN}),
        ("ListStateMachines", "", {}),
        ("ListStateMachines", ' {"maxResults": 5.0} ', {"maxResults": 5}),
        ("TagResource", f'{{"resourceArn": "{ARN}", "tags": [null]}}', {"resourceArn": ARN, "tags": []}),
    ],
)
def test_readable(operation: str, body: str, parsed: dict[str, Any]) -> None:
    result = PROTOCOL.parse(operation, request(body))
    assert result == parsed
    assert all(type(value) is type(parsed[key]) for key, value in result.items())


@pytest.mark.parametrize(
    ("content_type", "accepted"),
    [
        ("application/x-amz-json-1.0", True),
        ("application/x-amz-json-1.1", True),
        ("application/json; charset=utf-8", True),
        ("Application/JSON", True),
        ("text/plain", False),
        ("application/x-www-form-urlencoded", False),
        ("application/xml", False),
    ],
)
def test_content_types(content_type: str, accepted: bool) -> None:
    asked = request("{}", content_type=content_type)
    if accepted:
        assert PROTOCOL.parse("ListStateMachines", asked) == {}
        return
    with pytest.raises(ServiceError, match="content type") as caught:
        PROTOCOL.parse("ListStateMachines", asked)
    assert caught.value.status == 415


@pytest.mark.parametrize(
    "target", ["", "AWSStepFunctions", "AWSStepFunctions.", "AWSStepFunctions.Nope", "\xe9.StartExecution"]
)
def test_targets_without_operation(target: str) -> None:
    with pytest.raises(ServiceError) as caught:
        PROTOCOL.operation_name(request("", x_amz_target=target))
    assert (caught.value.code, caught.value.status) == ("UnknownOperationException", 400)


def test_target() -> None:
    assert PROTOCOL.operation_name(request("", x_amz_target="AWSStepFunctions.TestState")) == "TestState"


def test_error_carries_its_fields() -> None:
    error = ServiceError("TooManyTags", "Too many", fields={"resourceName": ARN})
    reply = PROTOCOL.error("TagResource", error, "id-1")
    assert json.loads(reply.body) == {"__type": "TooManyTags", "message": "Too many", "resourceName": ARN}
    assert (b"x-amzn-requestid", b"id-1") in reply.headers
    assert (b"content-type", b"application/x-amz-json-1.0") in reply.headers


@pytest.mark.parametrize("value", ["\ud800", 2**70, "naïve 😀\x00"])
def test_odd_values_are_written(value: Any) -> None:
    assert json.loads(PROTOCOL.serialise("StartExecution", {"x": value}, "id").body) == {"x": value}


@given(st.sampled_from(sorted(PROTOCOL.service.operation_names)), st.binary(max_size=200))
def test_any_bytes_are_a_request_or_a_refusal(operation: str, body: bytes) -> None:
    try:
        assert isinstance(PROTOCOL.parse(operation, request(body)), dict)
    except ServiceError as error:
        assert 400 <= error.status < 500


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["key", "value", "level"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.data())
def test_any_json_is_a_request_or_a_refusal(data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(sorted(PROTOCOL.service.operation_names)))
    shape = PROTOCOL.service.operation(operation).input_shape
    assert shape is not None
    names = st.sampled_from([*shape.members, "unknown"])
    body = json.dumps(data.draw(st.dictionaries(names, JSON, max_size=4)))
    try:
        assert set(PROTOCOL.parse(operation, request(body))) <= set(shape.members)
    except ServiceError as error:
        assert error.code in ("SerializationException", "ValidationException")
