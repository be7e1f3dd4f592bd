"""Python handlers in real worker processes: what they return, how they fail, and what a worker survives."""

import json
import signal
from typing import Any

import anyio
import pytest

from engine.config import HandlerTarget, Settings
from integrations.lambda_.caller import open_functions
from tests.integrations.lambda_.calls import direct, function, handlers, invoke, outcome

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """One loop is enough here: what differs between them is how processes are handled, tested elsewhere."""
    return "asyncio", {"use_uvloop": True}


DEEP: Any = 0
for _ in range(400):
    DEEP = [DEEP]

VALUES = [
    {"a": [1, 2.5, None, True, "text"]},
    'ünï – 日本語 😀 \u2028 " \\ \x00',
    12345678901234567890123456789,
    0,
    False,
    "",
    [],
    {},
    DEEP,
    "x" * 250_000,
]


async def test_values_go_there_and_back() -> None:
    async with open_functions(handlers("echo")) as functions:
        for value in VALUES:
            assert await functions.call(direct("echo", value)) == value
            result = await functions.call(invoke({"FunctionName": "echo", "Payload": value}))
            assert result["Payload"] == value


async def test_the_result_of_lambda_invoke_is_what_lambda_answered() -> None:
    async with open_functions(handlers("echo")) as functions:
        result = await functions.call(invoke({"FunctionName": "echo:5", "Payload": {"a": "ü"}}))
    request_id = result["SdkResponseMetadata"]["RequestId"]
    headers = result["SdkHttpMetadata"]["HttpHeaders"]
    assert headers["x-amzn-RequestId"] == request_id
    assert (headers["X-Amz-Executed-Version"], headers["Content-Length"]) == ("5", "11")
    assert result["SdkHttpMetadata"]["AllHttpHeaders"] == {name: [value] for name, value in headers.items()}
    assert result["SdkHttpMetadata"]["HttpStatusCode"] == result["StatusCode"] == 200
    assert (result["ExecutedVersion"], result["Payload"]) == ("5", {"a": "ü"})
    assert sorted(result) == ["ExecutedVersion", "Payload", "SdkHttpMetadata", "SdkResponseMetadata", "StatusCode"]


async def test_a_handler_without_return_gives_null() -> None:
    async with open_functions(handlers("nothing")) as functions:
        assert await functions.call(direct("nothing", {})) is None


async def test_the_context_is_that_of_lambda() -> None:
    context = "eyJjdXN0b20iOnsidGVuYW50IjoiYSJ9fQ=="  # {"custom":{"tenant":"a"}}
    async with open_functions(handlers("describe", timeout_seconds=30)) as functions:
        result = await functions.call(invoke({"FunctionName": "describe:2", "ClientContext": context}))
    told = result["Payload"]
    assert 20_000 < told.pop("remaining") <= 30_000
    assert told == {
        "aws_request_id": result["SdkResponseMetadata"]["RequestId"],
        "function_name": "describe",
        "function_version": "2",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:000000000000:function:describe:2",
        "memory_limit_in_mb": "128",
        "log_group_name": "/aws/lambda/describe",
        "idempotency_key": "key-1",
        "custom": {"tenant": "a"},
        "identity": None,
    }


async def test_the_environment_is_lambdas_and_holds_none_of_the_servers_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STATEWRIGHT_DB", "postgresql://user:secret@host/db")
    names = ["STATEWRIGHT_DB", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "_HANDLER", "GREETING", "PATH"]
    settings = handlers("environment", environment={"GREETING": "hallo", "PATH": "/bin"})
    async with open_functions(settings) as functions:
        told = await functions.call(direct("environment", names))
    assert told == {
        "STATEWRIGHT_DB": None,
        "AWS_LAMBDA_FUNCTION_NAME": "environment",
        "AWS_REGION": "us-east-1",
        "_HANDLER": "functions.environment",
        "GREETING": "hallo",
        "PATH": "/bin",
        "cwd": str(settings.functions["environment"].directory),
    }


async def test_nothing_that_a_handler_prints_spoils_its_answer() -> None:
    async with open_functions(handlers("chatty")) as functions:
        for _ in range(2):
            assert await functions.call(direct("chatty", 1)) == ""


async def test_a_raised_exception_is_the_error_with_lambdas_payload_as_cause() -> None:
    async with open_functions(handlers("refuse")) as functions:
        for call in (direct("refuse", "no stock"), invoke({"FunctionName": "refuse", "Payload": "no stock"})):
            name, cause = await outcome(functions, call)
            error = json.loads(cause)
            assert (name, error["errorType"], error["errorMessage"]) == ("OrderRefused", "OrderRefused", "no stock")
            (trace,) = error["stackTrace"]
            assert trace.startswith('  File "') and "in refuse\n    raise OrderRefused(event)\n" in trace
            assert len(error["requestId"]) == 36


