"""Calls of Tasks as the dispatcher hands them to an integration."""

from typing import Any

from engine.asl.model import ServiceResource
from engine.asl.resource import parse_resource
from engine.contract import Call

EXECUTION = "arn:aws:states:eu-west-1:123456789012:execution:machine:run"


def task_call(resource: str, parameters: Any, **others: Any) -> Call:
    """`resource` without the front of its ARN: `aws-sdk:sqs:sendMessage`."""
    arn = f"arn:aws:states:::{resource}"
    parsed = parse_resource(arn)
    assert isinstance(parsed, ServiceResource), arn
    values: dict[str, Any] = {
        "account": "123456789012",
        "region": "eu-west-1",
        "execution_arn": EXECUTION,
        "state_name": "S",
        "idempotency_key": f"{EXECUTION}/0/1",
    }
    return Call(arn, parsed.service, parsed.action, parsed.pattern, parameters, sdk=parsed.sdk, **{**values, **others})
