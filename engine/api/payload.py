"""The JSON texts that callers hand in as data: the input of an execution, the output of a task.

A payload is JSON in UTF-8 of at most 262,144 bytes; it is kept as the text that it came as.
"""

from engine import jackson, jsontext, limits
from engine.errors import ServiceError

_EMPTY = "{}"


def read_input(text: str | None) -> str:
    """The input of an execution, `{}` where none is given. Raises ServiceError InvalidExecutionInput."""
    if text is None or text == _EMPTY:
        return _EMPTY
    fault = "Invalid execution input." if not text.strip(" \t\r\n") else _fault(text)
    if fault is not None:
        raise ServiceError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{fault}'")
    return text


def read_output(text: str) -> str:
    """The output of a task. Raises ServiceError InvalidOutput."""
    fault = _fault(text)
    if fault is not None:
        raise ServiceError("InvalidOutput", f"Invalid Output: '{fault}'")
    return text


def _fault(text: str) -> str | None:
    """What is wrong with a payload, in the words of AWS's JSON parser where it is not JSON."""
    try:
        if jsontext.size_bytes(text) > limits.PAYLOAD_BYTES_MAX:
            return f"The payload is larger than {limits.PAYLOAD_BYTES_MAX} bytes."
        jsontext.loads(text)
    except UnicodeEncodeError:
        return "The payload holds half of a surrogate pair, which is no character."
    except jsontext.JsonError as error:
        return str(error) if jsontext.too_deep(text) else jackson.describe(text).message
    return None
