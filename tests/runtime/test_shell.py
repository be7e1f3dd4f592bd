"""The shell as a whole: fairness, ownership, deletion, sleep, paging, reset."""

import asyncio
import json
import random
import time

import pytest
from sqlalchemy import text

from engine.api import executions, state_machines
from engine.errors import ServiceError
from engine.store.database import Database
from engine.store.errors import LeaseLost
from tests.runtime.engine import Engine, FakeFunctions, invoke, loop, never, only, running
from tests.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

PASS = only({"Type": "Pass"})
COUNTED = ("executions", "history", "branches", "tasks", "machines", "express_starts", "activities")


async def _count(engine: Engine, table: str) -> int:
    return int(
        await engine.shell.read(lambda tx: tx.connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one())
    )


async def test_a_tight_loop_does_not_keep_others_waiting(database: Database) -> None:
    """Between two commits of the loop there is room: another execution takes the next one, or the one after."""
    async with running(database) as engine:
        looping = await engine.start(await engine.machine("loop", loop(6_000)))
        other = await engine.machine("m", PASS)
        waited = []
        for _ in range(5):
            before = engine.writer.commits
            execution = await engine.start(other)
            waited.append(engine.writer.commits - before)
            assert (await engine.describe(execution))["status"] == "SUCCEEDED"
        assert max(waited) <= 4, waited
        assert (await engine.describe(looping))["status"] == "RUNNING", "the loop was over too soon to prove anything"
        shown = await engine.ended(looping)
        assert shown["status"] == "SUCCEEDED"


async def test_many_loops_advance_together(database: Database) -> None:
    """A commit has a slice of each: six loops need no more commits than one."""
    async with running(database) as engine:
        machine = await engine.machine("loop", loop(800))
        before = engine.writer.commits
        started = await asyncio.gather(*(engine.start(machine) for _ in range(6)))
        shown = [await engine.ended(execution) for execution in started]
        assert {found["status"] for found in shown} == {"SUCCEEDED"}
        assert 4 <= engine.writer.commits - before <= 12


async def test_who_lost_the_lease_commits_nothing_and_stops(database: Database) -> None:
    async with running(database) as engine:
        machine = await engine.machine("m", PASS)
        await engine.shell.write(lambda tx: None)
        with engine.writer._writer.transaction() as connection:  # between two batches: nobody else writes
            connection.execute(text("UPDATE shards SET epoch = epoch + 1"))
        answers = await asyncio.gather(
            *(engine.start(machine, name=f"late-{number}") for number in range(5)), return_exceptions=True
        )
        assert {answer.status for answer in answers if isinstance(answer, ServiceError)} == {503}
        assert len(answers) == 5
        with pytest.raises(ServiceError):
            await engine.start(machine, name="later")
        assert [type(error) for error in engine.fatal] == [LeaseLost]
        listed = await engine.read(executions.list_executions, stateMachineArn=machine)
        assert listed["executions"] == []


async def test_a_deleted_machine_goes_when_its_executions_have_ended(database: Database) -> None:
    functions = FakeFunctions(answers={"f": never})
    definition = {
        "StartAt": "Rest",
        "States": {"Rest": {"Type": "Wait", "Seconds": 1, "Next": "Call"}, "Call": {**invoke("f"), "End": True}},
    }
    async with running(database, functions) as engine:
        machine = await engine.machine("m", definition)
        over = await engine.start(await engine.machine("other", PASS))
        waiting = [await engine.start(machine) for _ in range(20)]
        await engine.write(state_machines.delete_state_machine, stateMachineArn=machine)
        for refused in (engine.start(machine), engine.machine("m", definition)):
            with pytest.raises(ServiceError) as error:
                await refused
            assert error.value.code == "StateMachineDeleting"
        assert (await engine.describe(waiting[0]))["status"] == "RUNNING"
        await engine.until(lambda: engine.shell.read(lambda tx: tx.find_machine(machine)), lambda row: row is None)
        assert functions.calls == []  # they ended at their next transition
        for execution in waiting:
            with pytest.raises(ServiceError, match="ExecutionDoesNotExist"):
                await engine.describe(execution)
        assert [await _count(engine, table) for table in ("executions", "branches", "tasks", "history")] == [1, 0, 0, 1]
        assert (await engine.describe(over))["status"] == "SUCCEEDED"
        again = await engine.start(await engine.machine("m", PASS))
        assert (await engine.describe(again))["status"] == "SUCCEEDED"


