"""Odd texts in every member of every operation are answered, and never with a fault of the server."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.wire.service import load_service

SERVICE = load_service("sns")
HERE = "arn:aws:sns:us-east-1:000000000000:"
ODD = ["\0", "{", "", "x" * 3_000, "arn:::::", f"{HERE}endpoint/GCM", f"{HERE}☃"]


def filled(shape: Shape | None, text: str) -> Any:
    """A value of that shape with the text in every place that takes one."""
    if isinstance(shape, StructureShape):
        return {name: filled(member, text) for name, member in shape.members.items()}
    if isinstance(shape, ListShape):
        return [filled(shape.member, text)]
    if isinstance(shape, MapShape):
        return {text or "k": filled(shape.value, text)}
    if shape is None:
        return {}
    return {"boolean": True, "integer": 1, "blob": text.encode()}.get(shape.type_name, text)


@pytest.mark.parametrize("operation", sorted(SERVICE.operation_names))
def test_odd_texts(sns: Any, operation: str) -> None:
    method = getattr(sns, _method(sns, operation))
    for text in ODD:
        given = filled(SERVICE.operation(operation).input_shape, text)
        named = [{**given, name: f"{HERE}t"} for name in given if name == "TopicArn" and text in ODD[:2]]
        for request in (given, *named):
            try:
                method(**request)
            except ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                assert 400 <= status < 500, (request, error)


def _method(sns: Any, operation: str) -> str:
    return next(name for name, found in sns.meta.method_to_api_mapping.items() if found == operation)
