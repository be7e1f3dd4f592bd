"""TestState: one state of a definition is run, and what its data was on the way is shown.

It answers 200 however the state ended; only what keeps it from running is an error.
"""

from functools import partial
from typing import Any

from anyio import to_thread

from engine import jsontext
from engine.api.resources import Request, Response
from engine.api.test_state_request import read_request
from engine.contract import Caller, HttpTrace, Targets
from engine.runtime.protocol import Runtime
from engine.runtime.state_test import StateTestResult


async def test_state(runtime: Runtime, targets: Targets | None, caller: Caller, request: Request) -> Response:
    """TestState."""
    test = await to_thread.run_sync(partial(read_request, request, targets))
    result = await runtime.test_state(caller, test)
    answer: dict[str, Any] = {
        "status": result.status,
        "output": result.output,
        "error": result.error,
        "cause": result.cause,
        "nextState": result.next_state,
    }
    if request.get("inspectionLevel", "INFO") != "INFO":
        answer["inspectionData"] = _inspection_data(test.input_text, result)
        if request["inspectionLevel"] == "TRACE":
            answer["inspectionData"].update(_exchange(result.trace))
    return {name: value for name, value in answer.items() if value is not None}


def _exchange(trace: HttpTrace | None) -> Response:
    """What an HTTP Task sent and was answered."""
    if trace is None:
        return {}
    shown: Response = {"request": dict(trace.request)}
    if trace.response is not None:
        shown["response"] = dict(trace.response)
    return shown


def _inspection_data(input_text: str, result: StateTestResult) -> Response:
    shown: Response = {"input": input_text}
    shown.update((member, jsontext.dumps(value)) for member, value in result.data.items())
    shown.update(result.numbers)
    if result.variables:
        shown["variables"] = jsontext.dumps(dict(result.variables))
    if result.error_details:
        shown["errorDetails"] = dict(result.error_details)
    return shown
