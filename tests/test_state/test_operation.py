"""TestState over boto3: what it shows of each type of state, what mocks lay down, what it really calls."""

import json
from typing import Any

import pytest

from tests.api.client import Api
from tests.api.machines import ROLE

INVOKE = "arn:aws:states:::lambda:invoke"
FLOW = {"StartAt": "In", "States": {"In": {"Type": "Pass", "End": True}}}
TASK = {"Type": "Task", "Resource": INVOKE, "Parameters": {"FunctionName": "f"}, "End": True}
RETRY = [
    {"ErrorEquals": ["A"], "MaxAttempts": 2, "IntervalSeconds": 3, "BackoffRate": 2},
    {"ErrorEquals": ["States.ALL"], "MaxAttempts": 0},
]
CATCH = [
    {"ErrorEquals": ["X"], "Next": "NeverX"},
    {"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "Handle"},
]
TOKEN_TASK = {
    **TASK,
    "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
    "Parameters": {"QueueUrl": "q", "MessageBody.$": "$$.Task.Token"},
}


def run(api: Api, state: dict[str, Any], value: Any = None, **others: Any) -> dict[str, Any]:
    """The answer with its texts of JSON read; DEBUG unless told otherwise."""
    request = {"definition": json.dumps(state), "inspectionLevel": "DEBUG", **others}
    if value is not None:
        request["input"] = json.dumps(value)
    for name in ("variables", "context"):
        if name in request:
            request[name] = json.dumps(request[name])
    answer: dict[str, Any] = api.test_state(**request)
    if "output" in answer:
        answer["output"] = json.loads(answer["output"])
    data = answer.get("inspectionData", {})
    data.update({name: json.loads(text) for name, text in data.items() if isinstance(text, str)})
    return answer


def result(value: Any, **others: Any) -> dict[str, Any]:
    return {"result": json.dumps(value), **others}


def error(name: str, **others: Any) -> dict[str, Any]:
    return {"errorOutput": {"error": name, **others}}


def test_the_data_of_a_task(api: Api) -> None:
    state = {
        **TASK,
        "InputPath": "$.a",
        "Parameters": {"FunctionName": "f", "Payload.$": "$"},
        "ResultSelector": {"got.$": "$.Payload"},
        "ResultPath": "$.r",
        "OutputPath": "$.r",
        "Next": "After",
    }
    del state["End"]
    answer = run(api, state, {"a": 1}, mock=result({"Payload": 2}))
    assert answer["inspectionData"] == {
        "input": {"a": 1},
        "afterInputPath": 1,
        "afterParameters": {"FunctionName": "f", "Payload": 1},
        "result": {"Payload": 2},
        "afterResultSelector": {"got": 2},
        "afterResultPath": {"a": 1, "r": {"got": 2}},
    }
    assert (answer["status"], answer["nextState"], answer["output"]) == ("SUCCEEDED", "After", {"got": 2})


def test_info_says_only_how_it_went(api: Api) -> None:
    request = {"definition": json.dumps({"Type": "Pass", "Next": "N"}), "input": "[1]"}
    assert api.test_state(**request) == {"status": "SUCCEEDED", "output": "[1]", "nextState": "N"}


def test_a_jsonata_task_with_variables(api: Api) -> None:
    state = {
        "Type": "Task",
        "QueryLanguage": "JSONata",
        "Resource": INVOKE,
        "Arguments": {"FunctionName": "{% $f %}"},
        "Assign": {"n": "{% $n + 1 %}"},
        "Output": "{% $states.result.Payload %}",
        "End": True,
    }
    answer = run(api, state, {}, variables={"f": "g", "n": 1}, mock=result({"Payload": [1]}))
    data = answer["inspectionData"]
    assert data["afterArguments"] == {"FunctionName": "g"}
    assert data["result"] == {"Payload": [1]}
    assert data["variables"] == {"f": "g", "n": 2}
    assert answer["output"] == [1]
    assert "afterInputPath" not in data


@pytest.mark.parametrize(
    ("made", "status", "details"),
    [
        (0, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 3}),
        (1, "RETRIABLE", {"retryIndex": 0, "retryBackoffIntervalSeconds": 6}),
        (2, "FAILED", {"retryIndex": 0}),
    ],
)
def test_retries(api: Api, made: int, status: str, details: dict[str, int]) -> None:
    answer = run(api, TASK | {"Retry": RETRY}, mock=error("A"), stateConfiguration={"retrierRetryCount": made})
    assert (answer["status"], answer["error"]) == (status, "A")
    assert answer["inspectionData"]["errorDetails"] == details
    assert "cause" not in answer and "output" not in answer


