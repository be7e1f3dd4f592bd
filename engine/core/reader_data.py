"""What an ItemReader makes of the text that TestState gives it: JSON (an array, or an object's members), JSON Lines or
delimited text.

Failures are States.ItemReaderFailed, with AWS's texts where they are known.
"""

from collections.abc import Iterator
from typing import Any

from engine import jsontext
from engine.core.item_reader import FAILED
from engine.errors import PlainStateError
from engine.items.delimited import delimited
from engine.items.json_lines import json_lines
from engine.items.page import Item
from engine.items.request import Format, ReadError

TEXT_TYPES = ("CSV", "JSON", "JSONL")


def read_content(format: Format, text: str) -> Any:
    """The value of a JSON text, or the list of those of JSON Lines or of rows."""
    content = text.encode("utf-8", "surrogatepass")

    def open_at(position: int) -> Iterator[bytes]:
        return iter([content[position:]] if content[position:] else [])

    try:
        if format.input_type == "CSV":
            return [record.value for record in delimited(open_at, format, "")]
        if format.input_type == "JSONL":
            return [record.value for record in json_lines(open_at, "")]
        return jsontext.loads(text)
    except ReadError as error:
        raise PlainStateError(FAILED, str(error)) from None
    except jsontext.JsonError as error:
        text = f"The data of the ItemReader is not valid {format.input_type}: {error}"
        raise PlainStateError(FAILED, text) from None


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


def as_items(content: Any, source: str) -> list[Item]:
    """The elements of an array; of an object, its members as AWS gives them to iterations."""
    if isinstance(content, list):
        return [Item(value, source) for value in content]
    if isinstance(content, dict):
        return [Item({"Key": key, "Value": value}, source, key) for key, value in content.items()]
    raise PlainStateError(FAILED, "Attempting to map over non-iterable node.")
