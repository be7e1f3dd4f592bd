"""The pages behind the API: front, health, metrics, reset, and pages of other parts."""

import json
import re
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from engine.http.app import create_app
from engine.http.metrics import Metric, RequestMetrics
from tests.http.running import Running, running


def get(server: Running, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    return server.answer(f"{method} {path} HTTP/1.1\r\nHost: anything\r\nContent-Length: 0\r\n\r\n".encode())


def test_the_front_page_says_what_this_is(server: Running) -> None:
    status, _, body = get(server, "/")
    about = json.loads(body)
    assert (status, about["name"], about["services"]) == (200, "Statewright", ["AWS Step Functions"])


def test_health(server: Running) -> None:
    status, _, body = get(server, "/healthz")
    assert status == 200
    assert json.loads(body).keys() == {"status", "version", "db"}


async def _down() -> bool:
    return False


async def _broken() -> bool:
    raise OSError("the disk is gone")


@pytest.mark.parametrize("check", [_down, _broken])
def test_health_without_database(check: Any) -> None:
    with running(check) as server:
        status, _, body = get(server, "/healthz")
        assert (status, json.loads(body)["db"]) == (503, "failing")


def test_metrics_count_what_was_asked() -> None:
    gauges = [
        Metric("executions_running", "gauge", "Executions.", 3),
        Metric("x_total", "counter", "X.", 2, (("a", '"\n'),)),
    ]
    with running(metrics=lambda: gauges) as server:
        server.call("AWSStepFunctions.StartExecution", b'{"stateMachineArn": "a"}')
        server.call("AWSStepFunctions.StartExecution", b"{}")
        server.call("Nope.Nope", b"{}")
        status, headers, body = get(server, "/metrics")
    text = body.decode()
    assert (status, headers["content-type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    labels = 'service="stepfunctions",operation="StartExecution"'
    for line in (
        f'statewright_requests_total{{{labels},code="OK"}} 1',
        f'statewright_requests_total{{{labels},code="ValidationException"}} 1',
        'statewright_requests_total{service="unknown",operation="unknown",code="UnknownOperationException"} 1',
        f'statewright_request_seconds_bucket{{{labels},le="+Inf"}} 2',
        f"statewright_request_seconds_count{{{labels}}} 2",
        "# TYPE statewright_executions_running gauge",
        "statewright_executions_running 3",
        r'statewright_x_total{a="\"\n"} 2',
    ):
        assert line in text.splitlines()
    assert all(re.fullmatch(r"#.*|\w+(\{.*\})? [0-9.e+-]+", line) for line in text.splitlines())


def test_metric_series_are_capped() -> None:
    metrics = RequestMetrics()
    for number in range(5_000):
        metrics.record("s", "o", f"Code{number}", 0.0)
    text = metrics.text()
    assert text.count("statewright_requests_total{") < 2_100
    assert 'code="other"' in text


def test_reset_where_it_is_allowed() -> None:
    done: list[bool] = []

    async def reset() -> None:
        done.append(True)

    with running(reset=reset) as server:
        assert get(server, "/_statewright/reset")[0] == 405
        assert not done
        assert get(server, "/_statewright/reset", "POST")[0] == 200
    assert done == [True]


def test_pages_of_other_parts() -> None:
    async def page(request: Request) -> PlainTextResponse:
        return PlainTextResponse("here")

    with running(pages=[Route("/_statewright/tasks", page)]) as server:
        assert get(server, "/_statewright/tasks")[2] == b"here"


def test_a_failing_page_is_a_plain_500(caplog: pytest.LogCaptureFixture) -> None:
    def metrics() -> list[Metric]:
        raise ZeroDivisionError("secret")

    with running(metrics=metrics) as server:
        status, _, body = get(server, "/metrics")
    assert (status, json.loads(body)["__type"]) == (500, "InternalFailure")
    assert b"secret" not in body
    assert "ZeroDivisionError" in caplog.text


def test_an_application_needs_a_service() -> None:
    with pytest.raises(ValueError, match="at least one service"):
        create_app([], account="000000000000", region="us-east-1", database_ok=_down)
