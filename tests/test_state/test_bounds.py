"""How long a test may take, and how many may run: on a clock that jumps, without a server."""

import asyncio
import random
from typing import Any

import pytest

from engine import limits
from engine.asl.compiler import compile_state
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.state_test import StateTest, StateTests
from engine.runtime.transaction import Operation
from tests.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio
CALLER = Caller("000000000000", "us-east-1")
START_MS = 1_795_353_120_000


class Jumping:
    """Time passes at once."""

    def __init__(self, clock: VirtualClock):
        self.clock = clock

    async def pause(self, event: asyncio.Event, seconds: float) -> bool:
        raise AssertionError("nobody pauses in a test of a state")

    async def sleep_until(self, epoch_ms: int, held_up: bool = False) -> None:
        assert held_up
        self.clock.advance_to(epoch_ms)


class NoActions:
    def find(self, service: str, action: str, sdk: bool) -> None:
        return None


async def no_post(operation: Operation) -> Any:
    raise AssertionError("nothing is written")


def runner(clock: VirtualClock) -> StateTests:
    return StateTests(NoActions(), {}, clock, Jumping(clock), no_post)


def wait(seconds: int) -> StateTest:
    return StateTest(compile_state(f'{{"Type": "Wait", "Seconds": {seconds}, "Next": "N"}}'), "{}")


@pytest.mark.parametrize(
    ("seconds", "status", "error", "took"),
    [
        (limits.TEST_STATE_SECONDS_MAX - 1, "SUCCEEDED", None, limits.TEST_STATE_SECONDS_MAX - 1),
        (limits.TEST_STATE_SECONDS_MAX + 1, "FAILED", "States.Timeout", limits.TEST_STATE_SECONDS_MAX),
    ],
)
async def test_a_test_takes_five_minutes_at_most(seconds: int, status: str, error: str | None, took: int) -> None:
    clock = VirtualClock(START_MS, random.Random(1))
    result = await runner(clock).run(CALLER, wait(seconds))
    assert (result.status, result.error) == (status, error)
    assert clock.epoch_ms == START_MS + took * 1000
    assert result.next_state == ("N" if status == "SUCCEEDED" else None)


async def test_one_too_many_is_refused() -> None:
    clock = VirtualClock(START_MS, random.Random(1))
    tests = runner(clock)
    for _ in range(limits.STATE_TESTS_MAX):
        await tests.slots.acquire()
    with pytest.raises(ServiceError, match="ThrottlingException"):
        await tests.run(CALLER, wait(1))
    tests.slots.release()
    assert (await tests.run(CALLER, wait(1))).status == "SUCCEEDED"
