"""Definitions of parents and children."""

import json
from typing import Any

State = dict[str, Any]

START = "arn:aws:states:::states:startExecution"
SFN = "arn:aws:states:::aws-sdk:sfn:"


def flow(*states: tuple[str, State], **more: Any) -> str:
    """A machine of these states, one after the other; where a state says itself what follows it, that."""
    linked = {}
    for position, (name, state) in enumerate(states):
        closed = state["Type"] in ("Succeed", "Fail", "Choice") or "Next" in state or "End" in state
        following = {"End": True} if position == len(states) - 1 else {"Next": states[position + 1][0]}
        linked[name] = state if closed else state | following
    return json.dumps({"StartAt": states[0][0], "States": linked} | more)


def start(pattern: str = "", machine: str | None = None, **more: Any) -> State:
    """A Task that starts an execution of `machine`, or of what `$.machine` says, with the whole input."""
    which = {"StateMachineArn.$": "$.machine"} if machine is None else {"StateMachineArn": machine}
    return {"Type": "Task", "Resource": START + pattern, "Parameters": which | {"Input.$": "$"}} | more


def call(action: str, parameters: dict[str, Any] | None = None, **more: Any) -> State:
    """A Task that calls Step Functions by the SDK integration."""
    return {"Type": "Task", "Resource": SFN + action, "Parameters": parameters or {}} | more


WAIT: State = {"Type": "Wait", "Seconds": 600}
DOUBLE = flow(("Double", {"Type": "Pass", "Parameters": {"twice.$": "States.MathAdd($.n, $.n)"}}))
SLEEP = flow(("Sleep", WAIT))
BREAK = flow(("Break", {"Type": "Fail", "Error": "Broken", "Cause": "as it was told"}))

# Calls itself until $.n is 0, and gives how deep it was.
DESCENT = flow(
    (
        "Deep",
        {"Type": "Choice", "Choices": [{"Variable": "$.n", "NumericEquals": 0, "Next": "Bottom"}], "Default": "Down"},
    ),
    (
        "Down",
        {
            "Type": "Task",
            "Resource": START + ".sync:2",
            "Parameters": {
                "StateMachineArn.$": "$$.StateMachine.Id",
                "Input": {"n.$": "States.MathAdd($.n, -1)", "bottom.$": "$.bottom"},
            },
            "ResultSelector": {"depth.$": "States.MathAdd($.Output.depth, 1)"},
            "End": True,
        },
    ),
    ("Bottom", {"Type": "Wait", "SecondsPath": "$.bottom", "Next": "Say"}),
    ("Say", {"Type": "Pass", "Result": {"depth": 0}}),
)
