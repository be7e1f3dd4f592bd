"""Reading pages of items beside the event loop: each once, what passes again, and nothing that holds up a shutdown."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from engine.core.signals import ItemsNotRead, ItemsRead
from engine.items.request import Format
from engine.objects import Bucket, ObjectError, ObjectInfo
from engine.runtime import item_reads
from engine.runtime.after import DueRead
from engine.runtime.daemon_threads import on_daemon_thread
from engine.runtime.item_reads import ItemReads
from tests.items.memory import MemoryStore, request, store_of

DUE = DueRead(key=1, branch=0, map_run=7, request=request(key="k", format=Format("JSONL")), cursor="")


class Told:
    """Takes what is posted, as the shell does."""

    def __init__(self) -> None:
        self.signals: list[Any] = []

    def post(self, key: int, signal: Any) -> bool:
        self.signals.append(signal)
        return True

    async def run(self, operation: Callable[[Any], Any]) -> Any:
        return operation(self)


def reading(store: MemoryStore | None, told: Told) -> ItemReads:
    return ItemReads(store, told.run)


async def until_at_rest(reads: ItemReads) -> None:
    async with asyncio.timeout(10):
        while not reads.at_rest:  # noqa: ASYNC110  # it has no event
            await asyncio.sleep(0.001)


def test_a_page_that_is_asked_for_twice_is_read_once() -> None:
    async def play() -> list[Any]:
        told = Told()
        reads = reading(store_of(b"1\n2\n"), told)
        reads.start(DUE)
        reads.start(DUE)
        await until_at_rest(reads)
        return told.signals

    (read,) = asyncio.run(play())
    assert isinstance(read, ItemsRead) and (read.branch, read.key, read.cursor) == (0, 7, "")
    assert [item.value for item in read.page.items] == [1, 2]


class Passing(MemoryStore):
    """Is not there for the first calls."""

    failures = 2

    def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo:
        if self.failures:
            self.failures -= 1
            raise ObjectError("SlowDown", "later", passing=True)
        return super().head(bucket, key, version_id)


@pytest.mark.parametrize(("failures", "kind"), [(2, ItemsRead), (99, ItemsNotRead)])
def test_what_passes_is_tried_again(monkeypatch: pytest.MonkeyPatch, failures: int, kind: type[Any]) -> None:
    monkeypatch.setattr(item_reads, "RETRY_SECONDS", 0.001)

    async def play() -> list[Any]:
        told, store = Told(), Passing({("b", "k"): b"1\n"})
        store.failures = failures
        reads = reading(store, told)
        reads.start(DUE)
        await until_at_rest(reads)
        return told.signals

    (read,) = asyncio.run(play())
    assert isinstance(read, kind)
    if isinstance(read, ItemsNotRead):
        assert read.cause == "SlowDown: later (S3://b/k)"


class Broken(MemoryStore):
    def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo:
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("store", "text"), [(None, "no place for the objects"), (Broken(), "failed inside the server")]
)
def test_what_cannot_be_read_is_said(store: MemoryStore | None, text: str) -> None:
    async def play() -> list[Any]:
        told = Told()
        reads = reading(store, told)
        reads.start(DUE)
        await until_at_rest(reads)
        return told.signals

    (read,) = asyncio.run(play())
    assert isinstance(read, ItemsNotRead) and text in read.cause


def test_what_hangs_holds_no_shutdown_up() -> None:
    hanging, released = threading.Event(), threading.Event()

    class Hanging(MemoryStore):
        def head(self, bucket: Bucket, key: str, version_id: str | None = None) -> ObjectInfo:
            hanging.set()
            released.wait(60)
            raise ObjectError("NoSuchKey", "gone")

    async def play() -> list[Any]:
        told = Told()
        reads = reading(Hanging(), told)
        reads.start(DUE)
        await asyncio.to_thread(hanging.wait, 10)
        await reads.close()
        reads.start(DUE)  # closed: it takes nothing more
        assert reads.at_rest
        return told.signals

    try:
        assert asyncio.run(play()) == []  # returns while the thread hangs
        assert not released.is_set()
    finally:
        released.set()


def test_a_thread_gives_what_its_function_gives() -> None:
    async def failing() -> Any:
        return await on_daemon_thread(lambda: 1 // 0)

    async def name() -> tuple[str, bool]:
        return await on_daemon_thread(lambda: (threading.current_thread().name, threading.current_thread().daemon))

    with pytest.raises(ZeroDivisionError):
        asyncio.run(failing())
    assert asyncio.run(name()) == ("statewright-objects", True)
