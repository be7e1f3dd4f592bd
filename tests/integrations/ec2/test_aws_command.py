"""The `aws` command as the documentation of security groups has it: with a protocol, a port and a CIDR block."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.integrations.ec2.calls import ONE_STORE

AWS = Path(sys.executable).with_name("aws")
SECONDS_MAX = 60


def aws(endpoint: str, account: str, *words: str) -> Any:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.devnull,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    command = [sys.executable, str(AWS), "ec2", *words, "--output", "json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "null")


@ONE_STORE
def test_a_group_by_command_line(endpoint: str, ec2: Any) -> None:
    account = ec2.describe_vpcs()["Vpcs"][0]["OwnerId"]
    group = aws(endpoint, account, "create-security-group", "--group-name", "web", "--description", "d")["GroupId"]
    port = ["--protocol", "tcp", "--port", "443", "--cidr", "0.0.0.0/0"]
    made = aws(endpoint, account, "authorize-security-group-ingress", "--group-name", "web", *port)
    assert made["SecurityGroupRules"][0]["CidrIpv4"] == "0.0.0.0/0"
    [shown] = aws(endpoint, account, "describe-security-groups", "--filters", "Name=group-name,Values=w*")[
        "SecurityGroups"
    ]
    assert (shown["GroupId"], shown["IpPermissions"][0]["FromPort"]) == (group, 443)
