"""What services ask of a batch: each other's operations, memory that is never wrong, one flush for what they gather."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import Connection, select

from engine.api import executions
from engine.asl.model import Pattern
from engine.contract import Action, Caller, Integration, LocalAction, NotYet, Operation, Transaction
from engine.errors import InvariantError, ServiceError
from engine.runtime.extensions import Extensions
from engine.runtime.transaction import BatchTransaction
from engine.sdk.resolution import InstalledActions
from engine.store.database import Database
from engine.store.tables import tags
from tests.runtime.engine import CALLER, Engine, FakeActions, only, running

pytestmark = pytest.mark.anyio

Request = dict[str, Any]
REFUSED = "refused"


def insert(tx: Transaction, *keys: str) -> None:
    rows = [{"resource_arn": "box", "key": key, "value": key, "position": 0} for key in keys]
    tx.connection.execute(tags.insert(), rows)


def stored(connection: Connection) -> list[str]:
    return sorted(connection.execute(select(tags.c.key).where(tags.c.resource_arn == "box")).scalars())


def put(tx: Transaction, caller: Caller, request: Request) -> Request:
    """Writes, and then refuses what is to be refused."""
    insert(tx, request["Key"])
    tx.memory("box")[request["Key"]] = True
    if request.get("Refuse"):
        raise ServiceError(REFUSED, "no")
    return {"Key": request["Key"]}


def gather(tx: Transaction, caller: Caller, request: Request) -> Request:
    """Checks, then gathers: what is gathered is written once for the batch."""
    if request.get("Refuse"):
        raise ServiceError(REFUSED, "no")
    memory = tx.memory("box")
    gathered = memory.setdefault("gathered", [])
    gathered.append(request["Key"])

    def flush() -> None:
        found = memory.pop("gathered", [])
        memory["flushes"] = memory.get("flushes", 0) + 1
        insert(tx, *found)

    tx.at_commit("box", flush)
    return {}


def take(tx: Transaction, caller: Caller, request: Request) -> Request | NotYet:
    found = stored(tx.connection)
    if not found:
        return NotYet("box", {"Key": None}, request.get("WaitMs", 60_000))
    tx.connection.execute(tags.delete().where(tags.c.key == found[0]))
    return {"Key": found[0]}


def listing(tx: Transaction, caller: Caller, request: Request) -> Request:
    tx.memory("box")["seen"] = True
    return {"Keys": stored(tx.connection)}


OPERATIONS = {
    "Put": Operation(put),
    "Gather": Operation(gather, checks_first=True),
    "Take": Operation(take, waits=True),
    "List": Operation(listing, reads=True),
}


@asynccontextmanager
async def serving(database: Database) -> AsyncIterator[Engine]:
    async with running(database, extensions=Extensions(operations={"box": OPERATIONS})) as engine:
        yield engine


async def keys(engine: Engine) -> list[str]:
    return list(await engine.shell.read(lambda tx: stored(tx.connection)))


def calling(name: str, **request: Any) -> Callable[[BatchTransaction], Request]:
    return lambda tx: tx.call(CALLER, "box", name, request)


async def memory(engine: Engine) -> Request:
    return dict(await engine.shell.write(lambda tx: dict(tx.memory("box")), savepoint=False))


# ---- calls ----


async def test_what_a_refused_call_wrote_is_undone_and_its_caller_goes_on(database: Database) -> None:
    def operation(tx: BatchTransaction) -> list[str]:
        tx.call(CALLER, "box", "Put", {"Key": "a"})
        with pytest.raises(ServiceError) as refused:
            tx.call(CALLER, "box", "Put", {"Key": "b", "Refuse": True})
        tx.call(CALLER, "box", "Put", {"Key": "c"})
        return [refused.value.code, *stored(tx.connection)]

    async with serving(database) as engine:
        assert await engine.shell.write(operation) == [REFUSED, "a", "c"]
        assert await keys(engine) == ["a", "c"]


async def test_a_call_is_undone_with_its_caller(database: Database) -> None:
    def operation(tx: BatchTransaction) -> None:
        tx.call(CALLER, "box", "Put", {"Key": "a"})
        tx.call(CALLER, "box", "Gather", {"Key": "b"})
        raise ServiceError(REFUSED, "after all")

    async with serving(database) as engine:
        with pytest.raises(ServiceError):
            await engine.shell.write(operation)
        assert await keys(engine) == []


async def test_a_call_does_not_wait_unless_its_caller_can(database: Database) -> None:
    async with serving(database) as engine:
        assert await engine.shell.write(calling("Take")) == {"Key": None}
        waits = asyncio.create_task(engine.shell.write(lambda tx: tx.call_or_wait(CALLER, "box", "Take", {})))

        async def waiting() -> int:
            return engine.shell._long_polls.waiting_count

        await engine.until(waiting, lambda count: count == 1)

        def put_and_wake(tx: BatchTransaction) -> None:
            tx.call(CALLER, "box", "Put", {"Key": "a"})
            tx.wake("box")

        await engine.shell.write(put_and_wake)
        assert await waits == {"Key": "a"}


async def test_a_reading_operation_calls_what_reads_and_remembers_nothing(database: Database) -> None:
    async with serving(database) as engine:
        await engine.shell.write(calling("Put", Key="a"))
        assert await engine.shell.read(lambda tx: tx.call(CALLER, "box", "List", {})) == {"Keys": ["a"]}
        assert "seen" not in await memory(engine)
        for refused in (
            lambda tx: tx.call(CALLER, "box", "Put", {"Key": "b"}),
            lambda tx: tx.wake("box"),
            lambda tx: tx.at_commit("box", print),
        ):
            with pytest.raises(Exception, match="a reading operation"):
                await engine.shell.read(refused)


@pytest.mark.parametrize(("service", "name"), [("nothing", "Put"), ("box", "Nothing")])
async def test_what_nothing_performs_is_refused_by_name(database: Database, service: str, name: str) -> None:
    async with serving(database) as engine:
        with pytest.raises(ServiceError, match=f"{name} of {service}"):
            await engine.shell.write(lambda tx: tx.call(CALLER, service, name, {}))


# ---- memory and flushes ----


async def test_what_a_batch_gathers_is_written_once(database: Database) -> None:
    def operation(tx: BatchTransaction) -> list[str]:
        for key in "abcdef":
            tx.call(CALLER, "box", "Gather", {"Key": key})
        return stored(tx.connection)

    async with serving(database) as engine:
        assert await engine.shell.write(operation, savepoint=False) == []
        assert await keys(engine) == list("abcdef")
        assert (await memory(engine))["flushes"] == 1


async def test_a_flush_that_leads_to_itself_ends_its_batch_and_no_other(database: Database) -> None:
    def operation(tx: BatchTransaction) -> None:
        def flush() -> None:
            tx.at_commit("box", flush)

        flush()

    async with serving(database) as engine:
        with pytest.raises(InvariantError, match="the flush of box"):
            await engine.shell.write(operation)
        await engine.shell.write(calling("Put", Key="a"))
        assert await keys(engine) == ["a"]


async def test_the_failure_of_one_undoes_nothing_that_another_has_gathered(database: Database) -> None:
    """In one batch: gathered, then a savepoint that is lost, with something gathered in it, then more."""

    def fails(tx: BatchTransaction) -> None:
        tx.call(CALLER, "box", "Gather", {"Key": "lost"})
        raise ServiceError(REFUSED, "no")

    async with serving(database) as engine:
        await asyncio.gather(
            engine.shell.write(calling("Gather", Key="a"), savepoint=False),
            engine.shell.write(fails),
            engine.shell.write(calling("Put", Key="b", Refuse=True)),
            engine.shell.write(calling("Gather", Key="c"), savepoint=False),
            engine.shell.write(calling("Put", Key="d")),
            return_exceptions=True,
        )
        assert await keys(engine) == ["a", "c", "d"]


async def test_memory_is_kept_over_batches_and_emptied_with_what_is_lost(database: Database) -> None:
    async with serving(database) as engine:
        await engine.shell.write(calling("Put", Key="a"))
        assert await memory(engine) == {"a": True}
        with pytest.raises(ServiceError):
            await engine.shell.write(calling("Put", Key="b", Refuse=True))
        assert await memory(engine) == {}
        await engine.shell.write(calling("Put", Key="c"))
        engine.writer.failing = True
        with pytest.raises(ServiceError):
            await engine.shell.write(calling("Put", Key="d"))
        engine.writer.failing = False
        assert await memory(engine) == {}
        await engine.shell.write(calling("Put", Key="e"))
        await engine.shell.reset()
        assert await memory(engine) == {}


async def test_what_only_checks_gets_no_savepoint(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = []
    begin = Connection.begin_nested
    monkeypatch.setattr(Connection, "begin_nested", lambda self: begun.append(1) or begin(self))  # type: ignore[func-returns-value]
    async with serving(database) as engine:
        await engine.shell.write(calling("Gather", Key="a"), savepoint=False)
        assert begun == []
        await engine.shell.write(calling("Put", Key="b"), savepoint=False)
        assert begun == [1]


# ---- Tasks that wait ----


@dataclass
class Waiting(FakeActions):
    """Beside the others, `box:take` waits for what `box:put` puts."""

    made: list[str] = field(default_factory=list)

    def find(self, service: str, action: str, sdk: bool) -> Action | None:
        if service != "sqs" or action == "sendMessage":
            return super().find(service, action, sdk)
        patterns = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})
        return LocalAction(lambda tx, caller, call: self._take(tx, call.parameters), patterns)

    def _take(self, tx: Transaction, parameters: Request) -> Any:
        self.made.append("asked")
        return take(tx, CALLER, parameters)


TASK = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:sqs:receiveMessage"}


@asynccontextmanager
async def tasks(
    database: Database, monkeypatch: pytest.MonkeyPatch, **parameters: Any
) -> AsyncIterator[tuple[Engine, str]]:
    """The engine, and a machine whose only Task takes from the box."""
    monkeypatch.setattr("tests.runtime.engine.FakeActions", Waiting)
    async with serving(database) as engine:
        yield engine, await engine.machine("m", only({**TASK, "Parameters": parameters}))


async def one_waits(engine: Engine) -> None:
    async def count() -> int:
        return engine.shell._long_polls.waiting_count

    await engine.until(count, lambda found: found == 1)


def put_and_wake(tx: BatchTransaction) -> None:
    insert(tx, "a")
    tx.wake("box")


async def test_a_task_waits_after_the_commit_and_gets_what_comes(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tasks(database, monkeypatch) as (engine, machine):
        execution = await engine.start(machine)
        await one_waits(engine)
        await engine.shell.write(put_and_wake)
        shown = await engine.ended(execution)
        assert (shown["status"], json.loads(shown["output"])) == ("SUCCEEDED", {"Key": "a"})
        assert await keys(engine) == []
        types = await engine.types(execution)
        assert types == [
            "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
            "ExecutionSucceeded",
        ]  # fmt: skip


async def test_a_task_that_waits_in_vain_gets_the_answer_for_that(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tasks(database, monkeypatch, WaitMs=30) as (engine, machine):
        shown = await engine.ended(await engine.start(machine))
        assert (shown["status"], json.loads(shown["output"])) == ("SUCCEEDED", {"Key": None})


async def test_a_task_that_is_stopped_leaves_the_queue(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with tasks(database, monkeypatch) as (engine, machine):
        execution = await engine.start(machine)
        await one_waits(engine)
        await engine.write(executions.stop_execution, executionArn=execution)
        await engine.until(lambda: _waiting_count(engine), lambda count: count == 0)
        await engine.shell.write(put_and_wake)
        assert await keys(engine) == ["a"]


async def _waiting_count(engine: Engine) -> int:
    return engine.shell._long_polls.waiting_count


async def test_a_task_goes_on_waiting_after_a_restart(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with tasks(database, monkeypatch) as (engine, machine):
        execution = await engine.start(machine)
        await one_waits(engine)
    async with serving(database) as engine:
        await one_waits(engine)
        await engine.shell.write(put_and_wake)
        assert (await engine.ended(execution))["status"] == "SUCCEEDED"


async def test_an_express_execution_waits_too(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.runtime.engine.FakeActions", Waiting)
    async with serving(database) as engine:
        arn = await engine.machine("m", only(TASK), kind="EXPRESS")
        machine = await engine.shell.read(lambda tx: tx.find_machine(arn))
        run = asyncio.create_task(engine.shell.run_express(machine, f"{arn}:x", "x", "{}"))
        await one_waits(engine)
        await engine.shell.write(put_and_wake)
        result = await run
        assert (result.status, result.output) == ("SUCCEEDED", '{"Key":"a"}')


def test_an_operation_that_waits_keeps_its_result_in_the_style_of_tasks() -> None:
    def receive(tx: Transaction, caller: Caller, request: Request) -> NotYet:
        return NotYet("q", {"Messages": []}, 20_000)

    integration = Integration("sqs", operations={"ReceiveMessage": Operation(receive, checks_first=True)})
    action = InstalledActions([integration]).find("sqs", "receiveMessage", True)
    assert isinstance(action, LocalAction) and action.checks_first
