"""Commands: JSON in, JSON out, a process for each call."""

import json
import sys
from typing import Any

import pytest

from engine.config import CommandTarget, Settings
from integrations.lambda_.caller import open_functions
from tests.integrations.lambda_.calls import command, direct, function, invoke, outcome

pytestmark = pytest.mark.anyio

# shell script, event -> result
RESULTS: list[tuple[str, Any, Any]] = [
    ("cat", {"a": ["ünï 😀", 1, None]}, {"a": ["ünï 😀", 1, None]}),
    ("cat", "x" * 250_000, "x" * 250_000),
    ("echo '[1, 2]'", "x" * 250_000, [1, 2]),  # does not read its event
    ("true", {}, None),
    ("echo >&2 log; echo 1", {}, 1),
    ("sleep 300 & echo 1", {}, 1),  # what it leaves running holds nothing up
    ("setsid sleep 5 & echo 1", {}, 1),  # not even where it leaves the group
    ("exec <&- ; echo 7", {}, 7),
    ("cat >/dev/null; printf 'null\\n\\n'", {}, None),
]

# shell script -> error, what its message ends with
FAILURES = [
    ("exit 4", "Runtime.ExitError", "Error: Runtime exited with error: exit status 4"),
    ("kill -9 $$", "Runtime.ExitError", "Error: Runtime exited with error: signal: killed"),
    ("echo 1; exit 5", "Runtime.ExitError", "exit status 5"),
    ('echo \'{"errorType":"OutOfStock","errorMessage":"none left"}\'; exit 1', "OutOfStock", "none left"),
    ("echo garbage", "Runtime.MarshalError", "line 1 column 1 (char 0)"),
    (
        "printf '\\377'",
        "Runtime.MarshalError",
        "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
    ),
    ("echo 1 2", "Runtime.MarshalError", "line 1 column 3 (char 2)"),
    (
        "printf '%0600d' 0 | tr 0 '['",
        "Runtime.MarshalError",
        "Document nesting depth exceeds the maximum allowed (500)",
    ),
    ("yes", "Function.ResponseSizeTooLarge", "exceeded maximum allowed payload size (6291556 bytes)."),
    ("sleep 300 | cat", "Sandbox.Timedout", "Error: Task timed out after 0.70 seconds"),
]


@pytest.mark.parametrize(("script", "event", "result"), RESULTS, ids=[row[0] for row in RESULTS])
async def test_results(script: str, event: Any, result: Any) -> None:
    async with open_functions(command("/bin/sh", "-c", script)) as functions:
        assert await functions.call(direct("f", event)) == result


@pytest.mark.parametrize(("script", "kind", "message"), FAILURES, ids=[row[0] for row in FAILURES])
async def test_failures(script: str, kind: str, message: str) -> None:
    seconds = 0.7 if kind == "Sandbox.Timedout" else 60
    async with open_functions(command("/bin/sh", "-c", script, timeout_seconds=seconds)) as functions:
        name, cause = await outcome(functions, invoke({"FunctionName": "f"}))
        assert name == kind
        error = json.loads(cause)
        assert error["errorType"] == kind
        assert error["errorMessage"].endswith(message)


async def test_what_a_command_logs_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "statewright.functions")
    async with open_functions(command("/bin/sh", "-c", "echo one >&2; echo two >&2; echo 1")) as functions:
        assert await functions.call(direct("f", {})) == 1
    assert caplog.messages == ["f: one", "f: two"]


async def test_the_cause_quotes_the_end_of_stderr() -> None:
    script = "i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 1"
    async with open_functions(command("/bin/sh", "-c", script)) as functions:
        _, cause = await outcome(functions, direct("f", {}))
    trace = json.loads(cause)["stackTrace"]
    assert trace[-1] == "line 2999"
    assert 3_000 < sum(len(line) + 1 for line in trace) <= 4_096


# argv -> what the message ends with
NO_PROGRAMS = [
    (("no-such-program",), "fork/exec no-such-program: no such file or directory"),
    (("/etc",), "fork/exec /etc: permission denied"),
]


@pytest.mark.parametrize(("argv", "message"), NO_PROGRAMS)
async def test_a_command_that_is_no_program(argv: tuple[str, ...], message: str) -> None:
    async with open_functions(command(*argv)) as functions:
        name, cause = await outcome(functions, direct("f", {}))
    assert name == "Runtime.InvalidEntrypoint"
    assert json.loads(cause)["errorMessage"].endswith(message)


async def test_what_a_command_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATEWRIGHT_DB", "postgresql://user:secret@host/db")
    program = "import json, os; print(json.dumps(dict(os.environ) | {'cwd': os.getcwd()}))"
    target = CommandTarget((sys.executable, "-S", "-c", program))
    settings = Settings(functions={"tell": function(target, environment={"GREETING": "hallo"})})
    async with open_functions(settings) as functions:
        result = await functions.call(
            invoke({"FunctionName": "tell:3", "ClientContext": "eyJjdXN0b20iOnsidGVuYW50IjoiYSJ9fQ=="})
        )
    told = result["Payload"]
    expected = {
        "AWS_LAMBDA_FUNCTION_NAME": "tell",
        "AWS_LAMBDA_FUNCTION_VERSION": "3",
        "AWS_REGION": "us-east-1",
        "STATEWRIGHT_IDEMPOTENCY_KEY": "key-1",
        "STATEWRIGHT_REQUEST_ID": result["SdkResponseMetadata"]["RequestId"],
        "STATEWRIGHT_CLIENT_CONTEXT": '{"custom":{"tenant":"a"}}',
        "GREETING": "hallo",
        "cwd": str(settings.functions["tell"].directory),
    }
    assert {name: told.get(name) for name in expected} == expected
    assert "STATEWRIGHT_DB" not in told
