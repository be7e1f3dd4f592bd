"""botocore as oracle of the Query protocol: every operation of SNS, SES, and SQS as it was."""

import pytest
from botocore.model import StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ServiceError
from engine.wire.query_protocol import QueryProtocol
from engine.wire.service import load_service
from engine.wire.sqs_query import sqs_query_service
from tests.wire.oracle import on_the_wire, received, sent
from tests.wire.shape_values import XML_TEXT, Values

PROTOCOLS = {
    "sns": QueryProtocol(load_service("sns")),
    "sqs": QueryProtocol(sqs_query_service()),
    "ses": QueryProtocol(load_service("ses")),
}
OPERATIONS = [
    (name, operation) for name, found in PROTOCOLS.items() for operation in sorted(found.service.operation_names)
]
DRAWN = settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


FORMS = Values(filled=True, characters=XML_TEXT)


def test_all_operations_are_there() -> None:
    counted = {name: sum(1 for found, _ in OPERATIONS if found == name) for name in PROTOCOLS}
    assert counted == {"sns": 42, "sqs": 23, "ses": 71}


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
@DRAWN
@given(data=st.data())
def test_requests_come_through(name: str, operation: str, data: st.DataObject) -> None:
    protocol = PROTOCOLS[name]
    shape = protocol.service.operation(operation).input_shape
    parameters = data.draw(FORMS.of(shape)) if shape is not None else {}
    request = sent(protocol.service, operation, parameters)
    assert protocol.operation_name(request) == operation
    assert protocol.parse(operation, request) == on_the_wire(parameters)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
@DRAWN
@given(data=st.data())
def test_answers_come_through(name: str, operation: str, data: st.DataObject) -> None:
    protocol = PROTOCOLS[name]
    shape = protocol.service.operation(operation).output_shape
    response = data.draw(FORMS.of(shape)) if shape is not None else {}
    answer = received(protocol.service, protocol.serialise(operation, on_the_wire(response), "id-1"), shape)
    assert answer.pop("ResponseMetadata")["RequestId"] == "id-1"
    assert answer == response


@pytest.mark.parametrize(("name", "operation"), OPERATIONS)
def test_errors_come_through(name: str, operation: str) -> None:
    protocol = PROTOCOLS[name]
    model = protocol.service.operation(operation)
    for shape in model.error_shapes:
        assert isinstance(shape, StructureShape)
        trait = shape.metadata.get("error") or {"code": shape.name, "httpStatusCode": 400}
        reply = protocol.error(operation, ServiceError(shape.name, "why: <'é'> & ]]>"), "id-2")
        answer = received(protocol.service, reply, model.output_shape)
        assert answer["Error"]["Code"] == trait["code"]
        assert answer["Error"]["Message"] == "why: <'é'> & ]]>"
        assert answer["Error"]["Type"] == "Sender" if reply.status < 500 else "Receiver"
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == trait["httpStatusCode"]
        assert answer["ResponseMetadata"]["RequestId"] == "id-2"
