"""Distributed Maps that run: their results, their failures, their history, as boto3 sees them."""

import json
from typing import Any

import pytest

from engine import limits
from tests.api.client import Api
from tests.map_runs.machines import PASS, PICKY, WAIT, distributed, only_map


def start(api: Api, definition: str, items: Any) -> str:
    machine = api.machine(definition)
    started = api.start_execution(stateMachineArn=machine, input=json.dumps(items))
    return str(started["executionArn"])


def run(api: Api, definition: str, items: Any) -> dict[str, Any]:
    return api.ended(start(api, definition, items))


def types(api: Api, execution: str) -> list[str]:
    events = api.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return [event["type"] for event in events]


def map_run(api: Api, execution: str) -> dict[str, Any]:
    (listed,) = api.list_map_runs(executionArn=execution)["mapRuns"]
    shown: dict[str, Any] = api.describe_map_run(mapRunArn=listed["mapRunArn"])
    return shown


@pytest.mark.parametrize("count", [0, 1, 40, 2 * limits.MAP_RUN_STARTS_PER_BATCH_MAX + 7])
@pytest.mark.parametrize("concurrency", [0, 1, 5])
def test_results_are_in_the_order_of_the_items(api: Api, count: int, concurrency: int) -> None:
    items = list(range(count))
    ended = run(api, only_map(distributed(PASS, MaxConcurrency=concurrency)), items)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", items)
    counts = map_run(api, ended["executionArn"])["itemCounts"]
    assert (counts["succeeded"], counts["total"], counts["pending"], counts["running"]) == (count, count, 0, 0)


def test_a_failure_fails_the_run(api: Api) -> None:
    ended = run(api, only_map(distributed(PICKY, MaxConcurrency=1)), ["a", "bad", "c"])
    assert (ended["status"], ended["error"], ended["cause"]) == (
        "FAILED",
        "States.ExceedToleratedFailureThreshold",
        "The specified tolerated failure threshold was exceeded",
    )
    assert types(api, ended["executionArn"])[2:] == [
        "MapStateStarted",
        "MapRunStarted",
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    shown = map_run(api, ended["executionArn"])
    assert shown["status"] == "FAILED"
    counts = shown["executionCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pending"], counts["total"]) == (1, 1, 1, 3)


@pytest.mark.parametrize(
    "tolerance",
    [
        {"ToleratedFailureCount": 1},
        {"ToleratedFailurePercentage": 34},
        {"ToleratedFailureCountPath": "$.count"},
        {"ToleratedFailurePercentagePath": "$.percentage"},
    ],
)
def test_tolerated_failures_leave_their_results_out(api: Api, tolerance: dict[str, Any]) -> None:
    given = {"count": 1, "percentage": 34, "items": ["a", "bad", "c"]}
    ended = run(api, only_map(distributed(PICKY, ItemsPath="$.items", **tolerance)), given)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", ["a", "c"])


def test_retry_makes_a_new_run_and_catch_takes_the_error(api: Api) -> None:
    fields = {
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1, "BackoffRate": 1}],
        "Catch": [{"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "Caught"}],
    }
    ended = run(api, distributed(PICKY, **fields), ["bad"])
    assert json.loads(ended["output"])["Error"] == "States.ExceedToleratedFailureThreshold"
    runs = api.list_map_runs(executionArn=ended["executionArn"], maxResults=1)
    rest = api.list_map_runs(executionArn=ended["executionArn"], maxResults=1, nextToken=runs["nextToken"])
    assert runs["mapRuns"][0]["mapRunArn"] != rest["mapRuns"][0]["mapRunArn"]
    assert "nextToken" not in rest


def test_stopping_the_parent_stops_the_children(api: Api) -> None:
    count = limits.MAP_RUN_STOPS_PER_BATCH_MAX + 20
    execution = start(api, only_map(distributed(WAIT)), list(range(count)))
    api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["running"] == count)
    api.stop_execution(executionArn=execution, error="Enough")
    shown = api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["aborted"] == count)
    assert (shown["status"], shown["executionCounts"]["running"]) == ("ABORTED", 0)
    assert types(api, execution)[-3:] == ["MapRunAborted", "MapStateAborted", "ExecutionAborted"]
    children = api.list_executions(mapRunArn=shown["mapRunArn"], statusFilter="ABORTED", maxResults=1000)
    assert len(children["executions"]) == count


def test_results_over_the_limit_fail_the_state(api: Api) -> None:
    selector = {"text.$": "$$.Map.Item.Value", "more.$": "$[0]"}
    ended = run(api, only_map(distributed(PASS, ItemSelector=selector)), ["x" * 50_000] * 4)
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_distributed_map_within_another(api: Api) -> None:
    inner = json.loads(distributed(PASS).replace("Only", "Inner"))["States"]["Each"]
    ended = run(api, only_map(distributed({"Only": inner})), [[1, 2], [], [3]])
    assert json.loads(ended["output"]) == [[1, 2], [], [3]]


SERVERS = {"web": {"two": {"port": 81}, "one": {"port": 80}}}  # AWS's example, "ItemsPath (Map, JSONPath only)"
SELECTED = {"i.$": "$$.Map.Item.Index", "k.$": "$$.Map.Item.Key", "of.$": "$$.Map.Item.Source"}
PAIRS = [{"Key": "two", "Value": {"port": 81}}, {"Key": "one", "Value": {"port": 80}}]
OBJECTS: list[tuple[dict[str, Any], Any, list[Any]]] = [
    ({"ItemsPath": "$.web"}, SERVERS, PAIRS),
    ({}, SERVERS["web"], PAIRS),
    ({"QueryLanguage": "JSONata", "Items": "{% $states.input.web %}"}, SERVERS, PAIRS),
    ({}, {}, []),
    ({"ItemBatcher": {"MaxItemsPerBatch": 2}}, SERVERS["web"], [{"Items": PAIRS}]),
    (
        {"ItemsPath": "$.web", "ItemSelector": SELECTED},
        SERVERS,
        [{"i": 0, "k": "two", "of": "STATE_DATA"}, {"i": 1, "k": "one", "of": "STATE_DATA"}],
    ),
]


@pytest.mark.parametrize(("fields", "given", "results"), OBJECTS)
def test_the_members_of_an_object(api: Api, fields: dict[str, Any], given: Any, results: list[Any]) -> None:
    ended = run(api, only_map(distributed(PASS, **fields)), given)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", results)
    count = 2 if results else 0
    assert map_run(api, ended["executionArn"])["itemCounts"]["total"] == count
    started = api.get_execution_history(executionArn=ended["executionArn"])["events"][2]
    assert started["mapStateStartedEventDetails"] == {"length": count}


def test_the_context_of_children(api: Api) -> None:
    states = {"Only": {"Type": "Pass", "Parameters": {"machine.$": "$$.StateMachine", "id.$": "$$.Execution.Id"}}}
    states["Only"]["End"] = True  # type: ignore[assignment]
    ended = run(api, only_map(distributed(states, Label="mine")), ["a"])
    (seen,) = json.loads(ended["output"])
    name = ended["stateMachineArn"].rpartition(":")[2]
    assert seen["machine"] == {"Id": f"{ended['stateMachineArn']}/mine", "Name": f"{name}/mine"}
    assert f":execution:{name}/mine:" in seen["id"]
