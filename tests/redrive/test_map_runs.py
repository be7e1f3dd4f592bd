"""Map Runs that are redriven with their parents, as boto3 sees them."""

import json
from typing import Any

import pytest

from engine import limits
from tests.api.client import Api, refusal
from tests.map_runs.machines import distributed, only_map
from tests.redrive.machines import answer, chain, task, types


@pytest.fixture
def activity(api: Api) -> str:
    return str(api.create_activity(name=api.name())["activityArn"])


def start(api: Api, definition: str, items: Any) -> str:
    machine = api.machine(definition)
    return str(api.start_execution(stateMachineArn=machine, input=json.dumps(items))["executionArn"])


def each(activity: str, **fields: Any) -> str:
    """A machine of one distributed Map whose children have one Task each."""
    return only_map(distributed({"Only": task(activity, End=True)}, **fields))


def map_run(api: Api, execution: str) -> dict[str, Any]:
    runs = api.list_map_runs(executionArn=execution)["mapRuns"]
    shown: dict[str, Any] = api.describe_map_run(mapRunArn=runs[0]["mapRunArn"])
    return shown


def children(api: Api, run: dict[str, Any], **parameters: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.list_executions(mapRunArn=run["mapRunArn"], **parameters)["executions"]
    return found


def running(api: Api, execution: str, count: int) -> None:
    api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["running"] == count)


def test_children_that_failed_go_on_and_those_not_begun_begin(api: Api, activity: str) -> None:
    execution = start(api, each(activity, MaxConcurrency=1), ["a", "b", "c", "d"])
    answer(api, activity, "A")
    assert answer(api, activity, error="E") == "b"
    assert api.ended(execution)["status"] == "FAILED"
    failed = map_run(api, execution)
    counts = failed["executionCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pending"], counts["total"]) == (1, 1, 2, 4)
    (child,) = children(api, failed, statusFilter="FAILED")
    shown = api.describe_execution(executionArn=child["executionArn"])
    assert (shown["redriveStatus"], shown["redriveCount"]) == ("REDRIVABLE_BY_MAP_RUN", 0)
    code, text = refusal(api.redrive_execution, executionArn=child["executionArn"])
    assert code == "ExecutionNotRedrivable" and "Map Run" in text

    api.redrive_execution(executionArn=execution)
    assert [answer(api, activity, letter) for letter in "BCD"] == ["b", "c", "d"]
    ended = api.ended(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", ["A", "B", "C", "D"])
    assert types(api, execution)[4:] == [
        "MapRunFailed",
        "MapStateFailed",
        "ExecutionFailed",
        "ExecutionRedriven",
        "MapRunRedriven",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    run = map_run(api, execution)
    assert (run["mapRunArn"], run["status"], run["redriveCount"]) == (failed["mapRunArn"], "SUCCEEDED", 1)
    assert run["redriveDate"] >= failed["stopDate"]
    counts = run["executionCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pendingRedrive"]) == (4, 0, 0)
    again = api.describe_execution(executionArn=child["executionArn"])
    assert (again["status"], again["redriveCount"], again["output"]) == ("SUCCEEDED", 1, '"B"')
    assert types(api, child["executionArn"]).count("ExecutionRedriven") == 1
    assert [found["executionArn"] for found in children(api, run, redriveFilter="REDRIVEN")] == [child["executionArn"]]
    assert len(children(api, run, redriveFilter="NOT_REDRIVEN")) == 3


def test_children_wait_for_their_redrive_where_there_is_no_room(api: Api, activity: str) -> None:
    execution = start(api, each(activity, MaxConcurrency=1, ToleratedFailureCount=3), ["a", "b", "c", "d", "e"])
    for _ in range(3):
        answer(api, activity, error="E")
    running(api, execution, 1)
    assert children(api, map_run(api, execution), statusFilter="PENDING_REDRIVE") == []
    api.stop_execution(executionArn=execution)
    run = map_run(api, execution)
    assert (run["executionCounts"]["failed"], run["executionCounts"]["aborted"]) == (3, 1)
    api.redrive_execution(executionArn=execution)
    running(api, execution, 1)
    counts = map_run(api, execution)["executionCounts"]
    assert (counts["pendingRedrive"], counts["failed"], counts["aborted"], counts["pending"]) == (3, 0, 0, 1)
    waiting = children(api, run, statusFilter="PENDING_REDRIVE")
    assert [found["status"] for found in waiting] == ["PENDING_REDRIVE"] * 3
    shown = api.describe_execution(executionArn=waiting[0]["executionArn"])
    assert (shown["status"], shown["redriveStatus"]) == ("PENDING_REDRIVE", "NOT_REDRIVABLE")
    assert children(api, run, statusFilter="FAILED") == children(api, run, statusFilter="ABORTED") == []
    assert len(children(api, run)) == 4
    api.stop_execution(executionArn=execution)
    counts = map_run(api, execution)["executionCounts"]
    assert (counts["pendingRedrive"], counts["failed"], counts["aborted"], counts["pending"]) == (0, 2, 2, 1)
    api.redrive_execution(executionArn=execution)
    assert [answer(api, activity, "done") for _ in range(5)] == ["a", "b", "c", "d", "e"]
    assert json.loads(api.ended(execution)["output"]) == ["done"] * 5


def test_pending_redrive_is_asked_of_a_map_run(api: Api, activity: str) -> None:
    machine = api.machine(each(activity))
    code, text = refusal(api.list_executions, stateMachineArn=machine, statusFilter="PENDING_REDRIVE")
    assert code == "ValidationException" and "mapRunArn" in text


def test_express_children_begin_anew(api: Api) -> None:
    picky = {
        "Only": {"Type": "Pass", "Parameters": {"n.$": "$.n"}, "Next": "Done"},
        "Done": {"Type": "Succeed"},
    }
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
        "StartAt": "Only",
        "States": picky,
    }
    definition = only_map(distributed(picky, ItemProcessor=processor, MaxConcurrency=1))
    execution = start(api, definition, [{"n": 1}, {"m": 2}, {"n": 3}])
    assert api.ended(execution)["status"] == "FAILED"
    failed = map_run(api, execution)
    (child,) = children(api, failed, statusFilter="FAILED")
    api.redrive_execution(executionArn=execution)
    assert api.ended(execution)["status"] == "FAILED"
    run = map_run(api, execution)
    counts = run["executionCounts"]
    assert (run["mapRunArn"], run["redriveCount"], counts["failed"], counts["succeeded"]) == (
        failed["mapRunArn"],
        1,
        1,
        1,
    )
    (again,) = children(api, run, statusFilter="FAILED")
    assert (again["executionArn"], again["redriveCount"]) == (child["executionArn"], 0)


