"""From a TestState request to the test that it asks for, or AWS's refusal.

| what | refused with |
|---|---|
| a mock with both members, or with revealSecrets, or of a state that does no work | ValidationException |
| a Map or Parallel, an activity, `.sync` or `.waitForTaskToken` without a mock | InvalidDefinition |
| a context or stateConfiguration without a mock, or one that does not fit the state | ValidationException |
| a result that the API could not answer | ValidationException |
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine import jackson, jsontext
from engine.api import arns
from engine.api.payload import read_input
from engine.api.resources import Request
from engine.api.test_state_place import Place, inner_names, place_of
from engine.asl.compiler import compile_for_test, compile_state
from engine.asl.findings import UNSUPPORTED_INTEGRATION, invalid_definition_message
from engine.asl.model import (
    ActivityResource,
    AnyState,
    MapState,
    ParallelState,
    Pattern,
    ServiceResource,
    TaskState,
)
from engine.contract import Targets
from engine.errors import DefinitionError, Diagnostic, ServiceError
from engine.runtime.state_test import StateTest
from engine.runtime.tasks_in_memory import Return, Throw
from engine.sdk.mock_result import check_mock_result

_NEEDS_MOCK = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)
_ONE_MOCK = "A test mock should have only one of the following fields: [result, errorOutput]."

# What a context object may hold; None: any value.
_CONTEXT: Mapping[str, Any] = {
    "Execution": dict.fromkeys(("Id", "Input", "Name", "RoleArn", "StartTime", "RedriveCount", "RedriveTime")),
    "State": dict.fromkeys(("EnteredTime", "Name", "RetryCount")),
    "StateMachine": dict.fromkeys(("Id", "Name")),
    "Task": dict.fromkeys(("Token",)),
    "Map": {"Item": dict.fromkeys(("Index", "Key", "Source", "Value"))},
}


@dataclass(frozen=True, slots=True)
class _Configuration:
    retries_made: int = 0
    iterations_failed: int = 0
    reader_data: str | None = None


def read_request(request: Request, targets: Targets | None) -> StateTest:
    """Raises ServiceError. Compiles, and may load a service's model: not for the event loop."""
    mock = request.get("mock")
    if mock is not None:
        _check_mock(mock, request)
    if request.get("roleArn") is not None:
        arns.check_role(request["roleArn"])
    place = _place(request)
    state = place.state
    _check_state(state, request, targets)
    configuration = _configuration(request.get("stateConfiguration"), place, mock)
    return StateTest(
        state=state,
        input_text=read_input(request.get("input")).text,
        role_arn=request.get("roleArn"),
        variables=_variables(request.get("variables")),
        context=_context(request.get("context"), mock),
        around=place.around,
        mock=None if mock is None else _answer(mock, state),
        retries_made=configuration.retries_made,
        iterations_failed=configuration.iterations_failed,
        reader_data=configuration.reader_data,
        reveal_secrets=bool(request.get("revealSecrets")),
    )


# ---- the state ----


def _place(request: Request) -> Place:
    name = request.get("stateName")
    try:
        if name is None:
            return Place(compile_state(request["definition"]))
        place = place_of(compile_for_test(request["definition"]), name)
    except DefinitionError as error:
        raise ServiceError("InvalidDefinition", invalid_definition_message(error.diagnostics)) from None
    if place is None:
        raise _invalid("State not found in definition")
    return place


def _check_state(state: AnyState, request: Request, targets: Targets | None) -> None:
    if request.get("mock") is not None:
        if not isinstance(state, TaskState | ParallelState | MapState):
            kind = type(state).__name__.removesuffix("State")
            raise _invalid(f"State type '{kind}' is not supported when a mock is specified")
        return
    if isinstance(state, ParallelState | MapState):
        raise ServiceError("InvalidDefinition", _NEEDS_MOCK)
    if isinstance(state, TaskState):
        _check_task(state, request, targets)


def _check_task(state: TaskState, request: Request, targets: Targets | None) -> None:
    """A Task that is really called: what it names can answer, and while the caller waits."""
    resource = state.resource
    if isinstance(resource, ActivityResource):
        raise ServiceError("InvalidDefinition", "TestState API does not support Activity tasks without a mock")
    if isinstance(resource, ServiceResource):
        if resource.pattern is not Pattern.REQUEST_RESPONSE:
            text = f"TestState API does not support the '{resource.pattern.value}' service integration without a mock"
            raise ServiceError("InvalidDefinition", text)
        if targets is not None and not targets.supports(
            resource.service, resource.action, resource.pattern, resource.sdk
        ):
            message = f"This server has no integration for {resource.arn}; give a mock, or forward the service's calls"
            found = [Diagnostic(UNSUPPORTED_INTEGRATION, message, "/Resource")]
            raise ServiceError("InvalidDefinition", invalid_definition_message(found))
    if request.get("roleArn") is None:
        raise _invalid("A roleArn is required to test a Task state without a mock")


# ---- the mock ----


