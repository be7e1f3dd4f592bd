"""Settings and calls, as the tests of functions need them."""

from pathlib import Path
from typing import Any

from engine.asl.model import Pattern
from engine.config import CommandTarget, FunctionSettings, FunctionTarget, HandlerTarget, Settings
from engine.contract import Call
from engine.errors import StateError
from integrations.lambda_.caller import Functions

FOLDER = Path(__file__).parent
ACCOUNT = "000000000000"
REGION = "us-east-1"


def function(target: FunctionTarget, **settings: Any) -> FunctionSettings:
    return FunctionSettings(target=target, directory=FOLDER, **settings)


def handlers(*names: str, **settings: Any) -> Settings:
    """Each name is a handler of functions.py and the function's name."""
    return Settings(functions={name: function(HandlerTarget("functions", name), **settings) for name in names})


def command(*argv: str, **settings: Any) -> Settings:
    """One function, `f`."""
    return Settings(functions={"f": function(CommandTarget(argv), **settings)})


def direct(name: str, payload: Any) -> Call:
    """A Task whose Resource is the function's ARN."""
    return _call(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}", "function", payload)


def invoke(parameters: Any, pattern: Pattern = Pattern.REQUEST_RESPONSE, token: str | None = None) -> Call:
    """A Task of `lambda:invoke`."""
    return _call(f"arn:aws:states:::lambda:invoke{pattern.value}", "invoke", parameters, pattern, token)


async def outcome(functions: Functions, call: Call) -> Any:
    """The result, or error name and cause."""
    try:
        return await functions.call(call)
    except StateError as error:
        return error.name, error.cause


def _call(
    resource: str,
    action: str,
    parameters: Any,
    pattern: Pattern = Pattern.REQUEST_RESPONSE,
    token: str | None = None,
) -> Call:
    return Call(
        resource=resource,
        service="lambda",
        action=action,
        pattern=pattern,
        parameters=parameters,
        account=ACCOUNT,
        region=REGION,
        execution_arn=f"arn:aws:states:{REGION}:{ACCOUNT}:execution:m:e",
        state_name="S",
        idempotency_key="key-1",
        task_token=token,
    )
