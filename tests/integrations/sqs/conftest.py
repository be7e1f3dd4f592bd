"""A real server with SQS, over SQLite and over Postgres, and boto3 clients of it."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.api.conftest import endpoint
from tests.integrations.clients import client
from tests.integrations.sqs.world import World, opened
from tests.postgres import new_database

__all__ = ["client", "endpoint"]

_numbers = itertools.count(1)


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
