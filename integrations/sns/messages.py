"""What may be published: the text, its forms by protocol, subject, attributes, sizes. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import jsontext, limits
from integrations.sns.errors import invalid, invalid_value

_NAME = re.compile(r"(?![.])(?!.*\.\.)[A-Za-z0-9_\-.]+(?<![.])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ID = re.compile(r"[A-Za-z0-9!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~]{1,128}")
_TYPES = ("String", "Number", "Binary")

Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Content:
    """A message's text: for everybody, or by protocol (MessageStructure json), `default` for the others."""

    default: str
    by_protocol: Mapping[str, str]

    def of(self, protocol: str) -> str:
        return self.by_protocol.get(protocol, self.default)


def content(request: Mapping[str, Any]) -> Content:
    """Of Publish or an entry of PublishBatch. Raises InvalidParameter."""
    message, structure = request["Message"], request.get("MessageStructure")
    if not message:
        raise invalid("Empty message")
    if structure is None:
        return Content(message, {})
    if structure != "json":
        raise invalid("MessageStructure")
    try:
        bodies = jsontext.loads(message)
    except jsontext.JsonError:
        bodies = None
    if not isinstance(bodies, dict):
        raise invalid("Message Structure - JSON message body failed to parse")
    texts = {protocol: text for protocol, text in bodies.items() if isinstance(text, str)}
    if "default" not in texts:
        raise invalid("Message Structure - No default entry in JSON message body")
    return Content(texts["default"], texts)


def check_subject(subject: str | None) -> None:
    if subject is None:
        return
    if not subject or len(subject) > limits.SNS_SUBJECT_CHARS_MAX or _CONTROL.search(subject):
        raise invalid("Subject")


def check_id(name: str, value: str | None) -> None:
    """MessageDeduplicationId and MessageGroupId."""
    if value is not None and not _ID.fullmatch(value):
        raise invalid(
            f"{name} Reason: can only include alphanumeric and punctuation characters and must be 1 to 128 characters"
        )


def check_attributes(attributes: Attributes) -> None:
    """Raises InvalidParameterValue, InvalidParameter."""
    for name, attribute in attributes.items():
        if not _NAME.fullmatch(name) or len(name) > limits.SNS_ATTRIBUTE_NAME_CHARS_MAX:
            raise invalid(
                f"The message attribute name '{name}' can contain 1 to 256 of A-Z, a-z, 0-9, underscore, hyphen and "
                "period, and must not start or end with a period or have two of them together"
            )
        if name.lower().startswith(("aws.", "amazon.")) and not name.startswith("AWS.SNS."):
            raise invalid(f"The message attribute name '{name}' must not start with an AWS-reserved prefix")
        _check_attribute(name, attribute)


def _check_attribute(name: str, attribute: Mapping[str, Any]) -> None:
    given = str(attribute.get("DataType") or "")
    if not given:
        raise invalid_value(f"The message attribute '{name}' must contain non-empty message attribute type.")
    base = given.partition(".")[0]
    if base not in _TYPES:
        raise invalid_value(
            f"The message attribute '{name}' has an invalid message attribute type, the set of supported type "
            "prefixes is Binary, Number, and String."
        )
    wanted, other = ("BinaryValue", "StringValue") if base == "Binary" else ("StringValue", "BinaryValue")
    if not attribute.get(wanted) or attribute.get(other):
        raise invalid_value(
            f"The message attribute '{name}' must contain non-empty message attribute value for message attribute "
            f"type '{given}'."
        )
    if base == "Number":
        _check_number(name, attribute["StringValue"])
    elif given == "String.Array":
        _check_array(name, attribute["StringValue"])


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def _check_number(name: str, text: str) -> None:
    if not _NUMBER.fullmatch(text) or len(text) > limits.SNS_DEDUPLICATION_CHARS_MAX:
        raise invalid_value(f"Could not cast message attribute '{name}' value to number.")


def _check_array(name: str, text: str) -> None:
    try:
        values = jsontext.loads(text)
    except jsontext.JsonError:
        values = None
    if not isinstance(values, list) or any(isinstance(value, dict | list) for value in values):
        raise invalid_value(
            f"The message attribute '{name}' must contain a JSON array of strings, numbers, booleans and null for "
            "message attribute type 'String.Array'."
        )


def size_bytes(request: Mapping[str, Any]) -> int:
    """What counts towards the limit: the text and the attributes."""
    attributes: Attributes = request.get("MessageAttributes") or {}
    return len(request["Message"].encode()) + sum(
        len(name.encode())
        + len(str(found.get("DataType") or "").encode())
        + len(str(found.get("StringValue") or "").encode())
        + len(found.get("BinaryValue") or b"")
        for name, found in attributes.items()
    )


def check_size(request: Mapping[str, Any], bytes_max: int = limits.SNS_MESSAGE_BYTES_MAX) -> None:
    if size_bytes(request) > bytes_max:
        raise invalid("Message too long")