# handler, event -> error, what its message begins with
FAILURES = [
    ("unreadable", None, "Unreadable", "<the exception has no readable text>"),
    ("long_error", None, "ValueError", "mmm"),
    ("deep", None, "RecursionError", "maximum recursion depth exceeded"),
    (
        "not_json",
        "set",
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type set is not JSON serializable",
    ),
    ("not_json", "decimal", "Runtime.MarshalError", "Unable to marshal response: Object of type Decimal is not JSON"),
    ("not_json", "number", "Runtime.MarshalError", "Unable to marshal response: Out of range float values"),
    ("surrogate", None, "Runtime.MarshalError", "Unable to marshal response: 'utf-8' codec can't encode"),
    ("nested", 2_000, "Runtime.MarshalError", "Unable to marshal response: maximum recursion depth exceeded"),
    ("nested", 600, "Runtime.MarshalError", "RequestId: "),
    (
        *("asynchronous", None, "Runtime.MarshalError"),
        "Unable to marshal response: Object of type coroutine is not JSON serializable",
    ),
    (
        *("large", 10_000_000, "Function.ResponseSizeTooLarge"),
        "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    ),
]
# handler, event -> how the process ended
EXITS = [
    ("exit_with", 0, "Runtime exited without providing a reason"),
    ("exit_with", 3, "Runtime exited with error: exit status 3"),
    ("system_exit", 2, "Runtime exited with error: exit status 2"),
    ("kill_self", int(signal.SIGKILL), "Runtime exited with error: signal: killed"),
    ("kill_self", int(signal.SIGTERM), "Runtime exited with error: signal: terminated"),
    ("interrupted", None, "Runtime exited with error: signal: segmentation fault"),
    ("close_pipes", None, "Runtime exited with error: signal: killed"),
]


async def test_failures() -> None:
    async with open_functions(handlers(*{row[0] for row in FAILURES})) as functions:
        for handler, event, kind, message in FAILURES:
            name, cause = await outcome(functions, direct(handler, event))
            error = json.loads(cause)
            assert (name, error["errorType"]) == (kind, kind), handler
            assert error["errorMessage"].startswith(message), (handler, error["errorMessage"])


async def test_a_process_that_ends_fails_its_call_and_only_that() -> None:
    async with open_functions(handlers(*{row[0] for row in EXITS}, "echo")) as functions:
        for handler, event, reason in EXITS:
            name, cause = await outcome(functions, direct(handler, event))
            assert name == "Runtime.ExitError", handler
            error = json.loads(cause)
            assert error["errorMessage"].startswith("RequestId: ")
            assert error["errorMessage"].endswith(" Error: " + reason), handler
        assert await functions.call(direct("echo", 1)) == 1


async def test_the_largest_answer_passes() -> None:
    largest = 6_291_556 - 2  # the quotes count
    async with open_functions(handlers("large")) as functions:
        assert len(await functions.call(direct("large", largest))) == largest
        assert (await outcome(functions, direct("large", largest + 1)))[0] == "Function.ResponseSizeTooLarge"
        assert await functions.call(direct("large", 3)) == "xxx"


# module, function -> error, message
IMPORTS = [
    ("no_such", "f", "Runtime.ImportModuleError", "Unable to import module 'no_such': No module named 'no_such'"),
    ("functions", "no_such", "Runtime.HandlerNotFound", "Handler 'no_such' missing on module 'functions'"),
    ("functions", "COUNT", "Runtime.HandlerNotFound", "Handler 'COUNT' missing on module 'functions'"),
    ("broken_module", "f", "LookupError", "no configuration"),
    ("crashing_module", "f", "Runtime.ExitError", "RequestId: "),
    ("syntax", "f", "Runtime.UserCodeSyntaxError", "Syntax error in module 'syntax': "),
]


async def test_modules_that_cannot_be_imported(tmp_path: Any) -> None:
    (tmp_path / "syntax.py").write_text("def f(:\n")
    for module, name, kind, message in IMPORTS:
        settings = function(HandlerTarget(module, name), environment={"PYTHONPATH": str(tmp_path)})
        async with open_functions(Settings(functions={"f": settings})) as functions:
            for _ in range(2):
                found, cause = await outcome(functions, direct("f", 1))
                assert found == kind
                assert json.loads(cause)["errorMessage"].startswith(message)


async def test_a_mended_module_is_imported_by_the_next_call(tmp_path: Any) -> None:
    settings = function(HandlerTarget("mended", "f"), environment={"PYTHONPATH": str(tmp_path)})
    async with open_functions(Settings(functions={"f": settings})) as functions:
        assert (await outcome(functions, direct("f", 1)))[0] == "Runtime.ImportModuleError"
        (tmp_path / "mended.py").write_text("def f(event, context):\n    return 'mended'\n")
        assert await functions.call(direct("f", 1)) == "mended"


async def test_a_users_modules_may_have_our_names(tmp_path: Any) -> None:
    for name in ("engine", "integrations", "worker", "errors"):
        (tmp_path / f"{name}.py").write_text(f"def f(event, context):\n    return {name!r}\n")
    settings = {
        name: function(HandlerTarget(name, "f"), environment={"PYTHONPATH": str(tmp_path)})
        for name in ("engine", "integrations", "worker", "errors")
    }
    async with open_functions(Settings(functions=settings)) as functions:
        for name in settings:
            assert await functions.call(direct(name, 1)) == name


async def test_a_worker_is_kept_for_the_next_call_also_after_an_error() -> None:
    async with open_functions(handlers("count", "refuse", "pid")) as functions:
        assert [await functions.call(direct("count", {})) for _ in range(3)] == [1, 2, 3]
        before = await functions.call(direct("pid", 0))
        assert await functions.call(direct("pid", 0)) == before


async def test_time_out() -> None:
    async with open_functions(handlers("pid", timeout_seconds=0.3)) as functions:
        name, cause = await outcome(functions, direct("pid", 30))
        assert name == "Sandbox.Timedout"
        error = json.loads(cause)
        assert error["errorType"] == "Sandbox.Timedout"
        assert error["errorMessage"].endswith(" Error: Task timed out after 0.30 seconds")
        assert isinstance(await functions.call(direct("pid", 0)), int)


async def test_calls_wait_for_a_worker_and_their_time_starts_with_it() -> None:
    async with open_functions(handlers("pid", workers=1, timeout_seconds=1.0)) as functions:
        seen: list[int] = []

        async def call() -> None:
            seen.append(await functions.call(direct("pid", 0.3)))

        async with anyio.create_task_group() as group:
            for _ in range(5):  # 1.5 seconds in all, one after the other
                group.start_soon(call)
        assert len(seen) == 5
        assert len(set(seen)) == 1
