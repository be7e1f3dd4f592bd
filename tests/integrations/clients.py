"""boto3 clients of a test's server: what they send goes out as it is, and nothing is tried again."""

from collections.abc import Callable
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest
from botocore.config import Config

CONFIG = Config(parameter_validation=False, inject_host_prefix=False, retries={"total_max_attempts": 1})
ACCOUNT, REGION = "000000000000", "us-east-1"


def client_of(endpoint: str, service: str, account: str = ACCOUNT, region: str = REGION) -> Any:
    """A client of a service, for an account and a region."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="secret",
        config=CONFIG,
    )


@pytest.fixture(scope="session")
def client(endpoint: str) -> Callable[..., Any]:
    """Makes clients of the server."""

    def make(service: str, account: str = ACCOUNT, region: str = REGION) -> Any:
        return client_of(endpoint, service, account, region)

    return make