async def test_a_deletion_goes_on_after_a_restart(database: Database) -> None:
    async with running(database) as engine:
        machine = await engine.machine("m", only({"Type": "Wait", "Seconds": 9_999}))
        execution = await engine.start(machine)
        await engine.write(state_machines.delete_state_machine, stateMachineArn=machine)
    async with running(database) as engine:
        assert (await engine.describe(execution))["status"] == "RUNNING"
        await engine.write(executions.stop_execution, executionArn=execution)
        await engine.until(lambda: engine.shell.read(lambda tx: tx.find_machine(machine)), lambda row: row is None)
        assert await _count(engine, "executions") == 0


async def test_thousands_of_sleepers_leave_the_memory_and_wake_on_time(database: Database) -> None:
    """They sleep for an hour of a clock that the test moves. The statements are the same for fewer on Postgres, which
    takes its time over them."""
    count = 10_000 if database.backend == "sqlite" else 2_000
    clock = VirtualClock(1_800_000_000_000, random.Random(1))
    async with running(database, clock=clock) as engine:
        machine = await engine.machine("m", only({"Type": "Wait", "Seconds": 3_600}))
        row = await engine.shell.read(lambda tx: tx.find_machine(machine))
        prefix = machine.replace(":stateMachine:", ":execution:")

        def start(tx, first):  # type: ignore[no-untyped-def]
            for number in range(first, first + 500):
                tx.start_execution(row, f"{prefix}:{number}", str(number), "{}", {}, None)

        for first in range(0, count, 500):
            await engine.shell.write(lambda tx, first=first: start(tx, first), savepoint=False)
        gauges = {name: value for name, _, value in engine.shell.gauges()}
        assert (gauges["cached_executions"], gauges["near_timers"]) == (0, 0)

        clock.advance_to(clock.epoch_ms + 3_599_999)
        engine.shell._following.timekeeper.rewind()  # what the passing of real time does
        await engine.until(_gauge(engine, "near_timers"), lambda near: near == count)
        assert await _running(engine) == count
        clock.advance_to(clock.epoch_ms + 1)
        await engine.until(lambda: _running(engine), lambda left: left == 0)
        assert [await _count(engine, table) for table in ("executions", "branches")] == [count, 0]


def _gauge(engine: Engine, name: str):  # type: ignore[no-untyped-def]
    async def read() -> float:
        return next(value for found, _, value in engine.shell.gauges() if found == name)

    return read


async def _running(engine: Engine) -> int:
    return int(
        await engine.shell.read(
            lambda tx: tx.connection.exec_driver_sql(
                "SELECT count(*) FROM executions WHERE status = 'RUNNING'"
            ).scalar_one()
        )
    )


async def test_more_timers_than_the_heap_holds_fire_once_each(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.runtime.timers.NearTimers.__init__.__defaults__", (20,))
    async with running(database) as engine:
        machine = await engine.machine("m", only({"Type": "Wait", "Seconds": 1}))
        began = time.monotonic()
        started = await asyncio.gather(*(engine.start(machine) for _ in range(200)))
        for execution in started:
            await engine.ended(execution)
        assert time.monotonic() - began < 10  # and not after half a minute, at the next refill
        assert {tuple(await engine.types(execution)) for execution in started} == {
            ("ExecutionStarted", "WaitStateEntered", "WaitStateExited", "ExecutionSucceeded")
        }


async def test_a_history_of_many_commits_is_one_history(database: Database) -> None:
    functions = FakeFunctions()
    definition = only(invoke("f", Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 0}]))
    functions.answers["f"] = never
    async with running(database, functions) as engine:
        execution = await engine.start(await engine.machine("m", loop(3_000)))
        await engine.start(await engine.machine("n", definition))
        await engine.ended(execution)
        events = await engine.history(execution)
        assert [event["id"] for event in events] == list(range(1, 12_007))
        assert await _count(engine, "history") > 10
        last = json.loads(events[-1]["executionSucceededEventDetails"]["output"])
        assert last == {"left": 0}


async def test_a_reset_forgets_everything_and_all_goes_on(database: Database) -> None:
    functions = FakeFunctions(answers={"f": never})
    async with running(database, functions) as engine:
        await engine.start(await engine.machine("m", only(invoke("f"))), name="n")
        await engine.start(await engine.machine("w", only({"Type": "Wait", "Seconds": 1})))
        await engine.start(await engine.machine("x", only(invoke("f")), "EXPRESS"))
        await engine.activity("a")
        await functions.called["f"].wait()
        await engine.shell.reset()
        assert [await _count(engine, table) for table in COUNTED] == [0] * len(COUNTED)
        again = await engine.start(await engine.machine("m", PASS), name="n")
        assert (await engine.describe(again))["status"] == "SUCCEEDED"
        assert engine.fatal == []
