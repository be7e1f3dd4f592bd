"""Machines whose Tasks are activities: the tests are their workers, and say which fail."""

import json
from typing import Any

from tests.api.client import Api


def task(activity: str, **fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": activity} | fields


def chain(*states: tuple[str, dict[str, Any]], **fields: Any) -> str:
    """One state after the other."""
    following = [name for name, _ in states[1:]]
    linked = {
        name: state | ({"Next": following[position]} if position < len(following) else {"End": True})
        for position, (name, state) in enumerate(states)
    }
    return json.dumps({"StartAt": states[0][0], "States": linked} | fields)


def flow(name: str, state: dict[str, Any]) -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state | {"End": True}}}


def take(api: Api, activity: str) -> tuple[str, Any]:
    """The token and the input of the next task."""
    given = api.get_activity_task(activityArn=activity)
    return given["taskToken"], json.loads(given["input"])


def answer(api: Api, activity: str, output: Any = None, error: str | None = None) -> Any:
    """Take the next task and end it; returns its input."""
    token, given = take(api, activity)
    if error is not None:
        api.send_task_failure(taskToken=token, error=error)
    else:
        api.send_task_success(taskToken=token, output=json.dumps(output))
    return given


def types(api: Api, execution: str) -> list[str]:
    events = api.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["type"] for event in events]
