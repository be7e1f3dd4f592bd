"""Objects in a folder: what is written is read, lists are in S3's order, and nothing leaves the root."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.objects import Bucket, ObjectError
from integrations.buckets.folder import FolderStore
from integrations.buckets.keys import KEY_BYTES_MAX, TEMPORARY

BUCKET = Bucket("sales", "000000000000", "us-east-1")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root" / "sales").mkdir(parents=True)
    return tmp_path / "root"


@pytest.fixture
def store(root: Path) -> FolderStore:
    return FolderStore(root)


def refusal(code: str) -> "pytest.RaisesExc[ObjectError]":
    return pytest.raises(ObjectError, check=lambda error: error.code == code)


def listed(store: FolderStore, prefix: str = "", page: int = 1_000) -> list[str]:
    keys: list[str] = []
    more = True
    while more:
        found = store.list(BUCKET, prefix, keys[-1] if keys else "", page)
        assert len(found.objects) <= page
        keys += [one.key for one in found.objects]
        more = found.more
    return keys


def test_what_is_written_is_read(store: FolderStore, root: Path) -> None:
    store.put(BUCKET, "2026/november/a.csv", b"one,two")
    info = store.head(BUCKET, "2026/november/a.csv")
    assert (info.key, info.size_bytes, info.storage_class) == ("2026/november/a.csv", 7, "STANDARD")
    assert store.get(BUCKET, info.key, 4, 100, info.etag) == b"two"
    assert store.get(BUCKET, info.key, 0, 3, info.etag, "null") == b"one"
    assert (root / "sales/2026/november/a.csv").read_bytes() == b"one,two"
    assert [path.name for path in (root / "sales/2026/november").iterdir()] == ["a.csv"]  # nothing is left over


def test_an_object_that_was_replaced_is_another(store: FolderStore) -> None:
    store.put(BUCKET, "a", b"one")
    before = store.head(BUCKET, "a")
    store.put(BUCKET, "a", b"two")
    assert store.head(BUCKET, "a").etag != before.etag
    with refusal("PreconditionFailed"):
        store.get(BUCKET, "a", 0, 3, before.etag)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("b", "NoSuchKey"),
        ("a/b", "NoSuchKey"),  # a is no folder
        ("folder", "NoSuchKey"),
        ("folder/", "InvalidArgument"),
        ("", "InvalidArgument"),
        ("/a", "InvalidArgument"),
        ("../sales/a", "InvalidArgument"),
        ("folder/../a", "InvalidArgument"),
        ("./a", "InvalidArgument"),
        ("a\0", "InvalidArgument"),
        ("\ud800", "InvalidArgument"),
        ("n" * 256, "InvalidArgument"),
        ("k/" * (KEY_BYTES_MAX // 2) + "k", "KeyTooLongError"),
        (f"{TEMPORARY}1", "InvalidArgument"),
        ("link", "NoSuchKey"),
        ("out/secret", "NoSuchKey"),
        ("pipe", "NoSuchKey"),
    ],
)
def test_keys_that_lead_nowhere(store: FolderStore, root: Path, key: str, code: str) -> None:
    sales = root / "sales"
    (sales / "a").write_bytes(b"")
    (sales / "folder").mkdir()
    (root.parent / "outside").mkdir()
    (root.parent / "outside" / "secret").write_text("secret")
    (sales / "link").symlink_to(root.parent / "outside" / "secret")
    (sales / "out").symlink_to(root.parent / "outside")
    os.mkfifo(sales / "pipe")
    with refusal(code):
        store.head(BUCKET, key)
    assert listed(store) == ["a"]


def test_nothing_is_written_through_a_link(store: FolderStore, root: Path) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "file").write_text("as it was")
    (root / "sales" / "out").symlink_to(outside)
    (root / "sales" / "file").symlink_to(outside / "file")
    with refusal("NoSuchKey"):
        store.put(BUCKET, "out/new", b"x")
    store.put(BUCKET, "file", b"x")  # takes the link's place
    assert [path.name for path in outside.iterdir()] == ["file"] and (outside / "file").read_text() == "as it was"
    assert store.get(BUCKET, "file", 0, 9, store.head(BUCKET, "file").etag) == b"x"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("nobody", "NoSuchBucket"),
        ("..", "InvalidBucketName"),
        ("a/b", "InvalidBucketName"),
        ("a..b", "InvalidBucketName"),
        ("linked", "NoSuchBucket"),
        ("file", "NoSuchBucket"),
    ],
)
def test_buckets_that_are_none(store: FolderStore, root: Path, name: str, code: str) -> None:
    (root / "linked").symlink_to(root.parent)
    (root / "file").write_text("")
    bucket = Bucket(name, "000000000000", "us-east-1")
    for ask in (lambda: store.list(bucket, "", "", 1), lambda: store.put(bucket, "a", b"")):
        with refusal(code):
            ask()


def test_versions_are_refused(store: FolderStore) -> None:
    store.put(BUCKET, "a", b"")
    with refusal("NoSuchVersion"):
        store.head(BUCKET, "a", "3")


_NAME = st.text(st.sampled_from("ab-./é~"), min_size=1, max_size=3).filter(lambda name: name not in (".", ".."))
_KEYS = st.lists(
    st.lists(_NAME.map(lambda name: name.replace("/", "_").strip(".") or "x"), min_size=1, max_size=3).map("/".join),
    max_size=12,
    unique=True,
)


@given(_KEYS, st.integers(1, 5), st.text(st.sampled_from("ab/-"), max_size=3))
def test_lists_are_in_the_order_of_bytes(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str], page: int, prefix: str
) -> None:
    root = tmp_path_factory.mktemp("lists")
    (root / "sales").mkdir()
    made = []
    for key in keys:
        path = root / "sales" / key
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"")
        except OSError:
            continue  # another key is the folder, or the file, that this one needs
        made.append(key)
    expected = sorted((key for key in made if key.startswith(prefix)), key=str.encode)
    assert listed(FolderStore(root), prefix, page) == expected
