"""What the actions of a rule name: it must be there, and in the rule's region, when the rule is created or changed."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from engine.objects import NO_OBJECTS
from integrations.ses.addresses import address_of, speakers
from integrations.ses.errors import invalid
from integrations.ses.identities import identity_store

_ARN_PARTS = 6
_FUNCTION_ARN_PARTS = (7, 8)  # arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]


def check_targets(tx: Transaction, caller: Caller, rule: Mapping[str, Any]) -> None:
    """Raises ServiceError."""
    for action in rule["Actions"]:
        for name, members in action.items():
            if members is None:
                continue
            if members.get("TopicArn"):
                _check_topic(tx, caller, members["TopicArn"])
            check = _CHECKS.get(name)
            if check is not None:
                check(tx, caller, members)


def function_name(arn: str) -> str:
    """Of a function's ARN, as [functions] has it."""
    parts = arn.split(":")
    return parts[6] if len(parts) in _FUNCTION_ARN_PARTS else arn


def _check_topic(tx: Transaction, caller: Caller, arn: str) -> None:
    parts = arn.split(":")
    shown = arn[: limits.SES_SHOWN_CHARS]
    if len(parts) != _ARN_PARTS or parts[0] != "arn" or parts[2] != "sns":
        raise _bad_topic(f"Invalid SNS topic: {shown}", shown)
    if parts[3] != caller.region:
        text = f"Invalid SNS topic: {shown}. It must be in the region of the rule, {caller.region}"
        raise _bad_topic(text, shown)
    try:
        tx.call(Caller(parts[4], parts[3], parts[1]), "sns", "GetTopicAttributes", {"TopicArn": arn})
    except ServiceError:
        raise _bad_topic(f"Could not publish to SNS topic: {shown}", shown) from None


def _bad_topic(text: str, topic: str) -> ServiceError:
    return ServiceError("InvalidSnsTopicException", text, fields={"Topic": topic})


def _check_bucket(tx: Transaction, caller: Caller, action: Mapping[str, Any]) -> None:
    name, settings = action["BucketName"], tx.settings
    if settings.buckets is not None and Path(settings.buckets.root, name).is_dir():
        return
    if settings.buckets is None and settings.endpoints.of("s3") is not None:
        return
    why = "" if settings.buckets is not None else f". {NO_OBJECTS}"
    raise ServiceError(
        "InvalidS3ConfigurationException", f"Could not write to bucket: {name}{why}", fields={"Bucket": name}
    )


def _check_function(tx: Transaction, caller: Caller, action: Mapping[str, Any]) -> None:
    arn = action["FunctionArn"]
    parts = arn.split(":")
    shown = arn[: limits.SES_SHOWN_CHARS]
    text = f"Invalid Lambda function: {shown}"
    if len(parts) not in _FUNCTION_ARN_PARTS or parts[0] != "arn" or parts[2] != "lambda" or parts[5] != "function":
        raise _bad_function(text, shown)
    if parts[3] != caller.region:
        raise _bad_function(f"{text}. It must be in the region of the rule, {caller.region}", shown)
    if parts[6] not in tx.settings.functions and tx.settings.endpoints.of("lambda") is None:
        raise _bad_function(f"{text}. statewright.toml has no [functions.{parts[6]}]", shown)


def _bad_function(text: str, function: str) -> ServiceError:
    return ServiceError("InvalidLambdaFunctionException", text, fields={"FunctionArn": function})


def _check_sender(tx: Transaction, caller: Caller, action: Mapping[str, Any]) -> None:
    address = address_of(action["Sender"])
    found = identity_store.named(tx.connection, caller, speakers(address))
    if not any(identity.verified for identity in found.values()):
        raise invalid(f"The sender of a bounce must be verified in {caller.region}: {address}")


_CHECKS: Mapping[str, Callable[[Transaction, Caller, Mapping[str, Any]], None]] = {
    "S3Action": _check_bucket,
    "LambdaAction": _check_function,
    "BounceAction": _check_sender,
}
