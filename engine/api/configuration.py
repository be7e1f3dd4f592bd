"""The settings of a machine beside its definition: logging, tracing, encryption, publishing.

Each is read into the JSON text that the store keeps, in the shape that Describe shows, and defaults are filled in as
AWS does. What this server does not do yet (log destinations, X-Ray, customer keys, versions) is refused, never kept
and ignored.
"""

from typing import Any, Final

import orjson

from engine.errors import ServiceError

OFF: Final = "OFF"
OWNED_KEY: Final = "AWS_OWNED_KEY"

Settings = dict[str, Any]


def read_logging(given: Settings | None) -> str:
    """`loggingConfiguration` as kept. `destinations` stay as given: AWS shows an empty list only where one was sent."""
    given = given or {}
    level = given.get("level", OFF)
    destinations = given.get("destinations")
    if (level != OFF and not destinations) or len(destinations or ()) > 1:
        raise _invalid_logging("Must specify exactly one Log Destination.")
    if level != OFF:
        raise _invalid_logging(
            f"Level '{level}' is not supported by this server, which writes no execution logs. "
            "Use level OFF; the history is kept and read with GetExecutionHistory."
        )
    kept = {"level": OFF, "includeExecutionData": given.get("includeExecutionData", False)}
    if destinations is not None:
        kept["destinations"] = destinations
    return _text(kept)


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
    """Refuse to publish a version, which this server cannot yet."""
    if request.get("publish"):
        raise ServiceError(
            "ValidationException",
            "Parameter 'publish' is not supported by this server yet: it keeps no state machine versions. "
            "Leave it out or set it to false.",
        )
    if request.get("versionDescription") is not None:
        raise ServiceError("ValidationException", "Version description can only be set when publish is true")


def _invalid_logging(detail: str) -> ServiceError:
    return ServiceError("InvalidLoggingConfiguration", f"Invalid Logging Configuration: {detail}")


def _invalid_encryption(detail: str) -> ServiceError:
    return ServiceError("InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {detail}")


def _text(settings: Settings) -> str:
    return orjson.dumps(settings).decode()
