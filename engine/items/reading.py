"""Reading the items of a request, a page at a time: the objects one after the other, the records of each in its order.

A cursor says where a page begins: [the object's place, its etag, the mark of its format], as JSON. Everything before a
cursor is never looked at again, but for what it takes to come there (a header, packed bytes). Invariant: the pages from
a cursor on hold the same items whenever they are read, or reading fails because an object has changed.

What blocks is done here: a Reading is used on a thread of its own, one page after the other.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from engine import limits
from engine.items.chunks import plain, unpacked
from engine.items.delimited import delimited
from engine.items.json_document import json_document
from engine.items.json_lines import json_lines
from engine.items.objects import listed, parts
from engine.items.page import Item, Page
from engine.items.parquet import parquet
from engine.items.part import Part, PartContent
from engine.items.record import Record
from engine.items.request import Format, ReadRequest
from engine.jsontext import dumps, loads_own
from engine.objects import ObjectInfo, ObjectStore

_OBJECT_BYTES = 300  # what the description of a listed object takes, about


@dataclass(frozen=True, slots=True)
class _Read:
    item: Item
    cursor: str  # behind it
    size_bytes: int


class Reading:
    """`cursor`: where the next page begins; "" at the first item."""

    def __init__(self, store: ObjectStore, request: ReadRequest, cursor: str):
        self.cursor = cursor
        described = request.key is None and request.format is None
        self._items = (_listing if described else _records)(store, request, cursor)
        self._ahead: _Read | None = None

    def next_page(self) -> Page:
        """As many items as a page holds. Raises ReadError; then this is of no use any more."""
        items: list[Item] = []
        size = 0
        read = self._ahead or next(self._items, None)
        self._ahead = None
        while read is not None:
            items.append(read.item)
            size += read.size_bytes
            self.cursor = read.cursor
            full = len(items) >= limits.READER_PAGE_ITEMS_MAX or size >= limits.READER_PAGE_BYTES_MAX
            read = next(self._items, None)
            if full and read is not None:
                self._ahead = read
                return Page(items, self.cursor)
        return Page(items, None)


def records_of(format: Format, content: PartContent, mark: str = "", packed: bool = False) -> Iterator[Record]:
    """The records of one object behind a mark. Raises ReadError."""
    if format.input_type == "PARQUET":
        return parquet(content, mark)
    open_at = unpacked(content) if packed else plain(content)
    if format.input_type == "CSV":
        return delimited(open_at, format, mark)
    if format.input_type == "JSONL":
        return json_lines(open_at, mark)
    return json_document(open_at, format.pointer, mark)


def _records(store: ObjectStore, request: ReadRequest, cursor: str) -> Iterator[_Read]:
    place, etag, mark = loads_own(cursor) if cursor else ("", "", "")
    for part in parts(store, request, place):
        content = PartContent(store, part, etag)
        for record in records_of(part.format, content, mark, part.packed):
            yield _read(part, content.etag, record)
        etag = mark = ""


def _read(part: Part, etag: str, record: Record) -> _Read:
    item = Item(record.value, part.source, record.key)
    return _Read(item, dumps([part.place, etag, record.mark]), record.size_bytes)


def _listing(store: ObjectStore, request: ReadRequest, cursor: str) -> Iterator[_Read]:
    """Descriptions of objects."""
    after = loads_own(cursor)[0] if cursor else ""
    for info in listed(store, request, after):
        item = Item(_described(info), f"S3://{request.bucket}")
        yield _Read(item, dumps([info.key, "", ""]), _OBJECT_BYTES + len(info.key))


def _described(info: ObjectInfo) -> dict[str, object]:
    return {
        "Etag": info.etag,
        "Key": info.key,
        "LastModified": info.modified_ms // 1000,
        "Size": info.size_bytes,
        "StorageClass": info.storage_class,
    }
