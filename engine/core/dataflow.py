"""How data flows through a state, and the limit on its size.

    JSONPath  input -> InputPath -> Parameters -> [work] -> ResultSelector -> ResultPath (into the input) -> OutputPath
    JSONata   input -> Arguments -> [work] -> Output, or the result as it is

Source: ASL specification, "Input and Output Processing"; AWS keeps ResultPath on the input as it came in.
"""

from typing import TYPE_CHECKING, Any

from engine import limits
from engine.errors import PlainStateError, StateError
from engine.jsontext import JsonError, dumps, size_bytes
from engine.query.path import Path, PathNotFound
from engine.query.result_path import put
from engine.query.scope import Scope
from engine.query.template import Template

if TYPE_CHECKING:
    from engine.core.execution import Branch
    from engine.core.inspection import Inspection

_CERTAINLY_SMALL = limits.PAYLOAD_BYTES_MAX // 4  # characters: none takes more than four bytes


def apply_path(path: Path | None, scope: Scope) -> Any:
    """InputPath or OutputPath; None (JSON null) gives an empty object."""
    if path is None:
        return {}
    try:
        return path.find(scope)
    except PathNotFound as missing:
        raise StateError("States.Runtime", path.invalid_path_cause(missing.detail)) from None


def state_output(
    state: Any,
    state_input: Any,
    scope: Scope,
    result: Any,
    selector: Template | None = None,
    inspection: "Inspection | None" = None,
) -> Any:
    """The output of a state from its result: ResultSelector, ResultPath, OutputPath; in JSONata Output.

    `scope` is the state's own; in JSONata it knows the result, where the state has one.
    """
    if state.jsonata:
        return result if state.output is None else state.output.render(scope)
    if selector is not None:
        result = selector.render(scope.over(result))
    if inspection is not None:
        inspection.saw("afterResultSelector", result)
    if state.result_path is None:
        result = state_input
    elif not state.result_path.whole:
        result = put(state_input, state.result_path, result)
    if inspection is not None:
        inspection.saw("afterResultPath", result)
    if state.output_path is None or not state.output_path.whole:
        return apply_path(state.output_path, scope.over(result))
    return result


def output_text(branch: "Branch", output: Any, state_name: str) -> str:
    """The text of a state's output. An input that passes untouched keeps its text, blanks and spelling of numbers
    included, as the log of a Pass state on AWS shows (aws-samples, logging and masking of Step Functions).
    """
    return branch.input_text if output is branch.input else result_text(output, state_name)


def result_text(value: Any, owner: str) -> str:
    """The JSON text of a result; States.DataLimitExceeded when it is over 256 KiB. `owner` is the state or resource."""
    return _text_within_limit(value, owner, "returned a result with")


def parameters_text(value: Any, owner: str) -> str:
    return _text_within_limit(value, owner, "provided parameters with")


def _text_within_limit(value: Any, owner: str, what: str) -> str:
    try:
        text = dumps(value)
    except JsonError as error:
        raise StateError("States.Runtime", str(error)) from None
    if len(text) > _CERTAINLY_SMALL and size_bytes(text) > limits.PAYLOAD_BYTES_MAX:
        raise PlainStateError(
            "States.DataLimitExceeded",
            f"The state/task '{owner}' {what} a size exceeding the maximum number of bytes service limit.",
        )
    return text
