"""Deliveries of the outbox: made after their commit, again while they fail, given up in the end, kept over restarts."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from engine.contract import Calls, Deliver, DeliveryError, OutboxKind, RetryPolicy, Transaction
from engine.errors import ServiceError
from engine.runtime import following
from engine.runtime import outbox as outbox_module
from engine.runtime.extensions import Delivering, Extensions
from engine.store import outbox
from engine.store.database import Database
from engine.store.tables import tags
from tests.runtime.engine import Engine, running
from tests.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

START_MS = 1_795_357_120_000
RETRY = RetryPolicy(attempts_max=3, first_delay_ms=1_000, delay_max_ms=1_500)


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (following, outbox_module):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)


@dataclass
class Target:
    """Takes deliveries; `failures` says how often it refuses first, None for ever."""

    failures: int | None = 0
    final: bool = False
    came: list[str] = field(default_factory=list)
    given_up: list[tuple[str, str]] = field(default_factory=list)
    held: asyncio.Event | None = None
    made: list[tuple[str, Any]] = field(default_factory=list)
    delay_ms: Callable[[str, int], int | None] | None = None

    async def deliver(self, payload: str) -> str:
        self.came.append(payload)
        if self.held is not None:
            await self.held.wait()
        if self.failures is None or len(self.came) <= self.failures:
            raise DeliveryError("not now", final=self.final)
        return f"attempt {len(self.came)}"

    def extensions(self) -> Extensions:
        kind = OutboxKind(self._open, RETRY, self._given_up, self._delivered, self.delay_ms)
        return Extensions(outbox={"test": Delivering(kind, self.deliver)})

    @contextlib.asynccontextmanager
    async def _open(self, settings: Any, calls: Calls) -> AsyncIterator[Deliver]:
        yield self.deliver

    def _delivered(self, tx: Transaction, payload: str, outcome: Any) -> None:
        self.made.append((payload, outcome))
        tx.connection.execute(
            tags.insert(), {"resource_arn": "outbox", "key": payload.replace("\0", "0"), "value": "", "position": 0}
        )

    def _given_up(self, tx: Transaction, payload: str, reason: str) -> None:
        self.given_up.append((payload, reason))


async def left(engine: Engine) -> int:
    return int(await engine.shell.read(lambda tx: outbox.count(tx.connection, 100)))


async def arrived(engine: Engine, target: Target, count: int) -> None:
    async def came() -> int:
        return len(target.came)

    await engine.until(came, lambda found: found >= count)


async def emptied(engine: Engine) -> None:
    await engine.until(lambda: left(engine), lambda count: count == 0)


async def test_a_delivery_is_made_once_and_forgotten(database: Database) -> None:
    target = Target()
    async with running(database, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "a \0 b"))
        await emptied(engine)
        assert target.came == ["a \0 b"]
        assert target.made == [("a \0 b", "attempt 1")]


async def test_a_delivery_whose_end_cannot_be_committed_is_not_made_again_and_noted_once(database: Database) -> None:
    target = Target(held=asyncio.Event())
    async with running(database, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "x"))
        await arrived(engine, target, 1)
        failed = engine.writer.failed
        engine.writer.failing = True
        assert target.held is not None
        target.held.set()

        await engine.until(engine.failures, lambda count: count > failed)
        engine.writer.failing = False
        await emptied(engine)
        noted = await engine.shell.read(lambda tx: tx.connection.execute(select(tags.c.key)).scalars().all())
        assert (target.came, noted) == (["x"], ["x"])


async def test_a_policy_in_the_payload_says_when_to_try_again(database: Database) -> None:
    def delay_ms(payload: str, failures: int) -> int | None:
        first, _, last = payload.partition(" ")
        return int(first) * failures if failures < int(last) else None

    target, clock = Target(failures=None, delay_ms=delay_ms), VirtualClock(START_MS, random.Random(1))
    async with running(database, clock=clock, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "700 3"))
        for at_ms in (700, 2_100):
            due = await engine.until(lambda: _due_ms(engine), lambda found, at=at_ms: found == START_MS + at)
            clock.advance_to(due)
            engine.shell._following.outbox.wake()
        await emptied(engine)
        assert target.came == ["700 3"] * 3
        assert target.given_up == [("700 3", "not now")]


async def test_a_policy_that_cannot_be_read_is_replaced_by_that_of_the_kind(database: Database) -> None:
    target, clock = (
        Target(failures=None, delay_ms=lambda payload, _: int(payload)),
        VirtualClock(START_MS, random.Random(1)),
    )
    async with running(database, clock=clock, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "no number"))
        await engine.until(lambda: _due_ms(engine), lambda found: found == START_MS + 1_000)
        assert target.given_up == []


async def test_what_is_undone_is_not_delivered(database: Database) -> None:
    def refuse(tx: Transaction) -> None:
        tx.send_later("test", "never")
        raise ServiceError("No", "no")

    target = Target()
    async with running(database, extensions=target.extensions()) as engine:
        with pytest.raises(ServiceError):
            await engine.shell.write(refuse)
        engine.writer.failing = True
        with pytest.raises(ServiceError):
            await engine.shell.write(lambda tx: tx.send_later("test", "lost"))
        engine.writer.failing = False
        await engine.shell.write(lambda tx: tx.send_later("test", "last"))
        await emptied(engine)
        assert target.came == ["last"]


async def test_a_later_delivery_waits_for_its_time(database: Database) -> None:
    target, clock = Target(), VirtualClock(START_MS, random.Random(1))
    async with running(database, clock=clock, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "later", delay_ms=60_000))
        await engine.shell.write(lambda tx: tx.send_later("test", "now"))
        await arrived(engine, target, 1)
        clock.advance_to(START_MS + 60_000)
        engine.shell._following.outbox.wake()
        await emptied(engine)
        assert target.came == ["now", "later"]


async def test_failures_are_put_off_longer_each_time_and_given_up(database: Database) -> None:
    target, clock = Target(failures=None), VirtualClock(START_MS, random.Random(1))
    async with running(database, clock=clock, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "x"))
        for attempt, at_ms in enumerate([1_000, 2_500], 1):
            due = await engine.until(lambda: _due_ms(engine), lambda found, at=at_ms: found == START_MS + at)
            assert len(target.came) == attempt
            clock.advance_to(due)
            engine.shell._following.outbox.wake()
        await emptied(engine)
        assert target.came == ["x"] * 3
        assert target.given_up == [("x", "not now")]


async def test_a_final_failure_is_given_up_at_once(database: Database) -> None:
    target = Target(failures=None, final=True)
    async with running(database, extensions=target.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "x"))
        await emptied(engine)
        assert (target.came, target.given_up) == (["x"], [("x", "not now")])


async def test_what_was_under_way_at_a_stop_is_delivered_by_the_next_start(database: Database) -> None:
    stuck = Target(held=asyncio.Event())
    async with running(database, extensions=stuck.extensions()) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "x"))
        await arrived(engine, stuck, 1)
        await engine.shell.write(lambda tx: tx.send_later("test", "y"))
    target = Target()
    async with running(database, extensions=target.extensions()) as engine:
        await emptied(engine)
        assert sorted(target.came) == ["x", "y"]


async def test_nothing_is_lost_while_nobody_delivers_a_kind(database: Database) -> None:
    async with running(database) as engine:
        await engine.shell.write(lambda tx: tx.send_later("test", "x"))
        await engine.until(lambda: _due_ms(engine), lambda found: found is not None)
        assert await left(engine) == 1


async def test_one_kind_that_hangs_does_not_hold_up_more_than_its_places(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.limits.OUTBOX_DELIVERIES_MAX", 3)
    target = Target(held=asyncio.Event())
    async with running(database, extensions=target.extensions()) as engine:

        def send(tx: Transaction) -> None:
            for number in range(7):
                tx.send_later("test", str(number))

        await engine.shell.write(send)
        await arrived(engine, target, 3)
        await left(engine)
        assert target.came == ["0", "1", "2"]
        assert target.held is not None
        target.held.set()
        await emptied(engine)
        assert sorted(target.came) == [str(number) for number in range(7)]


async def _due_ms(engine: Engine) -> int | None:
    """When the only delivery is due, where that is not now."""
    now_ms = engine.shell._clock.moment().epoch_ms
    found: int | None = await engine.shell.read(lambda tx: outbox.next_due_ms(tx.connection, now_ms))
    return found


def test_delays_grow_to_their_bound() -> None:
    assert [RetryPolicy().delay_ms(failures) for failures in (1, 2, 3, 9, 10, 10_000)] == [
        1_000,
        2_000,
        4_000,
        256_000,
        300_000,
        300_000,
    ]
