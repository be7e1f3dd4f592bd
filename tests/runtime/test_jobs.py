"""Jobs of `.sync` Tasks: two commits, whatever is lost between them; in memory as well. And bridged operations, which
are committed with their Task or not at all."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from engine.api import executions
from engine.asl.compiler import compile_machine
from engine.asl.model import Pattern
from engine.config import Settings
from engine.contract import Call, Caller, Integration, Operation, RemoteAction, RemoteCaller, Transaction
from engine.errors import ServiceError, StateError
from engine.runtime.clock import WallClock
from engine.runtime.extensions import NOTHING_ADDED
from engine.runtime.local import LocalResult, run_local
from engine.runtime.shell import open_shell
from engine.sdk.resolution import InstalledActions
from engine.store import tasks
from engine.store.database import Database
from engine.store.leases import acquire
from engine.store.tables import tags
from tests.runtime.engine import CALLER, Engine, FakeFunctions, FlakyWriter, only

pytestmark = pytest.mark.anyio
SYNC = frozenset({Pattern.REQUEST_RESPONSE, Pattern.SYNC})
JOB = {"Type": "Task", "Resource": "arn:aws:states:::glue:startJobRun.sync", "Parameters": {"JobName": "j"}}


@dataclass
class Jobs:
    """Implements JobCaller: jobs that start at once and end when the test says so."""

    started: list[Call] = field(default_factory=list)
    stopped: list[Any] = field(default_factory=list)
    followed: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)
    may_start: asyncio.Event = field(default_factory=asyncio.Event)
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)
    starting: asyncio.Event = field(default_factory=asyncio.Event)
    fails: bool = False
    stop_fails: bool = False

    async def call(self, call: Call) -> Any:
        self.started.append(call)
        self.starting.set()
        await self.may_start.wait()
        return {"JobRunId": f"run-{len(self.started)}"}

    def at_most_once(self, call: Call) -> bool:
        return False

    async def follow(self, call: Call, submitted: Any) -> Any:
        self.followed.set()
        await self.over.wait()
        if self.fails:
            raise StateError("States.TaskFailed", "the job failed")
        return {"Followed": submitted["JobRunId"]}

    async def stop(self, call: Call, submitted: Any) -> None:
        self.stopped.append(submitted)
        self.stop_asked.set()
        if self.stop_fails:
            raise ConnectionError("nobody there")


def _never(settings: Settings) -> AbstractAsyncContextManager[RemoteCaller]:
    raise AssertionError("the test opens it")


INTEGRATION = Integration("glue", actions={"startJobRun": RemoteAction(SYNC)}, remote=_never)


@contextmanager
def _flaky(database: Database) -> Iterator[FlakyWriter]:
    real = database.writer
    flaky = FlakyWriter(real)
    database.writer = flaky  # type: ignore[assignment]
    try:
        yield flaky
    finally:
        database.writer = real


@asynccontextmanager
async def running(database: Database, jobs: Jobs, *integrations: Integration) -> AsyncIterator[Engine]:
    clock = WallClock()
    fatal: list[BaseException] = []
    actions = InstalledActions([INTEGRATION, *integrations])
    lease = acquire(database, clock.moment().epoch_ms)
    try:
        with _flaky(database) as writer:
            async with open_shell(
                database, lease, actions, {"glue": jobs}, clock, fatal.append, NOTHING_ADDED
            ) as shell:
                yield Engine(shell, FakeFunctions(), writer, [], fatal)
    finally:
        lease.release()


@pytest.fixture
def jobs() -> Jobs:
    found = Jobs()
    found.may_start.set()
    return found


async def test_a_job_runs_to_its_end(database: Database, jobs: Jobs) -> None:
    async with running(database, jobs) as engine:
        execution = await engine.start(await engine.machine("m", only(JOB)))
        await jobs.followed.wait()
        jobs.over.set()
        assert (await engine.ended(execution))["output"] == '{"Followed":"run-1"}'
        assert (await engine.types(execution))[2:6] == [
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
        ]


async def test_a_job_that_fails(database: Database, jobs: Jobs) -> None:
    jobs.fails = True
    jobs.over.set()
    async with running(database, jobs) as engine:
        shown = await engine.ended(await engine.start(await engine.machine("m", only(JOB))))
        assert (shown["error"], shown["cause"]) == ("States.TaskFailed", "the job failed")


async def test_the_next_process_follows_what_was_started(database: Database, jobs: Jobs) -> None:
    async with running(database, jobs) as engine:
        execution = await engine.start(await engine.machine("m", only(JOB)))
        await jobs.followed.wait()
    assert jobs.stopped == []  # a server that ends does not end the jobs
    with database.reader() as connection:
        (row,) = tasks.of_kind_page(connection, "REMOTE", None, 10)
        assert row.status == "STARTED"
    again = Jobs()
    again.over.set()
    async with running(database, again) as engine:
        assert (await engine.ended(execution))["output"] == '{"Followed":"run-1"}'
        assert (await engine.types(execution)).count("TaskSubmitted") == 1
    assert again.started == []


async def test_a_start_that_was_not_committed_is_made_again(database: Database, jobs: Jobs) -> None:
    jobs.may_start.clear()
    async with running(database, jobs) as engine:
        execution = await engine.start(await engine.machine("m", only(JOB)))
        await jobs.starting.wait()
    again = Jobs()
    again.may_start.set()
    again.over.set()
    async with running(database, again) as engine:
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"
    assert [call.idempotency_key for call in again.started] == [call.idempotency_key for call in jobs.started]


@pytest.mark.parametrize("unknown", [False, True])
async def test_a_lost_commit_submits_a_job_once(database: Database, jobs: Jobs, unknown: bool) -> None:
    """`unknown`: the commit was made, and nobody was told."""
    jobs.may_start.clear()
    async with running(database, jobs) as engine:
        execution = await engine.start(await engine.machine("m", only(JOB)))
        await jobs.starting.wait()
        engine.writer.failing, engine.writer.unknown = True, unknown
        jobs.may_start.set()
        await engine.until(engine.failures, bool)
        engine.writer.failing = False
        jobs.over.set()
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"
        assert (await engine.types(execution)).count("TaskSubmitted") == 1
    assert len(jobs.started) == 1


async def test_a_stopped_execution_stops_its_job(database: Database, jobs: Jobs) -> None:
    async with running(database, jobs) as engine:
        execution = await engine.start(await engine.machine("m", only(JOB)))
        await jobs.followed.wait()
        await engine.write(executions.stop_execution, executionArn=execution)
        await jobs.stop_asked.wait()
    assert jobs.stopped == [{"JobRunId": "run-1"}]
    with database.reader() as connection:
        assert tasks.of_kind_page(connection, "REMOTE", None, 10) == []


async def test_a_job_is_stopped_though_it_started_too_late(database: Database, jobs: Jobs) -> None:
    jobs.may_start.clear()
    jobs.stop_fails = True  # which is nobody's trouble
    async with running(database, jobs) as engine:
        execution = await engine.start(await engine.machine("m", only(JOB)))
        await jobs.starting.wait()
        await engine.write(executions.stop_execution, executionArn=execution)
        jobs.may_start.set()
        await jobs.stop_asked.wait()
    assert not jobs.followed.is_set()


async def test_a_submitted_output_that_is_too_large_fails_its_task(database: Database, jobs: Jobs) -> None:
    async def large(call: Call) -> Any:
        return {"JobRunId": "x" * 300_000}

    jobs.call = large  # type: ignore[method-assign]
    async with running(database, jobs) as engine:
        shown = await engine.ended(await engine.start(await engine.machine("m", only(JOB))))
        assert (shown["status"], shown["error"]) == ("FAILED", "States.DataLimitExceeded")
        await jobs.stop_asked.wait()


# ---- in memory ----


async def _run_here(jobs: Jobs, state: dict[str, Any]) -> LocalResult:
    machine = compile_machine(json.dumps(only(state)), "STANDARD", None)
    return await run_local(machine, "m", "{}", CALLER, InstalledActions([INTEGRATION]), {"glue": jobs})


async def test_a_run_in_memory_follows_a_job(jobs: Jobs) -> None:
    jobs.over.set()
    result = await _run_here(jobs, JOB)
    assert (result.status, result.output) == ("SUCCEEDED", '{"Followed":"run-1"}')
    assert "TaskSubmitted" in [event["type"] for event in result.events]


async def test_a_run_in_memory_stops_a_job_that_takes_too_long(jobs: Jobs) -> None:
    result = await _run_here(jobs, {**JOB, "TimeoutSeconds": 1})
    assert (result.status, result.error) == ("FAILED", "States.Timeout")
    assert jobs.stopped == [{"JobRunId": "run-1"}]


# ---- operations of built-in services ----


def _tag(tx: Transaction, caller: Caller, request: dict[str, Any]) -> dict[str, Any]:
    row = {"resource_arn": request["QueueUrl"], "key": "k", "value": request["MessageBody"], "position": 0}
    tx.connection.execute(tags.insert(), row)
    if request["MessageBody"] == "fail":
        raise ServiceError("QueueDoesNotExist", "no such queue")
    return {"MessageId": "1"}


QUEUES = Integration("sqs", operations={"SendMessage": Operation(_tag)})


@pytest.mark.parametrize(
    ("body", "error", "rows"), [("fine", None, ["fine"]), ("fail", "Sqs.QueueDoesNotExistException", [])]
)
async def test_a_bridged_operation_is_committed_with_its_task_or_not_at_all(
    database: Database, jobs: Jobs, body: str, error: str | None, rows: list[str]
) -> None:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sqs:sendMessage",
        "Parameters": {"QueueUrl": f"q-{body}", "MessageBody": body},
    }
    async with running(database, jobs, QUEUES) as engine:
        shown = await engine.ended(await engine.start(await engine.machine("m", only(state))))
        assert shown.get("error") == error
    with database.reader() as connection:
        found = connection.execute(select(tags.c.value).where(tags.c.resource_arn == f"q-{body}"))
        assert [row.value for row in found] == rows
