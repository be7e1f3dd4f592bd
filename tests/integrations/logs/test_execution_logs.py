"""The logs of executions: by level, with and without data, exactly once over commits that fail."""

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.api import express
from engine.api.operations import build_handlers
from engine.contract import Caller, LogSettings, Recorded
from engine.errors import ServiceError
from engine.runtime import following, outbox
from engine.runtime.extensions import Extensions
from engine.store import purge
from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.upgrade import upgrade
from integrations.logs import events, groups
from integrations.logs.execution_log import messages
from integrations.logs.sink import ExecutionLogs
from integrations.logs.tables import MIGRATIONS, metadata
from tests.postgres import new_database
from tests.runtime.engine import CALLER, ROLE, Engine, only, running
from tests.virtual_clock import VirtualClock

pytestmark = pytest.mark.anyio

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/states:*"
GOLDENS = Path(__file__).parent / "goldens"
STARTED_MS = 1_795_357_120_123
LOGGING = Extensions(sinks=[ExecutionLogs()], tables=[metadata])

# Fails once and is caught; then a Parallel of which one branch fails, which ends the execution.
MACHINE: dict[str, Any] = {
    "StartAt": "Charge",
    "States": {
        "Charge": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage",
            "Parameters": {"QueueUrl": "q", "MessageBody": "fail"},
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Both"}],
            "Next": "Both",
        },
        "Both": {
            "Type": "Parallel",
            "Branches": [
                {"StartAt": "Fine", "States": {"Fine": {"Type": "Pass", "End": True}}},
                {"StartAt": "Broken", "States": {"Broken": {"Type": "Fail", "Error": "Broken", "Cause": "why"}}},
            ],
            "End": True,
        },
    },
}


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def logging_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    url = "sqlite:///:memory:" if request.param == "sqlite" else new_database()
    with open_database(url, durable=False) as opened:
        upgrade(opened, [Component("logs", MIGRATIONS)])
        yield opened


@pytest.fixture
def database(logging_database: Database) -> Database:
    with logging_database.writer.transaction() as connection:
        purge.everything(connection, [metadata])
    return logging_database


async def machine(
    engine: Engine,
    definition: Any,
    level: str,
    data: bool = False,
    kind: str = "STANDARD",
    caller: Caller = CALLER,
) -> str:
    request = {
        "name": f"m-{level}",
        "definition": json.dumps(definition),
        "roleArn": ROLE,
        "type": kind,
        "loggingConfiguration": {
            "level": level,
            "includeExecutionData": data,
            "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": GROUP}}],
        },
    }
    made = await build_handlers(engine.shell)["CreateStateMachine"](caller, request)
    return str(made["stateMachineArn"])


async def logged(engine: Engine) -> list[dict[str, Any]]:
    """What the group holds, with the stream of each."""
    answer = await engine.read(events.filter_log_events, logGroupName="/states")
    return [json.loads(event["message"]) | {"stream": event["logStreamName"]} for event in answer["events"]]


async def new_group(engine: Engine) -> None:
    await engine.write(groups.create_log_group, logGroupName="/states")


@pytest.mark.parametrize(
    ("level", "data"), [("ALL", True), ("ALL", False), ("ERROR", True), ("ERROR", False), ("FATAL", True)]
)
async def test_goldens(database: Database, level: str, data: bool, request: pytest.FixtureRequest) -> None:
    clock = VirtualClock(STARTED_MS, random.Random(1))
    async with running(database, clock=clock, extensions=LOGGING) as engine:
        await new_group(engine)
        execution = await engine.start(await machine(engine, MACHINE, level, data), {"order": 7}, name="e")
        await engine.ended(execution)
        found = await logged(engine)
    text = "".join(json.dumps(line) + "\n" for line in found)
    golden = GOLDENS / f"{level.lower()}-{'with' if data else 'without'}-data.jsonl"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(text)
    assert text == golden.read_text(), f"if this is right, run again with UPDATE_GOLDENS=1: {golden.name}"


