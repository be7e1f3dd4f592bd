"""HTTP Tasks at the level TRACE: what went over the wire, with and without secrets."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.client import Api
from tests.api.machines import ROLE
from tests.integrations.scripted import Reply, Scripted, scripted
from tests.test_state.test_operation import run

ORDERS = "POST /orders"
JSON = {"Content-Type": "application/json"}
CONNECTION = {"ConnectionArn": "arn:aws:events:us-east-1:000000000000:connection/key/1"}


@pytest.fixture
def script() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


def task(url: str) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": f"{url}/orders",
            "Method": "POST",
            "Headers": {"X-Mine": "m"},
            "RequestBody": {"a": 1},
            "Authentication": CONNECTION,
        },
        "End": True,
    }


def plain(api: Api, state: dict[str, Any], **others: Any) -> dict[str, Any]:
    return run(api, state, {}, roleArn=ROLE, inspectionLevel="TRACE", **others)


@pytest.mark.parametrize("reveal", [False, True])
def test_an_exchange(api: Api, script: Scripted, reveal: bool) -> None:
    script.replies[ORDERS] = Reply({"ok": True}, headers=JSON)
    answer = plain(api, task(script.url), revealSecrets=reveal)
    assert answer["output"]["ResponseBody"] == {"ok": True}
    sent, received = answer["inspectionData"]["request"], answer["inspectionData"]["response"]
    assert (sent["protocol"], sent["method"], sent["body"]) == ("http", "POST", '{"a":1}')
    assert sent["url"] == f"{script.url}/orders" + ("?v=2" if reveal else "")
    secret = "X-Api-Key: s3cret, " if reveal else ""
    own = "User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144, "
    assert sent["headers"].startswith(f"[X-Mine: m, {secret}{own}Idempotency-Key: ")
    assert "Content-Type" not in sent["headers"]  # AWS's example has none, and it is sent
    assert script.asked[-1].headers["content-type"] == "application/json; charset=UTF-8"
    assert (received["statusCode"], received["statusMessage"], received["protocol"]) == ("200", "OK", "http")
    assert received["body"] == '{"ok": true}'
    assert "content-type: application/json" in received["headers"]


def test_a_refusal_shows_what_was_answered(api: Api, script: Scripted) -> None:
    script.replies[ORDERS] = Reply("no", status=403)
    answer = plain(api, task(script.url))
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Http.StatusCode.403")
    assert answer["inspectionData"]["response"]["body"] == "no"


def test_without_an_answer_there_is_only_the_request(api: Api) -> None:
    answer = plain(api, task("http://127.0.0.1:1"))
    assert answer["error"] == "States.Http.Socket"
    assert "request" in answer["inspectionData"] and "response" not in answer["inspectionData"]


def test_below_trace_nothing_of_it_is_shown(api: Api, script: Scripted) -> None:
    script.replies[ORDERS] = Reply({"ok": True}, headers=JSON)
    answer = run(api, task(script.url), {}, roleArn=ROLE)
    assert answer["status"] == "SUCCEEDED"
    assert not {"request", "response"} & set(answer["inspectionData"])
