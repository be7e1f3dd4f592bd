"""The batch thread: what is queued while it works is one batch; it is bounded, and when it fails everybody hears."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from engine import limits
from engine.errors import InvariantError, ServiceError
from engine.runtime.threads import BatchThread

pytestmark = pytest.mark.anyio


class Work:
    """Doubles numbers; `gate` holds the first batch back until the test lets it go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = threading.Event()
        self.error: BaseException | None = None
        self.fatal: list[BaseException] = []

    def __call__(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        assert self.gate.wait(20)
        if self.error is not None:
            raise self.error
        return [item * 2 for item in items]

    def thread(self) -> BatchThread[int, int]:
        return BatchThread("test", self, self.fatal.append)


async def test_what_is_queued_meanwhile_is_one_batch() -> None:
    work = Work()
    thread = work.thread()
    futures = [thread.submit(number) for number in range(200)]
    assert thread.queued == 199  # the first has gone to the thread
    work.gate.set()
    assert await asyncio.gather(*futures) == [number * 2 for number in range(200)]
    assert work.batches == [[0], list(range(1, 200))]
    await thread.close()


async def test_batches_are_bounded_by_count_and_bytes() -> None:
    work = Work()
    thread = work.thread()
    futures = [thread.submit(number, size_bytes=0 if number < 400 else 3 * 1_048_576) for number in range(404)]
    work.gate.set()
    await asyncio.gather(*futures)
    assert [len(batch) for batch in work.batches] == [
        1,
        limits.BATCH_REQUESTS_MAX,
        404 - 1 - limits.BATCH_REQUESTS_MAX - 1,
        1,
    ]
    await thread.close()


async def test_a_full_queue_is_refused_but_not_to_the_engine_itself() -> None:
    work = Work()
    thread = work.thread()
    futures = [thread.submit(0) for _ in range(limits.QUEUE_REQUESTS_MAX + 1)]
    with pytest.raises(ServiceError) as refused:
        thread.submit(1)
    assert refused.value.code == "ThrottlingException"
    futures.append(thread.submit(2, bounded=False))
    work.gate.set()
    assert (await asyncio.gather(*futures))[-1] == 4
    await thread.close()


async def test_a_request_whose_caller_has_gone_is_not_done() -> None:
    work = Work()
    thread = work.thread()
    futures = [thread.submit(number) for number in range(3)]
    futures[1].cancel()
    work.gate.set()
    assert await asyncio.gather(futures[0], futures[2]) == [0, 4]
    assert work.batches == [[0], [2]]
    await thread.close()


async def test_a_fatal_error_fails_all_that_wait_and_all_that_come() -> None:
    work = Work()
    thread = work.thread()
    futures = [thread.submit(number) for number in range(3)]
    work.error = InvariantError("nothing can go on")
    work.gate.set()
    for future in futures:
        with pytest.raises(ServiceError, match="cannot go on"):
            await future
    assert work.fatal == [work.error]
    with pytest.raises(ServiceError) as refused:
        thread.submit(4)
    assert refused.value.status == 503
    await thread.close()


async def test_too_few_answers_are_fatal() -> None:
    fatal: list[BaseException] = []
    thread: BatchThread[int, int] = BatchThread("test", lambda items: [], fatal.append)
    with pytest.raises(ServiceError):
        await thread.submit(1)
    assert isinstance(fatal[0], InvariantError)
    await thread.close()


async def test_closing_finishes_what_is_queued() -> None:
    work = Work()
    thread = work.thread()
    futures = [thread.submit(number) for number in range(3)]
    closing = asyncio.create_task(thread.close())
    await asyncio.sleep(0)
    with pytest.raises(ServiceError, match="shutting down"):
        thread.submit(9)
    work.gate.set()
    await closing
    assert [future.result() for future in futures] == [0, 2, 4]
