"""The commands that talk to a server, against a real one; each test has machines and executions of its own."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from engine.cli.client import connect
from tests.cli.conftest import Invoke
from tests.cli.server import EXAMPLES, running_server

ROLE = "arn:aws:iam::000000000000:role/test"
NOBODY = "http://127.0.0.1:9"
DEADLINE_SECONDS = 20


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_server(tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture
def create(endpoint: str, invoke: Invoke) -> Callable[[str, str], None]:
    """Creates a machine by name and definition; without effect when it is there already."""

    def machine(name: str, definition: str) -> None:
        connect(endpoint, None, None, None).call("create_state_machine", name=name, definition=definition, roleArn=ROLE)

    return machine


@pytest.fixture
def call(invoke: Invoke, endpoint: str) -> Callable[..., Result]:
    def run(*arguments: str, input: str | None = None) -> Result:
        return invoke(*arguments, "--endpoint", endpoint, input=input)

    return run


PASSING = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
FAILING = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Fail", "Error": "Boom", "Cause": "bang"}}})
CALLBACK = (EXAMPLES / "call-lambda-callback.asl.json").read_text()

Call = Callable[..., Result]
Create = Callable[[str, str], None]


def waiting(call: Call, execution: str) -> list[dict[str, Any]]:
    """The tasks that an execution waits for, once there is one."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        found: list[dict[str, Any]] = json.loads(call("tasks", execution, "--json").stdout)
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{execution} waits for nothing")


def test_start_prints_the_arn(call: Call, create: Create) -> None:
    create("arn-printed", PASSING)
    result = call("start", "arn-printed", "--name", "one")
    assert (result.exit_code, result.stdout.strip()) == (
        0,
        "arn:aws:states:us-east-1:000000000000:execution:arn-printed:one",
    )


def test_start_waits_and_prints_the_output(call: Call, create: Create) -> None:
    create("waited", PASSING)
    result = call("start", "waited", "--wait", "--input", "-", input='{"a": [1, "é"]}')
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"a": [1, "é"]})


def test_start_says_how_it_failed(call: Call, create: Create) -> None:
    create("waited-in-vain", FAILING)
    result = call("start", "waited-in-vain", "--wait")
    assert (result.exit_code, result.stderr.splitlines()[-1]) == (1, "Error: FAILED: Boom: bang")
    assert result.stderr.startswith("Waiting for arn:aws:states:us-east-1:000000000000:execution:waited-in-vain:")


def test_executions_lists_newest_first(call: Call, create: Create) -> None:
    create("listed", PASSING)
    for name in ("first", "second"):
        call("start", "listed", "--name", name, "--wait")
    rows = [line.split() for line in call("executions", "listed").stdout.splitlines()]
    assert rows[0] == ["NAME", "MACHINE", "STATUS", "STARTED", "TOOK"]
    assert [row[:3] for row in rows[1:]] == [["second", "listed", "SUCCEEDED"], ["first", "listed", "SUCCEEDED"]]


def test_executions_by_status_and_limit(call: Call, create: Create) -> None:
    create("filtered", FAILING)
    for name in ("one", "two"):
        call("start", "filtered", "--name", name, "--wait")
    assert len(json.loads(call("executions", "filtered", "--status", "failed", "--json").stdout)) == 2
    assert len(json.loads(call("executions", "filtered", "--limit", "1", "--json").stdout)) == 1
    nothing = call("executions", "filtered", "--status", "RUNNING")
    assert (nothing.stdout, nothing.stderr) == ("", "No executions.\n")


def test_executions_of_all_machines(call: Call, create: Create) -> None:
    create("all-1", PASSING)
    create("all-2", PASSING)
    for machine in ("all-1", "all-2"):
        call("start", machine, "--wait")
    machines = {one["stateMachineArn"].rpartition(":")[2] for one in json.loads(call("executions", "--json").stdout)}
    assert {"all-1", "all-2"} <= machines


@pytest.mark.parametrize("execution", ["told-once", "told:told-once"])
def test_history_by_name(call: Call, create: Create, execution: str) -> None:
    create("told", PASSING)
    call("start", "told", "--name", "told-once", "--input", '{"a":1}')
    lines = call("history", execution).stdout.splitlines()
    assert [line.split()[2] for line in lines] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert lines[1].endswith('A  input {"a":1}')


def test_history_as_json_is_the_wire_shape(call: Call, create: Create) -> None:
    create("told-as-json", PASSING)
    call("start", "told-as-json", "--name", "json", "--wait")
    events = json.loads(call("history", "told-as-json:json", "--json").stdout)
    assert [event["id"] for event in events] == [1, 2, 3, 4]
    assert isinstance(events[0]["timestamp"], float)


