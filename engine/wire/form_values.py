"""Parameters of the Query protocols to values of a model's shapes, both in the names of `query` and of `ec2`.

    MessageAttributes.entry.1.Name=a    query: a map is `.entry.N.key` and `.value`, a list `.member.N`
    Attribute.1.Name=a                  query, flattened: under the name that the member of the list has
    IpPermissions.1.FromPort=22         ec2: every list is flattened, names begin with a capital

A decoder is a closure compiled once from a shape; it reads the tree of engine.wire.form. Items stand in the order of
their numbers, gaps are closed. What the model does not know is dropped (query) or refused (ec2), as AWS does.
"""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.wire.compiling import Closures, by_kind
from engine.wire.form import Tree

Node = str | Tree
Decoder = Callable[[Any], Any]

_DIGITS_MAX = 9
_RANGES = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}


class BadParameter(Exception):
    """A parameter that is not what the model says; `path` grows outwards. `unknown`: the model does not have it."""

    def __init__(self, value: str, expected: str, path: str = "", unknown: bool = False):
        super().__init__(path)
        self.value = value
        self.expected = expected
        self.path = path
        self.unknown = unknown

    def below(self, part: str) -> "BadParameter":
        self.path = f"{part}.{self.path}" if self.path else part
        return self


class Names(Protocol):
    """How a protocol names members. `strict`: unknown members are refused."""

    strict: bool

    def member(self, name: str, shape: Shape) -> str:
        """The part of a name under which a structure's member stands."""

    def items(self, shape: ListShape) -> str | None:
        """The part between a list and its numbers, None where there is none."""


class QueryNames:
    """As the `query` protocol has them."""

    strict = False

    def member(self, name: str, shape: Shape) -> str:
        if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
            return str(shape.member.serialization.get("name") or shape.serialization.get("name", name))
        return str(shape.serialization.get("name", name))

    def items(self, shape: ListShape) -> str | None:
        return None if shape.serialization.get("flattened") else str(shape.member.serialization.get("name", "member"))


class Ec2Names:
    """As the `ec2` protocol has them."""

    strict = True

    def member(self, name: str, shape: Shape) -> str:
        if "queryName" in shape.serialization:
            return str(shape.serialization["queryName"])
        found = str(shape.serialization.get("name", name))
        return found[:1].upper() + found[1:]

    def items(self, shape: ListShape) -> str | None:
        return None


class FormDecoderCompiler:
    """Compiles the decoders of one service; a shape is compiled once, also where it contains itself."""

    def __init__(self, names: Names):
        self._names = names
        self._once: Closures[Decoder] = Closures()

    def decoder(self, shape: Shape) -> Decoder:
        key = (shape.name, bool(shape.serialization.get("flattened")))
        return self._once(key, lambda: by_kind(shape, self._structure, self._list, self._map, _of_text))

    def _structure(self, shape: StructureShape) -> Decoder:
        members = {
            self._names.member(name, member): (name, self.decoder(member)) for name, member in shape.members.items()
        }
        strict = self._names.strict

        def decode(node: Node) -> dict[str, Any]:
            result = {}
            for part, below in _parts(node, "a structure").items():
                if (known := members.get(part)) is not None:
                    try:
                        result[known[0]] = known[1](below)
                    except BadParameter as bad:
                        raise bad.below(part) from None
                elif strict:
                    raise BadParameter("", "", part, unknown=True)
            return result

        return decode

    def _list(self, shape: ListShape) -> Decoder:
        between, member = self._names.items(shape), self.decoder(shape.member)

        def decode(node: Node) -> list[Any]:
            if type(node) is str:  # `AttributeName=All`: a list of one; an empty one says that the list is empty
                return [member(node)] if node and between is None else _nothing(node, "a list")
            return [_item(member, number, below) for number, below in _numbered(node, between)]

        return decode

    def _map(self, shape: MapShape) -> Decoder:
        between = None if shape.serialization.get("flattened") else "entry"
        key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
        read_key, read_value = self.decoder(shape.key), self.decoder(shape.value)

        def entry(node: Node) -> tuple[Any, Any]:
            parts = _parts(node, "an entry")
            if key not in parts or value not in parts:
                raise BadParameter("", f"an entry with {key} and {value}")
            return _item(read_key, key, parts[key]), _item(read_value, value, parts[value])

        def decode(node: Node) -> dict[Any, Any]:
            if type(node) is dict and between is None and key in node:  # `Attribute.Name=...`: a map of one
                return dict([entry(node)])
            return dict(_item(entry, number, below) for number, below in _numbered(node, between))

        return decode


def _parts(node: Node, expected: str) -> Tree:
    if type(node) is dict:
        return node
    if node == "":
        return {}
    raise BadParameter(str(node), expected)


def _nothing(node: str, expected: str) -> list[Any]:
    if node:
        raise BadParameter(node, expected)
    return []


def _numbered(node: Node, between: str | None) -> list[tuple[str, Node]]:
    """The items below a list or map, in order."""
    found = _parts(node, "a list")
    if between is not None and found:
        if between not in found:
            raise BadParameter(next(iter(found)), f"a list of the form {between}.N")
        found = _parts(found[between], "a list")
    for number in found:
        if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS_MAX):
            raise BadParameter(number, "a list whose items are numbered")
    return sorted(found.items(), key=lambda item: int(item[0])) if len(found) > 1 else list(found.items())


def _item(read: Decoder, part: str, node: Node) -> Any:
    try:
        return read(node)
    except BadParameter as bad:
        raise bad.below(part) from None


def _of_text(shape: Shape) -> Decoder:
    return _scalar(FROM_TEXT[shape.type_name])


def _scalar(read: Callable[[str], Any]) -> Decoder:
    def decode(node: Node) -> Any:
        if type(node) is not str:
            raise BadParameter("", "a plain value")
        return read(node)

    return decode


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered in ("true", "1"):
        return True
    if lowered in ("false", "0"):
        return False
    raise BadParameter(text, "a boolean")


def _integer(kind: str) -> Callable[[str], int]:
    low, high = _RANGES[kind]

    def read(text: str) -> int:
        # int() would take blanks, underscores, other scripts' digits, and as many digits as one likes
        if (
            len(text) <= 20
            and text.isascii()
            and text.lstrip("+-").isdigit()
            and len(text.lstrip("+-")) >= len(text) - 1
        ):
            number = int(text)
            if low <= number <= high:
                return number
        raise BadParameter(text, f"a number of the type {kind}")

    return read


def _number(text: str) -> float:
    try:
        number = float(text) if text.isascii() and "_" not in text else float("nan")
    except ValueError:
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")):
        raise BadParameter(text, "a number")
    return number


def _timestamp(text: str) -> float:
    """ISO-8601, the date of an HTTP header, or seconds since 1970."""
    for read in (datetime.fromisoformat, parsedate_to_datetime, _epoch):
        try:
            found = read(text)
            return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError, OSError):
            continue
    raise BadParameter(text, "a timestamp")


def _epoch(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def _blob(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadParameter("", "base64") from None


FROM_TEXT: dict[str, Callable[[str], Any]] = {
    "string": str,
    "character": str,
    "boolean": _boolean,
    "integer": _integer("integer"),
    "long": _integer("long"),
    "float": _number,
    "double": _number,
    "timestamp": _timestamp,
    "blob": _blob,
}
