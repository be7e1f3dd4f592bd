"""The engine in this process, with functions that the test holds in its hands and a writer that fails when told to."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from engine.api import activities, executions, history, state_machines
from engine.api.definitions import check_definition
from engine.asl.model import Pattern
from engine.contract import Action, Call, Caller, LocalAction, RemoteAction, Transaction
from engine.errors import StateError
from engine.runtime.clock import Clock, WallClock
from engine.runtime.extensions import NOTHING_ADDED, Extensions
from engine.runtime.shell import Shell, open_shell
from engine.store.database import Database, Writer
from engine.store.leases import acquire
from engine.store.tables import tags

CALLER = Caller("000000000000", "us-east-1")
ROLE = "arn:aws:iam::000000000000:role/r"
PATIENCE_SECONDS = 60.0

Json = dict[str, Any]


@dataclass
class FakeFunctions:
    """Implements RemoteCaller. `answers`: function name -> what it does; `calls` is all that was sent."""

    calls: list[Call] = field(default_factory=list)
    answers: dict[str, Callable[[Call], Awaitable[Any]]] = field(default_factory=dict)
    called: defaultdict[str, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    cancelled: list[str] = field(default_factory=list)
    once: set[str] = field(default_factory=set)

    async def call(self, call: Call) -> Any:
        name = _name(call)
        self.calls.append(call)
        self.called[name].set()
        try:
            return await self.answers[name](call)
        except asyncio.CancelledError:
            self.cancelled.append(name)
            raise

    def at_most_once(self, call: Call) -> bool:
        return _name(call) in self.once


def _name(call: Call) -> str:
    return str(call.parameters["FunctionName"]) if call.action == "invoke" else call.resource.rpartition(":")[2]


async def echo(call: Call) -> Any:
    return {"Payload": call.parameters.get("Payload")}


async def never(call: Call) -> Any:
    await asyncio.Event().wait()


class FlakyWriter:
    """A Writer whose commits fail while `failing`: before they are made, or, with `unknown`, after."""

    def __init__(self, writer: Writer):
        self._writer = writer
        self.failing = False
        self.unknown = False
        self.commits = 0
        self.failed = 0

    @property
    def connection(self) -> Connection:
        return self._writer.connection

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._writer.transaction() as connection:
            yield connection
            if self.failing and not self.unknown:
                self._fail()
        if self.failing:
            self._fail()
        self.commits += 1

    def _fail(self) -> None:
        self.failed += 1
        raise OperationalError("COMMIT", {}, Exception("the disk is full"))


@dataclass
class FakeActions:
    """Implements Actions: functions, and `sqs:sendMessage` as a local action that writes a tag for each call.

    `sent` has the bodies of the messages; "fail" fails after it has written.
    """

    sent: list[str]

    def find(self, service: str, action: str, sdk: bool) -> Action | None:
        both = frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})
        if service == "lambda":
            return RemoteAction(both, caller="lambda")
        return LocalAction(self._send, both) if (service, action) == ("sqs", "sendMessage") else None

    def _send(self, tx: Transaction, caller: Caller, call: Call) -> Any:
        body = str(call.parameters["MessageBody"])
        self.sent.append(body)
        tx.connection.execute(
            tags.insert(),
            {"resource_arn": call.execution_arn, "key": call.idempotency_key, "value": body, "position": 0},
        )
        if body == "fail":
            raise StateError("SQS.QueueDoesNotExistException", "no such queue")
        return {"MessageId": body}


@dataclass
class Engine:
    """A running shell, spoken to by the operations of the API."""

    shell: Shell
    functions: FakeFunctions
    writer: FlakyWriter
    sent: list[str]
    fatal: list[BaseException]

    async def write(self, operation: Callable[..., Any], **request: Any) -> Json:
        return cast(Json, await self.shell.write(lambda tx: operation(tx, CALLER, request)))

    async def read(self, operation: Callable[..., Any], **request: Any) -> Json:
        return cast(Json, await self.shell.read(lambda tx: operation(tx, CALLER, request)))

    async def machine(self, name: str, definition: Json, kind: str = "STANDARD") -> str:
        text = json.dumps(definition)
        create = partial(state_machines.create_state_machine, variables=check_definition(text, kind, None))
        made = await self.write(create, name=name, definition=text, roleArn=ROLE, type=kind)
        return str(made["stateMachineArn"])

    async def activity(self, name: str) -> str:
        return str((await self.write(activities.create_activity, name=name))["activityArn"])

    async def start(self, machine: str, given: Any = None, **others: Any) -> str:
        text = json.dumps(given if given is not None else {})
        started = await self.write(executions.start_execution, stateMachineArn=machine, input=text, **others)
        return str(started["executionArn"])

    async def describe(self, execution: str) -> Json:
        return await self.read(executions.describe_execution, executionArn=execution)

    async def ended(self, execution: str) -> Json:
        return await self.until(lambda: self.describe(execution), lambda shown: shown["status"] != "RUNNING")

    async def until(self, read: Callable[[], Awaitable[Any]], done: Callable[[Any], bool]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done(answer := await read()):
            assert time.monotonic() < deadline, f"still {answer}"
            await asyncio.sleep(0.005)
        return answer

    async def failures(self) -> int:
        """Commits that have failed."""
        return self.writer.failed

    async def history(self, execution: str) -> list[Json]:
        """All events, in pages of 100."""
        events: list[Json] = []
        request: Json = {"executionArn": execution, "maxResults": 100}
        while True:
            page = await self.read(history.get_execution_history, **request)
            events += json.loads(json.dumps(page["events"], default=str))
            if "nextToken" not in page:
                return events
            request["nextToken"] = page["nextToken"]

    async def types(self, execution: str) -> list[str]:
        return [event["type"] for event in await self.history(execution)]


@asynccontextmanager
async def running(
    database: Database,
    functions: FakeFunctions | None = None,
    clock: Clock | None = None,
    sent: list[str] | None = None,
    extensions: Extensions = NOTHING_ADDED,
) -> AsyncIterator[Engine]:
    """The engine over a database; it ends as the server does, and another may follow."""
    clock = clock or WallClock()
    functions = functions or FakeFunctions()
    sent = [] if sent is None else sent
    fatal: list[BaseException] = []
    lease = acquire(database, clock.moment().epoch_ms)
    real = database.writer
    flaky = FlakyWriter(real)
    database.writer = cast(Writer, flaky)
    try:
        actions = FakeActions(sent)
        callers = {"lambda": functions}
        async with open_shell(database, lease, actions, callers, clock, fatal.append, extensions) as shell:
            yield Engine(shell, functions, flaky, sent, fatal)
    finally:
        database.writer = real
        lease.release()


def invoke(name: str, **others: Any) -> Json:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": name, "Payload.$": "$"},
        "OutputPath": "$.Payload",
        **others,
    }


def only(state: Json) -> Json:
    """A machine of one state."""
    return {"StartAt": "Only", "States": {"Only": {**state, "End": True}}}


def loop(turns: int) -> Json:
    """Counts down in a tight loop of a Pass and a Choice."""
    return {
        "StartAt": "Start",
        "States": {
            "Start": {"Type": "Pass", "Result": {"left": turns}, "Next": "Count"},
            "Count": {"Type": "Pass", "Parameters": {"left.$": "States.MathAdd($.left, -1)"}, "Next": "More"},
            "More": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.left", "NumericGreaterThan": 0, "Next": "Count"}],
                "Default": "Over",
            },
            "Over": {"Type": "Pass", "End": True},
        },
    }
