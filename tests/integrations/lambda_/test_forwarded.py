"""Functions that the settings do not have, called where `[endpoints]` says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine import limits
from engine.config import Endpoints, Settings
from integrations.lambda_.caller import Functions, open_functions
from tests.integrations.lambda_.calls import direct, handlers, invoke, outcome
from tests.integrations.scripted import Reply, Scripted

pytestmark = pytest.mark.anyio
PATH = "POST /2015-03-31/functions/{}/invocations"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def functions(script: Scripted) -> AsyncIterator[Functions]:
    async with open_functions(Settings(endpoints=Endpoints(services={"lambda": script.url}))) as opened:
        yield opened


async def test_a_function_of_another_place(functions: Functions, script: Scripted) -> None:
    script.replies[PATH.format("far")] = Reply('{"n": 2}')
    assert await functions.call(direct("far", {"n": 1})) == {"n": 2}
    assert script.asked[0].json == {"n": 1}
    result = await functions.call(invoke({"FunctionName": "far", "Payload": {"n": 1}}))
    assert (result["Payload"], result["StatusCode"]) == ({"n": 2}, 200)


async def test_a_version_and_another_account(functions: Functions, script: Scripted) -> None:
    script.replies[PATH.format("far")] = Reply("1")
    await functions.call(invoke({"FunctionName": "far", "Qualifier": "7"}))
    assert script.asked[0].query == {"Qualifier": ["7"]}
    arn = "arn:aws:lambda:us-east-1:123456789012:function:far"
    script.replies[PATH.format(arn.replace(":", "%3A"))] = Reply("2")
    assert (await functions.call(invoke({"FunctionName": arn})))["Payload"] == 2


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply('{"errorType": "Custom", "errorMessage": "m"}', headers={"X-Amz-Function-Error": "Unhandled"}),
         ("Custom", '{"errorType": "Custom", "errorMessage": "m"}')),
        (Reply({"Message": "gone"}, 404, {"x-amzn-ErrorType": "ResourceNotFoundException", "x-amzn-RequestId": "R"}),
         ("Lambda.ResourceNotFoundException", "gone (Service: Lambda, Status Code: 404, Request ID: R)")),
    ],
)  # fmt: skip
async def test_errors(functions: Functions, script: Scripted, reply: Reply, expected: Any) -> None:
    script.replies[PATH.format("far")] = reply
    assert await outcome(functions, direct("far", {})) == expected


async def test_too_large_an_answer(functions: Functions, script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FUNCTION_RESULT_BYTES_MAX", 3)
    script.replies[PATH.format("far")] = Reply("12345")
    name, _ = await outcome(functions, direct("far", {}))
    assert name == "Function.ResponseSizeTooLarge"


async def test_nobody_there() -> None:
    async with open_functions(Settings(endpoints=Endpoints(default="http://127.0.0.1:1"))) as functions:
        assert await outcome(functions, direct("far", {})) == (
            "Lambda.SdkClientException",
            "Unable to execute HTTP request: 127.0.0.1: Connection refused",
        )


async def test_own_functions_come_first(script: Scripted) -> None:
    own = Settings(functions=handlers("echo").functions, endpoints=Endpoints(default=script.url))
    async with open_functions(own) as functions:
        assert await functions.call(direct("echo", {"a": 1})) == {"a": 1}
    assert script.asked == []
