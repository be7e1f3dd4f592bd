"""Executions are kept for 90 days after their end; then they are forgotten, and their names are free."""

import random

import pytest

from engine import limits
from engine.errors import ServiceError
from engine.runtime.retention import Retention
from engine.store.database import Database
from tests.runtime.engine import only, running
from tests.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

KEPT_MS = limits.EXECUTION_RETENTION_SECONDS * 1000


async def test_an_execution_is_forgotten_ninety_days_after_its_end(database: Database) -> None:
    clock = VirtualClock(1_800_000_000_000, random.Random(1))
    async with running(database, clock=clock) as engine:
        machine = await engine.machine("m", only({"Type": "Pass"}))
        sleeping = await engine.start(await engine.machine("w", only({"Type": "Wait", "Seconds": 99_999_999})))
        ended = await engine.start(machine, name="one")
        stopped_ms = clock.epoch_ms
        retention = Retention()
        clock.advance_to(stopped_ms + KEPT_MS - 1)
        assert not await engine.shell.post(retention.run)
        assert (await engine.describe(ended))["status"] == "SUCCEEDED"
        with pytest.raises(ServiceError, match="ExecutionAlreadyExists"):
            await engine.start(machine, name="one")
        young = await engine.start(machine, name="two")
        clock.advance_to(stopped_ms + KEPT_MS + 1)
        assert not await engine.shell.post(retention.run)
        with pytest.raises(ServiceError, match="ExecutionDoesNotExist"):
            await engine.describe(ended)
        assert (await engine.describe(sleeping))["status"] == "RUNNING"
        assert (await engine.describe(young))["status"] == "SUCCEEDED"
        assert await engine.start(machine, name="one") == ended