def test_what_fails_by_its_data_gets_a_new_run(api: Api) -> None:
    """States.Runtime: the JSON did not fit, as documented."""
    definition = only_map(distributed({"Only": {"Type": "Pass", "End": True}}, OutputPath="$.no"))
    execution = start(api, definition, [1])
    assert api.ended(execution)["error"] == "States.Runtime"
    api.redrive_execution(executionArn=execution)
    assert api.ended(execution)["error"] == "States.Runtime"
    assert len(api.list_map_runs(executionArn=execution)["mapRuns"]) == 2


def test_many_children(api: Api, activity: str) -> None:
    """More than are stopped, marked and started in one commit each."""
    count = limits.MAP_RUN_MARKS_PER_BATCH_MAX + 20
    wait = {"Only": {"Type": "Wait", "SecondsPath": "$.s", "End": True}}
    execution = start(api, only_map(distributed(wait, MaxConcurrency=2000)), [{"s": 2}] * count)
    running(api, execution, count)
    api.stop_execution(executionArn=execution)
    api.redrive_execution(executionArn=execution)
    ended = api.ended(execution)
    assert (ended["status"], len(json.loads(ended["output"]))) == ("SUCCEEDED", count)
    counts = map_run(api, execution)["executionCounts"]
    assert (counts["succeeded"], counts["aborted"], counts["running"]) == (count, 0, 0)


def test_a_map_run_within_a_parallel(api: Api, activity: str) -> None:
    inner = json.loads(each(activity))["States"]["Each"]
    parallel = {"Type": "Parallel", "Branches": [{"StartAt": "M", "States": {"M": inner}}]}
    execution = start(api, chain(("P", parallel)), ["x", "y"])
    assert answer(api, activity, "X") in "xy"
    answer(api, activity, error="E")
    assert api.ended(execution)["status"] == "FAILED"
    api.redrive_execution(executionArn=execution)
    answer(api, activity, "X")
    assert json.loads(api.ended(execution)["output"]) == [["X", "X"]]
