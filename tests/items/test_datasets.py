"""What an ItemReader reads: one object, those of a list, those of a manifest; and where it goes on."""

import gzip
import json
from typing import Any

import pytest

from engine import limits
from engine.items.reading import Reading
from engine.items.request import Format, ReadError, ReadRequest
from tests.items.memory import MemoryStore, pages, request, small_pages, store_of, values

JSONL = Format("JSONL")


def objects(**bodies: str | bytes) -> MemoryStore:
    """Keys have `__` for a slash and `_` for a dot."""
    named = {key.replace("__", "/").replace("_", "."): body for key, body in bodies.items()}
    return MemoryStore({("b", key): body.encode() if isinstance(body, str) else body for key, body in named.items()})


def test_sources_and_keys() -> None:
    (page,) = pages(store_of(b'{"x": 1}'), request(key="k", format=Format("JSON")))
    assert [(item.value, item.source, item.key) for item in page] == [({"Key": "x", "Value": 1}, "S3://b/k", "x")]
    (page,) = pages(store_of(b"1\n"), request(key="k", format=JSONL))
    assert [(item.value, item.source, item.key) for item in page] == [(1, "S3://b/k", None)]


def test_listed_objects_are_described() -> None:
    store = objects(in__a="12345", in__b="", other="1")
    (page,) = pages(store, request(prefix="in/"))
    assert page[0].value == {
        "Etag": '"827ccb0eea8a706c4c34a16891f84e7b"',
        "Key": "in/a",
        "LastModified": 1_668_699_881,
        "Size": 5,
        "StorageClass": "STANDARD",
    }
    assert [item.value["Key"] for item in page] == ["in/a", "in/b"]
    assert {item.source for item in page} == {"S3://b"}


@pytest.mark.parametrize("reopened", [False, True])
def test_listed_objects_in_pages(monkeypatch: pytest.MonkeyPatch, reopened: bool) -> None:
    monkeypatch.setattr(limits, "READER_LIST_OBJECTS", 3)
    small_pages(monkeypatch, items=2)
    store = objects(**{f"k{number:02}": "x" for number in range(11)})
    found = list(pages(store, request(), reopened=reopened))
    assert [len(page) for page in found] == [2, 2, 2, 2, 2, 1]
    assert [item.value["Key"] for page in found for item in page] == [f"k{number:02}" for number in range(11)]


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("items", [1, 2, 3, 100])
def test_load_and_flatten(monkeypatch: pytest.MonkeyPatch, items: int, reopened: bool) -> None:
    small_pages(monkeypatch, items)
    store = objects(in__a="1\n2\n", in__b="", in__c="3\n", in__d="4\n5\n6\n", out="7\n")
    found = list(pages(store, request(prefix="in/", format=JSONL), reopened=reopened))
    assert [item.value for page in found for item in page] == [1, 2, 3, 4, 5, 6]
    assert [item.source for page in found for item in page][2:4] == ["S3://b/in/c", "S3://b/in/d"]


def test_each_object_of_a_list_has_headers_of_its_own() -> None:
    assert values(objects(a="x\n1\n", b="y\n2\n"), request(format=Format("CSV"))) == [{"x": "1"}, {"y": "2"}]


def inventory(*keys: str, **members: Any) -> bytes:
    manifest = {
        "sourceBucket": "src",
        "destinationBucket": "arn:aws:s3:::data",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": key, "size": 1, "MD5checksum": "-"} for key in keys],
    }
    return json.dumps(manifest | members).encode()


def inventory_store() -> MemoryStore:
    rows = b'"src","a.csv","1"\n"src","b.csv","2"\n"src","c.csv","3"\n'
    store = store_of(inventory("1.csv.gz", "2.csv"), "manifest.json")
    store.objects["data", "1.csv.gz"] = gzip.compress(rows)
    store.objects["data", "2.csv"] = b'"src","d.csv","4"\n'
    return store


INVENTORY = request(key="manifest.json", manifest="S3_INVENTORY")


