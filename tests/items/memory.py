"""Objects in memory, and what is read of them, page by page."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine import limits
from engine.items.reading import Reading
from engine.items.request import ReadRequest
from engine.objects import Bucket, ObjectError, ObjectInfo, ObjectPage


@dataclass
class MemoryStore:
    """Implements engine.objects.ObjectStore. `asked`: the sizes of the ranges that were read."""

    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo:
        body = self.objects.get((bucket.name, key))
        if body is None:
            raise ObjectError("NoSuchKey", "The specified key does not exist.")
        return ObjectInfo(key, len(body), f'"{hashlib.md5(body).hexdigest()}"', 1_668_699_881_500)

    def get(self, bucket: Bucket, key: str, start: int, length: int, etag: str, version_id: str | None = None) -> bytes:
        assert self.head(bucket, key).etag == etag
        self.asked.append(length)
        return self.objects[bucket.name, key][start : start + length]

    def list(self, bucket: Bucket, prefix: str, after: str, limit: int) -> ObjectPage:
        keys = sorted(key for name, key in self.objects if name == bucket.name and key.startswith(prefix))
        found = [key for key in keys if key > after]
        return ObjectPage([self.head(bucket, key) for key in found[:limit]], len(found) > limit)

    def put(self, bucket: Bucket, key: str, body: bytes) -> None:
        self.objects[bucket.name, key] = body


def request(**fields: Any) -> ReadRequest:
    return ReadRequest(**({"bucket": "b", "account": "000000000000", "region": "us-east-1"} | fields))


def store_of(body: bytes, key: str = "k") -> MemoryStore:
    return MemoryStore({("b", key): body})


def values(store: MemoryStore, asked: ReadRequest) -> list[Any]:
    return [item.value for page in pages(store, asked) for item in page]


def pages(store: MemoryStore, asked: ReadRequest, *, reopened: bool = False) -> Iterator[list[Any]]:
    """The pages of a request; `reopened`: each by a Reading of its own, as after a crash."""
    reading = Reading(store, asked, "")
    while True:
        page = reading.next_page()
        yield list(page.items)
        if page.next_cursor is None:
            return
        assert page.next_cursor == reading.cursor
        if reopened:
            reading = Reading(store, asked, page.next_cursor)


def small_pages(patch: pytest.MonkeyPatch, items: int, chunk: int = 7) -> None:
    patch.setattr(limits, "READER_PAGE_ITEMS_MAX", items)
    patch.setattr(limits, "READER_CHUNK_BYTES", chunk)
