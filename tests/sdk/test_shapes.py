"""Parameters into requests, answers into results: tables, and a round trip through botocore's own wire."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StructureShape
from botocore.parsers import create_parser
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import limits
from engine.errors import StateError
from engine.sdk import parameters, results
from engine.wire.service import load_service
from tests.wire.shape_values import values

MOMENT = datetime(2026, 11, 22, 14, 0, 0, 123_000, UTC)
MOMENT_MS = 1_795_356_000_123


def request(service: str, operation: str, given_: Any, spelling: parameters.Spelling = parameters.SDK) -> Any:
    return parameters.request_of(given_, load_service(service).operation(operation).input_shape, spelling)


@pytest.mark.parametrize(
    ("service", "operation", "spelled", "expected"),
    [
        ("stepfunctions", "StartExecution", {"StateMachineArn": "a", "Input": {"k": 1}},
         {"stateMachineArn": "a", "input": '{"k":1}'}),
        ("stepfunctions", "StartExecution", {"StateMachineArn": "a", "Input": None}, {"stateMachineArn": "a"}),
        ("rds", "DescribeDBInstances", {"DbInstanceIdentifier": "d"}, {"DBInstanceIdentifier": "d"}),
        ("rds", "DescribeDBInstances", {"DBInstanceIdentifier": "d"}, {"DBInstanceIdentifier": "d"}),
        ("rds", "DescribeDBInstances", {"MaxRecords": 20.0}, {"MaxRecords": 20}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": "ü"}, {"KeyId": "k", "Plaintext": "ü".encode()}),
        ("kms", "Encrypt", {"KeyId": "k", "Plaintext": {"a": 1}}, {"KeyId": "k", "Plaintext": b'{"a":1}'}),
        ("lambda", "Invoke", {"FunctionName": "f", "Payload": {}}, {"FunctionName": "f", "Payload": b"{}"}),
        ("s3", "ListObjectsV2", {"Bucket": "b", "FetchOwner": True}, {"Bucket": "b", "FetchOwner": True}),
        ("cloudtrail", "LookupEvents", {"StartTime": "2026-11-22T14:00:00.123Z"}, {"StartTime": MOMENT}),
        ("cloudtrail", "LookupEvents", {"StartTime": MOMENT_MS / 1000}, {"StartTime": MOMENT}),
        ("dynamodb", "PutItem", {"TableName": "t", "Item": {"n": {"N": 5}, "l": {"L": []}, "b": {"BOOL": False}}},
         {"TableName": "t", "Item": {"n": {"N": "5"}, "l": {"L": []}, "b": {"BOOL": False}}}),
        ("dynamodb", "GetItem", {"TableName": "t\ud800", "Key": {"k\udfff": {"S": "ü\ud800"}}},
         {"TableName": "t?", "Key": {"k?": {"S": "ü?"}}}),
        ("sts", "GetCallerIdentity", {}, {}),
    ],
)  # fmt: skip
def test_requests(service: str, operation: str, spelled: Any, expected: Any) -> None:
    assert request(service, operation, spelled) == expected


def test_optimised_integrations_take_the_apis_own_names_too() -> None:
    assert request("batch", "SubmitJob", {
        "JobName": "j", "jobQueue": "q", "JobDefinition": "d", "RetryStrategy": {"attempts": 5},
    }, parameters.OPTIMISED) == {
        "jobName": "j", "jobQueue": "q", "jobDefinition": "d", "retryStrategy": {"attempts": 5},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "spelled", "complaints"),
    [
        ("PutItem", {}, ["The field 'TableName' is required but was missing",
                         "The field 'Item' is required but was missing"]),
        ("PutItem", [], ["The Parameters must be a JSON object"]),
        ("GetItem", {"TableName": "t", "Key": {}, "X": 1}, ["The field 'X' is not supported by Step Functions"]),
        ("GetItem", {"TableName": "t", "Key": 1}, ["The value for the field 'Key' must be an OBJECT"]),
        ("GetItem", {"TableName": "t", "Key": {"a": {"Z": ""}}},
         ["The field 'Key.a.Z' is not supported by Step Functions"]),
        ("GetItem", {"TableName": "t", "Key": {}, "ConsistentRead": "yes"},
         ["The value for the field 'ConsistentRead' must be a BOOLEAN"]),
        ("GetItem", {"TableName": "t", "Key": {}, "AttributesToGet": {}},
         ["The value for the field 'AttributesToGet' must be an ARRAY"]),
        ("Query", {"TableName": "t", "Limit": 1.5}, ["The value for the field 'Limit' must be a NUMBER"]),
        ("Query", {"TableName": "t", "Limit": True}, ["The value for the field 'Limit' must be a NUMBER"]),
        ("RestoreTableToPointInTime", {"TargetTableName": "t", "RestoreDateTime": "soon"},
         ["The value for the field 'RestoreDateTime' must be a TIMESTAMP"]),
    ],
)  # fmt: skip
def test_what_is_refused(operation: str, spelled: Any, complaints: list[str]) -> None:
    with pytest.raises(StateError) as refused:
        request("dynamodb", operation, spelled)
    text = json.dumps(spelled, separators=(",", ":"))
    assert refused.value.name == "States.Runtime"
    assert refused.value.cause == (
        f"The Parameters '{text}' could not be used to start the Task: [{', '.join(complaints)}]"
    )


def test_complaints_are_bounded() -> None:
    with pytest.raises(StateError) as refused:
        request("dynamodb", "GetItem", {f"X{number}" * 50: 1 for number in range(5_000)})
    assert len(refused.value.cause or "") <= limits.CAUSE_CHARS_MAX


def shaped(service: str, operation: str, answer: Any, style: results.Style) -> Any:
    return results.result_of(answer, load_service(service).operation(operation).output_shape, style)


def test_results_of_both_styles() -> None:
    answer = {"executionArn": "e", "startDate": MOMENT, "ResponseMetadata": {}}
    assert shaped("stepfunctions", "StartExecution", answer, results.SDK) == {
        "ExecutionArn": "e",
        "StartDate": "2026-11-22T14:00:00.123Z",
    }
    assert shaped("stepfunctions", "StartExecution", answer, results.OPTIMISED) == {
        "ExecutionArn": "e",
        "StartDate": MOMENT_MS,
    }
    answer = {"executionArn": "e", "startDate": MOMENT_MS / 1000}
    assert shaped("stepfunctions", "StartExecution", answer, results.OPTIMISED)["StartDate"] == MOMENT_MS


@pytest.mark.parametrize(("content", "text"), [(b"", ""), ("ü".encode(), "ü"), (b"\xff\x00", "/wA=")])
def test_blobs(content: bytes, text: str) -> None:
    assert shaped("kms", "Decrypt", {"Plaintext": content}, results.SDK) == {"Plaintext": text}


def test_names_in_results() -> None:
    answer = {"MD5OfMessageBody": "m", "MessageId": "i", "SequenceNumber": None}
    assert shaped("sqs", "SendMessage", answer, results.SDK) == {"Md5OfMessageBody": "m", "MessageId": "i"}
    assert shaped("sqs", "SendMessage", answer, results.OPTIMISED) == {"MD5OfMessageBody": "m", "MessageId": "i"}


def test_metadata_stands_beside_the_result() -> None:
    assert results.with_metadata({"A": 1}, 200, {"x-y": "z"}, "id") == {
        "A": 1,
        "SdkHttpMetadata": {"AllHttpHeaders": {"x-y": ["z"]}, "HttpHeaders": {"x-y": "z"}, "HttpStatusCode": 200},
        "SdkResponseMetadata": {"RequestId": "id"},
    }


OPERATIONS = sorted(load_service("stepfunctions").operation_names)


def as_a_task_writes(value: Any, shape: Shape, style: results.Style) -> Any:
    """The same value by the names and types of JSON."""
    if isinstance(shape, StructureShape):
        return {style.member(name): as_a_task_writes(one, shape.members[name], style) for name, one in value.items()}
    if isinstance(shape, ListShape):
        return [as_a_task_writes(one, shape.member, style) for one in value]
    if isinstance(shape, MapShape):
        return {key: as_a_task_writes(one, shape.value, style) for key, one in value.items()}
    return value.isoformat() if isinstance(value, datetime) else value


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), operation=st.sampled_from(OPERATIONS))
def test_a_request_is_what_botocore_would_send(data: st.DataObject, operation: str) -> None:
    model = load_service("stepfunctions").operation(operation)
    assert isinstance(model.input_shape, StructureShape)
    meant = data.draw(values(model.input_shape))
    made = parameters.request_of(
        as_a_task_writes(meant, model.input_shape, results.SDK), model.input_shape, parameters.SDK
    )
    serialise = create_serializer("json", include_validation=True).serialize_to_request
    assert serialise(made, model)["body"] == serialise(meant, model)["body"]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data(), operation=st.sampled_from(OPERATIONS))
def test_a_result_is_what_botocore_reads(data: st.DataObject, operation: str) -> None:
    shape = load_service("stepfunctions").operation(operation).output_shape
    if not isinstance(shape, StructureShape):
        return
    meant = data.draw(values(shape))
    body = json.dumps(meant, default=lambda moment: moment.timestamp()).encode()
    answer = create_parser("json").parse({"status_code": 200, "headers": {}, "body": body}, shape)
    expected = as_a_task_writes(meant, shape, results.SDK)
    assert results.result_of(answer, shape, results.SDK) == json.loads(
        json.dumps(expected), object_hook=lambda found: {key: _z(one) for key, one in found.items()}
    )


def _z(value: Any) -> Any:
    """isoformat() as Step Functions writes times."""
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z" if moment.tzinfo else value
