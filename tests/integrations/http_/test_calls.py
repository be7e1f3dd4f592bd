"""HTTP Tasks against a server that answers as it is told: connections, results, errors; and once through the engine."""

import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from engine import limits
from engine.config import ApiKeyAuth, BasicAuth, ConnectionSettings, HttpParameters, OAuthAuth, Settings
from engine.errors import StateError
from engine.sdk.idempotency import idempotency_token
from integrations.http_.caller import HttpTasks, open_http
from integrations.http_.connections import Connections
from tests.api.machines import definition
from tests.integrations.calls import EXECUTION, task_call
from tests.integrations.scripted import Reply, Scripted
from tests.integrations.serving import served

pytestmark = pytest.mark.anyio
JSON = {"Content-Type": "application/json; charset=utf-8"}


def connections(script: Scripted) -> dict[str, ConnectionSettings]:
    oauth = OAuthAuth(f"{script.url}/token", "POST", "me", "s3cret", HttpParameters(body={"scope": "all"}))
    return {
        "basic": ConnectionSettings(BasicAuth("me", "s3cret"), HttpParameters(query={"v": "2"})),
        "key": ConnectionSettings(ApiKeyAuth("X-Api-Key", "s3cret")),
        "oauth": ConnectionSettings(oauth),
    }


@pytest.fixture
async def tasks(script: Scripted) -> AsyncIterator[HttpTasks]:
    async with open_http(Settings(connections=connections(script))) as opened:
        yield opened


def arn(connection: str) -> dict[str, str]:
    return {"ConnectionArn": f"arn:aws:events:eu-west-1:123456789012:connection/{connection}/81210c42"}


async def invoke(tasks: HttpTasks, script: Scripted, connection: str = "basic", **more: Any) -> Any:
    parameters = {"ApiEndpoint": f"{script.url}/x", "Method": "GET", "Authentication": arn(connection), **more}
    return await tasks.call(task_call("http:invoke", parameters))


async def failure(tasks: HttpTasks, script: Scripted, **more: Any) -> tuple[str | None, str]:
    with pytest.raises(StateError) as failed:
        await invoke(tasks, script, **more)
    return failed.value.name, failed.value.cause or ""


async def test_the_exchange(tasks: HttpTasks, script: Scripted) -> None:
    script.replies["POST /x"] = Reply({"a": [1]}, 201, JSON)
    result = await invoke(tasks, script, Method="POST", RequestBody={"b": 1}, Headers={"X-Own": "y"})
    assert (result["ResponseBody"], result["StatusCode"], result["StatusText"]) == ({"a": [1]}, 201, "Created")
    assert result["Headers"]["content-type"] == ["application/json; charset=utf-8"]
    assert list(result) == ["Headers", "ResponseBody", "StatusCode", "StatusText"]
    (asked,) = script.asked
    assert (asked.path, asked.json) == ("/x?v=2", {"b": 1})
    assert asked.headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|eu-west-1"
    assert asked.headers["range"] == "bytes=0-262144"
    assert asked.headers["x-own"] == "y"
    assert asked.headers["idempotency-key"] == idempotency_token(f"{EXECUTION}/0/1")
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"me:s3cret").decode()


async def test_headers_that_are_set_whatever_the_task_says(tasks: HttpTasks, script: Scripted) -> None:
    script.replies["GET /x"] = Reply({}, 200, JSON)
    await invoke(tasks, script, Headers={"Range": "bytes=0-1", "user-agent": "me", "Content-Length": "7"})
    (asked,) = script.asked
    assert asked.headers["user-agent"] == "Amazon|StepFunctions|HttpInvoke|eu-west-1"
    assert asked.headers["range"] == "bytes=0-262144"
    assert asked.headers.get("content-length", "0") == "0"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_methods(tasks: HttpTasks, script: Scripted, method: str) -> None:
    script.replies[f"{method} /x"] = Reply(b"")
    assert (await invoke(tasks, script, Method=method))["StatusCode"] == 200


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ('{"a": 1}', "application/json", {"a": 1}),
        ('{"a": 1}', "application/problem+json", {"a": 1}),
        ('{"a": 1}', "text/plain", '{"a": 1}'),
        ("{broken", "application/json", "{broken"),
        ("", "application/json", ""),
        ("ü", "text/html", "ü"),
    ],
)
async def test_bodies(tasks: HttpTasks, script: Scripted, body: str, content_type: str, expected: Any) -> None:
    script.replies["GET /x"] = Reply(body, headers={"Content-Type": content_type})
    assert (await invoke(tasks, script))["ResponseBody"] == expected


@pytest.mark.parametrize(
    ("reply", "name", "cause"),
    [
        (Reply("no such thing", 404), "States.Http.StatusCode.404", "no such thing"),
        (Reply(b"", 503), "States.Http.StatusCode.503", "Service Unavailable"),
        (Reply("", 302, {"Location": "/y"}), "States.Http.StatusCode.302", "Found"),
        (Reply(b"x", 200, {"Content-Type": "image/png"}), "States.Runtime",
         "The response has the content type 'image/png', which is not supported."),
        (Reply(b"x", 200, {"Content-Type": "application/octet-stream"}), "States.Runtime",
         "The response has the content type 'application/octet-stream', which is not supported."),
        (Reply(b"\xff"), "States.Runtime", "The response body cannot be read as a text."),
        (Reply(b"x" * 262_145), "States.DataLimitExceeded",
         "The state/task 'arn:aws:states:::http:invoke' returned a result with a size exceeding the maximum number of "
         "bytes service limit."),
    ],
)  # fmt: skip
async def test_errors(tasks: HttpTasks, script: Scripted, reply: Reply, name: str, cause: str) -> None:
    script.replies["GET /x"] = reply
    assert await failure(tasks, script) == (name, cause)
    assert len(script.asked) == 1


