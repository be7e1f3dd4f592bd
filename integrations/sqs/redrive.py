"""RedrivePolicy and RedriveAllowPolicy: where messages go that nobody could process, and who may send them there.

    {"deadLetterTargetArn": ARN, "maxReceiveCount": 1..1000}
    {"redrivePermission": "allowAll" | "denyAll" | "byQueue", "sourceQueueArns": [ARN, ...]}

Pure.
"""

from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.jsontext import JsonError, loads
from integrations.sqs.errors import invalid_attribute, invalid_parameter
from integrations.sqs.names import read_arn

_RECEIVES_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Redrive:
    target_arn: str
    receives_max: int


def read_redrive(text: str) -> Redrive:
    """Raises InvalidParameterValue."""
    policy = _object("RedrivePolicy", text)
    for name in ("deadLetterTargetArn", "maxReceiveCount"):
        if name not in policy:
            reason = f"Redrive policy does not contain mandatory attribute: {name}."
            raise invalid_parameter(text, "RedrivePolicy", reason)
    for name in policy:
        if name not in ("deadLetterTargetArn", "maxReceiveCount"):
            raise invalid_parameter(text, "RedrivePolicy", f"Redrive policy has an unknown attribute: {name}.")
    target, receives = policy["deadLetterTargetArn"], _count(policy["maxReceiveCount"])
    if receives is None:
        given = policy["maxReceiveCount"]
        reason = (
            f"Invalid value for maxReceiveCount: {given}, valid values are from 1 to {_RECEIVES_MAX} both inclusive."
        )
        raise invalid_parameter(text, "RedrivePolicy", reason)
    if not isinstance(target, str) or read_arn(target) is None:
        raise invalid_parameter(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
    return Redrive(target, receives)


def _count(value: Any) -> int | None:
    """maxReceiveCount comes as a number or as its text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 4:
        value = int(value)
    return value if type(value) is int and 1 <= value <= _RECEIVES_MAX else None


def check_redrive_allow(text: str) -> None:
    """Raises InvalidAttributeValue, InvalidParameterValue."""
    policy = _object("RedriveAllowPolicy", text)
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise invalid_parameter(text, "RedriveAllowPolicy", "Invalid value for redrivePermission.")
    for name in policy:
        if name not in ("redrivePermission", "sourceQueueArns"):
            raise invalid_parameter(text, "RedriveAllowPolicy", f"Unknown attribute: {name}.")
    if (permission == "byQueue") != (sources is not None):
        reason = "sourceQueueArns is required for the permission byQueue, and for no other."
        raise invalid_parameter(text, "RedriveAllowPolicy", reason)
    if sources is None:
        return
    if not isinstance(sources, list) or not 1 <= len(sources) <= limits.SQS_REDRIVE_SOURCES_MAX:
        reason = f"sourceQueueArns must name from 1 to {limits.SQS_REDRIVE_SOURCES_MAX} queues."
        raise invalid_parameter(text, "RedriveAllowPolicy", reason)
    if not all(isinstance(arn, str) and read_arn(arn) is not None for arn in sources):
        raise invalid_parameter(text, "RedriveAllowPolicy", "sourceQueueArns must be ARNs of queues.")


def allows(text: str | None, source_arn: str) -> bool:
    """Whether the dead-letter queue's RedriveAllowPolicy (None: it has none) takes the messages of a queue."""
    if text is None:
        return True
    policy = _object("RedriveAllowPolicy", text)
    if policy["redrivePermission"] == "byQueue":
        return source_arn in policy["sourceQueueArns"]
    return bool(policy["redrivePermission"] == "allowAll")


def _object(attribute: str, text: str) -> dict[str, Any]:
    try:
        value = loads(text)
    except JsonError:
        raise invalid_attribute(attribute) from None
    if not isinstance(value, dict):
        raise invalid_attribute(attribute)
    return value
