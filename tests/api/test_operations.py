"""The table of operations against the service's model."""

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel

from engine.api.operations import OPERATIONS, Write

MODEL = ServiceModel(Loader().load_service_model("stepfunctions", "service-2"), "stepfunctions")


def test_every_operation_of_the_model_is_built() -> None:
    assert set(OPERATIONS) == set(MODEL.operation_names)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_payload_is_a_member_of_the_request(name: str) -> None:
    operation = OPERATIONS[name]
    if isinstance(operation, Write) and operation.payload is not None:
        shape = MODEL.operation_model(name).input_shape
        assert shape is not None and operation.payload in shape.members
