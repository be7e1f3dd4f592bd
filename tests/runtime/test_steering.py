"""The clock that tests steer: it stands or runs, never goes back, and wakes those whose time has come."""

import asyncio

import pytest

from engine.runtime.steering import SteerableClock

pytestmark = pytest.mark.anyio


class Wall:
    """The machine's clock, moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_it_stands_until_it_is_moved() -> None:
    wall = Wall()
    clock = SteerableClock(wall)
    wall.seconds += 50
    assert clock.moment().epoch_ms == 1_000_000
    clock.move_to(1_000_500)
    clock.move_to(900_000)
    assert clock.moment().epoch_ms == 1_000_500


async def test_it_runs_on_from_where_it_was_and_never_back() -> None:
    wall = Wall()
    clock = SteerableClock(wall)
    clock.move_to(2_000_000)
    clock.run()
    wall.seconds += 1
    assert clock.now_ms == 2_001_000
    clock.move_to(2_005_000)
    wall.seconds -= 3
    assert clock.now_ms == 2_005_000
    clock.stand()
    wall.seconds += 100
    assert (clock.now_ms, clock.running) == (2_005_000, False)


async def test_sleepers_wake_when_their_time_comes() -> None:
    clock = SteerableClock(Wall())
    sleepers = [asyncio.create_task(clock.sleep_until(1_000_000 + later)) for later in (300, 100, 200)]
    await turns()
    assert (clock.sleeping, clock.next_due_ms(), clock.at_rest) == (3, 1_000_100, True)
    clock.move_to(1_000_200)
    assert not clock.at_rest  # two are woken, and have not gone on yet
    await turns()
    assert [task.done() for task in sleepers] == [False, True, True]
    assert (clock.sleeping, clock.next_due_ms(), clock.at_rest) == (1, 1_000_300, True)
    sleepers[0].cancel()
    await turns()
    assert (clock.sleeping, clock.next_due_ms()) == (0, None)


async def test_one_who_is_cancelled_while_it_wakes_leaves_nothing() -> None:
    clock = SteerableClock(Wall())
    sleeper = asyncio.create_task(clock.sleep_until(1_000_100))
    await turns()
    clock.move_to(1_000_100)
    sleeper.cancel()
    await turns()
    assert clock.at_rest


async def test_a_pause_ends_with_its_event_or_its_time() -> None:
    clock = SteerableClock(Wall())
    event = asyncio.Event()
    pauses = [asyncio.create_task(clock.pause(event, seconds)) for seconds in (1, 2)]
    await turns()
    assert clock.sleeping == 0  # what they wait for stands in the store
    clock.move_to(1_001_000)
    await turns()
    assert [task.done() for task in pauses] == [True, False]
    event.set()
    await turns()
    assert [task.result() for task in pauses] == [False, True]
    assert await clock.pause(event, 0)
    assert clock.at_rest


async def test_who_is_held_up_calls_for_help_once_it_waits() -> None:
    clock = SteerableClock(Wall())
    helped: list[int | None] = []
    clock.on_held_up = lambda: helped.append(clock.next_due_ms(held_up=True))
    other = asyncio.create_task(clock.sleep_until(1_000_050))
    sleeper = asyncio.create_task(clock.sleep_until(1_000_100, held_up=True))
    await turns()
    assert helped == [1_000_100]
    clock.move_to(1_000_100)
    await asyncio.gather(other, sleeper)


async def test_a_running_clock_wakes_sleepers_by_itself() -> None:
    clock = SteerableClock()
    sleeper = asyncio.create_task(clock.sleep_until(clock.now_ms + 30))
    await turns()
    assert not sleeper.done()
    clock.run()
    await asyncio.wait_for(sleeper, 20)
