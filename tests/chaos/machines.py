"""The machines of the crash proof: for each, its definition, and what a finished execution must show.

Every one does some arithmetic on its input's `n`, so that its output says whether a result was lost or applied twice.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LOOPS = 300
INVOKE = "arn:aws:states:::lambda:invoke"
ACTIVITY = "arn:aws:states:us-east-1:000000000000:activity:chaos"

Json = dict[str, Any]
Check = Callable[[Any, int], None]  # the output and the `n` of the input; AssertionError where they do not fit


@dataclass(frozen=True)
class Kind:
    """`counts`: how many events of these types a history holds; several where the order of things may differ."""

    definition: Json
    check: Check
    counts: tuple[Mapping[str, int], ...]


def machine(*states: tuple[str, Json]) -> Json:
    """A chain of states."""
    names = [name for name, _ in states]
    after: dict[str, Json] = {name: {"Next": following} for name, following in itertools.pairwise(names)} | {
        names[-1]: {"End": True}
    }
    return {
        "StartAt": names[0],
        "States": {name: state if state["Type"] == "Choice" else state | after[name] for name, state in states},
    }


def invoke(function: str, **payload: str) -> Json:
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": function, "Payload": payload or {"n.$": "$.n"}},
        "ResultSelector": {"value.$": "$.Payload.value", "delivery.$": "$.Payload.delivery"},
        "ResultPath": "$.result",
    }


def _counted(output: Any, n: int) -> None:
    assert output == {"n": n + LOOPS, "left": 0}


def _valued(factor: int) -> Check:
    def check(output: Any, n: int) -> None:
        assert (output["n"], output["result"]["value"]) == (n, factor * n)

    return check


def _passed(output: Any, n: int) -> None:
    assert output == {"n": n, "waited": True}


def _approved(output: Any, n: int) -> None:
    assert output["answer"] == {"approved": n}


def _mapped(output: Any, n: int) -> None:
    assert [done["result"]["value"] for done in output["doubled"]] == [2 * n, 2 * n + 2, 2 * n + 4]
    assert [branch.get("result", {}).get("value") for branch in output["both"]] == [None, 2 * n]


def _once(output: Any, n: int) -> None:
    if "lost" in output:
        assert output["lost"]["Error"] == "States.TaskFailed"
    else:
        assert output["result"]["value"] == 2 * n


_COUNT = {
    "Type": "Pass",
    "Parameters": {"n.$": "States.MathAdd($.n, 1)", "left.$": "States.MathAdd($.left, -1)"},
}
_LEFT = {
    "Type": "Choice",
    "Choices": [{"Variable": "$.left", "NumericGreaterThan": 0, "Next": "Count"}],
    "Default": "Counted",
}
_LOOP = machine(
    ("Start", {"Type": "Pass", "Parameters": {"n.$": "$.n", "left": LOOPS}}),
    ("Count", _COUNT),
    ("More", _LEFT),
    ("Counted", {"Type": "Pass"}),
)
_CALLBACK = machine(
    (
        "Ask",
        {
            "Type": "Task",
            "Resource": f"{INVOKE}.waitForTaskToken",
            "Parameters": {"FunctionName": "notify", "Payload": {"token.$": "$$.Task.Token", "n.$": "$.n"}},
            "ResultPath": "$.answer",
        },
    ),
    ("Asked", {"Type": "Pass"}),
)
# A worker whose answer was killed does not know that it has a task: the heartbeat notices, and it is offered again.
_ACTIVITY = machine(
    (
        "Work",
        {
            "Type": "Task",
            "Resource": ACTIVITY,
            "HeartbeatSeconds": 2,
            "ResultPath": "$.answer",
            "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 99}],
        },
    ),
    ("Worked", {"Type": "Pass"}),
)
_RETRY = machine(
    (
        "Try",
        invoke("flaky", **{"n.$": "$.n", "try.$": "$$.State.RetryCount"})
        | {"Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": 2}]},
    ),
)
_MAP = machine(
    ("Items", {"Type": "Pass", "Parameters": {"n.$": "$.n", "items.$": "States.ArrayRange($.n, $.last, 1)"}}),
    (
        "Each",
        {
            "Type": "Map",
            "ItemsPath": "$.items",
            "ItemSelector": {"n.$": "$$.Map.Item.Value"},
            "MaxConcurrency": 2,
            "ItemProcessor": machine(("Double", invoke("double"))),
            "ResultPath": "$.doubled",
        },
    ),
    (
        "Both",
        {
            "Type": "Parallel",
            "Branches": [machine(("Rest", {"Type": "Wait", "Seconds": 1})), machine(("Call", invoke("double")))],
            "ResultPath": "$.both",
        },
    ),
)
_ONCE = machine(
    ("Once", invoke("once") | {"Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.lost", "Next": "Over"}]}),
    ("Over", {"Type": "Pass"}),
)

KINDS: dict[str, Kind] = {
    "loop": Kind(_LOOP, _counted, ({"PassStateEntered": LOOPS + 2, "ChoiceStateEntered": LOOPS},)),
    "function": Kind(
        machine(("Call", invoke("double")), ("Called", {"Type": "Pass"})),
        _valued(2),
        ({"TaskScheduled": 1, "TaskStarted": 1, "TaskSucceeded": 1, "TaskFailed": 0},),
    ),
    "handler": Kind(
        machine(
            (
                "Call",
                {
                    "Type": "Task",
                    "Resource": "arn:aws:lambda:us-east-1:000000000000:function:triple",
                    "ResultPath": "$.result",
                },
            )
        ),
        _valued(3),
        ({"LambdaFunctionScheduled": 1, "LambdaFunctionSucceeded": 1, "LambdaFunctionFailed": 0},),
    ),
    "retry": Kind(_RETRY, _valued(1), ({"TaskScheduled": 3, "TaskFailed": 2, "TaskSucceeded": 1},)),
    "wait": Kind(
        machine(
            ("Rest", {"Type": "Wait", "Seconds": 1}),
            ("Rested", {"Type": "Pass", "Result": True, "ResultPath": "$.waited"}),
        ),
        _passed,
        ({"WaitStateEntered": 1, "WaitStateExited": 1},),
    ),
    "callback": Kind(  # the token may be answered before the function that was given it answers
        _CALLBACK,
        _approved,
        tuple({"TaskScheduled": 1, "TaskSubmitted": submitted, "TaskSucceeded": 1} for submitted in (0, 1)),
    ),
    "activity": Kind(_ACTIVITY, _approved, ({"ActivitySucceeded": 1, "ActivityFailed": 0},)),
    "map": Kind(
        _MAP,
        _mapped,
        (
            {
                "MapIterationStarted": 3,
                "MapIterationSucceeded": 3,
                "TaskScheduled": 4,
                "TaskSucceeded": 4,
                "ParallelStateSucceeded": 1,
                "MapStateSucceeded": 1,
            },
        ),
    ),
    "once": Kind(_ONCE, _once, ({"TaskSucceeded": 1, "TaskFailed": 0}, {"TaskSucceeded": 0, "TaskFailed": 1})),
}


def input_of(kind: str, n: int) -> Json:
    return {"n": n, "last": n + 2} if kind == "map" else {"n": n}
