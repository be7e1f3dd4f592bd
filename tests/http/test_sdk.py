"""boto3 as the client: what users will point at the server."""

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.http.running import Running

CONFIG = Config(inject_host_prefix=False, parameter_validation=False, retries={"total_max_attempts": 1})


def client(server: Running, region: str = "us-east-1", key: str = "AKIDEXAMPLE") -> Any:
    return boto3.client(
        "stepfunctions",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        config=CONFIG,
    )


@pytest.mark.parametrize(
    ("region", "key", "arn"),
    [
        ("us-east-1", "AKIDEXAMPLE", "arn:aws:states:us-east-1:000000000000:execution:m:e"),
        ("eu-west-3", "123456789012", "arn:aws:states:eu-west-3:123456789012:execution:m:e"),
        ("cn-north-1", "1234567890123", "arn:aws-cn:states:cn-north-1:000000000000:execution:m:e"),
        ("us-gov-west-1", "123456789012", "arn:aws-us-gov:states:us-gov-west-1:123456789012:execution:m:e"),
    ],
)
def test_a_call(server: Running, region: str, key: str, arn: str) -> None:
    answer = client(server, region, key).start_execution(stateMachineArn="a", input='{"é": 1}')
    assert answer["executionArn"].split(" ")[0] == arn
    assert answer["startDate"] == datetime(2024, 11, 22, 13, 12, 0, 250_000, UTC)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(answer["ResponseMetadata"]["RequestId"]) == 36


@pytest.mark.parametrize(
    ("method", "parameters", "code"),
    [
        ("start_execution", {}, "ValidationException"),
        ("describe_execution", {"executionArn": "x"}, "ExecutionDoesNotExist"),
        ("get_activity_task", {"activityArn": "unknown"}, "ActivityDoesNotExist"),
        ("list_map_runs", {"executionArn": "x"}, "UnsupportedOperation"),
        ("start_execution", {"stateMachineArn": "a", "input": "x" * 2_000_000}, "RequestEntityTooLargeException"),
    ],
)
def test_errors(server: Running, method: str, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(server), method)(**parameters)
    assert caught.value.response["Error"]["Code"] == code


def test_a_modelled_error_is_the_clients_exception(server: Running) -> None:
    states = client(server)
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.describe_execution(executionArn="x")


def test_a_poll_that_finds_something(server: Running) -> None:
    answer = client(server).get_activity_task(activityArn="ready")
    assert (answer["taskToken"], answer["input"]) == ("token", "{}")


def test_an_operation_that_is_not_built_is_named(server: Running) -> None:
    with pytest.raises(ClientError, match="Statewright does not support the operation PublishStateMachineVersion"):
        client(server).publish_state_machine_version(stateMachineArn="a")


def test_the_trace_header_has_precedence(server: Running) -> None:
    states = client(server)
    states.meta.events.register(
        "before-sign.sfn.StartExecution", lambda request, **_: request.headers.add_header("X-Amzn-Trace-Id", "Root=1")
    )
    assert '"traceHeader": "Root=1"' in states.start_execution(stateMachineArn="a", traceHeader="body")["executionArn"]
