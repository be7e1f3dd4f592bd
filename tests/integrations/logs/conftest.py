"""A real server with CloudWatch Logs, over SQLite and over Postgres, and boto3 clients of it."""

import itertools
from collections.abc import Callable
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config

from tests.api.conftest import endpoint

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
