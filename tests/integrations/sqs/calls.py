"""What the tests of SQS say often."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "000000000000"


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """The code and message of an operation that is to be refused."""
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    assert 400 <= error.value.response["ResponseMetadata"]["HTTPStatusCode"] < 500
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def name_of(url: str) -> str:
    return url.rsplit("/", 1)[1]


def arn_of(url: str) -> str:
    return f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name_of(url)}"


def receive(sqs: Any, url: str, count: int = 10, **parameters: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=count, **parameters).get(
        "Messages", []
    )
    return messages


def bodies(messages: list[dict[str, Any]]) -> list[str]:
    return [message["Body"] for message in messages]


def counts(sqs: Any, url: str) -> tuple[int, int, int]:
    """Visible, in flight, delayed."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    visible, in_flight, delayed = (int(found[name]) for name in names)
    return visible, in_flight, delayed
