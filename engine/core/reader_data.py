"""What an ItemReader makes of the text that it reads: JSON (an array, or an object's members) or JSON Lines.

Failures are States.ItemReaderFailed, with AWS's texts where they are known.
"""

from typing import Any

from engine import jsontext
from engine.asl.model import Number
from engine.core.dataflow import PlainStateError
from engine.core.values import evaluated_number, whole_number
from engine.errors import StateError
from engine.query.path import Path, PathNotFound
from engine.query.scope import Scope

FAILED = "States.ItemReaderFailed"


def read_content(input_type: str, text: str) -> Any:
    """The value of a JSON text, or the list of those of JSON Lines."""
    try:
        if input_type == "JSONL":
            return [jsontext.loads(line) for line in text.split("\n") if line.strip()]
        return jsontext.loads(text)
    except jsontext.JsonError as error:
        raise PlainStateError(FAILED, f"The data of the ItemReader is not valid {input_type}: {error}") from None


def pointed_at(content: Any, pointer: str) -> Any:
    """The value at a JSON pointer (RFC 6901)."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(content, dict) and name in content:
            content = content[name]
        elif isinstance(content, list) and name.isascii() and name.isdigit() and int(name) < len(content):
            content = content[int(name)]
        else:
            raise PlainStateError(FAILED, f"The ItemsPointer '{pointer}' does not lead to a value.")
    return content


def as_items(content: Any) -> list[Any]:
    """An array as it is; of an object, its members as AWS gives them to iterations."""
    if isinstance(content, list):
        return content
    if isinstance(content, dict):
        return [{"Key": key, "Value": value} for key, value in content.items()]
    raise PlainStateError(FAILED, "Attempting to map over non-iterable node.")


def max_items_field(value: Number | None, scope: Scope) -> int | None:
    """MaxItems; None: all."""
    if value is None or isinstance(value, int):
        return value
    if not isinstance(value, Path):
        return evaluated_number(value, scope, "MaxItems", least=1)
    try:
        found = whole_number(value.find(scope), value.text, "MaxItemsPath")
    except PathNotFound as missing:
        raise StateError("States.Runtime", value.invalid_path_cause(missing.detail)) from None
    if found == 0:
        raise PlainStateError(FAILED, "field MaxItems must be positive")
    return found
