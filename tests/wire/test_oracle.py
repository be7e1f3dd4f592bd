"""botocore as oracle: its serialisers write requests for our decoder, its parsers read our encoder's replies."""

from datetime import datetime
from typing import Any

import pytest
from botocore.model import StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.json_protocol import JsonProtocol
from engine.wire.protocol import WireRequest, WireResponse
from engine.wire.service import load_service
from tests.wire.shape_values import values

SERVICE = load_service("stepfunctions")
PROTOCOL = JsonProtocol(SERVICE)
OPERATIONS = sorted(SERVICE.operation_names)
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def test_all_operations_are_there() -> None:
    assert len(OPERATIONS) == 37


def sent(operation: str, parameters: dict[str, Any]) -> WireRequest:
    """What an SDK puts on the wire."""
    made = create_serializer("json").serialize_to_request(parameters, SERVICE.operation(operation))
    headers = {name.lower().encode(): value.encode() for name, value in made["headers"].items()}
    return WireRequest(made["method"], made["url_path"], b"", headers, made["body"])


def received(reply: WireResponse, shape: Any) -> Any:
    """What an SDK makes of our answer."""
    headers = {name.decode(): value.decode() for name, value in reply.headers}
    return create_parser("json").parse({"status_code": reply.status, "headers": headers, "body": reply.body}, shape)


def on_the_wire(value: Any) -> Any:
    """Timestamps as our operations give them."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, dict):
        return {key: on_the_wire(item) for key, item in value.items()}
    return [on_the_wire(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_requests_come_through(operation: str, data: st.DataObject) -> None:
    shape = SERVICE.operation(operation).input_shape
    assert shape is not None
    parameters = data.draw(values(shape))
    request = sent(operation, parameters)
    assert PROTOCOL.operation_name(request) == operation
    assert PROTOCOL.parse(operation, request) == parameters


@pytest.mark.parametrize("operation", OPERATIONS)
@settings(max_examples=8, deadline=None, suppress_health_check=SLOW)
@given(data=st.data())
def test_answers_come_through(operation: str, data: st.DataObject) -> None:
    shape = SERVICE.operation(operation).output_shape
    response = data.draw(values(shape)) if shape is not None else {}
    answer = received(PROTOCOL.serialise(operation, on_the_wire(response), "id-1"), shape)
    assert answer.pop("ResponseMetadata")["RequestId"] == "id-1"
    assert answer == response


@pytest.mark.parametrize("operation", OPERATIONS)
def test_errors_come_through(operation: str) -> None:
    for shape in SERVICE.operation(operation).error_shapes:
        assert isinstance(shape, StructureShape)
        fields = {"resourceName": "arn"} if "resourceName" in shape.members else {}
        reply = PROTOCOL.error(operation, ServiceError(shape.name, "why: 'é'", fields=fields), "id-2")
        answer = received(reply, SERVICE.operation(operation).output_shape)
        assert answer["Error"] == {"Code": shape.name, "Message": "why: 'é'"}
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
        assert answer["ResponseMetadata"]["RequestId"] == "id-2"
        modelled = received(reply, shape)
        assert fields.items() <= modelled.items()
