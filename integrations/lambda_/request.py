"""From the Call of a Task to an Invocation: the parameters of `lambda:invoke`, or a function's own ARN as Resource.

Every parameter of Lambda's Invoke is in the table: taken, or refused by name. None is ignored.
"""

import base64
import uuid
from collections.abc import Callable
from typing import Any

from engine import jsontext, limits
from engine.contract import Call
from integrations.lambda_ import errors
from integrations.lambda_.invocation import Invocation
from integrations.lambda_.names import NAME_PATTERN, FunctionName, parse_name

FUNCTION_ACTION = "function"  # a Task whose Resource is the function's ARN


def read_call(call: Call) -> Invocation:
    """The invocation that a call asks for. Raises StateError where AWS refuses it."""
    request_id = str(uuid.uuid4())
    parameters = {} if call.action == FUNCTION_ACTION else _checked(call.parameters)
    return Invocation(
        request_id=request_id,
        function=called_function(call, request_id),
        payload=call.parameters if call.action == FUNCTION_ACTION else parameters.get("Payload", {}),
        idempotency_key=call.idempotency_key,
        region=call.region,
        client_context=_client_context(parameters.get("ClientContext"), request_id),
    )


def called_function(call: Call, request_id: str) -> FunctionName:
    """The function that a call is for. Raises StateError where it names none."""
    if call.action == FUNCTION_ACTION:
        text, qualifier = call.resource, None
    else:
        parameters = _checked(call.parameters)
        text, qualifier = parameters["FunctionName"], parameters.get("Qualifier")
    name = parse_name(text, call.account, call.region, qualifier)
    if name is None:
        message = (
            f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: "
            f"Member must satisfy regular expression pattern: {NAME_PATTERN}"
        )
        raise errors.service_error("AWSLambdaException", message, 400, request_id)
    if qualifier is not None and name.qualifier != qualifier:
        message = "The derived qualifier from the function name does not match the specified qualifier."
        raise errors.service_error("InvalidParameterValueException", message, 400, request_id)
    return name


def _checked(parameters: Any) -> dict[str, Any]:
    """Parameters of which each is known and has its type."""
    if not isinstance(parameters, dict):
        raise errors.unusable_parameters(parameters, ["The Parameters must be a JSON object"])
    complaints = [
        f"The field '{name}' is not supported by Step Functions" for name in parameters if name not in _PARAMETERS
    ]
    if "FunctionName" not in parameters:
        complaints.append("The field 'FunctionName' is required but was missing")
    for name, complain in _PARAMETERS.items():
        if name in parameters and (complaint := complain(name, parameters[name])) is not None:
            complaints.append(complaint)
    if complaints:
        raise errors.unusable_parameters(parameters, complaints)
    return parameters


_Complain = Callable[[str, Any], str | None]


def _anything(name: str, value: Any) -> str | None:
    return None


def _text(name: str, value: Any) -> str | None:
    return None if isinstance(value, str) else f"The value for the field '{name}' must be a STRING"


def _only(allowed: str, reason: str) -> _Complain:
    def complain(name: str, value: Any) -> str | None:
        if value == allowed:
            return None
        return f"The value for the field '{name}' must be '{allowed}': Statewright {reason}"

    return complain


def _refused(name: str, value: Any) -> str | None:
    return f"The field '{name}' is not supported by Statewright"


# Invoke's parameters, as Lambda's API names them.
_PARAMETERS: dict[str, _Complain] = {
    "FunctionName": _text,
    "Payload": _anything,
    "Qualifier": _text,
    "ClientContext": _text,
    "InvocationType": _only("RequestResponse", "has no queue of its own for events and does no dry runs"),
    "LogType": _only("None", "returns no log tails"),
    "DurableExecutionName": _refused,
    "TenantId": _refused,
}


def _client_context(encoded: str | None, request_id: str) -> dict[str, Any] | None:
    if encoded is None:
        return None
    try:
        if len(encoded) > limits.CLIENT_CONTEXT_CHARS_MAX:
            raise ValueError("too long")
        content = jsontext.loads(base64.b64decode(encoded, validate=True).decode())
    except ValueError:  # bad base64, UTF-8 or JSON are all ValueErrors
        content = None
    if not isinstance(content, dict):
        message = "Client context must be a valid Base64-encoded JSON object."
        raise errors.service_error("InvalidRequestContentException", message, 400, request_id)
    return content
