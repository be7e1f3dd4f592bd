"""Definitions that the tests of the API run, and how they reach the server."""

import json
from typing import Any

ROLE = "arn:aws:iam::000000000000:role/tests"


def definition(*states: tuple[str, dict[str, Any]]) -> str:
    """A chain of states: each goes on to the next, the last one ends."""
    chain = {}
    for place, (name, state) in enumerate(states):
        following = {"Next": states[place + 1][0]} if place + 1 < len(states) else {"End": True}
        chain[name] = state if state["Type"] in ("Fail", "Succeed") else state | following
    return json.dumps({"StartAt": states[0][0], "States": chain})


PASS = definition(("Done", {"Type": "Pass"}))
OTHER_PASS = definition(("Other", {"Type": "Pass"}))
FAIL = definition(("Broken", {"Type": "Fail", "Error": "Custom", "Cause": "as told"}))
SILENT_FAIL = definition(("Broken", {"Type": "Fail"}))
WAIT = definition(("Rest", {"Type": "Wait", "Seconds": 3600}))


def activity_task(arn: str) -> str:
    return definition(("Work", {"Type": "Task", "Resource": arn, "TimeoutSeconds": 600, "HeartbeatSeconds": 300}))