@pytest.mark.parametrize("reopened", [False, True])
@pytest.mark.parametrize("items", [1, 2, 100])
def test_an_s3_inventory(monkeypatch: pytest.MonkeyPatch, items: int, reopened: bool) -> None:
    small_pages(monkeypatch, items, chunk=5)
    found = [item for page in pages(inventory_store(), INVENTORY, reopened=reopened) for item in page]
    assert [item.value for item in found] == [
        {"Bucket": "src", "Key": f"{letter}.csv", "Size": str(number)} for number, letter in enumerate("abcd", 1)
    ]
    assert found[0].source == "S3://data/1.csv.gz"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (inventory("1", fileFormat="ORC"), "must be CSV, not ORC"),
        (b"[]", "not that of an S3 inventory"),
        (b"{}", "'destinationBucket' is missing"),
        (b"{", "not valid MANIFEST"),
        (inventory("nowhere"), "NoSuchKey: The specified key does not exist. (S3://data/nowhere)"),
    ],
)
def test_manifests_that_are_none(body: bytes, text: str) -> None:
    with pytest.raises(ReadError) as error:
        values(store_of(body, "manifest.json"), INVENTORY)
    assert text in str(error.value)


def test_a_manifest_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READER_MANIFEST_BYTES_MAX", 10)
    with pytest.raises(ReadError, match="larger than 10 bytes"):
        values(inventory_store(), INVENTORY)


@pytest.mark.parametrize("reopened", [False, True])
def test_an_athena_manifest(monkeypatch: pytest.MonkeyPatch, reopened: bool) -> None:
    small_pages(monkeypatch, items=2)
    store = store_of(b's3://b/out/1.gz\n"s3://c/out/2"\n', "q-manifest.csv")
    store.objects["b", "out/1.gz"] = gzip.compress(b"1\n2\n") + gzip.compress(b"3\n")
    store.objects["c", "out/2"] = b"4\n"
    asked = request(key="q-manifest.csv", manifest="ATHENA_DATA", format=JSONL)
    found = [item for page in pages(store, asked, reopened=reopened) for item in page]
    assert [item.value for item in found] == [1, 2, 3, 4]
    assert found[3].source == "S3://c/out/2"
    with pytest.raises(ReadError, match="no object of S3"):
        values(store_of(b"not a uri\n", "q-manifest.csv"), asked)


PACKED = gzip.compress(b"1\n" * 100, mtime=0)  # without a time: parallel runs must agree on the names of tests


@pytest.mark.parametrize("packed", [PACKED[:-9], PACKED[:6] + b"\xff" * 20], ids=["cut off", "garbage"])
def test_what_cannot_be_unpacked(packed: bytes) -> None:
    store = store_of(b"s3://b/x\n", "m.csv")
    store.objects["b", "x"] = packed
    with pytest.raises(ReadError, match="cannot be unpacked"):
        values(store, request(key="m.csv", manifest="ATHENA_DATA", format=JSONL))


def _change(store: MemoryStore, key: str) -> None:
    store.objects["b", key] += b" "


@pytest.mark.parametrize(
    ("store", "asked", "key"),
    [
        (objects(k="1\n2\n3\n"), request(key="k", format=JSONL), "k"),
        (objects(a="1\n2\n3\n"), request(format=JSONL), "a"),
        (inventory_store(), INVENTORY, "manifest.json"),
    ],
)
def test_what_changes_while_it_is_read(
    monkeypatch: pytest.MonkeyPatch, store: MemoryStore, asked: ReadRequest, key: str
) -> None:
    small_pages(monkeypatch, items=1)
    cursor = Reading(store, asked, "").next_page().next_cursor
    assert cursor is not None
    _change(store, key)
    with pytest.raises(ReadError, match="has changed while it was read"):
        Reading(store, asked, cursor).next_page()


def test_what_is_not_there() -> None:
    with pytest.raises(ReadError, match="NoSuchKey"):
        values(MemoryStore(), request(key="k", format=JSONL))
    assert values(MemoryStore(), request(prefix="none")) == []


def test_pages_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READER_PAGE_BYTES_MAX", 100)
    store = store_of(b'"%s"\n' % (b"x" * 60) * 5)
    assert [len(page) for page in pages(store, request(key="k", format=JSONL))] == [2, 2, 1]


def test_no_more_is_read_than_a_page_and_an_item_take() -> None:
    store = store_of(b'{"n": 12345}\n' * 200_000)
    reading = Reading(store, request(key="k", format=JSONL), "")
    page = reading.next_page()
    assert len(page.items) == limits.READER_PAGE_ITEMS_MAX
    assert sum(store.asked) <= limits.READER_CHUNK_BYTES
    Reading(store, request(key="k", format=JSONL), reading.cursor).next_page()
    assert sum(store.asked) <= 2 * limits.READER_CHUNK_BYTES
