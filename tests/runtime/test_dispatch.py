"""Calls that leave the process: sent after their commit, cancelled with their Task, answered once."""

import asyncio
import json

import pytest

from engine.api import executions
from engine.contract import Call
from engine.store import tasks
from engine.store.database import Database
from tests.runtime.engine import Engine, FakeFunctions, echo, invoke, never, only, running

pytestmark = pytest.mark.anyio


async def _rows(engine: Engine) -> int:
    """Tasks that the store holds."""
    return int(
        await engine.shell.read(lambda tx: tx.connection.exec_driver_sql("SELECT count(*) FROM tasks").scalar_one())
    )


async def test_a_call_is_cancelled_with_its_execution(database: Database) -> None:
    functions = FakeFunctions(answers={"f": never})
    async with running(database, functions) as engine:
        execution = await engine.start(await engine.machine("m", only(invoke("f"))))
        await functions.called["f"].wait()
        assert await _rows(engine) == 1
        await engine.write(executions.stop_execution, executionArn=execution)
        await engine.until(_under_way(engine), lambda count: count == 0)
        assert functions.cancelled == ["f"]
        assert await _rows(engine) == 0


def _under_way(engine: Engine):  # type: ignore[no-untyped-def]
    async def count() -> float:
        return next(value for name, _, value in engine.shell.gauges() if name == "remote_calls")

    return count


async def test_a_call_that_takes_too_long_is_cancelled_and_the_next_attempt_is_another(database: Database) -> None:
    functions = FakeFunctions()

    async def second_time(call: Call) -> object:
        return await (never(call) if len(functions.calls) == 1 else echo(call))

    functions.answers["f"] = second_time
    retry = [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1}]
    async with running(database, functions) as engine:
        machine = await engine.machine("m", only(invoke("f", TimeoutSeconds=1, Retry=retry)))
        execution = await engine.start(machine, {"n": 1})
        assert json.loads((await engine.ended(execution))["output"]) == {"n": 1}
        assert functions.cancelled == ["f"]
        first, second = functions.calls
        assert first.idempotency_key != second.idempotency_key
        assert first.timeout_ms is not None and 0 < first.timeout_ms <= 1_000
        types = await engine.types(execution)
        assert [kind for kind in types if kind.startswith("Task")] == [
            *("TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskTimedOut"),
            *("TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited"),
        ]


async def test_an_error_of_ours_in_a_call_fails_its_task(database: Database) -> None:
    async def bug(call: Call) -> object:
        raise ZeroDivisionError

    async with running(database, FakeFunctions(answers={"f": bug})) as engine:
        shown = await engine.ended(await engine.start(await engine.machine("m", only(invoke("f")))))
        assert (shown["status"], shown["error"]) == ("FAILED", "States.Runtime")


async def test_an_answer_that_cannot_be_taken_fails_its_task(database: Database) -> None:
    async def no_json(call: Call) -> object:
        return {"Payload": object()}

    async with running(database, FakeFunctions(answers={"f": no_json})) as engine:
        shown = await engine.ended(await engine.start(await engine.machine("m", only(invoke("f")))))
        assert (shown["status"], shown["error"]) == ("FAILED", "States.Runtime")
        assert await _rows(engine) == 0


async def test_after_an_end_what_had_no_answer_is_sent_again(database: Database) -> None:
    """But not what is to be sent at most once: that fails its Task."""
    functions = FakeFunctions(answers={"f": never, "once": never}, once={"once"})
    async with running(database, functions) as engine:
        again = await engine.start(await engine.machine("m", only(invoke("f"))), {"n": 1})
        once = await engine.start(await engine.machine("o", only(invoke("once"))))
        await functions.called["f"].wait()
        await functions.called["once"].wait()
    functions.answers = {"f": echo, "once": echo}
    async with running(database, functions) as engine:
        assert json.loads((await engine.ended(again))["output"]) == {"n": 1}
        lost = await engine.ended(once)
        assert (lost["status"], lost["error"]) == ("FAILED", "States.TaskFailed")
        assert "at_most_once" in lost["cause"]
    sent = [call for call in functions.calls if call.parameters["FunctionName"] == "f"]
    assert len(sent) == 2
    assert sent[0].idempotency_key == sent[1].idempotency_key
    assert len(functions.calls) == 3


