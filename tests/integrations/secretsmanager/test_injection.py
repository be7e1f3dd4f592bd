"""Functions and connections of the settings that name a secret: it is read when it is used, and shown nowhere."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from integrations.http_.secret_auth import BadSecret, auth_of
from tests.integrations.scripted import Reply
from tests.integrations.secretsmanager.conftest import Served

ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:{}"
CONNECTION = "arn:aws:events:us-east-1:000000000000:connection/billing/1"


def put(sm: Any, name: str, value: Any) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        sm.put_secret_value(SecretId=name, SecretString=text)
    except ClientError:
        sm.create_secret(Name=name, SecretString=text)


@pytest.fixture(autouse=True)
def clean(sm: Any) -> Iterator[None]:
    yield
    for name in ("injected/function", "injected/connection"):
        sm.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)


def run(served: Served, name: str, state: dict[str, Any], **where: str) -> tuple[dict[str, Any], str]:
    """How an execution of one Task ended, and its history."""
    states = served.client("stepfunctions", **where)
    account, region = where.get("account", "000000000000"), where.get("region", "us-east-1")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Task", **state, "End": True}}})
    arn = f"arn:aws:states:{region}:{account}:stateMachine:{name.replace('/', '-')}"
    states.create_state_machine(name=arn.rpartition(":")[2], definition=definition, roleArn=ROLE)
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    served.clock()
    ended = states.describe_execution(executionArn=execution)
    history = str(states.get_execution_history(executionArn=execution, includeExecutionData=True))
    states.delete_state_machine(stateMachineArn=arn)
    return ended, history


def call_of(function: str) -> dict[str, Any]:
    return {"Resource": FUNCTION.format(function)}


def test_a_handler_is_given_the_value_of_now_with_each_call(served: Served, sm: Any, name: str) -> None:
    for value in ("one", "two", '{"a": "ü"}'):
        put(sm, "injected/function", value)
        ended, _ = run(served, name, call_of("handler"))
        assert json.loads(ended["output"]) == {"secret": value, "event": {}, "master": []}


def test_a_command_is_given_it_too(served: Served, sm: Any, name: str) -> None:
    put(sm, "injected/function", "for the command")
    ended, _ = run(served, name, call_of("command"))
    assert json.loads(ended["output"]) == "for the command"


def test_a_name_is_that_of_the_callers_account_and_region(served: Served, name: str) -> None:
    there = {"account": "456456456456", "region": "eu-west-1"}
    put(served.client(**there), "injected/function", "theirs")
    ended, _ = run(served, name, call_of("handler"), **there)
    assert json.loads(ended["output"])["secret"] == "theirs"


def test_a_secret_that_is_not_there_fails_the_task(served: Served, sm: Any, name: str) -> None:
    ended, _ = run(served, name, call_of("handler"))
    assert (ended["status"], ended["error"]) == ("FAILED", "Lambda.SecretUnavailable")
    assert ended["cause"] == (
        "The secret 'injected/function' of the function 'handler' cannot be read: ResourceNotFoundException: Secrets "
        "Manager can't find the specified secret."
    )
    sm.create_secret(Name="injected/function", SecretBinary=b"x")
    ended, _ = run(served, name, call_of("handler"))
    assert "it holds binary data and no text" in ended["cause"]
    sm.put_secret_value(SecretId="injected/function", SecretString="hunter2\0")
    ended, history = run(served, name, call_of("handler"))
    assert "NUL character" in ended["cause"] and "hunter2" not in history


# ---- connections ----


def http(served: Served) -> dict[str, Any]:
    return {
        "Resource": "arn:aws:states:::http:invoke",
        "Parameters": {
            "ApiEndpoint": f"{served.rotator.scripted.url}/bills",
            "Method": "GET",
            "Authentication": {"ConnectionArn": CONNECTION},
        },
    }


def asked(served: Served, sm: Any, name: str, value: Any) -> dict[str, str]:
    """The headers of the request that a Task sends with this secret; the secret is not in its history."""
    script = served.rotator.scripted
    script.replies["GET /bills"] = Reply({"ok": True})
    script.replies["POST /token"] = Reply({"access_token": "the-token", "expires_in": 3600})
    script.asked.clear()
    put(sm, "injected/connection", value)
    ended, history = run(served, name, http(served))
    assert ended["status"] == "SUCCEEDED", ended
    assert not any(part in history for part in value.values() if not part.startswith("http"))
    return script.of("GET /bills")[0].headers


def test_a_connection_authorizes_itself_with_what_the_secret_says(served: Served, sm: Any, name: str) -> None:
    for password in ("old-password", "new-password"):
        headers = asked(served, sm, name, {"username": "the-user", "password": password})
        assert base64.b64decode(headers["authorization"][6:]).decode() == f"the-user:{password}"
    headers = asked(served, sm, name, {"api_key_name": "X-Key", "api_key_value": "the-key"})
    assert headers["x-key"] == "the-key" and "authorization" not in headers
    oauth = {"client_id": "the-id", "authorization_endpoint": f"{served.rotator.scripted.url}/token"}
    for client_secret in ("secret-one", "secret-two"):
        headers = asked(served, sm, name, {**oauth, "client_secret": client_secret})
        assert headers["authorization"] == "Bearer the-token"
        [fetched] = served.rotator.scripted.of("POST /token")
        assert fetched.form["client_secret"] == client_secret, "another secret, another token"


def test_a_secret_that_a_connection_cannot_use(served: Served, sm: Any, name: str) -> None:
    ended, _ = run(served, name, http(served))
    assert ended["error"] == "Events.ConnectionResource.InvalidConnectionState"
    assert "the secret 'injected/connection' cannot be used: ResourceNotFoundException" in ended["cause"]
    put(sm, "injected/connection", '{"password": "hunter2"}')
    ended, history = run(served, name, http(served))
    assert "exactly one of these" in ended["cause"] and "hunter2" not in history


OAUTH = {"client_id": "i", "client_secret": "s", "authorization_endpoint": "http://h/t"}
BAD: list[tuple[Any, str]] = [
    ("hunter2", "no JSON"),
    ("[]", "no JSON object"),
    ({}, "exactly one of these"),
    ({"username": "u", "password": 1}, "exactly one of these"),
    ({"username": "u", "password": ""}, "exactly one of these"),
    ({"username": "u", "password": "p", "api_key_name": "n", "api_key_value": "v"}, "exactly one of these"),
    ({"api_key_name": "a b", "api_key_value": "v"}, "no header"),
    ({"api_key_name": "a", "api_key_value": "hunter2\n"}, "no header"),
    (OAUTH | {"authorization_endpoint": "h"}, "no URL"),
    (OAUTH | {"http_method": "DELETE"}, "http_method"),
]


@pytest.mark.parametrize(("value", "why"), BAD)
def test_secrets_that_are_no_authorization(value: Any, why: str) -> None:
    with pytest.raises(BadSecret, match=why) as refused:
        auth_of(value if isinstance(value, str) else json.dumps(value))
    assert "hunter2" not in str(refused.value)
