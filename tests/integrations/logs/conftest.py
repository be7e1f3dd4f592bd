"""A real server with CloudWatch Logs, over SQLite and over Postgres, and boto3 clients of it."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.api.conftest import endpoint
from tests.integrations.clients import client

__all__ = ["client", "endpoint"]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def logs(client: Callable[..., Any]) -> Any:
    return client("logs")


@pytest.fixture(scope="session")
def states(client: Callable[..., Any]) -> Any:
    return client("stepfunctions")


@pytest.fixture
def group(logs: Any) -> str:
    """The name of a new log group."""
    name = f"/test/group-{next(_numbers)}"
    logs.create_log_group(logGroupName=name)
    return name