async def test_nobody_there(tasks: HttpTasks, script: Scripted) -> None:
    name, cause = await failure(tasks, script, ApiEndpoint="http://127.0.0.1:1/")
    assert (name, cause) == ("States.Http.Socket", "Connection refused")


async def test_too_slow_an_answer(tasks: HttpTasks, script: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "HTTP_TASK_SECONDS_MAX", 0.2)

    def late(asked: Any) -> Reply:
        with script.changed:
            script.changed.wait_for(lambda: "go" in script.replies, 10)
        return Reply()

    script.replies["GET /x"] = late
    assert await failure(tasks, script) == ("States.Http.Socket", "The request timed out after 0.2 seconds.")
    with script.changed:
        script.replies["go"] = Reply()
        script.changed.notify_all()


async def test_an_api_key(tasks: HttpTasks, script: Scripted) -> None:
    script.replies["GET /x"] = Reply()
    await invoke(tasks, script, "key")
    assert script.asked[0].headers["x-api-key"] == "s3cret"


async def test_a_token_is_kept(tasks: HttpTasks, script: Scripted) -> None:
    script.replies |= {"POST /token": Reply({"access_token": "T1", "expires_in": 3600}), "GET /x": Reply()}
    for _ in range(2):
        await invoke(tasks, script, "oauth")
    (fetched,) = script.of("POST /token")
    assert fetched.form == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": "s3cret",
        "scope": "all",
    }
    assert [asked.headers["authorization"] for asked in script.of("GET /x")] == ["Bearer T1"] * 2


async def test_a_refused_token_is_fetched_anew(tasks: HttpTasks, script: Scripted) -> None:
    script.replies |= {
        "POST /token": [Reply({"access_token": "T1"}), Reply({"access_token": "T2"})],
        "GET /x": [Reply("", 401), Reply("in", 200)],
    }
    assert (await invoke(tasks, script, "oauth"))["ResponseBody"] == "in"
    assert [asked.headers["authorization"] for asked in script.of("GET /x")] == ["Bearer T1", "Bearer T2"]


async def test_a_second_refusal_is_the_answer(tasks: HttpTasks, script: Scripted) -> None:
    script.replies |= {"POST /token": Reply({"access_token": "T"}), "GET /x": Reply("no", 401)}
    assert await failure(tasks, script, connection="oauth") == ("States.Http.StatusCode.401", "no")
    assert len(script.of("GET /x")) == 2


async def test_a_token_that_ends_is_fetched_anew(script: Scripted) -> None:
    now = [0.0]
    script.replies["POST /token"] = Reply({"access_token": "T", "expires_in": 100})
    async with httpx.AsyncClient() as client:
        connection = Connections(connections(script), client, lambda: now[0]).get(arn("oauth")["ConnectionArn"])
        auth = await connection.auth(None, task_call("http:invoke", {}))
        for now[0] in (0.0, 69.0, 71.0):
            assert (await connection.parameters(auth)).headers == {"Authorization": "Bearer T"}
    assert len(script.of("POST /token")) == 2


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("no", 403), "the authorization endpoint answered 403"),
        (Reply("{}"), "the authorization endpoint's answer has no access_token"),
        (Reply("[]"), "the authorization endpoint's answer has no access_token"),
        (Reply('{"access_token": "a\\nb"}'), "the authorization endpoint's answer has no access_token"),
    ],
)
async def test_no_token(tasks: HttpTasks, script: Scripted, reply: Reply, reason: str) -> None:
    script.replies["POST /token"] = reply
    name, cause = await failure(tasks, script, connection="oauth")
    assert (name, cause) == (
        "Events.ConnectionResource.InvalidConnectionState",
        f"The connection cannot be used: {reason}.",
    )


@pytest.mark.parametrize("connection_arn", ["arn:aws:events:r:1:connection/other/id", "basic"])
async def test_no_such_connection(tasks: HttpTasks, script: Scripted, connection_arn: str) -> None:
    name, cause = await failure(tasks, script, Authentication={"ConnectionArn": connection_arn})
    assert name == "Events.ConnectionResource.ResourceNotFound"
    assert connection_arn in cause and "[connections." in cause


def test_through_the_engine(script: Scripted, tmp_path: Path) -> None:
    """A connection of the settings, its secret of the environment; caught by its status, tried again, succeeded."""
    script.replies["GET /x"] = [Reply("later", 503), Reply({"a": 1}, headers=JSON)]
    settings = '[connections.own]\nbasic = {username = "me", password = {env = "OWN_PASSWORD"}}\n'
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {"ApiEndpoint": f"{script.url}/x", "Method": "GET", "Authentication": arn("own")},
        "Retry": [{"ErrorEquals": ["States.Http.StatusCode.503"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "ResultSelector": {"body.$": "$.ResponseBody"},
    }
    with served(tmp_path, settings, {**os.environ, "OWN_PASSWORD": "s3cret"}) as server:
        api = server.start()
        machine = api.machine(definition(("Call", state)))
        shown = api.ended(api.start_execution(stateMachineArn=machine)["executionArn"])
    assert (shown["status"], shown["output"]) == ("SUCCEEDED", '{"body":{"a":1}}')
    keys = {asked.headers["idempotency-key"] for asked in script.asked}
    assert len(keys) == 2  # a retry is a new attempt
