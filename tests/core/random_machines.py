"""Random machines for the property tests: nested flows of every state, with retries, catchers, timeouts and callbacks.

A flow is a row of states, each going on to the next one, with now and then a Choice that skips one or a catcher that
goes to the end; so every machine ends. The input is always INPUT, and every state keeps the fields that others refer
to (their results go to `$.r` or nowhere).
"""

import random
from collections.abc import Callable
from typing import Any

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
ACTIVITY = "arn:aws:states:us-east-1:123456789012:activity:a"
SERVICE = "arn:aws:states:::sqs:sendMessage"
CALLBACK = SERVICE + ".waitForTaskToken"
RESOURCES = (FUNCTION, ACTIVITY, SERVICE, CALLBACK)

INPUT = {"n": 1, "none": [], "items": [1, 2, 3], "matrix": [[1], [2, 3]], "s": 2}
ERRORS = ("E", "F", "States.TaskFailed", "States.Timeout", "States.HeartbeatTimeout", "States.ALL")

State = dict[str, Any]


class MachineMaker:
    """Makes one machine. The names of its states are S1, S2, ... over all its flows."""

    def __init__(self, source: random.Random):
        self._random = source
        self._names = 0

    def machine(self) -> dict[str, Any]:
        made = self._flow(depth=0)
        if self._random.random() < 0.3:
            made["TimeoutSeconds"] = self._random.randint(5, 60)
        return made

    def _name(self) -> str:
        self._names += 1
        return f"S{self._names}"

    def _flow(self, depth: int) -> dict[str, Any]:
        names = [self._name() for _ in range(self._random.randint(1, 3))]
        end = self._name()
        states = {
            name: self._state(depth, following, end) for name, following in zip(names, [*names[1:], end], strict=True)
        }
        states[end] = self._last()
        return {"StartAt": names[0], "States": states}

    def _last(self) -> State:
        kind = self._random.choice(["Succeed", "Succeed", "Pass", "Wait", "Fail"])
        made: dict[str, State] = {
            "Succeed": {"Type": "Succeed"},
            "Pass": {"Type": "Pass", "Result": {"done": True}, "ResultPath": "$.r", "End": True},
            "Wait": {"Type": "Wait", "Seconds": 1, "End": True},
            "Fail": {"Type": "Fail", "Error": "E", "Cause": "made to fail"},
        }
        return made[kind]

    def _state(self, depth: int, following: str, end: str) -> State:
        makers: list[Callable[[int, str, str], State]] = [self._task, self._task, self._plain]
        if depth < 2:
            makers += [self._parallel, self._map]
        return self._random.choice(makers)(depth, following, end)

    def _plain(self, depth: int, following: str, end: str) -> State:
        rule = {"Variable": "$.n", "NumericEquals": self._random.randint(0, 1), "Next": end}
        mine, around = (
            f"v{depth}",
            f"v{self._random.randint(0, depth)}",
        )  # inner scopes assign no variable of outer ones
        known = {"Variable": f"${around}", "IsPresent": True, "Assign": {mine: [1, {"two": 2}]}, "Next": following}
        jsonata = {"Type": "Pass", "QueryLanguage": "JSONata", "Next": following}
        return self._random.choice(
            [
                {"Type": "Pass", "ResultPath": None, "Assign": {f"{mine}.$": "$$.State.Name"}, "Next": following},
                {"Type": "Pass", "Parameters": {"x.$": f"${around}"}, "ResultPath": "$.r", "Next": following},
                {"Type": "Choice", "Choices": [known], "Default": following},
                {**jsonata, "Assign": {mine: "{% $states.context.State.Name & $string($states.input.n) %}"}},
                {**jsonata, "Output": "{% $merge([$states.input, {'r': $exists($" + around + ")}]) %}"},
                {**jsonata, "Assign": {mine: "{% $nothing %}"}},
                {"Type": "Pass", "Parameters": {"x.$": "$.n"}, "ResultPath": "$.r", "Next": following},
                {"Type": "Pass", "InputPath": "$.missing", "ResultPath": None, "Next": following},
                {"Type": "Pass", "Next": following},
                {"Type": "Choice", "Choices": [rule], "Default": following},
                {"Type": "Wait", "Seconds": self._random.randint(0, 4), "Next": following},
                {"Type": "Wait", "SecondsPath": "$.s", "Next": following},
            ]
        )

    def _task(self, depth: int, following: str, end: str) -> State:
        state: State = {"Type": "Task", "Resource": self._random.choice(RESOURCES), "Next": following}
        if self._random.random() < 0.4:
            state["TimeoutSeconds"] = self._random.randint(4, 20)
        if self._random.random() < 0.3:
            state["HeartbeatSeconds"] = self._random.randint(1, 3)
        if self._random.random() < 0.3:
            state["Assign"] = {f"v{depth}.$": "$"}
        return self._retrying(state, end)

    def _parallel(self, depth: int, following: str, end: str) -> State:
        flows = [self._flow(depth + 1) for _ in range(self._random.randint(1, 3))]
        return self._retrying({"Type": "Parallel", "Branches": flows, "Next": following}, end)

    def _map(self, depth: int, following: str, end: str) -> State:
        state = {
            "Type": "Map",
            "ItemsPath": self._random.choice(["$.none", "$.items", "$$.Execution.Input.matrix"]),
            "ItemSelector": INPUT | {"item.$": "$$.Map.Item.Value", "index.$": "$$.Map.Item.Index"},
            "MaxConcurrency": self._random.choice([0, 1, 2]),
            "ItemProcessor": self._flow(depth + 1),
            "Next": following,
        }
        return self._retrying(state, end)

    def _retrying(self, state: State, end: str) -> State:
        state["ResultPath"] = self._random.choice(["$.r", "$.deep.r", None])
        if self._random.random() < 0.5:
            state["Retry"] = [self._retrier(), self._retrier()]
        if self._random.random() < 0.5:
            path = self._random.choice(["$.error", None])
            state["Catch"] = [{"ErrorEquals": [self._random.choice(ERRORS)], "Next": end, "ResultPath": path}]
        return state

    def _retrier(self) -> dict[str, Any]:
        return {
            "ErrorEquals": [self._random.choice(ERRORS[:-1])],
            "MaxAttempts": self._random.randint(0, 2),
            "IntervalSeconds": self._random.randint(1, 3),
            "JitterStrategy": self._random.choice(["NONE", "FULL"]),
        }