def _check_mock(mock: Mapping[str, Any], request: Request) -> None:
    if (mock.get("result") is None) == (mock.get("errorOutput") is None):
        raise _invalid(_ONE_MOCK)
    if request.get("revealSecrets"):
        raise _invalid("TestState does not support RevealSecrets when a mock is specified.")
    error = mock.get("errorOutput")
    if error is not None and error.get("error") is None:
        raise _invalid("The field 'error' of a mock's errorOutput is required")


def _answer(mock: Mapping[str, Any], state: AnyState) -> Return | Throw:
    error = mock.get("errorOutput")
    if error is not None:
        return Throw(error["error"], error.get("cause"))
    result = _json(mock["result"], "mock result")
    if isinstance(state, TaskState) and isinstance(state.resource, ServiceResource):
        check_mock_result(state.resource, result, mock.get("fieldValidationMode") or "STRICT")
    elif isinstance(state, MapState | ParallelState):
        _check_children_result(state, result)
    return Return(result)


def _check_children_result(state: MapState | ParallelState, result: Any) -> None:
    """An array of the children's results, or what a ResultWriter says about where it has written them.

    A Parallel's has one for each branch, as AWS's documentation asks; the texts are ours.
    """
    writer = state.result_writer if isinstance(state, MapState) else None
    text = None
    if writer is not None and writer.arguments is not None:
        if not isinstance(result, dict):
            text = "The result of a Map state with a ResultWriter must be an object"
    elif not isinstance(result, list):
        text = "The result of a Map or Parallel state must be an array"
    elif isinstance(state, ParallelState) and len(result) != len(state.branches):
        text = f"The result of the Parallel state must have one element for each of its {len(state.branches)} branches"
    if text is not None:
        raise _invalid(f"Mock result schema validation error: {text}")


def _configuration(given: Mapping[str, Any] | None, place: Place, mock: Any) -> _Configuration:
    state = place.state
    if not given:
        return _Configuration()
    if mock is None:
        raise _invalid("A stateConfiguration may only be specified with a mock")
    failing = given.get("errorCausedByState")
    if failing is not None:
        if not isinstance(state, MapState | ParallelState) or mock.get("errorOutput") is None:
            raise _invalid("errorCausedByState may only be specified with a mocked error of a Map or Parallel state")
        if failing not in inner_names(state):
            raise _invalid(f"errorCausedByState: the state '{failing}' is not within the state under test")
    if given.get("mapItemReaderData") is not None and not (isinstance(state, MapState) and state.item_reader):
        raise _invalid("mapItemReaderData may only be specified for a Map state with an ItemReader")
    if given.get("mapItemReaderData") is not None and isinstance(state, MapState) and not _reads_text(state):
        raise _invalid(
            "mapItemReaderData is the content of an object: it may only be specified for an ItemReader that reads one "
            "of CSV, JSON or JSONL by s3:getObject"
        )
    if given.get("mapIterationFailureCount") is not None and not (isinstance(state, MapState) or place.distributed):
        raise _invalid(
            "mapIterationFailureCount may only be specified for a Map state, or for a state within a distributed one"
        )
    if given.get("retrierRetryCount") is not None and not any(getattr(one, "retry", ()) for one in place.line):
        raise _invalid("retrierRetryCount may only be specified for a state with a Retry, or within such a state")
    return _Configuration(
        given.get("retrierRetryCount") or 0, given.get("mapIterationFailureCount") or 0, given.get("mapItemReaderData")
    )


# ---- texts of JSON ----


def _variables(text: str | None) -> dict[str, Any]:
    value = {} if text is None else _json(text, "variables")
    if not isinstance(value, dict):
        raise _invalid("The variables must be a JSON object")
    return value


def _context(text: str | None, mock: Any) -> dict[str, Any] | None:
    if text is None:
        return None
    if mock is None:
        raise _invalid("A Context object may only be specified with a mock")
    value = _json(text, "Context object")
    if not isinstance(value, dict):
        raise _invalid("Invalid Context object provided: it must be a JSON object")
    _check_context(value, _CONTEXT)
    return value


def _check_context(value: Mapping[str, Any], allowed: Mapping[str, Any]) -> None:
    for name, member in value.items():
        if name not in allowed:
            raise _invalid(f"Invalid Context object provided: Field '{name}' is not allowed")
        if allowed[name] is None:
            continue
        if not isinstance(member, dict):
            raise _invalid(f"Invalid Context object provided: Field '{name}' must be an object")
        _check_context(member, allowed[name])


def _json(text: str, what: str) -> Any:
    try:
        return jsontext.loads(text)
    except jsontext.JsonError as error:
        reason = str(error) if jsontext.too_deep(text) else jackson.describe(text).message
        raise _invalid(f"The {what} is not valid JSON: {reason}") from None


def _invalid(text: str) -> ServiceError:
    return ServiceError("ValidationException", text)


def _reads_text(state: MapState) -> bool:
    reader = state.item_reader
    if reader is None or reader.lists or reader.manifest is not None or reader.format is None:
        return False
    return reader.format.input_type != "PARQUET"
