"""`apigateway:invoke`: requests, signatures, results and errors, against a server that answers as it is told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.asl.model import Pattern
from engine.config import AWS, Endpoints, Settings
from engine.contract import RemoteAction
from engine.errors import StateError
from integrations.apigateway.caller import Gateway, invoke_action, open_gateway
from integrations.apigateway.request import read_call
from tests.integrations.calls import task_call
from tests.integrations.scripted import Reply, Scripted

pytestmark = pytest.mark.anyio
HOST = "abc123.execute-api.us-west-2.amazonaws.com"
MINIMAL = {"ApiEndpoint": HOST, "Method": "GET"}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
async def gateway(script: Scripted) -> AsyncIterator[Gateway]:
    async with open_gateway(Settings(endpoints=Endpoints(default=script.url))) as opened:
        yield opened


def call(**more: Any) -> Any:
    return task_call("apigateway:invoke", MINIMAL | more)


async def test_the_example_of_the_documentation(gateway: Gateway, script: Scripted) -> None:
    script.replies["GET /prod/bills"] = Reply({"myBills": []}, headers=JSON)
    result = await gateway.call(
        call(
            Headers={"key": ["value1", "value2"]},
            Stage="prod",
            Path="bills",
            QueryParameters={"billId": ["123456", "7"]},
        )
    )
    assert (result["ResponseBody"], result["StatusCode"], result["StatusText"]) == ({"myBills": []}, 200, "OK")
    assert result["Headers"]["content-type"] == ["application/json"]
    (asked,) = script.asked
    assert asked.headers["host"] == HOST
    assert asked.query == {"billId": ["123456", "7"]}
    assert "authorization" not in asked.headers


async def test_a_signed_request(gateway: Gateway, script: Scripted) -> None:
    script.replies["POST /prod/a/b"] = Reply({}, headers=JSON)
    body = {"bill": 1}
    await gateway.call(call(Method="POST", Stage="prod", Path="/a/b", RequestBody=body, AuthType="IAM_ROLE"))
    (asked,) = script.asked
    assert asked.json == body
    assert "Credential=123456789012/" in asked.headers["authorization"]
    assert "/us-west-2/execute-api/aws4_request" in asked.headers["authorization"]
    assert asked.headers["host"] == HOST


@pytest.mark.parametrize(
    ("reply", "name", "cause"),
    [
        (Reply({"message": "Missing Authentication Token"}, 403), "ApiGateway.403",
         '{"message": "Missing Authentication Token"}'),
        (Reply("", 504), "ApiGateway.504", "Gateway Timeout"),
        (Reply(b"\xff", 200), "States.Runtime", "The response body cannot be read as a text."),
    ],
)  # fmt: skip
async def test_errors(gateway: Gateway, script: Scripted, reply: Reply, name: str, cause: str) -> None:
    script.replies["GET /"] = reply
    with pytest.raises(StateError) as failed:
        await gateway.call(call())
    assert (failed.value.name, failed.value.cause) == (name, cause)


async def test_nobody_there() -> None:
    async with open_gateway(Settings(endpoints=Endpoints(default="http://127.0.0.1:1"))) as gateway:
        with pytest.raises(StateError) as failed:
            await gateway.call(call())
    assert failed.value.name == "ApiGateway.SdkClientException"
    assert failed.value.cause == "Unable to execute HTTP request: Connection refused"


def test_at_aws_the_host_is_the_apis() -> None:
    found = read_call(MINIMAL | {"Stage": "prod", "Path": "a b/ü"}, AWS)
    assert found.request.url == f"https://{HOST}/prod/a%20b/%C3%BC"


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"ApiEndpoint": "example.com"}, "The value for the field 'ApiEndpoint' must be a host"),
        ({"ApiEndpoint": None}, "The field 'ApiEndpoint' is required but was missing"),
        ({"Method": "TRACE"}, "The value for the field 'Method' must be one of"),
        ({"Headers": {"Authorization": ["x"]}}, "The header 'Authorization' may not be set"),
        ({"Headers": {"X-Amz-Date": ["x"]}}, "The header 'X-Amz-Date' may not be set"),
        ({"Headers": {"a": ["x\n"]}}, "The header 'a' is not a valid HTTP header"),
        ({"Headers": 1}, "The value for the field 'Headers' must be an OBJECT"),
        ({"QueryParameters": 1}, "The value for the field 'QueryParameters' must be an OBJECT"),
        ({"Stage": 1}, "The value for the field 'Stage' must be a STRING"),
        ({"AuthType": "IAM_AUTH"}, "The value for the field 'AuthType' must be one of: [NO_AUTH, IAM_ROLE, "),
        ({"Else": 1}, "The field 'Else' is not supported by Step Functions"),
    ],
)
def test_what_is_refused(more: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StateError) as refused:
        read_call(MINIMAL | more, AWS)
    assert refused.value.name == "States.Runtime" and complaint in (refused.value.cause or "")


def test_it_is_offered_where_there_is_an_endpoint() -> None:
    find = invoke_action(Settings(endpoints=Endpoints(services={"apigateway": AWS})))
    assert find("apigateway", "invoke", False) == RemoteAction(
        frozenset({Pattern.REQUEST_RESPONSE, Pattern.WAIT_FOR_TASK_TOKEN})
    )
    assert find("apigateway", "invoke", True) is None
    assert invoke_action(Settings())("apigateway", "invoke", False) is None
