"""One JSON document: the values of an array, or the members of an object, at a JSON pointer (RFC 6901).

Read as a stream: what is before and behind the values is passed over, and never more than one value is held. A mark is
where the next value or its comma stands, and which kind of container it is in.
"""

import re
from collections.abc import Iterator

from engine import limits
from engine.items.chunks import Chunks, OpenAt
from engine.items.json_lines import BOM, parsed
from engine.items.record import Record
from engine.items.request import ReadError

_SPACE = re.compile(rb"[ \t\r\n]*")
_TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{}]', re.DOTALL)
_BARE = re.compile(rb"[^\s,:\[\]{}\"]+")
_ENDS = {b"[": b"]", b"{": b"}"}


def json_document(open_at: OpenAt, pointer: str | None, mark: str) -> Iterator[Record]:
    """The values behind `mark`. Raises ReadError."""
    if mark:
        kind, place = mark[0].encode(), int(mark[1:])
        scanner = _Scanner(open_at(place), place)
        first = False
    else:
        scanner = _Scanner(open_at(0), 0)
        kind, first = scanner.enter(pointer), True
    while True:
        following = scanner.peek()
        if following == _ENDS[kind]:
            if not pointer:
                scanner.finish()
            return
        if not first:
            scanner.take(b",")
        first = False
        start = scanner.position
        key = str(scanner.name()) if kind == b"{" else None
        value = parsed(scanner.value(), "JSON")
        yield Record(
            value if key is None else {"Key": key, "Value": value},
            f"{kind.decode()}{scanner.position}",
            scanner.position - start,
            key,
        )


class _Scanner:
    """A place in a document. What is before it is forgotten."""

    def __init__(self, chunks: Chunks, position: int):
        self._chunks = chunks
        self._buffer = b""
        self._place = 0
        self._base = position  # of the buffer's first byte
        if position == 0:
            while len(self._buffer) < len(BOM) and self._more():
                pass
            self._place = len(BOM) if self._buffer.startswith(BOM) else 0

    @property
    def position(self) -> int:
        return self._base + self._place

    def enter(self, pointer: str | None) -> bytes:
        """Go to the container at the pointer, and into it: which kind it is."""
        for step in (pointer or "").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            kind = self.peek()
            if kind not in _ENDS or not self._go_to(kind, name):
                raise ReadError(f"The ItemsPointer '{pointer}' does not lead to a value.")
        kind = self.peek()
        if kind not in _ENDS:
            raise ReadError("Attempting to map over non-iterable node.")
        self._place += 1
        return kind

    def _go_to(self, kind: bytes, name: str) -> bool:
        """Into the container here, to the value with this name or number. False: there is none."""
        if kind == b"[" and not (name.isascii() and name.isdigit()):
            return False
        self.take(kind)
        index = 0
        while self.peek() != _ENDS[kind]:
            if index:
                self.take(b",")
            if name == (self.name() if kind == b"{" else str(index)):
                return True
            self._skip()
            index += 1
        return False

    def peek(self) -> bytes:
        """The next byte that is no space; it stays."""
        while True:
            found = _SPACE.match(self._buffer, self._place)
            assert found is not None  # it takes an empty text
            self._place = found.end()
            if self._place < len(self._buffer):
                return self._buffer[self._place : self._place + 1]
            self._need_more()

    def take(self, wanted: bytes) -> None:
        found = self.peek()
        if found != wanted:
            raise _invalid(f"expected '{wanted.decode()}' at byte {self.position}")
        self._place += 1

    def finish(self) -> None:
        """The end of the container, behind which the document has nothing more."""
        self._place += 1
        found = _SPACE.match(self._buffer, self._place)
        while found is not None and found.end() == len(self._buffer):
            self._place = found.end()
            if not self._more():
                return
            found = _SPACE.match(self._buffer, self._place)
        raise _invalid(f"unexpected content behind the end at byte {self.position}")

    def name(self) -> object:
        """The name of a member, and the colon behind it."""
        if self.peek() != b'"':
            raise _invalid(f"expected a name at byte {self.position}")
        name = parsed(self.value(), "JSON")
        self.take(b":")
        return name

    def value(self) -> bytes:
        """The text of the value here."""
        self.peek()
        end = self._end_of_value(keep=True)
        text = self._buffer[self._place : end]
        self._place = end
        return text

    def _skip(self) -> None:
        self.peek()
        self._place = self._end_of_value(keep=False)

    def _end_of_value(self, keep: bool) -> int:
        """The place in the buffer behind the value here. What is skipped (`keep` false) leaves the buffer meanwhile."""
        first = self._buffer[self._place : self._place + 1]
        if first == b'"':
            return self._end_of(_TEXT)
        if first in _ENDS:
            return self._end_of_container(keep)
        if _BARE.match(self._buffer, self._place) is None:
            raise _invalid(f"expected a value at byte {self.position}")
        while True:
            end = self._end_of(_BARE)
            if end < len(self._buffer) or not self._more():
                return end

    def _end_of(self, pattern: re.Pattern[bytes]) -> int:
        while (found := pattern.match(self._buffer, self._place)) is None:
            self._need_more()
        return found.end()

    def _end_of_container(self, keep: bool) -> int:
        depth, place = 0, self._place
        while True:
            for token in _TOKEN.finditer(self._buffer, place):
                text = token[0]
                if text == b'"':  # a text that goes on behind the buffer
                    place = token.start()
                    break
                place = token.end()
                depth += (text in b"[{") - (text in b"]}") if len(text) == 1 else 0
                if depth == 0:
                    return place
            else:
                place = max(place, len(self._buffer))
            if not keep:
                self._place = place
            place -= self._need_more()

    def _need_more(self) -> int:
        """Read on; returns by how much the places in the buffer have moved to its front."""
        gone = self._place
        if not self._more():
            raise _invalid("unexpected end of data")
        return gone

    def _more(self) -> bool:
        """Read on, and forget what is before the place. False: there is nothing more."""
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        self._buffer = self._buffer[self._place :] + chunk
        self._base += self._place
        self._place = 0
        if len(self._buffer) > limits.READER_ITEM_BYTES_MAX + len(chunk):
            raise ReadError(f"An item is longer than {limits.READER_ITEM_BYTES_MAX} bytes.")
        return True


def _invalid(text: str) -> ReadError:
    return ReadError(f"The data of the ItemReader is not valid JSON: {text}")
