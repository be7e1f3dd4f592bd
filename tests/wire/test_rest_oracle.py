"""botocore as oracle of REST-JSON: every operation of SES v2, and those of other services that use the rest of it."""

from typing import Any

import pytest
from botocore.model import StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.rest_json_protocol import RestJsonProtocol
from engine.wire.service import load_service
from tests.wire.oracle import on_the_wire, received, sent
from tests.wire.shape_values import XML_TEXT, Values

PROTOCOLS = {name: RestJsonProtocol(load_service(name)) for name in ("sesv2", "apigatewayv2", "lambda", "scheduler")}
# Headers, payloads, statuses, names of their own, constant paths beside labels.
OTHERS = [
    ("apigatewayv2", "CreateApi"),
    ("apigatewayv2", "GetApis"),
    ("apigatewayv2", "UntagResource"),
    ("lambda", "Invoke"),
    ("lambda", "ListFunctions"),
    ("lambda", "DeleteFunction"),
    ("scheduler", "CreateSchedule"),
    ("scheduler", "ListSchedules"),
]
OPERATIONS = [("sesv2", name) for name in sorted(PROTOCOLS["sesv2"].service.operation_names)] + OTHERS
DRAWN = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
VALUES = Values(filled=True, characters=XML_TEXT)
PLAIN = Values(filled=True, characters=st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='",'))


def test_all_operations_are_there() -> None:
    assert len(OPERATIONS) - len(OTHERS) == 116


def drawn(data: st.DataObject, shape: StructureShape | None, required: str) -> dict[str, Any]:
    """Values of a structure; what stands in headers is plain text, what stands in the path is not empty."""
    found: dict[str, Any] = {} if shape is None else data.draw(VALUES.of(shape))
    for name, member in ({} if shape is None else shape.members).items():
        location = member.serialization.get("location")
        if name in found and (location in ("header", "headers") or member.serialization.get("jsonvalue")):
            found[name] = data.draw(PLAIN.of(member).filter(bool))
        if name in found and location == required and found[name] in ("", ".", ".."):
            found[name] = "x"
    if shape is not None and found.get(payload := shape.serialization.get("payload", "")) in (b"", ""):
        del found[payload]  # an empty body is none
    return found


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
@DRAWN
@given(data=st.data())
def test_requests_come_through(name: str, operation: str, data: st.DataObject) -> None:
    protocol = PROTOCOLS[name]
    parameters = drawn(data, protocol.service.operation(operation).input_shape, "uri")
    request = sent(protocol.service, operation, parameters)
    assert protocol.has_route(request.method, request.path)
    assert protocol.operation_name(request) == operation
    assert protocol.parse(operation, request) == on_the_wire(parameters)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
@DRAWN
@given(data=st.data())
def test_answers_come_through(name: str, operation: str, data: st.DataObject) -> None:
    protocol = PROTOCOLS[name]
    shape = protocol.service.operation(operation).output_shape
    response = drawn(data, shape, "")
    for member, found in ({} if shape is None else shape.members).items():
        if found.serialization.get("location") == "statusCode":
            response[member] = 202
        if found.type_name == "blob":  # botocore gives a stream of it
            response.pop(member, None)
    answer = received(protocol.service, protocol.serialise(operation, on_the_wire(response), "id-1"), shape)
    answer = {member: item for member, item in answer.items() if member != "Payload"}
    assert answer.pop("ResponseMetadata")["RequestId"] == "id-1"
    assert answer == response


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_errors_come_through(name: str, operation: str) -> None:
    protocol = PROTOCOLS[name]
    model = protocol.service.operation(operation)
    for shape in model.error_shapes:
        assert isinstance(shape, StructureShape)
        reply = protocol.error(operation, ServiceError(shape.name, "why: 'é'"), "id-2")
        answer = received(protocol.service, reply, model.output_shape)
        assert answer["Error"] == {"Code": shape.name, "Message": "why: 'é'"}
        expected = shape.metadata.get("error", {}).get("httpStatusCode", 500 if shape.metadata.get("fault") else 400)
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == expected