async def test_a_call_that_is_over_within_its_batch_is_never_sent(database: Database) -> None:
    functions = FakeFunctions(answers={"f": echo})
    async with running(database, functions) as engine:
        machine = await engine.machine("m", only(invoke("f")))

        def start_and_stop(tx):  # type: ignore[no-untyped-def]
            row = tx.find_machine(machine)
            arn = machine.replace(":stateMachine:", ":execution:") + ":brief"
            tx.start_execution(row, arn, "brief", "{}", {}, None)
            tx.stop_execution(tx.find_execution(arn), None, None)
            return arn

        arn = await engine.shell.write(start_and_stop, savepoint=False)
        assert (await engine.describe(arn))["status"] == "ABORTED"
        assert await _rows(engine) == 0
        assert _under_way_now(engine) == 0
    assert functions.calls == []


def _under_way_now(engine: Engine) -> float:
    return next(value for name, _, value in engine.shell.gauges() if name == "remote_calls")


async def test_local_calls_are_made_once_with_their_results(database: Database) -> None:
    """A call to a built-in service commits with its Task; one that fails leaves nothing behind."""
    send = {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "ResultPath": None}
    caught = {"Catch": [{"ErrorEquals": ["SQS.QueueDoesNotExistException"], "Next": "B"}]}
    definition = {
        "StartAt": "A",
        "States": {
            "A": {**send, **caught, "Parameters": {"QueueUrl": "q", "MessageBody": "fail"}, "Next": "B"},
            "B": {**send, "Parameters": {"QueueUrl": "q", "MessageBody": "kept"}, "End": True},
        },
    }
    sent: list[str] = []
    async with running(database, sent=sent) as engine:
        engine.writer.commits = 0
        execution = await engine.start(await engine.machine("m", definition))
        assert (await engine.describe(execution))["status"] == "SUCCEEDED"  # all within the batch of its start
        assert sent == ["fail", "kept"]

        def kept(tx):  # type: ignore[no-untyped-def]
            return tx.connection.exec_driver_sql("SELECT value FROM tags").scalars().all()

        assert await engine.shell.read(kept) == ["kept"]


async def test_many_local_calls_of_one_execution_are_spread_over_batches(database: Database) -> None:
    send = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage",
        "Parameters": {"QueueUrl": "q", "MessageBody.$": "States.Format('{}', $)"},
        "End": True,
    }
    definition = only({"Type": "Map", "ItemProcessor": {"StartAt": "Send", "States": {"Send": send}}})
    sent: list[str] = []
    async with running(database, sent=sent) as engine:
        machine = await engine.machine("m", definition)
        before = engine.writer.commits
        execution = await engine.start(machine, list(range(200)))
        shown = await engine.ended(execution)
        assert [found["MessageId"] for found in json.loads(shown["output"])] == [str(n) for n in range(200)]
        assert sorted(sent, key=int) == [str(n) for n in range(200)]
        assert engine.writer.commits - before >= 3
        assert await _rows(engine) == 0


async def test_a_token_answered_while_its_function_works(database: Database) -> None:
    """The answer to the token ends the Task; what the function answers later is stale."""
    functions = FakeFunctions()
    gate = asyncio.Event()

    async def gated(call: Call) -> object:
        await gate.wait()
        return await echo(call)

    functions.answers["f"] = gated
    async with running(database, functions) as engine:
        task = invoke("f") | {"Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken", "OutputPath": "$"}
        execution = await engine.start(await engine.machine("m", only(task)))
        await functions.called["f"].wait()
        token = functions.calls[0].task_token
        await engine.shell.write(lambda tx: tx.task_succeeded(token, '{"by": "token"}'))
        gate.set()
        await engine.until(_under_way(engine), lambda count: count == 0)
        shown = await engine.describe(execution)
        assert json.loads(shown["output"]) == {"by": "token"}
        assert (await engine.types(execution)).count("TaskSubmitted") == 0
        assert await _rows(engine) == 0
        assert await engine.shell.read(lambda tx: tasks.of_kind_page(tx.connection, "REMOTE", None, 10)) == []


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
async def test_a_role_that_is_none_fails_the_task_and_nothing_is_called(database: Database, kind: str) -> None:
    functions = FakeFunctions(answers={"f": echo})
    definition = only(invoke("f", Credentials={"RoleArn": "nobody"}))
    async with running(database, functions) as engine:
        machine = await engine.machine("m", definition, kind)
        if kind == "EXPRESS":
            row = await engine.shell.read(lambda tx: tx.find_machine(machine))
            ran = await engine.shell.run_express(row, f"{machine}:n:u", "n", "{}")
            error, cause = ran.error, ran.cause
        else:
            shown = await engine.ended(await engine.start(machine))
            error, cause = shown["error"], shown["cause"]
    assert error == "States.Runtime"
    assert "The RoleArn of the field 'Credentials' must be the ARN of an IAM role but was: \"nobody\"" in str(cause)
    assert functions.calls == []
