"""Workers that wait for a task: first come, first served, and no offer is lost with a worker that goes."""

import asyncio

import pytest

from engine import limits
from engine.errors import ServiceError
from engine.runtime.pollers import Pollers

pytestmark = pytest.mark.anyio


async def test_the_worker_that_waited_longest_is_woken() -> None:
    pollers = Pollers()
    with pollers.waiting("a") as first, pollers.waiting("a") as second, pollers.waiting("b") as other:
        pollers.offered("a")
        assert (first.is_set(), second.is_set(), other.is_set()) == (True, False, False)
        pollers.offered("a")
        assert (second.is_set(), other.is_set()) == (True, False)
        pollers.offered("a")  # nobody is left to wake
        for event in (first, second):
            event.clear()
    assert pollers.waiting_count == 0


async def test_an_offer_that_is_not_taken_is_passed_on() -> None:
    pollers = Pollers()
    with pollers.waiting("a") as second_place:
        pass
    assert not second_place.is_set()
    with pollers.waiting("a"):
        with pollers.waiting("a") as second:
            pollers.offered("a")
            assert not second.is_set()
            pollers.offered("a")
            assert second.is_set()


async def test_a_cancelled_worker_passes_its_offer_on() -> None:
    pollers = Pollers()
    waits = asyncio.Event()

    async def worker() -> None:
        with pollers.waiting("a") as offered:
            waits.set()
            await offered.wait()
            await asyncio.Event().wait()  # it has not looked yet

    task = asyncio.create_task(worker())
    await waits.wait()
    with pollers.waiting("a") as next_one:
        pollers.offered("a")
        await asyncio.sleep(0)
        assert not next_one.is_set()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert next_one.is_set()
        next_one.clear()


async def test_so_many_workers_and_no_more() -> None:
    pollers = Pollers()
    places = [pollers.waiting("a") for _ in range(limits.ACTIVITY_POLLERS_MAX)]
    for place in places:
        place.__enter__()
    with pytest.raises(ServiceError) as refused, pollers.waiting("a"):
        pass
    assert refused.value.code == "ActivityWorkerLimitExceeded"
    with pollers.waiting("b"):
        pass
    for place in places:
        place.__exit__(None, None, None)
    assert pollers.waiting_count == 0
