"""The state machines that the simulation runs, what it starts them with, and what must come of it.

A kind is a definition, a maker of inputs, and `expected`: the status and the output (or error) of every execution that
nobody stopped, whatever crashed in between. Results that differ from delivery to delivery are kept out of the output by
ResultSelector; the verdict looks at them in the history.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

ACCOUNT, REGION = "123456789012", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/simulation"
ACTIVITY = f"arn:aws:states:{REGION}:{ACCOUNT}:activity:work"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:double"
BROKEN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:broken"
CALLBACK = "arn:aws:states:::lambda:invoke.waitForTaskToken"
LEDGER = "arn:aws:states:::sqs:sendMessage"
LEAVING = "leaving"  # the machine that is deleted while its executions run

State = dict[str, Any]
Expected = tuple[str, Any]  # status; the output of one that SUCCEEDED, the error of another

PERSISTENT = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "BackoffRate": 1.0, "MaxAttempts": 200}]


@dataclass(frozen=True, slots=True)
class Kind:
    definition: dict[str, Any]
    make_input: Callable[[random.Random], Any]
    expected: Callable[[Any], Expected]
    type: str = "STANDARD"


def _flow(start: str, states: dict[str, State], **more: Any) -> dict[str, Any]:
    return {"StartAt": start, "States": states, **more}


def _function(**more: Any) -> State:
    state = {"Type": "Task", "Resource": FUNCTION, "Parameters": {"x.$": "$.x"}, "TimeoutSeconds": 30}
    return state | {"ResultSelector": {"y.$": "$.y"}, "ResultPath": "$.r", "Retry": PERSISTENT} | more


def _ledger(**more: Any) -> State:
    state = {"Type": "Task", "Resource": LEDGER, "Parameters": {"amount.$": "$.x"}}
    return state | {"ResultSelector": {"n.$": "$.n"}, "ResultPath": "$.r", "Retry": PERSISTENT} | more


def _callback(resource: str, **more: Any) -> State:
    parameters = {"FunctionName": "later", "Payload": {"token.$": "$$.Task.Token"}}
    state = {"Type": "Task", "Resource": resource, "Parameters": parameters, "HeartbeatSeconds": 15}
    return state | {"TimeoutSeconds": 40, "ResultSelector": {"ok.$": "$.ok"}, "Retry": PERSISTENT} | more


END: State = {"End": True}
_LOOP: dict[str, State] = {
    "Count": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericGreaterThanPath": "$.left", "Next": "Done"}],
        "Default": "Add",
    },
    "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)", "left.$": "$.left"}, "Next": "Count"},
    "Done": {"Type": "Succeed", "OutputPath": "$.n"},
}
_MIXED = [
    _flow("Call", {"Call": _function(Next="Sleep"), "Sleep": {"Type": "Wait", "Seconds": 2, "End": True}}),
    _flow("Book", {"Book": _ledger() | END}),
    _flow("Nap", {"Nap": {"Type": "Wait", "Seconds": 5, "Next": "Book2"}, "Book2": _ledger() | END}),
    _flow("Ask", {"Ask": _callback(CALLBACK) | END}),
]


def _posting(**more: Any) -> dict[str, Any]:
    pick = {"Type": "Pass", "Parameters": {"x.$": "$$.Map.Item.Value"}, "Next": "Post"}
    return _flow("Pick", {"Pick": pick, "Post": _ledger(**more) | END})


def _postings(processor: dict[str, Any]) -> Kind:
    return Kind(
        _flow("Each", {"Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}}),
        _numbers,
        lambda value: ("SUCCEEDED", [{"x": each, "r": {"n": 10 * each}} for each in value["items"]]),
    )


_NESTED = _flow(
    "Fan",
    {
        "Fan": {
            "Type": "Parallel",
            "Branches": [
                _flow("Get", {"Get": _function(Parameters={"x.$": "$"}, ResultPath="$") | END}),
                _flow("Doze", {"Doze": {"Type": "Wait", "Seconds": 1, "End": True}}),
            ],
            "ResultSelector": {"y.$": "$[0].y"},
            "End": True,
        }
    },
)
_GIVING_UP = [
    _flow(
        "Slow",
        {"Slow": {"Type": "Wait", "Seconds": 1, "Next": "Break"}, "Break": _function(Resource=BROKEN, Retry=[]) | END},
    ),
    _flow("Reserve", {"Reserve": _ledger(Next="Wait"), "Wait": {"Type": "Wait", "Seconds": 50, "End": True}}),
    _flow(
        "Open",
        {
            "Open": _callback(CALLBACK, Parameters={"FunctionName": "never"}, HeartbeatSeconds=800, TimeoutSeconds=900)
            | END
        },
    ),
]


def _small(source: random.Random) -> dict[str, int]:
    return {"x": source.randint(0, 9)}


def _numbers(source: random.Random) -> dict[str, list[int]]:
    return {"items": [source.randint(0, 9) for _ in range(source.randint(0, 9))]}


def _unanswered(error: str, **bounds: int | None) -> Kind:
    """A callback that nobody answers, and what its Catch is told."""
    catch = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Late"}]
    never = {"FunctionName": "never"}
    ask = _callback(CALLBACK, Parameters=never, Retry=[], Catch=catch, End=True, **bounds)
    states = {
        "Ask": {name: value for name, value in ask.items() if value is not None},
        "Late": {"Type": "Pass", "OutputPath": "$.error.Error", "End": True},
    }
    return Kind(_flow("Ask", states), _small, lambda value: ("SUCCEEDED", error))


KINDS: dict[str, Kind] = {
    "loop": Kind(
        _flow("Count", _LOOP),
        lambda source: {"n": 0, "left": source.randint(0, 30)},
        lambda value: ("SUCCEEDED", value["left"] + 1),
    ),
    "remote": Kind(
        _flow("Call", {"Call": _function(Next="Again"), "Again": _function(ResultPath="$.s") | END}),
        _small,
        lambda value: ("SUCCEEDED", value | {"r": {"y": 2 * value["x"]}, "s": {"y": 2 * value["x"]}}),
    ),
    "ledger": Kind(
        _flow("Book", {"Book": _ledger(Next="Book2"), "Book2": _ledger(ResultPath="$.s") | END}),
        _small,
        lambda value: ("SUCCEEDED", value | {"r": {"n": 10 * value["x"]}, "s": {"n": 10 * value["x"]}}),
    ),
    "postings": _postings(_posting()),
    "hurried": _postings(_posting(TimeoutSeconds=1)),
    "nested": Kind(
        _flow(
            "Each",
            {
                "Each": {
                    "Type": "Map",
                    "ItemsPath": "$.items",
                    "MaxConcurrency": 2,
                    "ItemProcessor": _NESTED,
                    "End": True,
                }
            },
        ),
        _numbers,
        lambda value: ("SUCCEEDED", [{"y": 2 * each} for each in value["items"]]),
    ),
    "wait": Kind(
        _flow("Sleep", {"Sleep": {"Type": "Wait", "SecondsPath": "$.x", "Next": "Up"}, "Up": {"Type": "Succeed"}}),
        lambda source: {"x": source.choice([0, 1, 5, 30, 100])},
        lambda value: ("SUCCEEDED", value),
    ),
    "callback": Kind(
        _flow("Ask", {"Ask": _callback(CALLBACK) | END}), _small, lambda value: ("SUCCEEDED", {"ok": True})
    ),
    "queue": Kind(
        _flow("Send", {"Send": _callback(LEDGER + ".waitForTaskToken") | END}),
        _small,
        lambda value: ("SUCCEEDED", {"ok": True}),
    ),
    "activity": Kind(
        _flow("Work", {"Work": _callback(ACTIVITY, Parameters={"x.$": "$.x"}, ResultPath="$.r") | END}),
        _small,
        lambda value: ("SUCCEEDED", value | {"r": {"ok": True}}),
    ),
    "mixed": Kind(
        _flow("All", {"All": {"Type": "Parallel", "Branches": _MIXED, "ResultPath": None, "End": True}}),
        _small,
        lambda value: ("SUCCEEDED", value),
    ),
    "saga": Kind(
        _flow(
            "Try",
            {
                "Try": {
                    "Type": "Parallel",
                    "Branches": _GIVING_UP,
                    "Catch": [{"ErrorEquals": ["Broken"], "ResultPath": "$.error", "Next": "Undo"}],
                    "Next": "Never",
                },
                "Never": {"Type": "Succeed"},
                "Undo": _ledger(Next="Tell"),
                "Tell": {"Type": "Fail", "ErrorPath": "$.error.Error"},
            },
        ),
        _small,
        lambda value: ("FAILED", "Broken"),
    ),
    "doomed": Kind(
        _flow(
            "Both",
            {
                "Both": {
                    "Type": "Parallel",
                    "Branches": [
                        _flow("Book", {"Book": _ledger() | END}),
                        _flow("Call", {"Call": _function() | END}),
                        _flow("Stop", {"Stop": {"Type": "Fail", "Error": "Doomed"}}),
                    ],
                    "Catch": [{"ErrorEquals": ["Doomed"], "ResultPath": None, "Next": "Book2"}],
                    "End": True,
                },
                "Book2": _ledger() | END,
            },
        ),
        _small,
        lambda value: ("SUCCEEDED", value | {"r": {"n": 10 * value["x"]}}),
    ),
    "late": _unanswered("States.Timeout", TimeoutSeconds=7, HeartbeatSeconds=None),
    "silent": _unanswered("States.HeartbeatTimeout", TimeoutSeconds=7, HeartbeatSeconds=5),
    "deadline": Kind(
        _flow("Sleep", {"Sleep": {"Type": "Wait", "Seconds": 500, "End": True}}, TimeoutSeconds=25),
        _small,
        lambda value: ("TIMED_OUT", "States.Timeout"),
    ),
    LEAVING: Kind(
        _flow(
            "Rest",
            {
                "Rest": {"Type": "Wait", "Seconds": 4, "Next": "Rest2"},
                "Rest2": {"Type": "Wait", "Seconds": 4, "End": True},
            },
        ),
        _small,
        lambda value: ("SUCCEEDED", value),
    ),
    "express": Kind(
        _flow("Done", {"Done": {"Type": "Succeed"}}), _small, lambda value: ("SUCCEEDED", value), type="EXPRESS"
    ),
}


# ---- executions that wait for executions ----

START = "arn:aws:states:::states:startExecution"


def _child(kind: str, given: dict[str, Any], name: str, pattern: str = ".sync:2", **more: Any) -> State:
    """A Task that waits for an execution of another kind, with a name of its own: started twice it would be noticed."""
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{kind}"
    parameters = {"StateMachineArn": machine, "Input": given, "Name.$": name}
    state = {"Type": "Task", "Resource": START + pattern, "Parameters": parameters}
    return state | {"ResultSelector": {"got.$": "$.Output"}, "ResultPath": "$.child"} | more


def _own_name(part: str) -> str:
    return f"States.Format('{{}}-{part}', $$.Execution.Name)"


_NUMBERED = "States.Format('{}-{}', $$.Execution.Name, $$.Map.Item.Index)"
_BOOKING = {
    "Pick": {"Type": "Pass", "Parameters": {"x.$": "$$.Map.Item.Value"}, "Next": "Child"},
    "Child": _child("ledger", {"x.$": "$.x"}, _NUMBERED, OutputPath="$.child.got.r") | END,
}
_TOO_LATE = [{"ErrorEquals": ["States.Timeout"], "ResultPath": "$.error", "Next": "Late"}]
_FAILING = [{"ErrorEquals": ["States.TaskFailed"], "ResultPath": None, "Next": "Told"}]

FAMILIES: dict[str, Kind] = {
    "children": Kind(
        _flow(
            "Each",
            {"Each": {"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": _flow("Pick", _BOOKING), "End": True}},
        ),
        _numbers,
        lambda value: ("SUCCEEDED", [{"n": 10 * each} for each in value["items"]]),
    ),
    "patient": Kind(
        _flow(
            "Child",
            {"Child": _child("wait", {"x.$": "$.x"}, _own_name("waits"), OutputPath="$.child.got") | END},
        ),
        lambda source: {"x": source.choice([0, 1, 5, 30])},
        lambda value: ("SUCCEEDED", value),
    ),
    "impatient": Kind(
        _flow(
            "Child",
            {
                "Child": _child("wait", {"x": 100}, _own_name("slow"), TimeoutSeconds=5, Catch=_TOO_LATE) | END,
                "Late": {"Type": "Pass", "OutputPath": "$.error.Error", "End": True},
            },
        ),
        _small,
        lambda value: ("SUCCEEDED", "States.Timeout"),
    ),
    "mourning": Kind(
        _flow(
            "Child",
            {
                "Child": _child("deadline", {"x.$": "$.x"}, _own_name("doomed"), ".sync", Catch=_FAILING) | END,
                "Told": {"Type": "Pass", "OutputPath": "$.x", "End": True},
            },
        ),
        _small,
        lambda value: ("SUCCEEDED", value["x"]),
    ),
    "descent": Kind(
        _flow(
            "Deep",
            {
                "Deep": {
                    "Type": "Choice",
                    "Choices": [{"Variable": "$.n", "NumericEquals": 0, "Next": "Bottom"}],
                    "Default": "Down",
                },
                "Down": _child(
                    "descent",
                    {"n.$": "States.MathAdd($.n, -1)", "rest.$": "$.rest"},
                    _own_name("d"),
                    ResultSelector={"depth.$": "States.MathAdd($.Output.depth, 1)"},
                    ResultPath="$",
                )
                | END,
                "Bottom": {"Type": "Wait", "SecondsPath": "$.rest", "Next": "Say"},
                "Say": {"Type": "Pass", "Result": {"depth": 0}, "End": True},
            },
        ),
        lambda source: {"n": source.randint(0, 9), "rest": source.choice([0, 20])},
        lambda value: ("SUCCEEDED", {"depth": value["n"]}),
    ),
}
# ---- distributed Maps ----

WRITTEN_TO = "bucket"


def _brood(processor: dict[str, Any], children: str, **more: Any) -> dict[str, Any]:
    """A distributed Map over the items; a child whose item is 9 fails in those that pick."""
    config = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": children}}
    state = {
        "Type": "Map",
        "ItemsPath": "$.items",
        "ItemProcessor": config | processor,
        "MaxConcurrency": 3,
        "End": True,
    }
    return _flow("Each", {"Each": state | more})


_PICK = _flow(
    "Pick",
    {
        "Pick": {
            "Type": "Choice",
            "Choices": [{"Variable": "$", "NumericEquals": 9, "Next": "Refuse"}],
            "Default": "Take",
        },
        "Refuse": {"Type": "Fail", "Error": "Nine"},
        "Take": {"Type": "Succeed"},
    },
)
_BOOK_ITEM = _flow("Book", {"Book": _ledger(Parameters={"amount.$": "$"}, ResultPath="$") | END})
_NAP_AND_PICK = _flow("Nap", {"Nap": {"Type": "Wait", "Seconds": 3, "Next": "Pick"}, **_PICK["States"]})
_WRITER = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": WRITTEN_TO}}
_ALL_TOLERATED = {"ToleratedFailurePercentage": 100}


def _without_nines(value: dict[str, list[int]]) -> Expected:
    return "SUCCEEDED", [each for each in value["items"] if each != 9]


def _unless_nine(value: dict[str, list[int]]) -> Expected:
    failed = 9 in value["items"]
    return ("FAILED", "States.ExceedToleratedFailureThreshold") if failed else ("SUCCEEDED", value["items"])


def _written_to(value: dict[str, list[int]]) -> Expected:
    return "SUCCEEDED", {"bucket": WRITTEN_TO}


_WRITING = {"ResultWriter": _WRITER, "ResultSelector": {"bucket.$": "$.ResultWriterDetails.Bucket"}} | _ALL_TOLERATED

RUNS: dict[str, Kind] = {
    "brood": Kind(
        _brood(_BOOK_ITEM, "STANDARD"),
        _numbers,
        lambda value: ("SUCCEEDED", [{"n": 10 * each} for each in value["items"]]),
    ),
    "picky": Kind(_brood(_NAP_AND_PICK, "STANDARD"), _numbers, _unless_nine),
    "lenient": Kind(_brood(_NAP_AND_PICK, "STANDARD", **_ALL_TOLERATED), _numbers, _without_nines),
    "swift": Kind(_brood(_PICK, "EXPRESS"), _numbers, _unless_nine),
    "swift-lenient": Kind(_brood(_PICK, "EXPRESS", **_ALL_TOLERATED), _numbers, _without_nines),
    "written": Kind(_brood(_NAP_AND_PICK, "STANDARD", **_WRITING), _numbers, _written_to),
    "swift-written": Kind(_brood(_PICK, "EXPRESS", **_WRITING), _numbers, _written_to),
}
# ---- Tasks whose calls have to wait ----

_WAITING = {"amount.$": "$.x", "patience_ms": 4_000}


def _take(**more: Any) -> State:
    return _ledger(Parameters=_WAITING, **more)


PATIENT: dict[str, Kind] = {
    "receiving": Kind(
        _flow(
            "Take", {"Take": _ledger(Parameters=_WAITING, Next="Take2"), "Take2": _ledger(Parameters=_WAITING) | END}
        ),
        _small,
        lambda value: ("SUCCEEDED", value | {"r": {"n": 10 * value["x"]}}),
    ),
    "receiving-in-haste": Kind(
        _flow("Take", {"Take": _take(TimeoutSeconds=2, End=True)}),
        _small,
        lambda value: ("SUCCEEDED", value | {"r": {"n": 10 * value["x"]}}),
    ),
    "receiving-many": _postings(_posting(Parameters=_WAITING)),
}
PLAIN = list(KINDS)
KINDS |= FAMILIES | RUNS | PATIENT


def definition_text(kind: str) -> str:
    return json.dumps(KINDS[kind].definition)
