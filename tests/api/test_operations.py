"""The table of operations against the service's model, and what is refused because it is not built."""

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from engine.api.operations import OPERATIONS, Write
from tests.api.client import Api, refusal

MODEL = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")

NOT_BUILT = [
    ("redrive_execution", {"executionArn": "e"}),
]


def test_every_operation_is_built_or_refused() -> None:
    refused = {operation.replace("_", "") for operation, _ in NOT_BUILT}
    built = {name.lower() for name in OPERATIONS}
    assert built & refused == set()
    assert built | refused == {name.lower() for name in MODEL.operation_names}


@pytest.mark.parametrize(("operation", "parameters"), NOT_BUILT)
def test_what_is_not_built_says_so(api: Api, operation: str, parameters: dict[str, object]) -> None:
    code, message = refusal(getattr(api, operation), **parameters)
    assert code == "UnsupportedOperation"
    assert operation.replace("_", "") in message.lower()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_payload_is_a_member_of_the_request(name: str) -> None:
    operation = OPERATIONS[name]
    if isinstance(operation, Write) and operation.payload is not None:
        shape = MODEL.operation_model(name).input_shape
        assert shape is not None and operation.payload in shape.members
