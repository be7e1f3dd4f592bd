"""Values of a model's shapes to XML, in the forms that the `query` and `ec2` protocols give lists and maps.

    <Topics><member><TopicArn>..</TopicArn></member></Topics>              a list
    <Attributes><entry><key>..</key><value>..</value></entry></Attributes> a map
    <Attribute><Name>..</Name><Value>..</Value></Attribute>                flattened: the elements stand by themselves

An encoder is a closure compiled once from a shape and the name of its element; it appends text to a list. Members that
the response does not have are left out. A character that XML cannot carry becomes U+FFFD, so that no answer is one that
parsers refuse.
"""

import base64
import re
from collections.abc import Callable
from datetime import datetime
from email.utils import formatdate
from functools import partial
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine.moment import iso_time
from engine.wire.compiling import Closures, by_kind

Encoder = Callable[[Any, list[str]], None]

_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}


def escape(text: str) -> str:
    """Text as the content of an element."""
    if _SPECIAL.search(text) is None:
        return text
    return _SPECIAL.sub(lambda found: _ESCAPES.get(found[0], "\ufffd"), text)


class XmlEncoderCompiler:
    """Compiles the encoders of one service. `item` is the name of a list's elements where the model gives none."""

    def __init__(self, item: str = "member"):
        self._item = item
        self._once: Closures[Encoder] = Closures()

    def members(self, shape: StructureShape) -> Encoder:
        """The encoder of a structure's members, without an element around them."""
        members = [(name, self._member(name, member)) for name, member in shape.members.items()]

        def encode(value: Any, out: list[str]) -> None:
            for name, element in members:
                item = value.get(name)
                if item is not None:
                    element(item, out)

        return encode

    def _member(self, name: str, shape: Shape) -> Encoder:
        return self.element(str(shape.serialization.get("name", name)), shape)

    def element(self, tag: str, shape: Shape) -> Encoder:
        """The encoder of a value as `<tag>`."""
        form = shape.serialization
        key = (tag, shape.name, bool(form.get("flattened")), form.get("timestampFormat"))
        return self._once(
            key,
            lambda: by_kind(
                shape,
                lambda found: _wrapped(tag, self.members(found)),
                partial(self._list, tag),
                partial(self._map, tag),
                partial(_scalar, tag),
            ),
        )

    def _list(self, tag: str, shape: ListShape) -> Encoder:
        flattened = bool(shape.serialization.get("flattened"))
        name = str(shape.member.serialization.get("name", tag if flattened else self._item))
        element = self.element(name, shape.member)

        def encode(value: Any, out: list[str]) -> None:
            for item in value:
                element(item, out)

        return encode if flattened else _wrapped(tag, encode)

    def _map(self, tag: str, shape: MapShape) -> Encoder:
        flattened = bool(shape.serialization.get("flattened"))
        key = self.element(str(shape.key.serialization.get("name", "key")), shape.key)
        value = self.element(str(shape.value.serialization.get("name", "value")), shape.value)
        start, end = (f"<{tag}>", f"</{tag}>") if flattened else ("<entry>", "</entry>")

        def encode(entries: Any, out: list[str]) -> None:
            for name, item in entries.items():
                out.append(start)
                key(name, out)
                value(item, out)
                out.append(end)

        return encode if flattened else _wrapped(tag, encode)


def _wrapped(tag: str, inner: Encoder) -> Encoder:
    start, end = f"<{tag}>", f"</{tag}>"

    def encode(value: Any, out: list[str]) -> None:
        out.append(start)
        inner(value, out)
        out.append(end)

    return encode


def _scalar(tag: str, shape: Shape) -> Encoder:
    start, end = f"<{tag}>", f"</{tag}>"
    text = _TEXTS.get(shape.type_name, str)
    if shape.type_name == "timestamp":
        text = _TIMES[str(shape.serialization.get("timestampFormat", "iso8601"))]

    def encode(value: Any, out: list[str]) -> None:
        out.append(f"{start}{text(value)}{end}")

    return encode


def _boolean(value: Any) -> str:
    return "true" if value else "false"


def _blob(value: Any) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else str(value).encode()).decode()


def _epoch_ms(value: Any) -> int:
    return round((value.timestamp() if isinstance(value, datetime) else value) * 1000)


_TIMES: dict[str, Callable[[Any], str]] = {
    "iso8601": lambda value: iso_time(_epoch_ms(value)),
    "rfc822": lambda value: formatdate(_epoch_ms(value) // 1000, usegmt=True),
    "unixTimestamp": lambda value: str(_epoch_ms(value) / 1000),
}
_TEXTS: dict[str, Callable[[Any], str]] = {
    "string": lambda value: escape(value if type(value) is str else str(value)),
    "character": lambda value: escape(str(value)),
    "boolean": _boolean,
    "blob": _blob,
    "float": repr,
    "double": repr,
}