def test_follow_shows_each_event_once_until_the_end(call: Call, create: Create) -> None:
    create("followed", CALLBACK)
    call("start", "followed", "--name", "f")
    token = waiting(call, "followed:f")[0]["taskToken"]
    answer = threading.Timer(0.7, lambda: call("complete", token, "--output", "1"))
    answer.start()
    lines = call("history", "followed:f", "--follow", "--json").stdout.splitlines()
    answer.join()
    events = [json.loads(line) for line in lines]
    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["type"] == "ExecutionSucceeded"


def test_a_name_of_several_executions_is_asked_back(call: Call, create: Create) -> None:
    for machine in ("twin-a", "twin-b"):
        create(machine, PASSING)
        call("start", machine, "--name", "twin")
    result = call("history", "twin")
    assert result.exit_code == 1
    assert "the name of several executions" in result.stderr
    assert "execution:twin-a:twin\n" in result.stderr


def test_an_operator_answers_a_task(call: Call, create: Create) -> None:
    create("answered", CALLBACK)
    call("start", "answered", "--name", "yes")
    shown = waiting(call, "answered:yes")
    assert shown[0]["stateName"] == "Call Lambda"
    text = call("tasks", "answered:yes").stdout
    assert f"  token        {shown[0]['taskToken']}\n" in text
    done = call("complete", shown[0]["taskToken"], "--output", '{"answered": "by hand"}')
    assert (done.exit_code, done.stderr) == (0, "The task succeeded.\n")
    assert "output" in call("history", "answered:yes").stdout.splitlines()[-1]
    after = call("tasks", "answered:yes")
    assert (after.stdout, after.stderr) == ("", "No task of this execution waits for an answer.\n")


def test_an_operator_fails_a_task(call: Call, create: Create) -> None:
    create("refused", CALLBACK)
    call("start", "refused", "--name", "no")
    token = waiting(call, "refused:no")[0]["taskToken"]
    assert call("complete", token, "--error", "Refused", "--cause", "no time").exit_code == 0
    assert call("history", "refused:no").stdout.splitlines()[-1].endswith("Refused: no time")


FAILURES = [
    (["start", "missing"], 1, "StateMachineDoesNotExist: State Machine Does Not Exist: '"),
    (["history", "missing"], 1, "No execution is called 'missing' (account 000000000000, region us-east-1)."),
    (["history", "m:missing"], 1, "ExecutionDoesNotExist: Execution Does Not Exist: '"),
    (["tasks", "m:missing"], 1, "Execution Does Not Exist: '"),
    (["complete", "garbage", "--output", "1"], 1, "InvalidToken: "),
    (["complete", "t"], 2, "Say either --output JSON (the task succeeds) or --error NAME (it fails)."),
    (["complete", "t", "--output", "1", "--error", "E"], 2, "Say either "),
    (["complete", "t", "--output", "1", "--cause", "c"], 2, "--cause goes with --error."),
    (["start", "m", "--input", "{"], 2, "--input is not JSON: "),
    (["start", "m", "--input", "@nowhere.json"], 2, "nowhere.json: No such file or directory"),
    (["start", "m", "--account", "12"], 2, "--account: expected 12 digits"),
]


@pytest.mark.parametrize(("arguments", "status", "message"), FAILURES, ids=[" ".join(row[0]) for row in FAILURES])
def test_failures_are_said_in_one_line(call: Call, arguments: list[str], status: int, message: str) -> None:
    result = call(*arguments)
    assert result.exit_code == status
    assert result.stderr.startswith("Error: ")
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("arguments", [["start", "m"], ["executions"], ["history", "m:e"], ["tasks", "m:e"]])
def test_a_server_that_is_not_there(invoke: Invoke, arguments: list[str]) -> None:
    result = invoke(*arguments, "--endpoint", NOBODY)
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: No server answers at {NOBODY}. Start one with `statewright serve`, "
        "or say where it is with --endpoint or STATEWRIGHT_ENDPOINT.\n"
    )


def test_the_endpoint_comes_from_the_environment(
    invoke: Invoke, endpoint: str, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    create("by-environment", PASSING)
    monkeypatch.setenv("STATEWRIGHT_ENDPOINT", endpoint)
    assert invoke("start", "by-environment").exit_code == 0


def test_the_endpoint_comes_from_the_file(invoke: Invoke, endpoint: str, create: Create) -> None:
    create("by-file", PASSING)
    Path("statewright.toml").write_text(f"port = {endpoint.rpartition(':')[2]}\n")
    assert invoke("start", "by-file").exit_code == 0


class _Other(BaseHTTPRequestHandler):
    """A server that is none of ours."""

    def do_POST(self) -> None:
        self.send_error(501)

    do_GET = do_POST

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def test_a_server_that_is_another_one(invoke: Invoke) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Other) as other:
        threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{other.server_port}"
        for command in (("executions", "m"), ("queues",)):
            result = invoke(*command, "--endpoint", url)
            assert result.exit_code == 1
            assert "is it a Statewright server?" in result.stderr and "<" not in result.stderr
        other.shutdown()
