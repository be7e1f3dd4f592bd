"""The bytes of an object, in chunks: from a position on, plain or unpacked. Invariant: a chunk is never empty."""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from engine import limits
from engine.items.request import ReadError

GZIP = b"\x1f\x8b"

Chunks = Iterator[bytes]
OpenAt = Callable[[int], Chunks]  # the chunks from a position on


class Content(Protocol):
    """An object's bytes."""

    @property
    def size(self) -> int: ...

    def get(self, start: int, length: int) -> bytes: ...


def plain(content: Content) -> OpenAt:
    def open_at(position: int) -> Chunks:
        while position < content.size:
            chunk = content.get(position, min(limits.READER_CHUNK_BYTES, content.size - position))
            if not chunk:
                raise ReadError("An object ended before its size.", passing=True)
            position += len(chunk)
            yield chunk

    return open_at


def unpacked(content: Content) -> OpenAt:
    """Of an object that gzip has packed, as it is where it has not; positions are those of the unpacked bytes.

    What is before a position is unpacked again to come there.
    """

    def open_at(position: int) -> Chunks:
        return _behind(position, _inflated(plain(content)(0)))

    return open_at if content.get(0, min(2, content.size)) == GZIP else plain(content)


def _inflated(chunks: Chunks) -> Chunks:
    inflate, within = zlib.decompressobj(wbits=31), False
    for packed in chunks:
        rest = packed
        while rest:
            within = True
            try:
                made = inflate.decompress(rest, limits.READER_CHUNK_BYTES)
            except zlib.error as error:
                raise ReadError(f"An object cannot be unpacked: {error}") from None
            if made:
                yield made
            rest = inflate.unconsumed_tail
            if inflate.eof:  # another member may follow
                rest = inflate.unused_data
                inflate, within = zlib.decompressobj(wbits=31), False
    if within:
        raise ReadError("An object cannot be unpacked: it is cut off.")


def _behind(position: int, chunks: Chunks) -> Chunks:
    for chunk in chunks:
        if position < len(chunk):
            yield chunk[position:]
        position = max(position - len(chunk), 0)


def lines(chunks: Chunks, position: int, old_ends: bool = False) -> Iterator[tuple[bytes, int]]:
    """Lines with their ends, and the position behind each. One that is too long is refused.

    `old_ends`: a lone CR ends a line too.
    """
    rest = b""
    for chunk in chunks:
        parts = (rest + chunk).splitlines(keepends=True) if old_ends else _split(rest + chunk)
        # the last one may go on, and a CR may be half of a line's end
        rest = parts.pop() if parts and not parts[-1].endswith(b"\n") else b""
        for line in parts:
            position += len(line)
            yield line, position
        if len(rest) > limits.READER_ITEM_BYTES_MAX:
            raise ReadError(f"An item is longer than {limits.READER_ITEM_BYTES_MAX} bytes.")
    if rest:
        yield rest, position + len(rest)


def _split(text: bytes) -> list[bytes]:
    *whole, last = text.split(b"\n")
    return [line + b"\n" for line in whole] + ([last] if last else [])