async def test_off_logs_nothing_and_all_logs_the_history(database: Database) -> None:
    async with running(database, extensions=LOGGING) as engine:
        await new_group(engine)
        quiet = await machine(engine, only({"Type": "Pass"}), "OFF")
        await engine.ended(await engine.start(quiet))
        assert await logged(engine) == []
        execution = await engine.start(await machine(engine, MACHINE, "ALL", True), {"order": 7})
        await engine.ended(execution)
        history, log = await engine.history(execution), await logged(engine)
    assert [line["id"] for line in log] == [str(event["id"]) for event in history]
    assert [line["type"] for line in log] == [event["type"] for event in history]
    assert [line["previous_event_id"] for line in log] == [str(event["previousEventId"]) for event in history]
    for line, event in zip(log, history, strict=True):
        shown = [value for value in event.values() if isinstance(value, dict)]
        assert line["details"] == (shown[0] if shown else {})


async def test_each_event_is_logged_once_whatever_commits_fail(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (following, outbox):
        monkeypatch.setattr(module, "RETRY_SECONDS", 0.02)
    waits = {
        "StartAt": "A",
        "States": {
            "A": {"Type": "Wait", "Seconds": 1, "Next": "B"},
            "B": {"Type": "Pass", "End": True},
        },
    }
    async with running(database, extensions=LOGGING) as engine:
        await new_group(engine)
        arn = await machine(engine, waits, "ALL", False)
        engine.writer.failing = True
        with pytest.raises(ServiceError):
            await engine.start(arn, name="lost")
        engine.writer.failing = False
        assert await logged(engine) == []
        execution = await engine.start(arn, name="kept")
        failed = engine.writer.failed
        engine.writer.failing = True
        await engine.until(engine.failures, lambda count: count > failed)  # the timer's batch, which logs the rest
        engine.writer.failing = False
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"
        assert [line["id"] for line in await logged(engine)] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize("kind", ["synchronous", "asynchronous"])
async def test_express_histories_are_logged(database: Database, kind: str) -> None:
    async with running(database, extensions=LOGGING) as engine:
        await new_group(engine)
        arn = await machine(engine, MACHINE, "ALL", True, "EXPRESS")
        if kind == "synchronous":
            ran = await express.start_sync_execution(
                engine.shell, CALLER, {"stateMachineArn": arn, "input": '{"order": 7}', "name": "e"}
            )
            execution = ran["executionArn"]
        else:
            execution = await engine.start(arn, {"order": 7}, name="e")
        found = await engine.until(lambda: logged(engine), bool)
    assert {line["execution_arn"] for line in found} == {execution}
    assert ":express:m-ALL:e:" in execution
    assert [line["id"] for line in found] == [str(number) for number in range(1, len(found) + 1)]
    assert (found[0]["type"], found[-1]["type"]) == ("ExecutionStarted", "ExecutionFailed")
    assert found[0]["details"]["input"] == '{"order": 7}'


async def test_the_express_children_of_a_map_run_are_logged(database: Database) -> None:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "Item",
        "States": {"Item": {"Type": "Pass", "End": True}},
    }
    each = {"Type": "Map", "Label": "l", "ItemProcessor": processor}
    async with running(database, extensions=LOGGING) as engine:
        await new_group(engine)
        arn = await machine(engine, only(each), "ALL", True)
        execution = await engine.start(arn, [1, 2], name="e")
        await engine.ended(execution)
        lines = await logged(engine)
    children = {line["execution_arn"] for line in lines} - {execution}
    assert len(children) == 2
    for child in children:
        assert ":express:m-ALL/l:" in child
        types = [line["type"] for line in lines if line["execution_arn"] == child]
        assert types == ["ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]


async def test_a_large_express_history_is_logged_in_parts(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.limits.EXPRESS_LOG_BYTES_MAX", 2_000)
    send = MACHINE["States"]["Charge"] | {"Parameters": {"QueueUrl": "q", "MessageBody": "m"}}
    states = {f"S{number}": {**send, "Next": f"S{number + 1}"} for number in range(5)}
    for state in states.values():
        del state["Catch"]
    states["S5"] = {"Type": "Succeed"}
    async with running(database, extensions=LOGGING) as engine:
        await new_group(engine)
        arn = await machine(engine, {"StartAt": "S0", "States": states}, "ALL", True, "EXPRESS")
        before = engine.writer.commits
        await express.start_sync_execution(engine.shell, CALLER, {"stateMachineArn": arn})
        assert engine.writer.commits - before >= 5 + 2, "the messages, and the parts"
        assert [line["id"] for line in await logged(engine)] == [str(number) for number in range(1, 5 * 5 + 5)]


async def test_a_destination_must_be_there_when_it_is_named(database: Database) -> None:
    refusal = "The state machine IAM Role is not authorized to access the Log Destination"
    async with running(database, extensions=LOGGING) as engine:
        with pytest.raises(ServiceError, match=refusal) as error:
            await machine(engine, MACHINE, "ALL", True)
        assert error.value.code == "AccessDeniedException"
        await new_group(engine)
        arn = await machine(engine, only({"Type": "Pass"}), "ALL", True)
        with pytest.raises(ServiceError, match=refusal):
            await machine(engine, MACHINE, "ALL", caller=Caller("111111111111", "us-east-1"))
        # Deleted later, it takes nothing, and nothing fails.
        await engine.write(groups.delete_log_group, logGroupName="/states")
        assert (await engine.ended(await engine.start(arn)))["status"] == "SUCCEEDED"
        assert engine.fatal == []


def test_data_too_large_for_a_log_event_is_cut() -> None:
    logging = LogSettings("ALL", True, GROUP)
    details = {
        "name": "S",
        "input": json.dumps("é" * 140_000, ensure_ascii=False),
        "inputDetails": {"truncated": False},
    }
    event = {
        "timestamp": 1.5,
        "type": "PassStateEntered",
        "id": 2,
        "previousEventId": 0,
        "stateEnteredEventDetails": details,
    }
    one = Recorded(
        execution_arn="e",
        machine_arn="m",
        version_arn=None,
        alias_arn=None,
        name="e",
        express=False,
        status="RUNNING",
        input="",
        output=None,
        error=None,
        cause=None,
        start_ms=0,
        stop_ms=None,
        redrive_count=0,
        redrive_ms=None,
        logging=logging,
        events=[event],
    )
    [(time_ms, text)] = messages(one, logging)
    shown = json.loads(text)["details"]
    assert time_ms == 1500
    assert shown["inputDetails"] == {"truncated": True}
    assert details["input"].startswith(shown["input"])
    assert 253_950 - 4 <= len(json.dumps(shown["input"], ensure_ascii=False).encode()) <= 253_954
    assert details["inputDetails"] == {"truncated": False}, "the history keeps what it has"


async def test_deleted_and_expired_events_go_bit_by_bit(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations.logs import streams
    from integrations.logs.tables import events as event_table
    from integrations.logs.upkeep import sweep

    monkeypatch.setattr("engine.limits.LOG_SWEEP_EVENTS", 3)
    clock = VirtualClock(STARTED_MS, random.Random(1))
    async with running(database, clock=clock, extensions=LOGGING) as engine:
        for name in ("/states", "/other"):
            await engine.write(groups.create_log_group, logGroupName=name)
            await engine.write(streams.create_log_stream, logGroupName=name, logStreamName="s")
            batch = [{"timestamp": STARTED_MS - 10 + number, "message": f"{number}"} for number in range(10)]
            await engine.write(events.put_log_events, logGroupName=name, logStreamName="s", logEvents=batch)
        await engine.write(groups.delete_log_group, logGroupName="/states")
        await engine.write(groups.put_retention_policy, logGroupName="/other", retentionInDays=1)

        async def left() -> int:
            return int(await engine.shell.read(lambda tx: len(tx.connection.execute(event_table.select()).all())))

        runs = 0
        while await engine.shell.post(sweep):
            runs += 1
            assert runs < 20
        assert await left() == 10, "only what was deleted"
        clock.advance_to(STARTED_MS + 86_400_000 - 5)
        assert await engine.shell.post(sweep) is True
        assert await left() == 7, "three at a time"
        for _ in range(10):
            await engine.shell.post(sweep)
        answer = await engine.read(events.filter_log_events, logGroupName="/other")
        assert [event["message"] for event in answer["events"]] == ["5", "6", "7", "8", "9"]
        [shown] = (await engine.read(groups.describe_log_groups, logGroupNamePrefix="/other"))["logGroups"]
        assert shown["storedBytes"] == 5
