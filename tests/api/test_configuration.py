"""The settings of a machine: what is kept, and what is refused rather than ignored."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from engine.api import configuration
from engine.errors import ServiceError


def _group(arn: str | None) -> dict[str, Any]:
    return {"cloudWatchLogsLogGroup": {} if arn is None else {"logGroupArn": arn}}


GROUP = _group("arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/states/g:*")
OFF = {"level": "OFF", "includeExecutionData": False}

LOGGING, TRACING, ENCRYPTION = (
    configuration.read_logging,
    configuration.read_tracing,
    configuration.read_encryption,
)

# reader, given, kept
KEPT: list[tuple[Callable[[Any], str], Any, Any]] = [
    (LOGGING, None, OFF),
    (LOGGING, {}, OFF),
    (LOGGING, {"level": "OFF"}, OFF),
    (LOGGING, {"level": "OFF", "includeExecutionData": True}, {"level": "OFF", "includeExecutionData": True}),
    (LOGGING, {"destinations": []}, OFF | {"destinations": []}),
    (LOGGING, {"level": "OFF", "destinations": [GROUP]}, OFF | {"destinations": [GROUP]}),
    *[
        (LOGGING, {"level": level, "destinations": [GROUP]}, OFF | {"level": level, "destinations": [GROUP]})
        for level in ("ALL", "ERROR", "FATAL")
    ],
    (TRACING, None, {"enabled": False}),
    (TRACING, {}, {"enabled": False}),
    (TRACING, {"enabled": False}, {"enabled": False}),
    (ENCRYPTION, None, {}),
    (ENCRYPTION, {"type": "AWS_OWNED_KEY"}, {"type": "AWS_OWNED_KEY"}),
]


@pytest.mark.parametrize(("read", "given", "kept"), KEPT)
def test_kept(read: Callable[[Any], str], given: Any, kept: Any) -> None:
    assert orjson.loads(read(given)) == kept


ONE_DESTINATION = "Invalid Logging Configuration: Must specify exactly one Log Destination."

# reader, given, error code, message or a part of it
REFUSED: list[tuple[Callable[[Any], Any], Any, str, str]] = [
    (LOGGING, {"level": "ALL"}, "InvalidLoggingConfiguration", ONE_DESTINATION),
    (LOGGING, {"level": "FATAL"}, "InvalidLoggingConfiguration", ONE_DESTINATION),
    (LOGGING, {"level": "ERROR", "destinations": []}, "InvalidLoggingConfiguration", ONE_DESTINATION),
    (LOGGING, {"destinations": [GROUP, GROUP]}, "InvalidLoggingConfiguration", ONE_DESTINATION),
    (LOGGING, {"level": "ALL", "destinations": [{}]}, "InvalidLoggingConfiguration", ONE_DESTINATION),
    (LOGGING, {"level": "ALL", "destinations": [_group(None)]}, "InvalidLoggingConfiguration", ONE_DESTINATION),
    (
        LOGGING,
        {"level": "ALL", "destinations": [_group("arn:aws:logs:us-east-1:123456789012:log-group:g")]},
        "InvalidLoggingConfiguration",
        "Invalid Logging Configuration: Log Group ARN must be provided with '*' qualifier.",
    ),
    (
        LOGGING,
        {"destinations": [_group("arn:aws:s3:::bucket:*")]},
        "InvalidLoggingConfiguration",
        "'arn:aws:s3:::bucket:*' is not the ARN of a CloudWatch Logs log group.",
    ),
    (TRACING, {"enabled": True}, "InvalidTracingConfiguration", "X-Ray tracing is not supported"),
    (
        ENCRYPTION,
        {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"},
        "InvalidEncryptionConfiguration",
        "CUSTOMER_MANAGED_KMS_KEY",
    ),
    (ENCRYPTION, {"type": "AWS_OWNED_KEY", "kmsKeyId": "k"}, "InvalidEncryptionConfiguration", "kmsKeyId"),
    (
        ENCRYPTION,
        {"type": "AWS_OWNED_KEY", "kmsDataKeyReusePeriodSeconds": 60},
        "InvalidEncryptionConfiguration",
        "kmsDataKeyReusePeriodSeconds",
    ),
    (
        configuration.check_publish,
        {"versionDescription": "first"},
        "ValidationException",
        "Version description can only be set when publish is true",
    ),
    (
        configuration.check_publish,
        {"publish": False, "versionDescription": ""},
        "ValidationException",
        "Version description can only be set when publish is true",
    ),
]


@pytest.mark.parametrize(("read", "given", "code", "message"), REFUSED)
def test_refused(read: Callable[[Any], Any], given: Any, code: str, message: str) -> None:
    with pytest.raises(ServiceError) as caught:
        read(given)
    assert caught.value.code == code
    assert message in caught.value.message


@pytest.mark.parametrize(
    "given", [{}, {"publish": False}, {"publish": True}, {"publish": True, "versionDescription": ""}]
)
def test_a_description_comes_with_a_version(given: dict[str, Any]) -> None:
    configuration.check_publish(given)
