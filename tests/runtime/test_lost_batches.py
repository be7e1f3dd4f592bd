"""Batches that are not committed, or of which nobody knows: nothing is acknowledged, nothing is lost, all goes on."""

import asyncio
import json
import threading

import pytest

from engine.api import executions, state_machines
from engine.errors import ServiceError
from engine.runtime import dispatch, following, recovery, timekeeper
from engine.store.database import Database
from tests.runtime.engine import CALLER, FakeFunctions, echo, invoke, loop, only, running

pytestmark = pytest.mark.anyio

WAIT = {"Type": "Wait", "Seconds": 1}


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dispatch, following, timekeeper):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)


async def test_a_failed_commit_changes_nothing(database: Database) -> None:
    async with running(database) as engine:
        machine = await engine.machine("m", only({"Type": "Pass"}))
        waiting = await engine.start(await engine.machine("w", only({"Type": "Wait", "Seconds": 9_999})), name="w")
        engine.writer.failing = True
        for refused in (
            engine.start(machine, name="lost"),
            engine.write(executions.stop_execution, executionArn=waiting),
            engine.write(state_machines.delete_state_machine, stateMachineArn=machine),
        ):
            with pytest.raises(ServiceError) as error:
                await refused
            assert (error.value.code, error.value.status) == ("ServiceUnavailable", 503)
        assert (await engine.describe(waiting))["status"] == "RUNNING"
        engine.writer.failing = False
        assert (await engine.ended(await engine.start(machine, name="lost")))["status"] == "SUCCEEDED"
        stopped = await engine.write(executions.stop_execution, executionArn=waiting)
        assert (await engine.describe(waiting))["stopDate"] == stopped["stopDate"]
        assert await engine.types(waiting) == [
            "ExecutionStarted",
            "WaitStateEntered",
            "WaitStateAborted",
            "ExecutionAborted",
        ]
        assert engine.fatal == []


async def test_a_timer_whose_batch_was_lost_fires_again(database: Database) -> None:
    async with running(database) as engine:
        execution = await engine.start(await engine.machine("m", only(WAIT)))
        failed = engine.writer.failed
        engine.writer.failing = True
        await engine.until(engine.failures, lambda count: count > failed)
        assert (await engine.describe(execution))["status"] == "RUNNING"
        engine.writer.failing = False
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"


async def test_an_answer_whose_batch_was_lost_is_given_again(database: Database) -> None:
    functions = FakeFunctions()
    gate = asyncio.Event()

    async def gated(call):  # type: ignore[no-untyped-def]
        await gate.wait()
        return await echo(call)

    functions.answers["f"] = gated
    async with running(database, functions) as engine:
        execution = await engine.start(await engine.machine("m", only(invoke("f"))), {"n": 1})
        await functions.called["f"].wait()
        engine.writer.failing = True
        gate.set()
        await engine.until(engine.failures, lambda count: count >= 3)
        engine.writer.failing = False
        assert json.loads((await engine.ended(execution))["output"]) == {"n": 1}
        assert len(functions.calls) == 1
        assert (await engine.types(execution)).count("TaskSucceeded") == 1


async def test_a_slice_whose_batch_was_lost_is_taken_again(database: Database) -> None:
    async with running(database) as engine:
        execution = await engine.start(await engine.machine("m", loop(2_000)))
        engine.writer.failing = True
        await engine.until(engine.failures, lambda count: count > 0)
        engine.writer.failing = False
        assert json.loads((await engine.ended(execution))["output"]) == {"left": 0}
        events = await engine.history(execution)
        assert [event["id"] for event in events] == list(range(1, len(events) + 1))
        assert sum(event["type"] == "ChoiceStateEntered" for event in events) == 2_000


@pytest.mark.parametrize("state", [WAIT, invoke("f")], ids=["a timer", "a call"])
async def test_what_followed_from_a_commit_without_an_answer_is_found(
    database: Database, state: dict[str, object]
) -> None:
    """The server of the database went away after it had committed: the execution exists, though nobody was told."""
    functions = FakeFunctions(answers={"f": echo})
    async with running(database, functions) as engine:
        machine = await engine.machine("m", only(state))
        engine.writer.failing = engine.writer.unknown = True
        with pytest.raises(ServiceError):
            await engine.start(machine, {"n": 1}, name="unknown")
        engine.writer.failing = False
        execution = machine.replace(":stateMachine:", ":execution:") + ":unknown"
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"
        assert len(functions.calls) == (state is not WAIT)


