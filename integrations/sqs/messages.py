"""What a message may be: body, attributes, system attributes, ids, sizes. Pure.

`Content` is a message of SendMessage that has passed: an entry of SendMessageBatch is checked the same way.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import limits
from engine.jsontext import size_bytes
from integrations.sqs.digests import attributes_md5, body_md5
from integrations.sqs.errors import (
    invalid_combination,
    invalid_contents,
    invalid_parameter,
    invalid_value,
    missing_parameter,
)
from integrations.sqs.texts import forbidden_character, is_text

_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_ATTRIBUTE_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?")
TRACE_HEADER = "AWSTraceHeader"

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Content:
    """`size`: bytes of the body and of the attributes, as they count. `trace`: AWSTraceHeader."""

    body: str
    attributes: Attributes
    trace: str | None
    size: int
    md5: str
    attributes_md5: str | None
    system_md5: str | None


def read_content(request: Mapping[str, Any], size_max: int, trace: str | None = None) -> Content:
    """Of SendMessage's request or a batch's entry. `trace`: of the request's X-Amzn-Trace-Id header.

    Raises InvalidParameterValue, InvalidMessageContents.
    """
    body = request["MessageBody"]
    if not body:
        raise missing_parameter("MessageBody")
    attributes = request.get("MessageAttributes") or {}
    system = request.get("MessageSystemAttributes") or {}
    if (character := forbidden_character(body)) is not None:
        raise invalid_contents(character)
    size = size_bytes(body)
    if attributes:
        size += _checked_bytes(attributes)
    if system:
        check_system(system)
    if size > size_max:
        raise invalid_combination(f"Message must be shorter than {size_max} bytes.")
    return Content(
        body=body,
        attributes=attributes,
        trace=system[TRACE_HEADER]["StringValue"] if system else trace,
        size=size,
        md5=body_md5(body),
        attributes_md5=attributes_md5(attributes) if attributes else None,
        system_md5=attributes_md5(system) if system else None,
    )


def _checked_bytes(attributes: Attributes) -> int:
    if len(attributes) > limits.SQS_MESSAGE_ATTRIBUTES_MAX:
        text = f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum"
        raise invalid_value(f"{text} [{limits.SQS_MESSAGE_ATTRIBUTES_MAX}].")
    return sum(_attribute_bytes(name, value) for name, value in attributes.items())


def _attribute_bytes(name: str, value: Mapping[str, Any]) -> int:
    _check_attribute_name(name)
    kind = value.get("DataType") or ""
    if not kind:
        raise invalid_value(f"The message attribute '{name}' must contain a non-empty message attribute type.")
    base, _, label = kind.partition(".")
    if base not in ("String", "Number", "Binary"):
        raise invalid_value(
            f"The type of message (user) attribute '{name}' is invalid. "
            "You must use only the following supported type prefixes: Binary, Number, String."
        )
    if len(kind) > limits.SQS_ATTRIBUTE_NAME_CHARS_MAX or not is_text(label):
        raise invalid_value(f"The type of message (user) attribute '{name}' is invalid.")
    for member in ("StringListValues", "BinaryListValues"):
        if value.get(member):
            raise invalid_value(
                f"Message (user) attribute list value in the message (user) attribute '{name}' is not supported."
            )
    return size_bytes(name) + len(kind) + _value_bytes(name, base, value)


def _value_bytes(name: str, kind: str, value: Mapping[str, Any]) -> int:
    text, binary = value.get("StringValue"), value.get("BinaryValue")
    given, other = (binary, text) if kind == "Binary" else (text, binary)
    if other is not None and given is not None:
        raise invalid_value(f"Message (user) attribute '{name}' has multiple values.")
    if other is not None:
        field = "BinaryValue" if kind == "Binary" else "StringValue"
        raise invalid_value(f"The message (user) attribute '{name}' with type '{kind}' must use field '{field[:-5]}'.")
    if not given:
        raise invalid_value(
            f"Message (user) attribute '{name}' must contain a non-empty value of type '{value['DataType']}'."
        )
    if kind == "Binary":
        return len(given)
    if not is_text(given):
        raise invalid_value(f"Message (user) attribute '{name}' contains characters outside the allowed set.")
    if kind == "Number" and _NUMBER.fullmatch(given) is None:
        raise invalid_value(f"Can't cast the value of message (user) attribute '{name}' to a number.")
    return size_bytes(given)


def _check_attribute_name(name: str) -> None:
    if not name:
        raise invalid_value("The request must contain non-empty message (user) attribute names.")
    lowered = name.lower()
    if lowered.startswith(("aws.", "amazon.")):
        raise invalid_value(f"You can't use message attribute names beginning with 'AWS.' or 'Amazon.': '{name}'.")
    wrong = _ATTRIBUTE_NAME.fullmatch(name) is None or ".." in name or name[0] == "." or name[-1] == "."
    if wrong or len(name) > limits.SQS_ATTRIBUTE_NAME_CHARS_MAX:
        raise invalid_value(
            f"Message (user) attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore "
            "(_), hyphen (-), and period (.) characters, not begin or end with a period, not have periods in "
            f"succession, and be up to {limits.SQS_ATTRIBUTE_NAME_CHARS_MAX} characters long."
        )


def check_system(system: Attributes) -> None:
    """MessageSystemAttributes: the only one that a sender may set is a string."""
    for name, value in system.items():
        if name != TRACE_HEADER:
            raise invalid_value(f"Message system attribute name '{name}' is invalid.")
        if value.get("DataType") != "String":
            raise invalid_value(f"The type of message system attribute '{name}' is invalid. You must use only String.")
        text = value.get("StringValue")
        if not text or not is_text(text):
            raise invalid_value(f"Message system attribute '{name}' must contain a non-empty value of type 'String'.")
        if any(value.get(member) for member in ("BinaryValue", "StringListValues", "BinaryListValues")):
            raise invalid_value(f"Message system attribute '{name}' has multiple values.")


def check_id(value: str | None, parameter: str) -> str | None:
    """A MessageGroupId, MessageDeduplicationId or ReceiveRequestAttemptId."""
    if value is not None and _ID.fullmatch(value) is None:
        reason = f"{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in length."
        raise invalid_parameter(value, parameter, reason)
    return value


def seconds(value: int | None, default_ms: int, parameter: str, seconds_max: int) -> int:
    """A time of a request in milliseconds."""
    if value is None:
        return default_ms
    if not 0 <= value <= seconds_max:
        reason = f"Must be >= 0 and <= {seconds_max}, if provided."
        if parameter == "DelaySeconds":
            reason = f"DelaySeconds must be >= 0 and <= {seconds_max}."
        raise invalid_parameter(value, parameter, reason)
    return value * 1000
