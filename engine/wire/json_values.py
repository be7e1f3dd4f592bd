"""JSON values to values of a model's shapes, and the words in which AWS refuses a value of the wrong type.

A decoder is a closure compiled once from a shape. Members that the model does not know are dropped, null is as good as
absent: so AWS's own servers read JSON.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.errors import ServiceError
from engine.wire.compiling import Closures, by_kind
from engine.wire.protocol import unreadable

Decoder = Callable[[Any], Any]

_INTEGERS = {"integer": (-(2**31), 2**31 - 1, "an Integer"), "long": (-(2**63), 2**63 - 1, "a Long")}


class DecoderCompiler:
    """Compiles the decoders of one service; a shape is compiled once, also where it contains itself."""

    def __init__(self) -> None:
        self._once: Closures[Decoder] = Closures()

    def decoder(self, shape: Shape) -> Decoder:
        return self._once(shape.name, lambda: by_kind(shape, self._structure, self._list, self._map, _scalar))

    def _structure(self, shape: StructureShape) -> Decoder:
        members = {
            member.serialization.get("name", name): (name, self.decoder(member))
            for name, member in shape.members.items()
        }

        def decode(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise wrong_type(value, "Expected null")
            result = {}
            for key, item in value.items():
                if item is not None and (known := members.get(key)) is not None:
                    result[known[0]] = known[1](item)
            return result

        return decode

    def _list(self, shape: ListShape) -> Decoder:
        member = self.decoder(shape.member)

        def decode(value: Any) -> list[Any]:
            if type(value) is not list:
                raise wrong_type(value, "Expected list or null")
            return [member(item) for item in value if item is not None]

        return decode

    def _map(self, shape: MapShape) -> Decoder:
        member = self.decoder(shape.value)

        def decode(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise wrong_type(value, "Expected map or null")
            return {key: member(item) for key, item in value.items() if item is not None}

        return decode


def _scalar(shape: Shape) -> Decoder:
    if shape.type_name in _INTEGERS:
        return _integer(*_INTEGERS[shape.type_name])
    return _SCALARS[shape.type_name]


def wrong_type(value: Any, scalar_text: str) -> ServiceError:
    """The refusal of a value; `scalar_text` is said of strings, numbers and booleans, `{}` in it is what was found."""
    if type(value) is dict:
        return unreadable("Start of structure or map found where not expected.")
    if type(value) is list:
        return unreadable("Start of list found where not expected")
    if value is True or value is False:
        found = "TRUE_VALUE" if value else "FALSE_VALUE"
    else:
        found = "STRING_VALUE" if type(value) is str else "NUMBER_VALUE"
    return unreadable(scalar_text.format(found))


def _string(value: Any) -> str:
    if type(value) is str:
        return value
    raise wrong_type(value, "{} can not be converted to a String")


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return value
    raise wrong_type(value, "{} can not be converted to a Boolean")


def _integer(low: int, high: int, noun: str) -> Decoder:
    def decode(value: Any) -> int:
        # Some languages have one kind of number and send 5.0.
        number = int(value) if type(value) is float and value.is_integer() else value
        if type(number) is int and low <= number <= high:
            return number
        raise wrong_type(value, "{} can not be converted to " + noun)

    return decode


def _number(noun: str) -> Decoder:
    def decode(value: Any) -> int | float:
        if type(value) is int or type(value) is float:
            return value
        raise wrong_type(value, "{} can not be converted to " + noun)

    return decode


def _blob(value: Any) -> bytes:
    if type(value) is not str:
        raise wrong_type(value, "{} can not be converted to a Blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise unreadable("Invalid base64 in a blob") from None


_SCALARS: dict[str, Decoder] = {
    "string": _string,
    "character": _string,
    "boolean": _boolean,
    "float": _number("a Float"),
    "double": _number("a Double"),
    "timestamp": _number("a Timestamp"),
    "blob": _blob,
}
