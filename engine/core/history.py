"""The events of a history, in the shape of the wire (GetExecutionHistory's HistoryEvent).

An event is a plain dict, rendered once when it is written:

    {"timestamp": 1795353120.123, "type": "PassStateEntered", "id": 2, "previousEventId": 0,
     "stateEnteredEventDetails": {...}}

Source: botocore's model of Step Functions, HistoryEvent and its details.
"""

from collections.abc import Mapping
from typing import Any

Event = dict[str, Any]

NOT_TRUNCATED: dict[str, Any] = {"truncated": False}

# The member that carries the details, by event type; a type that is not here has none.
DETAILS_MEMBER: dict[str, str] = {
    **{
        f"{state}State{moment}": f"state{moment}EventDetails"
        for state in ("Pass", "Task", "Choice", "Wait", "Succeed", "Parallel", "Map")
        for moment in ("Entered", "Exited")
    },
    "FailStateEntered": "stateEnteredEventDetails",
    **{
        kind: kind[0].lower() + kind[1:] + "EventDetails"
        for kind in (
            "ExecutionStarted",
            "ExecutionSucceeded",
            "ExecutionFailed",
            "ExecutionAborted",
            "ExecutionTimedOut",
            "ExecutionRedriven",
            "TaskScheduled",
            "TaskStarted",
            "TaskSubmitted",
            "TaskSucceeded",
            "TaskFailed",
            "TaskTimedOut",
            "LambdaFunctionScheduled",
            "LambdaFunctionSucceeded",
            "LambdaFunctionFailed",
            "LambdaFunctionTimedOut",
            "ActivityScheduled",
            "ActivityStarted",
            "ActivitySucceeded",
            "ActivityFailed",
            "ActivityTimedOut",
            "EvaluationFailed",
            "MapStateStarted",
            "MapRunStarted",
            "MapRunFailed",
            "MapRunRedriven",
            "MapIterationStarted",
            "MapIterationSucceeded",
            "MapIterationFailed",
            "MapIterationAborted",
        )
    },
}


def event(event_id: int, previous: int, kind: str, time_ms: int, details: dict[str, Any] | None = None) -> Event:
    """One event. `details` None where the type has none."""
    made: Event = {"timestamp": time_ms / 1000, "type": kind, "id": event_id, "previousEventId": previous}
    if details is not None:
        made[DETAILS_MEMBER[kind]] = details
    return made


def failure(error: str | None, cause: str | None) -> dict[str, Any]:
    """The details of a failure: what is unknown is left out, as AWS does."""
    details = {}
    if error is not None:
        details["error"] = error
    if cause is not None:
        details["cause"] = cause
    return details


def entered(name: str, input_text: str) -> dict[str, Any]:
    return {"name": name, "input": input_text, "inputDetails": NOT_TRUNCATED}


def exited(name: str, output_text: str) -> dict[str, Any]:
    return {"name": name, "output": output_text, "outputDetails": NOT_TRUNCATED}


def assigned(texts: Mapping[str, str]) -> dict[str, Any]:
    """What the details of an exit say besides where variables were assigned, by the JSON texts of their values."""
    return {"assignedVariables": texts, "assignedVariablesDetails": NOT_TRUNCATED}


def evaluation_failed(error: str | None, cause: str | None, location: str | None, state: str) -> dict[str, Any]:
    return {**failure(error, cause), **({} if location is None else {"location": location}), "state": state}
