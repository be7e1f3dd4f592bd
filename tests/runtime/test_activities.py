"""GetActivityTask: a worker that waits is told within milliseconds, and no task is lost between two workers."""

import asyncio
import json
import time

import pytest

from engine.api import executions, state_machines
from engine.errors import ServiceError
from engine.store.database import Database
from tests.runtime.engine import Engine, only, running

pytestmark = pytest.mark.anyio


async def _offering(engine: Engine) -> tuple[str, str]:
    """The ARNs of an activity, and of a machine with a Task of it."""
    activity = await engine.activity("work")
    return activity, await engine.machine("m", only({"Type": "Task", "Resource": activity}))


async def _waiting(engine: Engine, workers: int) -> None:
    async def count() -> float:
        return next(value for name, _, value in engine.shell.gauges() if name == "polling_workers")

    await engine.until(count, lambda found: found == workers)
    await engine.shell.write(lambda tx: None)  # and their first questions are answered


async def test_a_waiting_worker_gets_the_task_at_once(database: Database) -> None:
    async with running(database) as engine:
        activity, machine = await _offering(engine)
        delays = []
        for number in range(10):
            poll = asyncio.create_task(engine.shell.poll_activity(activity, "w"))
            await _waiting(engine, 1)
            began = time.monotonic()
            execution = await engine.start(machine, {"n": number})
            claimed = await poll
            delays.append(time.monotonic() - began)
            assert claimed is not None and json.loads(claimed.input) == {"n": number}
            await engine.shell.write(lambda tx, token=claimed.task_token: tx.task_succeeded(token, "{}"))
            assert (await engine.describe(execution))["status"] == "SUCCEEDED"
        assert sorted(delays)[5] < 1, delays  # who is not woken waits for a minute


async def test_each_task_goes_to_one_worker(database: Database) -> None:
    async with running(database) as engine:
        activity, machine = await _offering(engine)
        polls = [asyncio.create_task(engine.shell.poll_activity(activity, "w")) for _ in range(20)]
        await _waiting(engine, 20)
        await asyncio.gather(*(engine.start(machine, {"n": number}) for number in range(20)))
        claimed = await asyncio.wait_for(asyncio.gather(*polls), 20)
        assert sorted(json.loads(task.input)["n"] for task in claimed if task is not None) == list(range(20))


async def test_workers_that_go_away_leave_no_task_unseen(database: Database) -> None:
    """Half of the workers leave at the moment of the offers: what they do not look at, the others do."""
    async with running(database) as engine:
        activity, machine = await _offering(engine)
        going = [asyncio.create_task(engine.shell.poll_activity(activity, "gone")) for _ in range(10)]
        await _waiting(engine, 10)
        staying = [asyncio.create_task(engine.shell.poll_activity(activity, "stays")) for _ in range(10)]
        await _waiting(engine, 20)
        starts = [asyncio.create_task(engine.start(machine)) for _ in range(10)]
        await asyncio.wait(starts, return_when=asyncio.FIRST_COMPLETED)
        for task in going:
            task.cancel()
        for execution in await asyncio.gather(*starts):
            await engine.until(lambda arn=execution: engine.types(arn), lambda types: "ActivityStarted" in types)
        for task in staying:
            task.cancel()
        await asyncio.gather(*going, *staying, return_exceptions=True)


async def test_a_poll_without_a_task_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.ACTIVITY_POLL_SECONDS", 0.05)
    async with running(database) as engine:
        activity, _ = await _offering(engine)
        assert await engine.shell.poll_activity(activity, None) is None
        assert engine.shell._long_polls._topics == {}


async def test_a_task_that_is_over_is_not_claimed(database: Database) -> None:
    async with running(database) as engine:
        activity, machine = await _offering(engine)
        over = await engine.start(machine, {"n": 1})
        await engine.start(machine, {"n": 2})
        stop = engine.write(executions.stop_execution, executionArn=over)
        _, claimed = await asyncio.gather(stop, engine.shell.poll_activity(activity, None))
        assert claimed is not None and json.loads(claimed.input) == {"n": 2}


async def test_the_claim_of_a_task_whose_machine_is_deleted_ends_the_execution(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.limits.ACTIVITY_POLL_SECONDS", 0.05)
    async with running(database) as engine:
        activity, machine = await _offering(engine)
        await engine.start(machine)
        await engine.write(state_machines.delete_state_machine, stateMachineArn=machine)
        assert await engine.shell.poll_activity(activity, None) is None
        await engine.until(lambda: engine.shell.read(lambda tx: tx.find_machine(machine)), lambda found: found is None)


async def test_a_heartbeat_that_does_not_come_ends_the_attempt(database: Database) -> None:
    async with running(database) as engine:
        activity = await engine.activity("work")
        task = {"Type": "Task", "Resource": activity, "HeartbeatSeconds": 1}
        execution = await engine.start(await engine.machine("m", only(task)))
        claimed = await engine.shell.poll_activity(activity, None)
        assert claimed is not None
        shown = await engine.ended(execution)
        assert (shown["status"], shown["error"]) == ("FAILED", "States.HeartbeatTimeout")
        with pytest.raises(ServiceError, match="TaskTimedOut"):
            await engine.shell.write(lambda tx: tx.task_succeeded(claimed.task_token, "{}"))
