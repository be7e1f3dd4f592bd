"""A real server with EC2's security groups, over SQLite and over Postgres, and boto3 clients of it."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from tests.integrations.logs.conftest import client, endpoint

__all__ = ["client", "endpoint"]

_accounts = itertools.count(100_000_000_000)


@pytest.fixture
def ec2(client: Callable[..., Any]) -> Any:
    """A client of an account that nobody has used."""
    return client("ec2", account=str(next(_accounts)))


@pytest.fixture
def vpc(ec2: Any) -> str:
    """The id of a VPC that is not the default one."""
    found: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    return found


@pytest.fixture
def group(ec2: Any, vpc: str) -> str:
    """The id of a group without ingress rules."""
    found: str = ec2.create_security_group(GroupName="web", Description="d", VpcId=vpc)["GroupId"]
    return found
