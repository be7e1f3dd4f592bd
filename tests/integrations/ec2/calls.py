"""What the tests of EC2's operations share."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

# For tables of cases that never get as far as a store: SQLite only.
ONE_STORE = pytest.mark.parametrize("endpoint", ["sqlite"], indirect=True)


def refused(operation: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Code and message of the error that a call must end in."""
    with pytest.raises(ClientError) as error:
        operation(**parameters)
    status = error.value.response["ResponseMetadata"]["HTTPStatusCode"]
    assert status == (412 if parameters.get("DryRun") else 400)
    return error.value.response["Error"]["Code"], error.value.response["Error"]["Message"]


def tcp(port: int, *cidrs: str, **more: Any) -> dict[str, Any]:
    """A permission for one port."""
    ranges = {"IpRanges": [{"CidrIp": cidr} for cidr in cidrs]} if cidrs else {}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **ranges, **more}
