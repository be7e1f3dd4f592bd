"""Express executions: synchronous ones answer their caller, asynchronous ones run until they have ended."""

import asyncio
import json
from typing import Any

import pytest

from engine.api import machine_views, state_machines
from engine.contract import Call
from engine.errors import ServiceError
from engine.runtime.protocol import SyncResult
from engine.store.database import Database
from tests.runtime.engine import Engine, FakeFunctions, Json, echo, invoke, never, only, running

pytestmark = pytest.mark.anyio


async def _run(engine: Engine, definition: Json, given: Any = None) -> SyncResult:
    machine = await engine.machine("m", definition, "EXPRESS")
    row = await engine.shell.read(lambda tx: tx.find_machine(machine))
    arn = machine.replace(":stateMachine:", ":express:") + ":name:unique"
    return await engine.shell.run_express(row, arn, "name", json.dumps(given or {}))


async def _left(engine: Engine) -> int:
    return int(
        await engine.shell.read(
            lambda tx: tx.connection.exec_driver_sql("SELECT count(*) FROM express_starts").scalar_one()
        )
    )


async def test_a_synchronous_one_answers_with_what_its_functions_gave(database: Database) -> None:
    async with running(database, FakeFunctions(answers={"f": echo})) as engine:
        result = await _run(engine, only(invoke("f")), {"n": 1})
        assert (result.status, json.loads(result.output or "")) == ("SUCCEEDED", {"n": 1})
        assert result.start_ms <= result.stop_ms


async def test_a_synchronous_one_ends_at_its_timeout(database: Database) -> None:
    functions = FakeFunctions(answers={"f": never})
    async with running(database, functions) as engine:
        result = await _run(engine, only(invoke("f")) | {"TimeoutSeconds": 1})
        assert (result.status, result.error) == ("TIMED_OUT", "States.Timeout")
        assert functions.cancelled == ["f"]


async def test_a_task_of_one_times_out_and_is_caught(database: Database) -> None:
    functions = FakeFunctions(answers={"f": never})
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.late", "Next": "Over"}]
    definition = {
        "StartAt": "Call",
        "States": {
            "Call": invoke("f", TimeoutSeconds=1, Catch=catch, Next="Over"),
            "Over": {"Type": "Pass", "End": True},
        },
    }
    async with running(database, functions) as engine:
        result = await _run(engine, definition)
        assert result.status == "SUCCEEDED"
        assert json.loads(result.output or "")["late"]["Error"] == "States.Timeout"
        assert functions.cancelled == ["f"]


async def test_an_error_of_ours_fails_the_task_at_once(database: Database) -> None:
    async def bug(call: Call) -> object:
        raise ZeroDivisionError

    async with running(database, FakeFunctions(answers={"f": bug})) as engine:
        result = await asyncio.wait_for(_run(engine, only(invoke("f"))), 20)
        assert (result.status, result.error) == ("FAILED", "States.Runtime")


@pytest.mark.parametrize(("body", "status"), [("kept", "SUCCEEDED"), ("fail", "FAILED")])
async def test_a_call_to_a_built_in_service_is_a_batch_of_its_own(database: Database, body: str, status: str) -> None:
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody": body},
    }
    async with running(database) as engine:
        result = await _run(engine, only(send))
        assert result.status == status
        assert result.error in (None, "SQS.QueueDoesNotExistException")

        def kept(tx):  # type: ignore[no-untyped-def]
            return tx.connection.exec_driver_sql("SELECT value FROM tags").scalars().all()

        assert await engine.shell.read(kept) == (["kept"] if body == "kept" else [])
        assert engine.sent == [body]


async def test_an_asynchronous_one_runs_again_after_the_end_of_the_server(database: Database) -> None:
    functions = FakeFunctions(answers={"f": never})
    async with running(database, functions) as engine:
        machine = await engine.machine("m", only(invoke("f")), "EXPRESS")
        await engine.start(machine, {"n": 1})
        await functions.called["f"].wait()
        assert await _left(engine) == 1
    functions.answers["f"] = echo
    async with running(database, functions) as engine:
        await engine.until(lambda: _left(engine), lambda count: count == 0)
    assert len(functions.calls) == 2
    assert functions.calls[0].execution_arn == functions.calls[1].execution_arn
    async with running(database, functions) as engine:
        await engine.shell.write(lambda tx: None)
    assert len(functions.calls) == 2


async def test_no_more_than_so_many_at_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.EXPRESS_RUNS_MAX", 1)
    functions = FakeFunctions(answers={"f": never})
    async with running(database, functions) as engine:
        machine = await engine.machine("a", only(invoke("f")), "EXPRESS")
        first = await engine.start(machine)
        await functions.called["f"].wait()
        with pytest.raises(ServiceError, match="ThrottlingException"):
            await _run(engine, only({"Type": "Pass"}))
        await engine.start(machine)  # waits for its turn, in the store
        assert await _left(engine) == 2
        assert [call.execution_arn for call in functions.calls] == [first]


async def test_those_of_a_deleted_machine_run_to_their_ends(database: Database) -> None:
    """Also when the server ends in between; then the machine goes, and leaves nothing."""
    functions = FakeFunctions(answers={"f": never})
    async with running(database, functions) as engine:
        machine = await engine.machine("m", only(invoke("f")), "EXPRESS")
        for number in range(2):
            await engine.start(machine, {"n": number})
        await functions.called["f"].wait()
        await engine.write(state_machines.delete_state_machine, stateMachineArn=machine)
        await engine.shell.write(lambda tx: None)
        shown = await engine.read(machine_views.describe_state_machine, stateMachineArn=machine)
        assert shown["status"] == "DELETING"
    again = FakeFunctions(answers={"f": echo})
    async with running(database, again) as engine:
        await engine.until(lambda: engine.shell.read(lambda tx: tx.find_machine(machine)), lambda row: row is None)
        assert sorted(call.parameters["Payload"]["n"] for call in again.calls) == [0, 1]
        assert await _left(engine) == 0