async def test_a_call_under_way_is_not_sent_again_by_the_recovery(database: Database) -> None:
    functions = FakeFunctions()
    gate = asyncio.Event()

    async def gated(call):  # type: ignore[no-untyped-def]
        await gate.wait()
        return await echo(call)

    functions.answers["f"] = gated
    functions.once.add("f")
    async with running(database, functions) as engine:
        execution = await engine.start(await engine.machine("m", only(invoke("f"))), {"n": 1})
        await functions.called["f"].wait()
        waiting = await engine.start(await engine.machine("w", only(WAIT)))
        engine.writer.failing = True
        await engine.until(engine.failures, lambda count: count > 0)
        engine.writer.failing = False
        assert (await engine.ended(waiting))["status"] == "SUCCEEDED"  # so the store was read again
        gate.set()
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"
        assert len(functions.calls) == 1


async def test_a_request_with_an_error_of_ours_fails_alone(database: Database) -> None:
    async with running(database) as engine:
        machine = await engine.machine("m", only({"Type": "Pass"}))

        def bug(tx):  # type: ignore[no-untyped-def]
            executions.start_execution(tx, CALLER, {"stateMachineArn": machine, "name": "in-the-bug", "input": "{}"})
            raise ZeroDivisionError

        def wrong_values(tx):  # type: ignore[no-untyped-def]
            tx.connection.exec_driver_sql("INSERT INTO meta (key, value) VALUES ('token_key', 'x')")

        names = [f"good-{number}" for number in range(40)]
        starts = [engine.start(machine, name=name) for name in names]
        answers = await asyncio.gather(
            *starts[:20],
            engine.shell.write(bug),
            *starts[20:],
            engine.shell.write(wrong_values),
            return_exceptions=True,
        )
        failed = [answer for answer in answers if isinstance(answer, BaseException)]
        assert [type(error) for error in failed] == [ZeroDivisionError, ServiceError]
        listed = await engine.read(executions.list_executions, stateMachineArn=machine)
        assert {found["name"] for found in listed["executions"]} == set(names)
        assert engine.fatal == []


async def test_a_read_with_an_error_of_ours_fails_alone(database: Database) -> None:
    async with running(database) as engine:
        machine = await engine.machine("m", only({"Type": "Pass"}))
        listing = [engine.read(state_machines_list, stateMachineArn=machine) for _ in range(10)]
        answers = await asyncio.gather(*listing, engine.shell.read(lambda tx: 1 // 0), return_exceptions=True)
        assert [type(answer) for answer in answers] == [dict] * 10 + [ZeroDivisionError]


def state_machines_list(tx, caller, request):  # type: ignore[no-untyped-def]
    return executions.list_executions(tx, caller, request)


async def test_timers_go_on_after_reads_that_failed(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fails = 3
    real = timekeeper.recovery.due_timers

    def due_timers(*arguments):  # type: ignore[no-untyped-def]
        nonlocal fails
        if fails:
            fails -= 1
            raise ServiceError("ServiceUnavailable", "The database could not be read; try again.", 503)
        return real(*arguments)

    monkeypatch.setattr(timekeeper.recovery, "due_timers", due_timers)
    async with running(database) as engine:
        execution = await engine.start(await engine.machine("m", only(WAIT)))
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"
        assert fails == 0
        assert engine.fatal == []


@pytest.mark.parametrize(("kind", "reading"), [("STANDARD", "unanswered_calls"), ("EXPRESS", "express_starts_left")])
async def test_what_ends_while_the_store_is_read_is_not_done_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, kind: str, reading: str
) -> None:
    """The server takes up what is open, and what it has just read ends before it hears of it."""
    was_read, go_on, told = threading.Event(), threading.Event(), threading.Event()
    read_left = getattr(recovery, reading)

    def slowly(database: Database):  # type: ignore[no-untyped-def]
        found = list(read_left(database))
        if found:
            was_read.set()
            assert go_on.wait(20)
        yield from found
        if found:
            told.set()

    functions = FakeFunctions()
    gate = asyncio.Event()

    async def gated(call):  # type: ignore[no-untyped-def]
        await gate.wait()
        return await echo(call)

    functions.answers["f"] = gated
    async with running(database, functions) as engine:
        monkeypatch.setattr(recovery, reading, slowly)
        execution = await engine.start(await engine.machine("m", only(invoke("f")), kind))
        await functions.called["f"].wait()
        engine.writer.failing = True
        with pytest.raises(ServiceError):
            await engine.activity("lost")
        engine.writer.failing = False
        assert await asyncio.to_thread(was_read.wait, 20)
        gate.set()
        if kind == "STANDARD":
            assert (await engine.ended(execution))["status"] == "SUCCEEDED"
        await engine.until(_left(engine), lambda count: count == 0)
        go_on.set()
        assert await asyncio.to_thread(told.wait, 20)
        await engine.until(_left(engine), lambda count: count == 0)
        assert len(functions.calls) == 1


def _left(engine):  # type: ignore[no-untyped-def]
    """Calls and Express executions that are under way in memory, or wait in the store."""

    async def count() -> int:
        starts = await engine.shell.read(
            lambda tx: tx.connection.exec_driver_sql("SELECT count(*) FROM express_starts").scalar_one()
        )
        return int(starts) + engine.shell.work_in_memory()

    return count
