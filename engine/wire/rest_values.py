"""Where the members of REST operations stand in HTTP messages, and the texts that they are there.

| location | in a request | in an answer |
|---|---|---|
| uri | a label of the path | |
| querystring | a parameter; a list: several; a map: all that no other member takes | |
| header | a header; a list: by commas | a header |
| headers | all headers with a prefix, as a map | the same |
| statusCode | | the status |
| (payload) | one member is the whole body | the same |
| none | a member of the JSON object in the body | the same |
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote_to_bytes

from botocore.model import ListShape, MapShape, Shape, StructureShape

from engine import limits
from engine.moment import iso_time
from engine.wire.form_values import FROM_TEXT, BadParameter
from engine.wire.protocol import unreadable

Query = Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Located:
    """A member beside the body: its name in the model and on the wire."""

    member: str
    name: str
    shape: Shape


def located(shape: StructureShape | None, location: str) -> list[Located]:
    """The members of a structure at one location."""
    return [
        Located(name, str(member.serialization.get("name", name)), member)
        for name, member in ({} if shape is None else shape.members).items()
        if member.serialization.get("location") == location
    ]


def in_body(shape: StructureShape | None) -> list[str]:
    """The members that stand in the body's JSON object."""
    members = {} if shape is None else shape.members
    return [name for name, member in members.items() if "location" not in member.serialization]


def read_query(query: bytes) -> dict[str, list[str]]:
    """A query string's parameters. Raises ServiceError SerializationException."""
    found: dict[str, list[str]] = {}
    if query.count(b"&") >= limits.FORM_PARAMETERS_MAX:
        raise unreadable(f"The request has more than {limits.FORM_PARAMETERS_MAX} parameters.")
    for pair in query.split(b"&") if query else ():
        name, _, value = pair.partition(b"=")
        found.setdefault(_text(name), []).append(_text(value))
    return found


def _text(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        raise unreadable("The query string is not text in UTF-8.") from None


def from_query(members: list[Located], query: Query) -> dict[str, Any]:
    """The members in a query string."""
    found: dict[str, Any] = {}
    taken = {entry.name for entry in members if not isinstance(entry.shape, MapShape)}
    for entry in members:
        if isinstance(entry.shape, MapShape):
            rest = {name: values for name, values in query.items() if name not in taken}
            several = isinstance(entry.shape.value, ListShape)
            found[entry.member] = {name: values if several else values[0] for name, values in rest.items()}
        elif entry.name in query:
            values = query[entry.name]
            found[entry.member] = (
                [from_text(entry, text, entry.shape.member) for text in values]
                if isinstance(entry.shape, ListShape)
                else from_text(entry, values[0], entry.shape)
            )
    return found


def from_text(entry: Located, text: str, shape: Shape) -> Any:
    """A value of a shape. Raises ServiceError SerializationException."""
    try:
        return FROM_TEXT[shape.type_name](text)
    except BadParameter as bad:
        raise unreadable(f"The value '{bad.value[:100]}' of {entry.name} is not {bad.expected}.") from None


def from_headers(members: list[Located], headers: Mapping[bytes, bytes]) -> dict[str, Any]:
    """The members in headers."""
    found: dict[str, Any] = {}
    for entry in members:
        raw = headers.get(entry.name.lower().encode())
        if raw is None:
            continue
        text = raw.decode("latin-1")
        if entry.shape.serialization.get("jsonvalue"):
            text = _decoded(entry, text)
        if isinstance(entry.shape, ListShape):
            found[entry.member] = [from_text(entry, part.strip(), entry.shape.member) for part in text.split(",")]
        else:
            found[entry.member] = from_text(entry, text, entry.shape)
    return found


def _decoded(entry: Located, text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except ValueError:
        raise unreadable(f"The header {entry.name} is not base64.") from None


def prefixed(entry: Located, headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """The headers of a `headers` member, without its prefix."""
    prefix = entry.name.lower().encode()
    return {
        name[len(prefix) :].decode("latin-1"): value.decode("latin-1")
        for name, value in headers.items()
        if name.startswith(prefix)
    }


def header_text(value: Any, shape: Shape) -> bytes:
    """A value as a header of an answer; line ends, which no header can carry, become blanks."""
    if isinstance(shape, ListShape):
        return b",".join(header_text(item, shape.member) for item in value)
    if shape.type_name == "boolean":
        text = "true" if value else "false"
    elif shape.type_name == "timestamp":
        text = _time(value, str(shape.serialization.get("timestampFormat", "rfc822")))
    elif shape.serialization.get("jsonvalue"):
        text = base64.b64encode(str(value).encode()).decode()
    else:
        text = str(value)
    return text.replace("\r", " ").replace("\n", " ").encode("latin-1", "replace")


def _time(value: Any, form: str) -> str:
    seconds = value.timestamp() if isinstance(value, datetime) else value
    if form == "iso8601":
        return iso_time(round(seconds * 1000))
    return formatdate(int(seconds), usegmt=True) if form == "rfc822" else str(seconds)


Encode = Callable[[Any], Any]


class JsonEncoderCompiler:
    """Compiles what puts a response's values into the names and times of its JSON; None where they are the same."""

    def __init__(self) -> None:
        self._under_way: set[str] = set()

    def encoder(self, shape: Shape) -> Encode | None:
        if shape.type_name == "timestamp":
            return _timestamp(str(shape.serialization.get("timestampFormat", "unixTimestamp")))
        if shape.name in self._under_way or shape.metadata.get("document"):
            return None  # a shape within itself: no service of ours has one with names of its own
        self._under_way.add(shape.name)
        found: Encode | None = None
        if isinstance(shape, StructureShape):
            found = self._structure(shape)
        elif isinstance(shape, ListShape) and (each := self.encoder(shape.member)) is not None:
            found = _each(each)
        elif isinstance(shape, MapShape) and (each := self.encoder(shape.value)) is not None:
            found = _each_value(each)
        self._under_way.discard(shape.name)
        return found

    def _structure(self, shape: StructureShape) -> Encode | None:
        changed = {
            name: (str(member.serialization.get("name", name)), self.encoder(member))
            for name, member in shape.members.items()
        }
        changed = {name: found for name, found in changed.items() if found != (name, None)}
        if not changed:
            return None

        def encode(value: Any) -> Any:
            result = {}
            for name, item in value.items():
                spelt, inner = changed.get(name, (name, None))
                result[spelt] = item if inner is None or item is None else inner(item)
            return result

        return encode


def _each(encode: Encode) -> Encode:
    return lambda value: [encode(item) for item in value]


def _each_value(encode: Encode) -> Encode:
    return lambda value: {name: encode(item) for name, item in value.items()}


def _timestamp(form: str) -> Encode:
    if form == "unixTimestamp":
        return lambda value: value.timestamp() if isinstance(value, datetime) else value
    return lambda value: _time(value, form)
