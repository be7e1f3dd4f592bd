"""What a test holds in its hands: machines, executions, functions and the clock of its server."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from statewright_pytest import execution as telling
from statewright_pytest.controls import Controls
from statewright_pytest.functions import FunctionCalls, MockedFunction

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/test"

Json = Any


@dataclass(frozen=True)
class Machine:
    arn: str
    name: str
    express: bool


class Execution:
    """An execution as it is now: each attribute asks the server.

    `output` is an AssertionError with the execution's story where it has not succeeded.
    """

    def __init__(self, client: Any, arn: str):
        self._client = client
        self.arn = arn

    def describe(self) -> dict[str, Any]:
        """DescribeExecution's answer."""
        found: dict[str, Any] = self._client.describe_execution(executionArn=self.arn)
        return found

    @property
    def status(self) -> telling.Status:
        return telling.Status.of(self.describe()["status"], self.story)

    @property
    def input(self) -> Json:
        return json.loads(self.describe()["input"])

    @property
    def output(self) -> Json:
        found = self.describe()
        if "output" not in found:
            raise AssertionError("\n".join(["the execution has no output", *self.story()]))
        return json.loads(found["output"])

    @property
    def error(self) -> str | None:
        return self.describe().get("error")

    @property
    def cause(self) -> str | None:
        return self.describe().get("cause")

    @property
    def history(self) -> list[dict[str, Any]]:
        """All events, as GetExecutionHistory gives them."""
        pages = self._client.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [event for page in pages for event in page["events"]]

    @property
    def states(self) -> telling.StatePath:
        """The names of the states that were entered, in order."""
        return telling.StatePath(telling.entered(self.history), self.story)

    def story(self) -> list[str]:
        """What happened, in lines."""
        found = self.describe()
        return telling.story(f"{found['name']} is {found['status']} {telling.failure(found)}".rstrip(), self.history)

    def stop(self, error: str = "", cause: str = "") -> None:
        self._client.stop_execution(executionArn=self.arn, error=error, cause=cause)

    def __repr__(self) -> str:
        return "\n".join(self.story())


@dataclass(frozen=True)
class ExpressResult:
    """How a synchronous Express execution ended. It has no history: look at its output, or at what it called."""

    status: str
    output: Json
    error: str | None
    cause: str | None


@dataclass(frozen=True)
class WaitingTask:
    """A task that waits for an answer from outside."""

    execution_arn: str
    state: str
    token: str
    _client: Any

    def succeed(self, output: Json = None) -> None:
        self._client.send_task_success(taskToken=self.token, output=json.dumps(output))

    def fail(self, error: str, cause: str = "") -> None:
        self._client.send_task_failure(taskToken=self.token, error=error, cause=cause)

    def heartbeat(self) -> None:
        self._client.send_task_heartbeat(taskToken=self.token)


