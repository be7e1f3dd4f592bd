"""Machines with a distributed Map."""

import json
from typing import Any

PASS = {"Only": {"Type": "Pass", "End": True}}
WAIT = {"Only": {"Type": "Wait", "Seconds": 3600, "End": True}}
# Fails for the item "bad".
PICKY = {
    "Only": {
        "Type": "Choice",
        "Choices": [{"Variable": "$", "StringEquals": "bad", "Next": "Broken"}],
        "Default": "Fine",
    },
    "Broken": {"Type": "Fail", "Error": "Custom", "Cause": "as told"},
    "Fine": {"Type": "Succeed"},
}


def distributed(states: dict[str, Any], **fields: Any) -> str:
    """A machine of one distributed Map over its input; `fields` are the Map's."""
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Only",
        "States": states,
    }
    state = {"Type": "Map", "ItemProcessor": processor, "End": True} | fields
    return json.dumps({"StartAt": "Each", "States": {"Each": state, "Caught": {"Type": "Pass", "End": True}}})


def only_map(definition: str) -> str:
    """The machine without the state that only a Catch leads to."""
    machine = json.loads(definition)
    del machine["States"]["Caught"]
    return json.dumps(machine)
