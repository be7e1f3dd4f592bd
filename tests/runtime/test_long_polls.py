"""Requests that wait at a topic: none misses its wake, none takes another's, and one that goes passes its wake on."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.contract import NotYet
from engine.errors import ServiceError
from engine.runtime.kernel import Request
from engine.runtime.long_polls import LongPolls, Place
from engine.runtime.steering import SteerableClock
from engine.runtime.transaction import BatchTransaction
from engine.runtime.waiting import WallWaiting
from engine.store.database import Database
from tests.runtime.engine import Engine, running
from tests.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

TOPIC = "box"
NOW_MS = 1_795_357_120_000


def polls() -> LongPolls:
    clock = VirtualClock(NOW_MS, random.Random(1))
    return LongPolls(clock, WallWaiting(clock))


def not_yet(wait_ms: int = 20_000, again_ms: int | None = None) -> NotYet:
    return NotYet(TOPIC, "nothing", wait_ms, again_ms)


# ---- places ----


async def test_those_are_woken_that_have_waited_longest() -> None:
    found = polls()
    first, second, third = [found.enter(not_yet()) for _ in range(3)]
    found.wake(TOPIC, 2)
    found.wake("another")
    assert [place.woken.is_set() for place in (first, second, third)] == [True, True, False]
    assert found.waiting_count == 1


async def test_one_that_was_woken_for_nothing_gets_its_old_place_and_deadline() -> None:
    found = polls()
    first = found.enter(not_yet(wait_ms=5_000))
    second = found.enter(not_yet())
    found.wake(TOPIC)
    again = found.enter(not_yet(wait_ms=60_000), first)
    assert again.deadline_ms == NOW_MS + 5_000
    found.wake(TOPIC)
    assert (again.woken.is_set(), second.woken.is_set()) == (True, False)


async def test_one_that_leaves_passes_its_wake_on() -> None:
    found = polls()
    first, second, third = [found.enter(not_yet()) for _ in range(3)]
    found.wake(TOPIC)
    found.leave(first)
    assert second.woken.is_set()
    found.leave(third)
    found.leave(second)  # nobody is left to have it
    assert (found.waiting_count, found._topics) == (0, {})


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(["enter", "leave", "again"]), st.integers(1, 3)), max_size=40), st.randoms())
def test_as_many_are_woken_as_were_offered_something(steps: list[Any], source: random.Random) -> None:
    """Offers, less those that found nobody, are held by exactly as many that were woken and have not asked yet."""

    async def run() -> None:
        found, standing, owing, held = polls(), list[Place](), list[Place](), 0
        for step in steps:
            if step == "enter":
                standing.append(found.enter(not_yet()))
            elif step == "leave" and standing + owing:
                place = source.choice(standing + owing)
                owed = place in owing
                (owing if owed else standing).remove(place)
                found.leave(place)
                held -= owed and not standing  # nobody else is there
            elif step == "again" and owing:
                place = owing.pop(source.randrange(len(owing)))
                held -= 1  # it has asked, in vain
                standing.append(found.enter(not_yet(), place))
            elif isinstance(step, int):
                held += min(step, len(standing))
                found.wake(TOPIC, step)
            woken = sorted((place for place in standing if place.woken.is_set()), key=lambda place: place.ticket)
            standing = [place for place in standing if not place.woken.is_set()]
            assert all(there.ticket > place.ticket for there in standing for place in woken)
            owing += woken
            assert len(owing) == held
            assert found.waiting_count == len(standing)

    asyncio.run(run())


# ---- over the engine ----


@dataclass
class Box:
    """Things that operations put in and take out; in memory, for it is the waiting that is tested."""

    things: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    again_ms: int | None = None

    async def take(self, engine: Engine, who: str = "", wait_ms: int = 60_000) -> Any:
        def operation(tx: BatchTransaction) -> Any:
            self.asked.append(who)
            if self.things:
                return self.things.pop(0)
            return NotYet(TOPIC, "nothing", wait_ms, self.again_ms)

        return await engine.shell.write(operation)

    async def put(self, engine: Engine, *things: str) -> None:
        def operation(tx: BatchTransaction) -> None:
            self.things += things
            tx.wake(TOPIC, len(things))

        await engine.shell.write(operation)


async def waiting(engine: Engine, count: int) -> None:
    async def found() -> int:
        return engine.shell._long_polls.waiting_count

    await engine.until(found, lambda waits: waits == count)


@asynccontextmanager
async def takers(engine: Engine, box: Box, count: int) -> AsyncIterator[list["asyncio.Task[Any]"]]:
    """So many that wait, in the order of their numbers."""
    tasks = []
    for number in range(count):
        tasks.append(asyncio.create_task(box.take(engine, str(number))))
        await waiting(engine, number + 1)
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert engine.shell._long_polls._topics == {}


async def test_a_commit_wakes_as_many_as_it_says(database: Database) -> None:
    box = Box()
    async with running(database) as engine, takers(engine, box, 4) as tasks:
        await box.put(engine, "a", "b")
        assert await asyncio.gather(*tasks[:2]) == ["a", "b"]
        assert box.asked == ["0", "1", "2", "3", "0", "1"]
        await box.put(engine, "c")
        assert await tasks[2] == "c"
        assert not tasks[3].done()


async def test_what_is_there_is_given_at_once(database: Database) -> None:
    box = Box(things=["a"])
    async with running(database) as engine:
        assert await box.take(engine) == "a"


async def test_one_whose_client_goes_leaves_the_queue(database: Database) -> None:
    box = Box()
    async with running(database) as engine, takers(engine, box, 3) as tasks:
        tasks[0].cancel()
        await waiting(engine, 2)
        await box.put(engine, "a")
        assert await tasks[1] == "a"


async def test_a_wake_that_meets_a_client_going_is_passed_on(database: Database) -> None:
    """Each goes at the very moment at which it is woken; what it has not taken, who stays gets."""
    box = Box()
    async with running(database) as engine, takers(engine, box, 6) as tasks:
        puts = [asyncio.create_task(box.put(engine, "a")), asyncio.create_task(box.put(engine, "b"))]
        await asyncio.wait(puts, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks[:4]:
            task.cancel()
        await asyncio.gather(*puts)
        await engine.until(lambda: _left(box), lambda count: count == 0)


async def test_a_request_that_nobody_waits_for_any_more_takes_no_place(database: Database) -> None:
    box = Box()
    async with running(database) as engine:
        for _ in range(50):
            task = asyncio.create_task(box.take(engine))
            for _ in range(random.randrange(8)):
                await asyncio.sleep(0)
            task.cancel()
        await engine.shell.write(lambda tx: None)
        await waiting(engine, 0)


async def test_who_waited_long_enough_gets_the_answer_for_that(database: Database) -> None:
    box = Box()
    async with running(database) as engine:
        assert await box.take(engine, wait_ms=20) == "nothing"
        assert await box.take(engine, wait_ms=0) == "nothing"
        assert engine.shell._long_polls._topics == {}


async def test_a_wake_of_a_batch_that_is_lost_is_none_and_a_lost_question_passes_its_wake_on(
    database: Database,
) -> None:
    box = Box()
    async with running(database) as engine, takers(engine, box, 2) as tasks:
        engine.writer.failing = True
        with pytest.raises(ServiceError):
            await engine.shell.write(lambda tx: tx.wake(TOPIC))
        assert box.asked == ["0", "1"]
        engine.shell._long_polls.wake(TOPIC)  # the first one asks, and its batch is lost
        with pytest.raises(ServiceError):
            await tasks[0]
        with pytest.raises(ServiceError):  # it was passed on, and lost again
            await tasks[1]
        engine.writer.failing = False


async def test_what_will_be_there_by_itself_is_asked_for_by_one_after_the_other(database: Database) -> None:
    """Not by all that wait: the second one is asked because the first one got something, the third gets nothing."""
    box = Box()
    async with running(database) as engine:
        box.again_ms = engine.shell._clock.moment().epoch_ms + 300
        async with takers(engine, box, 20) as tasks:
            box.again_ms = None
            box.things += ["a", "b"]
            assert await asyncio.gather(*tasks[:2]) == ["a", "b"]
            await engine.until(lambda: _asked(box), lambda count: count == 23)
            assert box.asked[20:] == ["0", "1", "2"]
            assert not tasks[2].done()


async def _left(box: Box) -> int:
    return len(box.things)


async def _asked(box: Box) -> int:
    return len(box.asked)


async def test_waiting_follows_a_clock_that_a_test_steers() -> None:
    clock = SteerableClock()
    found = LongPolls(clock, clock)
    keeper = asyncio.create_task(found.keep())

    async def ask(place: Place) -> Any:
        return "something"

    now_ms = clock.now_ms
    waits = asyncio.create_task(found.wait(found.enter(not_yet(20_000)), ask))
    woken = asyncio.create_task(found.wait(found.enter(not_yet(20_000, now_ms + 15_000)), ask))
    await asyncio.sleep(0)
    assert found.next_due_ms() == now_ms + 15_000
    clock.move_to(now_ms + 15_000)
    # the first in the queue is asked, and then, for it got something, the next one
    assert [await waits, await woken] == ["something", "something"]
    late = asyncio.create_task(found.wait(found.enter(not_yet(20_000)), ask))
    await asyncio.sleep(0)
    clock.move_to(now_ms + 34_999)
    for _ in range(20):
        await asyncio.sleep(0)
    assert not late.done()
    clock.move_to(now_ms + 35_000)
    assert await late == "nothing"
    keeper.cancel()
    await asyncio.gather(keeper, return_exceptions=True)


async def test_so_many_wait_and_no_more(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.LONG_POLLS_MAX", 2)
    box = Box()
    async with running(database) as engine, takers(engine, box, 2):
        with pytest.raises(ServiceError) as refused:
            await box.take(engine)
        assert refused.value.code == "ThrottlingException"


async def test_a_request_knows_its_place_before_its_answer(database: Database) -> None:
    """The order on which "no wake is missed" stands: a place is taken before the answer, and before later wakes."""
    async with running(database) as engine:
        shell = engine.shell
        for _ in range(30):
            request = Request(lambda tx: NotYet(TOPIC, None, 60_000), savepoint=False)
            asked = shell._writer.submit(request)
            woken = shell._writer.submit(Request(lambda tx: tx.wake(TOPIC), savepoint=False))
            await asyncio.gather(asked, woken)
            assert request.place is not None and request.place.woken.is_set()
