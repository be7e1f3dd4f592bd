"""The JSON texts that callers hand in as data: the input of an execution, the output of a task.

A payload is JSON in UTF-8 of at most 262,144 bytes; it is kept as the text that it came as.
"""

from typing import Any, NamedTuple

from engine import jackson, jsontext, limits
from engine.errors import ServiceError

_EMPTY = "{}"


class Input(NamedTuple):
    """The text that was given, and its value: parsed once, on the way in."""

    text: str
    value: Any


class _Fault(ValueError):
    """What is wrong with a payload."""


def read_input(text: str | None) -> Input:
    """The input of an execution, `{}` where none is given. Raises ServiceError InvalidExecutionInput."""
    if text is None or text == _EMPTY:
        return Input(_EMPTY, {})
    try:
        if not text.strip(" \t\r\n"):
            raise _Fault("Invalid execution input.")
        return Input(text, _value(text))
    except _Fault as fault:
        message = f"Invalid State Machine Execution Input: '{fault}'"
        raise ServiceError("InvalidExecutionInput", message) from None


def read_output(text: str) -> str:
    """The output of a task. Raises ServiceError InvalidOutput."""
    try:
        _value(text)
    except _Fault as fault:
        raise ServiceError("InvalidOutput", f"Invalid Output: '{fault}'") from None
    return text


def _value(text: str) -> Any:
    """The value of a payload. Raises _Fault in the words of AWS's JSON parser where it is not JSON."""
    try:
        if jsontext.size_bytes(text) > limits.PAYLOAD_BYTES_MAX:
            raise _Fault(f"The payload is larger than {limits.PAYLOAD_BYTES_MAX} bytes.")
        return jsontext.loads(text)
    except UnicodeEncodeError:
        raise _Fault("The payload holds half of a surrogate pair, which is no character.") from None
    except jsontext.JsonError as error:
        raise _Fault(str(error) if jsontext.too_deep(text) else jackson.describe(text).message) from None