class Statewright:
    """The server of the test. `url` is its endpoint, for whatever else shall call it."""

    def __init__(self, url: str, functions: FunctionCalls, root: Path):
        self.url = url
        self._functions = functions
        self._root = root
        self._controls = Controls(url)
        self._clients: dict[str, Any] = {}
        self._made = 0

    # ---- AWS ----

    def client(self, service: str, **options: Any) -> Any:
        """A boto3 client of any service, wired to the server; `options` are those of boto3."""
        import boto3
        from botocore.config import Config

        if not options and service in self._clients:
            return self._clients[service]
        wired = {
            "endpoint_url": self.url,
            "region_name": REGION,
            "aws_access_key_id": ACCOUNT,
            "aws_secret_access_key": "test",
            "config": Config(inject_host_prefix=False, retries={"total_max_attempts": 1}, proxies={}),
        }
        made = boto3.session.Session().client(service, **{**wired, **options})
        if not options:
            self._clients[service] = made
        return made

    def create(
        self, definition: dict[str, Any] | str | Path, name: str | None = None, express: bool = False, **more: Any
    ) -> Machine:
        """A state machine from its definition: a dict, JSON text, or the path of a file (from the root folder).

        `more` are further members of CreateStateMachine.
        """
        text, usual_name = self._text(definition)
        made = self.client("stepfunctions").create_state_machine(
            name=name or usual_name,
            definition=text,
            **{"roleArn": ROLE, "type": "EXPRESS" if express else "STANDARD", **more},
        )
        return Machine(made["stateMachineArn"], name or usual_name, express)

    def start(self, machine: Machine | str, input: Json = None, name: str | None = None) -> Execution:
        """Start an execution, and do not wait for anything."""
        named = {} if name is None else {"name": name}
        client, arn = self.client("stepfunctions"), machine if isinstance(machine, str) else machine.arn
        started = client.start_execution(stateMachineArn=arn, input=json.dumps({} if input is None else input), **named)
        return Execution(client, started["executionArn"])

    def run(self, machine: Machine | str, input: Json = None, name: str | None = None) -> Execution:
        """Start an execution and let it come as far as it comes at this time of the clock."""
        execution = self.start(machine, input, name)
        self.settle()
        return execution

    def run_express(self, machine: Machine | str, input: Json = None) -> ExpressResult:
        """Run an Express machine synchronously, to its end; where it waits, the clock moves on."""
        arn = machine if isinstance(machine, str) else machine.arn
        ended = self.client("stepfunctions").start_sync_execution(
            stateMachineArn=arn, input=json.dumps({} if input is None else input)
        )
        output = json.loads(ended["output"]) if "output" in ended else None
        return ExpressResult(ended["status"], output, ended.get("error"), ended.get("cause"))

    @property
    def waiting(self) -> list[WaitingTask]:
        """The tasks of all running executions that wait for an answer."""
        client = self.client("stepfunctions")
        return [
            WaitingTask(task["executionArn"], task["stateName"], task["taskToken"], client)
            for task in self._controls.get("waiting")["tasks"]
        ]

    # ---- functions ----

    def function(
        self, name: str, takes: float = 0, timeout: float | None = None
    ) -> Callable[[Callable[..., Any]], MockedFunction]:
        """What the Lambda function `name` does: `statewright.function("charge")(lambda event: {"paid": True})`.

        Also a decorator. The callable gets the event, or the event and a context. It answers `takes` seconds later by
        the server's clock; a function has `timeout` seconds, Lambda's 900 where nothing is said.
        """
        members = {"takesSeconds": takes} if timeout is None else {"takesSeconds": takes, "timeoutSeconds": timeout}

        def mocking(answer: Callable[..., Any]) -> MockedFunction:
            function = MockedFunction(name, answer)
            self._controls.put(f"functions/{name}", url=self._functions.add(function), **members)
            return function

        return mocking

    def restore_function(self, name: str) -> None:
        """Whatever statewright.toml says about it, again."""
        self._controls.delete(f"functions/{name}")
        self._functions.remove(name)

    # ---- time ----

    @property
    def now(self) -> datetime:
        """The server's time, in UTC."""
        return datetime.fromisoformat(self._controls.get("clock")["now"])

    def advance(
        self,
        seconds: float = 0,
        *,
        minutes: float = 0,
        hours: float = 0,
        days: float = 0,
        to: datetime | None = None,
    ) -> datetime:
        """Move the clock, by so much or to a time. What becomes due on the way happens in order, each at its time.

        Returns the new time when all of it has settled.
        """
        passing = seconds + 60 * minutes + 3_600 * hours + 86_400 * days
        moved = (
            self._controls.post("clock", advanceSeconds=passing)
            if to is None
            else self._controls.post("clock", advanceTo=to.timestamp())
        )
        return datetime.fromisoformat(moved["now"])

    def settle(self) -> None:
        """Wait until everything that is due now has happened."""
        self._controls.post("clock", settle=True)

    def run_clock(self, running: bool = True) -> None:
        """Let the clock run, or stand still again."""
        self._controls.post("clock", running=running)

    def reset(self) -> None:
        """A clean state: no machines, no executions, no mocks. The clock stands, and is never set back."""
        self._controls.post("reset")
        self._functions.clear()

    def _text(self, definition: dict[str, Any] | str | Path) -> tuple[str, str]:
        """(JSON text, a name)"""
        self._made += 1
        if isinstance(definition, dict):
            return json.dumps(definition), f"machine-{self._made}"
        if isinstance(definition, str) and definition.lstrip().startswith("{"):
            return definition, f"machine-{self._made}"
        path = self._root / definition
        return path.read_text(), path.name.partition(".")[0]
