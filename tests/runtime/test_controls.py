"""A clock that cannot settle says why, within its bounds."""

import pytest

from engine import limits
from engine.runtime.controls import NotSettledError, TestControls
from engine.runtime.steering import SteerableClock

pytestmark = pytest.mark.anyio


class Shell:
    """As much of the shell as the controls ask, with work that never ends, or is due again a second later."""

    def __init__(self, clock: SteerableClock, busy: list[str], calls: int = 0):
        self._clock = clock
        self._busy = busy
        self._calls = calls

    def under_way(self) -> list[str]:
        return self._busy

    def work_in_memory(self) -> int:
        return self._calls

    async def next_due_ms(self, until_ms: int) -> int:
        return self._clock.now_ms + 1_000


def controls(busy: list[str], calls: int = 0) -> TestControls:
    clock = SteerableClock(lambda: 1_000.0)
    return TestControls(Shell(clock, busy, calls), clock, functions=None)  # type: ignore[arg-type]


async def test_work_that_does_not_end_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SETTLE_SECONDS_MAX", 0.02)
    with pytest.raises(NotSettledError, match=r"still under way .* 1970-01-01T00:16:40.000Z: commits, 2 calls"):
        await controls(["commits"], calls=2).settle()


async def test_so_many_steps_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADVANCE_STEPS_MAX", 5)
    tested = controls([])
    with pytest.raises(NotSettledError, match="more than 5 times"):
        await tested.advance_to(2_000_000)
    assert tested.clock.now_ms == 1_005_000


async def test_so_long_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ADVANCE_SECONDS_MAX", 0.05)
    tested = controls([])
    with pytest.raises(NotSettledError, match=r"did not get further than .* within 0.05 seconds"):
        await tested.advance_to(10**12)
    await tested.settle()  # the next one need not wait for it


async def test_it_stops_at_each_due_time_and_at_the_end() -> None:
    tested = controls([])
    await tested.advance_to(1_002_500)
    assert tested.clock.now_ms == 1_002_500
