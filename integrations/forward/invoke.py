"""One call of one operation, on a thread: parameters in, result or refusal out, in AWS's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.client import BaseClient
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError
from botocore.response import StreamingBody

from engine import limits
from engine.errors import StateError
from engine.sdk import errors, parameters, results
from engine.sdk.errors import Refusal
from integrations.forward.clients import method

# Members that make a second delivery harmless, where the model does not mark them as such.
_TOKEN_NAMES = frozenset({"clienttoken", "clientrequesttoken", "idempotencytoken"})


@dataclass(frozen=True, slots=True)
class Invoked:
    """`result` in the Task's spelling; `status`, `headers` and `request_id` of the HTTP answer."""

    result: dict[str, Any]
    status: int
    headers: Mapping[str, str]
    request_id: str


@dataclass(frozen=True, slots=True)
class Invocation:
    """`operation` by the model's name. `integration`: the optimised integration's name; None for `aws-sdk:` Tasks."""

    operation: str
    parameters: Any
    integration: str | None
    token: str | None = None

    def perform(self, client: BaseClient, resource: str) -> Invoked:
        """Ask the service. Raises StateError."""
        model = _operation(client, self.operation, resource)
        spelling = parameters.SDK if self.integration is None else parameters.OPTIMISED
        request = parameters.request_of(self.parameters, model.input_shape, spelling)
        if self.token is not None:
            _add_tokens(request, model, self.token)
        try:
            answer = method(client, self.operation)(**request)
            content = {key: _read(value, resource) for key, value in answer.items()}
        except ClientError as error:
            raise self._refused(client, error) from None
        except BotoCoreError as error:
            raise errors.unreachable(self._prefix(client), reason_of(error)) from None
        except ResponseParserError:
            text = "Unable to unmarshall response: it is not what the service's protocol says."
            raise errors.state_error(f"{self._prefix(client)}.SdkClientException", text) from None
        metadata = answer["ResponseMetadata"]
        style = results.SDK if self.integration is None else results.OPTIMISED
        return Invoked(
            results.result_of(content, model.output_shape, style),
            metadata.get("HTTPStatusCode", 200),
            metadata.get("HTTPHeaders", {}),
            _request_id(metadata),
        )

    def _prefix(self, client: BaseClient) -> str:
        model = client.meta.service_model
        if self.integration is None:
            return errors.service_class(model)
        return errors.optimised_prefix(self.integration, model)

    def _refused(self, client: BaseClient, error: ClientError) -> StateError:
        refusal = refusal_of(error)
        if self.integration is None:
            return errors.sdk_error(client.meta.service_model, refusal)
        return errors.optimised_error(self.integration, client.meta.service_model, refusal)


def refusal_of(error: ClientError) -> Refusal:
    said: Mapping[str, Any] = error.response.get("Error", {})
    metadata: Mapping[str, Any] = error.response.get("ResponseMetadata", {})
    return Refusal(
        # Services that spoke the query protocol once have two codes; the shape's name is the one that errors go by.
        code=str(said.get("QueryErrorCode") or said.get("Code") or "Unknown"),
        message=str(said.get("Message") or said.get("message") or "null"),
        status=int(metadata.get("HTTPStatusCode") or 0),
        request_id=_request_id(metadata),
        extended_id=metadata.get("HostId") or None,
        attempts=int(metadata.get("RetryAttempts") or 0) + 1,
    )


def streams_events(model: OperationModel) -> bool:
    """Whether requests or answers are streams of events: nothing for a Task."""
    return bool(model.has_event_stream_output or model.has_event_stream_input)


def _operation(client: BaseClient, operation: str, resource: str) -> OperationModel:
    """The model of an operation. Raises StateError for one that a machine may name only where anything may be named."""
    service = client.meta.service_model
    if operation not in service.operation_names or streams_events(service.operation_model(operation)):
        raise StateError("States.Runtime", f"The resource '{resource}' names no action that can be called.")
    return service.operation_model(operation)


def _request_id(metadata: Mapping[str, Any]) -> str:
    return str(metadata.get("RequestId") or metadata.get("HTTPHeaders", {}).get("x-amzn-requestid") or "null")


def _add_tokens(request: dict[str, Any], model: OperationModel, token: str) -> None:
    """Fill what makes the call idempotent, where the Task leaves it to us."""
    members = {} if model.input_shape is None else model.input_shape.members
    for name, shape in members.items():
        marked = bool(shape.metadata.get("idempotencyToken"))
        if name not in request and shape.type_name == "string" and (marked or name.lower() in _TOKEN_NAMES):
            request[name] = token


def _read(value: Any, resource: str) -> Any:
    """A streamed answer, read whole, within bounds."""
    if not isinstance(value, StreamingBody):
        return value
    try:
        content = value.read(limits.FORWARD_RESULT_BYTES_MAX + 1)
    finally:
        value.close()
    if len(content) > limits.FORWARD_RESULT_BYTES_MAX:
        text = (
            f"The state/task '{resource}' returned a result with a size exceeding "
            "the maximum number of bytes service limit."
        )
        raise StateError("States.DataLimitExceeded", text)
    return content


def reason_of(error: BotoCoreError) -> str:
    """Why there is no answer: the host, and what happened, in the words that the SDK has for it."""
    host = _host(error)
    match error:
        case ConnectTimeoutError():
            return f"{host}: Connect timed out"
        case ReadTimeoutError():
            return f"{host}: Read timed out"
        case ConnectionClosedError():
            return f"{host}: The target server failed to respond"
        case EndpointConnectionError() | HTTPClientError():
            text = str(error.kwargs.get("error", ""))
            found = re.search(r"\[Errno -?\d+\] ([^'\")]+)", text)
            return f"{host}: {found[1] if found else text or error}"
        case _:
            return str(error)


def _host(error: BotoCoreError) -> str:
    return urlsplit(str(error.kwargs.get("endpoint_url", ""))).hostname or "the endpoint"
