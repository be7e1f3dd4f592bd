"""A real server with SQS, over SQLite and over Postgres, and boto3 clients of it."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config

from tests.api.conftest import endpoint
from tests.integrations.sqs.world import World, opened
from tests.postgres import new_database

__all__ = ["endpoint"]

CONFIG = Config(parameter_validation=False, inject_host_prefix=False, retries={"total_max_attempts": 1})
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def client(endpoint: str) -> Callable[..., Any]:
    """Makes clients of a service, for an account and a region."""

    def make(service: str, account: str = "000000000000", region: str = "us-east-1") -> Any:
        return boto3.client(
            service,
            endpoint_url=endpoint,
            region_name=region,
            aws_access_key_id=account,
            aws_secret_access_key="secret",
            config=CONFIG,
        )

    return make


@pytest.fixture(scope="session")
def sqs(client: Callable[..., Any]) -> Any:
    return client("sqs")


@pytest.fixture
def make_queue(sqs: Any) -> Callable[..., str]:
    """Makes queues; the keywords are attributes. A FIFO queue where `FifoQueue` is one of them."""

    def make(**attributes: str) -> str:
        name = f"queue-{next(_numbers)}{'.fifo' if 'FifoQueue' in attributes else ''}"
        url: str = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    return make


@pytest.fixture
def queue(make_queue: Callable[..., str]) -> str:
    """The URL of a new standard queue."""
    return make_queue()


@pytest.fixture
def fifo(make_queue: Callable[..., str]) -> str:
    """The URL of a new FIFO queue with deduplication by content."""
    return make_queue(FifoQueue="true", ContentBasedDeduplication="true")


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """SQS without a server, on a clock of its own; tests share it, and name their queues apart."""
    url = new_database() if request.param == "postgres" else "sqlite:///:memory:"
    with opened(url) as found:
        yield found
