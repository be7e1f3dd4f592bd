"""A boto3 client of the server under test, with names of its own and without the client's own checks.

It refuses an answer with a member that the service's model does not know, which boto3 would drop in silence.
"""

import itertools
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import boto3  # type: ignore[import-untyped]
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.api.machines import ROLE

_OVER = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")
_PATIENCE_SECONDS = 20.0


class Api:
    """Operations as methods (`api.start_execution(stateMachineArn=...)`); answers without `ResponseMetadata`."""

    def __init__(self, endpoint: str, account: str = "000000000000", region: str = "us-east-1"):
        self.account, self.region = account, region
        self._client = boto3.client(
            "stepfunctions",
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=Config(
                parameter_validation=False,
                inject_host_prefix=False,
                retries={"total_max_attempts": 1},
                read_timeout=70,
            ),
        )
        self._client.meta.events.register("before-parse.stepfunctions", _check_members)
        self._names = itertools.count(1)
        self._unique = uuid.uuid4().hex[:8]

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        method = getattr(self._client, operation)

        def call(**parameters: Any) -> Any:
            answer = method(**parameters)
            answer.pop("ResponseMetadata")
            return answer

        return call

    def close(self) -> None:
        self._client.close()

    def arn(self, resource: str) -> str:
        return f"arn:aws:states:{self.region}:{self.account}:{resource}"

    def name(self, prefix: str = "test-") -> str:
        return f"{prefix}{self._unique}-{next(self._names)}"

    def machine(self, definition: str, **others: Any) -> str:
        """The ARN of a new machine."""
        made = self.create_state_machine(name=self.name(), definition=definition, roleArn=ROLE, **others)
        return str(made["stateMachineArn"])

    def ended(self, execution: str) -> dict[str, Any]:
        """DescribeExecution of an execution that is over."""
        shown: dict[str, Any] = self.until(
            lambda: self.describe_execution(executionArn=execution), lambda answer: answer["status"] in _OVER
        )
        return shown

    def until(self, read: Callable[[], Any], done: Callable[[Any], bool]) -> Any:
        """What a read answers once it is as awaited."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not done(answer := read()):
            assert time.monotonic() < deadline, f"still {answer}"
            time.sleep(0.01)
        return answer


def refusal(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The error code and message of a call that must fail, with 4xx."""
    try:
        answer = operation(**parameters)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        assert 400 <= status < 500, error.response
        return error.response["Error"]["Code"], error.response["Error"]["Message"]
    raise AssertionError(f"answered {answer}")


def _check_members(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    if response_dict["status_code"] == 200:
        _check_known(json.loads(response_dict["body"]), operation_model.output_shape, operation_model.name)


def _check_known(value: Any, shape: Shape, place: str) -> None:
    if isinstance(shape, StructureShape):
        unknown = set(value) - set(shape.members)
        assert not unknown, f"{place} holds {unknown}, which the model does not know"
        missing = set(shape.required_members) - set(value)
        assert not missing, f"{place} lacks {missing}"
        for name, member in value.items():
            _check_known(member, shape.members[name], f"{place}.{name}")
    elif isinstance(shape, ListShape):
        for member in value:
            _check_known(member, shape.member, place)
    elif isinstance(shape, MapShape):
        for member in value.values():
            _check_known(member, shape.value, place)
