"""Whether the mocked result of a Task is what the API that it calls could answer.

| mode | members that are there | members that are required |
|---|---|---|
| STRICT | have the shape's type, enums one of its values | are there |
| PRESENT | the same | |
| NONE | | |

Members that the API does not know are let pass, as AWS does (recorded). A Task that waits for a job is held to the API
that says how the job ended (so that `Output` is text for `startExecution.sync:2` too: AWS's documentation, and boto3
issue 4683); one that waits for its token to none, as any worker may answer it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from engine.asl.model import Pattern, ServiceResource
from engine.errors import ServiceError
from engine.sdk.naming import capitalised, member_name, operation_name
from engine.wire.service import load_service
from engine.wire.service_names import any_service, sdk_service

Spell = Callable[[str], str]

# Actions of optimised integrations whose results have a form of their own.
_OWN_FORM = frozenset(
    {
        ("apigateway", "invoke"),
        ("bedrock", "invokeModel"),
        ("bedrock-agentcore", "invokeHarness"),
        ("eks", "call"),
        ("eks", "runJob"),
        ("elasticmapreduce", "createCluster"),
        ("elasticmapreduce", "setClusterTerminationProtection"),
        ("elasticmapreduce", "terminateCluster"),
        ("elasticmapreduce", "addStep"),
        ("elasticmapreduce", "cancelStep"),
        ("elasticmapreduce", "modifyInstanceFleetByName"),
        ("elasticmapreduce", "modifyInstanceGroupByName"),
        ("http", "invoke"),
        ("statewright", "securityGroups:check"),
    }
)

# The API whose answer is the result of a Task that waits for its job; of other jobs it is a part of an answer.
_JOB_OPERATIONS: Mapping[tuple[str, str], str] = {
    ("athena", "startQueryExecution"): "GetQueryExecution",
    ("sagemaker", "createHyperParameterTuningJob"): "DescribeHyperParameterTuningJob",
    ("sagemaker", "createLabelingJob"): "DescribeLabelingJob",
    ("sagemaker", "createProcessingJob"): "DescribeProcessingJob",
    ("sagemaker", "createTrainingJob"): "DescribeTrainingJob",
    ("sagemaker", "createTransformJob"): "DescribeTransformJob",
    ("states", "startExecution"): "DescribeExecution",
}

# Members that a Task has as JSON where the API has text or bytes: (service, action, pattern) -> names.
_JSON_MEMBERS: Mapping[tuple[str, str, Pattern], frozenset[str]] = {
    ("lambda", "invoke", Pattern.REQUEST_RESPONSE): frozenset({"Payload"}),
}


def check_mock_result(resource: ServiceResource, result: Any, mode: str) -> None:
    """Raises ServiceError ValidationException; InvalidDefinition for an `aws-sdk:` action that does not exist."""
    shape = _shape(resource)
    if shape is None or mode == "NONE":
        return
    if not isinstance(result, dict):
        raise _error("The result must be an object")
    free = _JSON_MEMBERS.get((resource.service, resource.action, resource.pattern), frozenset())
    checked = {name: value for name, value in result.items() if name not in free}
    spell = member_name if resource.sdk else capitalised
    _check_structure(checked, shape, spell, mode == "STRICT", free)


def _shape(resource: ServiceResource) -> StructureShape | None:
    """What the API answers; None where there is nothing to hold a result to."""
    if resource.sdk:
        return _output(sdk_service(resource.service), operation_name(resource.action), resource)
    key = (resource.service, resource.action)
    if resource.pattern is Pattern.WAIT_FOR_TASK_TOKEN or key in _OWN_FORM:
        return None
    if resource.pattern is Pattern.REQUEST_RESPONSE:
        return _output(any_service(resource.service), operation_name(resource.action), resource)
    job = _JOB_OPERATIONS.get(key)
    return None if job is None else _output(any_service(resource.service), job, resource)


def _output(service: str | None, operation: str, resource: ServiceResource) -> StructureShape | None:
    try:
        if service is not None:
            shape: StructureShape | None = load_service(service).operation(operation).output_shape
            return None if resource.pattern is Pattern.WAIT_FOR_TASK_TOKEN else shape
    except KeyError:
        pass
    raise ServiceError("InvalidDefinition", f"The resource provided {resource.arn} is not recognized.")


def _check_structure(
    value: Mapping[str, Any], shape: StructureShape, spell: Spell, strict: bool, free: frozenset[str] = frozenset()
) -> None:
    for name, member in shape.members.items():
        spelt = spell(name)
        if value.get(spelt) is not None:
            _check(value[spelt], member, spelt, spell, strict)
        elif strict and name in shape.required_members and spelt not in free:
            raise _error(f"Required field '{spelt}' is missing")


def _check(value: Any, shape: Shape, field: str, spell: Spell, strict: bool) -> None:
    if isinstance(shape, StructureShape):
        if shape.is_document_type:
            return
        _expect(isinstance(value, dict), field, "an object")
        _check_structure(value, shape, spell, strict)
    elif isinstance(shape, ListShape):
        _expect(isinstance(value, list), field, "an array")
        for item in value:
            _check(item, shape.member, field, spell, strict)
    elif isinstance(shape, MapShape):
        _expect(isinstance(value, dict), field, "an object")
        for item in value.values():
            _check(item, shape.value, field, spell, strict)
    else:
        _check_scalar(value, shape, field)


_NUMBERS = frozenset({"integer", "long", "float", "double"})


def _check_scalar(value: Any, shape: Shape, field: str) -> None:
    """Times and bytes are text in a Task's result (recorded for both)."""
    if shape.type_name in _NUMBERS:
        _expect(isinstance(value, int | float) and not isinstance(value, bool), field, "a number")
    elif shape.type_name == "boolean":
        _expect(isinstance(value, bool), field, "a boolean")
    else:
        _expect(isinstance(value, str), field, "a string")
        if isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
            raise _error(f"Field '{field}' is not an expected value")


def _expect(fits: bool, field: str, kind: str) -> None:
    if not fits:
        raise _error(f"Field '{field}' must be {kind}")


def _error(text: str) -> ServiceError:
    return ServiceError("ValidationException", f"Mock result schema validation error: {text}")
