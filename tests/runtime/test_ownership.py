"""The lock that makes this process the only writer, lost while it runs."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from engine import limits
from engine.store.database import Database, open_database
from engine.store.errors import LeaseLost
from engine.store.leases import Lease, acquire
from tests.runtime.engine import Engine, only, running

pytestmark = pytest.mark.anyio

PASS = only({"Type": "Pass"})


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LEASE_CHECK_SECONDS", 0.01)
    monkeypatch.setattr(limits, "LOCK_PATIENCE_SECONDS", 0.1)


@pytest.fixture
def second(database: Database) -> Iterator[Database]:
    """The same database, opened by somebody else."""
    url = database.address.url.render_as_string(hide_password=False).replace("+pysqlite", "")
    with open_database(url if database.path is None else f"sqlite:///{database.path}", durable=False) as opened:
        yield opened


def _end_lock(second: Database) -> None:
    if second.path is not None:
        os.unlink(f"{os.path.realpath(second.path)}-lock")
        return
    with second.writer.transaction() as connection:
        ended = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE application_name = 'statewright lock' AND datname = current_database()"
            )
        )
        assert ended.scalars().all() == [True]


def _lease(engine: Engine) -> Lease:
    return engine.shell._lease


async def test_it_is_taken_again_and_all_goes_on(
    database: Database, second: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(database) as engine:
        machine = await engine.machine("m", PASS)
        await asyncio.to_thread(_end_lock, second)
        for _ in range(2_000):
            if "was taken again" in caplog.text:
                break
            await asyncio.sleep(0.005)
        assert _lease(engine).held()
        assert (await engine.ended(await engine.start(machine)))["status"] == "SUCCEEDED"
        assert engine.fatal == []


async def test_an_idle_owner_ends_when_another_has_it(database: Database, second: Database) -> None:
    """It commits nothing by which it would notice."""
    async with running(database) as engine:
        lock = _lease(engine).lock
        with lock._turns:  # type: ignore[attr-defined]  # so that its owner does not look in between
            await asyncio.to_thread(_end_lock, second)
            successor = await asyncio.to_thread(acquire, second, 1)
        for _ in range(2_000):
            if engine.fatal:
                break
            await asyncio.sleep(0.005)
        assert {type(error) for error in engine.fatal} == {LeaseLost}  # housekeeping may notice it, too
        assert "taken over" in str(engine.fatal[0])
        successor.release()