def test_a_caught_error(api: Api) -> None:
    answer = run(api, TASK | {"Catch": CATCH}, {"i": 1}, mock=error("B", cause="as told"))
    assert answer["status"] == "CAUGHT_ERROR"
    assert (answer["error"], answer["cause"], answer["nextState"]) == ("B", "as told", "Handle")
    assert answer["output"] == {"i": 1, "why": {"Error": "B", "Cause": "as told"}}
    assert answer["inspectionData"]["errorDetails"] == {"catchIndex": 1}


def test_a_catch_that_fails_is_no_catch(api: Api) -> None:
    catch = [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.i.j", "Next": "Handle"}]
    answer = run(api, TASK | {"Catch": catch}, {"i": 1}, mock=error("B"))
    assert (answer["status"], answer["error"]) == ("FAILED", "States.ReferencePathConflict")
    assert "nextState" not in answer


def test_an_expression_that_fails(api: Api) -> None:
    answer = run(api, {"Type": "Pass", "InputPath": "$.nowhere", "End": True}, {})
    assert (answer["status"], answer["error"]) == ("FAILED", "States.Runtime")
    assert "'StateName' (entered at the event id #2)" in answer["cause"]
    assert answer["inspectionData"] == {"input": {}}


def test_a_state_within_a_map_of_a_machine(api: Api) -> None:
    inner = {"StartAt": "Deep", "States": {"Deep": {"Type": "Pass", "Next": "Last"}, "Last": {"Type": "Succeed"}}}
    machine = {"StartAt": "M", "States": {"M": {"Type": "Map", "ItemProcessor": inner, "End": True}}}
    answer = run(api, machine, {"x": 1}, stateName="Deep")
    assert (answer["nextState"], answer["output"]) == ("Last", {"x": 1})


def test_a_map_in_jsonpath(api: Api) -> None:
    state = {
        "Type": "Map",
        "ItemsPath": "$.l",
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
        "MaxConcurrencyPath": "$.c",
        "ItemProcessor": FLOW,
        "ResultPath": "$.r",
        "End": True,
    }
    answer = run(api, state, {"l": ["a", "b"], "c": 2}, mock=result([1, 2]))
    data = answer["inspectionData"]
    assert data["afterItemsPath"] == ["a", "b"]
    assert data["afterItemSelector"] == [{"v": "a", "i": 0}, {"v": "b", "i": 1}]
    assert (data["maxConcurrency"], data["result"]) == (2, [1, 2])
    assert answer["output"]["r"] == [1, 2]


def test_a_parallel_in_jsonpath(api: Api) -> None:
    state = {"Type": "Parallel", "Branches": [FLOW], "Parameters": {"p.$": "$"}, "End": True}
    answer = run(api, state, 1, mock=result([7]))
    assert answer["output"] == [7]
    assert answer["inspectionData"]["afterParameters"] == {"p": 1}
    failed = run(api, state, 1, mock=error("E", cause="c"), stateConfiguration={"errorCausedByState": "In"})
    assert (failed["status"], failed["error"], failed["cause"]) == ("FAILED", "E", "c")


def test_a_given_context_takes_the_place_of_the_own(api: Api) -> None:
    state = TASK | {"Parameters": {"FunctionName": "f", "Payload.$": "$$"}}
    context = {"Execution": {"Name": "n"}, "Map": {"Item": {"Index": 3, "Value": "v"}}}
    answer = run(api, state, context=context, mock=result({}))
    assert answer["inspectionData"]["afterParameters"]["Payload"] == context


@pytest.mark.parametrize("context", [None, {"Execution": {}}, {"Task": {"Token": "t"}}])
def test_a_task_token_is_there_where_it_is_waited_for(api: Api, context: dict[str, Any] | None) -> None:
    others = {} if context is None else {"context": context}
    answer = run(api, TOKEN_TASK, mock=result("free"), **others)
    token = answer["inspectionData"]["afterParameters"]["MessageBody"]
    assert token == "t" if context and "Task" in context else token
    assert answer["output"] == "free"


def test_an_activity_and_a_job_with_mocks(api: Api) -> None:
    activity = TASK | {"Resource": "arn:aws:states:us-east-1:000000000000:activity:none"}
    assert run(api, activity, mock=result(1))["output"] == 1
    job = TASK | {"Resource": "arn:aws:states:::ecs:runTask.sync"}
    assert run(api, job, mock=result({"LastStatus": "STOPPED"}))["output"] == {"LastStatus": "STOPPED"}


def test_a_wait_is_waited_for(api: Api) -> None:
    answer = run(api, {"Type": "Wait", "Seconds": 1, "Next": "N"}, {"w": 1})
    assert (answer["status"], answer["nextState"], answer["output"]) == ("SUCCEEDED", "N", {"w": 1})


# ---- without a mock ----


def test_a_function_is_called(api: Api) -> None:
    state = TASK | {"Parameters": {"FunctionName": "echo", "Payload.$": "$"}}
    answer = run(api, state, {"hello": 1}, roleArn=ROLE)
    assert answer["status"] == "SUCCEEDED", answer
    assert answer["output"]["Payload"] == {"hello": 1}
    refused = run(api, TASK | {"Parameters": {"FunctionName": "refuse"}, "Retry": RETRY}, roleArn=ROLE)
    assert (refused["status"], refused["error"]) == ("FAILED", "Refused")


def test_a_built_in_service_is_called_and_what_it_does_is_kept(api: Api) -> None:
    name = api.name("/tested/")
    create = TASK | {
        "Resource": "arn:aws:states:::aws-sdk:cloudwatchlogs:createLogGroup",
        "Parameters": {"LogGroupName": name},
    }
    assert run(api, create, roleArn=ROLE)["status"] == "SUCCEEDED"
    again = run(api, create | {"Catch": CATCH}, roleArn=ROLE)
    assert (again["status"], again["error"]) == ("CAUGHT_ERROR", "CloudWatchLogs.ResourceAlreadyExistsException")


INNER = TASK | {"Retry": [{"ErrorEquals": ["Own"], "MaxAttempts": 1}]}
ABOVE = [{"ErrorEquals": ["E", "Own"], "ResultPath": "$.why", "Next": "Handle"}]
THRESHOLD = "States.ExceedToleratedFailureThreshold"
BEYOND = [{"ErrorEquals": [THRESHOLD], "Next": "Handle"}]
AGAIN = [{"ErrorEquals": ["E"], "IntervalSeconds": 5, "BackoffRate": 3}]
DISTRIBUTED = {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}

# the fields of the Map, of its processor, the error, the configuration; the status, the error, the details
PROPAGATED: list[tuple[Any, Any, str, dict[str, int], str, str, dict[str, int]]] = [
    ({"Catch": ABOVE}, {}, "E", {}, "CAUGHT_ERROR", "E", {"catchIndex": 0}),
    ({"Catch": ABOVE}, {}, "F", {}, "FAILED", "F", {}),
    ({"Catch": ABOVE}, {}, "Own", {}, "RETRIABLE", "Own", {"retryIndex": 0, "retryBackoffIntervalSeconds": 1}),
    ({"Catch": ABOVE}, {}, "Own", {"retrierRetryCount": 1}, "CAUGHT_ERROR", "Own", {"catchIndex": 0}),
    ({"Retry": AGAIN}, {}, "E", {}, "RETRIABLE", "E", {"retryIndex": 0, "retryBackoffIntervalSeconds": 5}),
    (
        {"Retry": AGAIN}, {}, "E", {"retrierRetryCount": 1},
        "RETRIABLE", "E", {"retryIndex": 0, "retryBackoffIntervalSeconds": 15},
    ),
    ({"Catch": BEYOND}, DISTRIBUTED, "E", {}, "CAUGHT_ERROR", THRESHOLD, {"catchIndex": 0}),
    (
        {"Catch": BEYOND, "ToleratedFailureCount": 2}, DISTRIBUTED, "E", {"mapIterationFailureCount": 1},
        "FAILED", "E", {},
    ),
    (
        {"Catch": BEYOND, "ToleratedFailureCount": 2}, DISTRIBUTED, "E", {"mapIterationFailureCount": 2},
        "CAUGHT_ERROR", THRESHOLD, {"catchIndex": 0},
    ),
    ({"Catch": BEYOND, "ToleratedFailurePercentage": 1}, DISTRIBUTED, "E", {}, "FAILED", "E", {}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "processor", "name", "given", "status", "shown", "details"), PROPAGATED)
def test_errors_go_to_the_handlers_around(
    api: Api,
    fields: dict[str, Any],
    processor: dict[str, Any],
    name: str,
    given: dict[str, int],
    status: str,
    shown: str,
    details: dict[str, int],
) -> None:
    """AWS's documentation, "Error propagation in Map and Parallel states"; a Parallel between has no say."""
    inner = {"StartAt": "T", "States": {"T": INNER}}
    flow = {**processor, "StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": [inner], "End": True}}}
    states = {"M": {"Type": "Map", "ItemProcessor": flow, "End": True, **fields}}
    if "Catch" in fields:
        states["Handle"] = {"Type": "Pass", "End": True}
    machine = {"StartAt": "M", "States": states}
    configuration = {"stateConfiguration": given} if given else {}
    answer = run(api, machine, {"i": 1}, stateName="T", mock=error(name), **configuration)
    assert (answer["status"], answer["error"]) == (status, shown)
    data = answer["inspectionData"]
    assert data["afterParameters"] == {"FunctionName": "f"}
    found = data.get("errorDetails", {})
    assert found == details or (status == "FAILED" and "catchIndex" not in found)
    assert answer.get("nextState") == ("Handle" if status == "CAUGHT_ERROR" else None)
    if shown == "E" and status == "CAUGHT_ERROR":
        assert answer["output"] == {"i": 1, "why": {"Error": "E", "Cause": ""}}
