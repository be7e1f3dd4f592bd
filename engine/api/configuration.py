"""The settings of a machine beside its definition: logging, tracing, encryption.

Each is read into the JSON text that the store keeps, in the shape that Describe shows, and defaults are filled in as
AWS does. What this server does not do (X-Ray, customer keys) is refused, never kept and ignored.
"""

import re
from typing import Any, Final

import orjson

from engine.errors import ServiceError

OFF: Final = "OFF"
OWNED_KEY: Final = "AWS_OWNED_KEY"

Settings = dict[str, Any]

_LOG_GROUP = re.compile(r"arn:aws[a-z0-9-]*:logs:[a-z0-9-]+:\d{12}:log-group:[.\-_/#A-Za-z0-9]{1,512}(:\*)?")


def read_logging(given: Settings | None) -> str:
    """`loggingConfiguration` as kept. `destinations` stay as given: AWS shows an empty list only where one was sent."""
    given = given or {}
    level = given.get("level", OFF)
    destinations = given.get("destinations")
    if (level != OFF and not destinations) or len(destinations or ()) > 1:
        raise _invalid_logging("Must specify exactly one Log Destination.")
    for destination in destinations or ():
        _check_destination(destination)
    kept = {"level": level, "includeExecutionData": given.get("includeExecutionData", False)}
    if destinations is not None:
        kept["destinations"] = destinations
    return _text(kept)


def _check_destination(destination: Settings) -> None:
    arn = (destination.get("cloudWatchLogsLogGroup") or {}).get("logGroupArn")
    if arn is None:
        raise _invalid_logging("Must specify exactly one Log Destination.")
    if _LOG_GROUP.fullmatch(arn) is None:
        raise _invalid_logging(f"'{arn}' is not the ARN of a CloudWatch Logs log group.")
    if not arn.endswith(":*"):
        raise _invalid_logging("Log Group ARN must be provided with '*' qualifier.")


def read_tracing(given: Settings | None) -> str:
    """`tracingConfiguration` as kept."""
    enabled = (given or {}).get("enabled", False)
    if enabled:
        raise ServiceError(
            "InvalidTracingConfiguration",
            "Invalid Tracing Configuration: X-Ray tracing is not supported by this server; set enabled to false.",
        )
    return _text({"enabled": False})


def read_encryption(given: Settings | None) -> str:
    """`encryptionConfiguration` as kept; an empty object where none is given, which means AWS_OWNED_KEY."""
    if given is None:
        return "{}"
    if given.get("type") != OWNED_KEY:
        raise _invalid_encryption(
            f"Type '{given.get('type')}' is not supported by this server, which holds no customer managed keys; "
            f"use {OWNED_KEY}."
        )
    for name in ("kmsKeyId", "kmsDataKeyReusePeriodSeconds"):
        if given.get(name) is not None:
            raise _invalid_encryption(f"{name} can only be set when type is CUSTOMER_MANAGED_KMS_KEY.")
    return _text({"type": OWNED_KEY})


def check_publish(request: dict[str, Any]) -> None:
    """Refuse the description of a version that is not to be published."""
    if request.get("versionDescription") is not None and not request.get("publish"):
        raise ServiceError("ValidationException", "Version description can only be set when publish is true")


def _invalid_logging(detail: str) -> ServiceError:
    return ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {detail}")


def _invalid_encryption(detail: str) -> ServiceError:
    return ServiceError("InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {detail}")


def _text(settings: Settings) -> str:
    return orjson.dumps(settings).decode()
