"""Distributed Maps with Express children: their results, failures, ARNs, limits and logs, as boto3 sees them."""

import json
from typing import Any

import pytest

from engine import limits
from engine.runtime.ephemeral import EphemeralRun
from tests.api.client import Api, refusal
from tests.api.machines import ROLE
from tests.map_runs.machines import PASS, PICKY, distributed, only_map
from tests.map_runs.test_running import map_run, run, start, types

WAIT = {"Only": {"Type": "Wait", "Seconds": 200, "End": True}}


def express(states: dict[str, Any], **fields: Any) -> str:
    return only_map(distributed(states, **fields)).replace('"STANDARD"', '"EXPRESS"')


@pytest.mark.parametrize("count", [0, 1, 40, 2 * limits.MAP_RUN_STARTS_PER_BATCH_MAX + 7])
@pytest.mark.parametrize("concurrency", [0, 5])
def test_results_are_in_the_order_of_the_items(api: Api, count: int, concurrency: int) -> None:
    items = list(range(count))
    ended = run(api, express(PASS, MaxConcurrency=concurrency), items)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", items)
    shown = map_run(api, ended["executionArn"])
    for counts in (shown["itemCounts"], shown["executionCounts"]):
        assert (counts["succeeded"], counts["total"], counts["pending"], counts["running"]) == (count, count, 0, 0)


def test_more_children_than_run_at_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPRESS_CHILDREN_MAX", 7)
    monkeypatch.setattr(limits, "EXPRESS_CHILDREN_FETCHED_MAX", 3)
    ended = run(api, express(PASS), list(range(50)))
    assert json.loads(ended["output"]) == list(range(50))


def test_the_history_of_the_parent(api: Api) -> None:
    ended = run(api, express(PASS), ["a", "b"])
    assert types(api, ended["executionArn"])[2:] == [
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_children_are_described_and_listed_by_their_run(api: Api) -> None:
    ended = run(api, express(PICKY, ToleratedFailureCount=1, Label="mine"), ["a", "bad"])
    assert json.loads(ended["output"]) == ["a"]
    run_arn = map_run(api, ended["executionArn"])["mapRunArn"]
    listed = api.list_executions(mapRunArn=run_arn)["executions"]
    machine = ended["stateMachineArn"]
    head = f"{machine.replace(':stateMachine:', ':express:')}/mine:"
    assert {child["status"] for child in listed} == {"SUCCEEDED", "FAILED"}
    for child in listed:
        assert child["executionArn"].startswith(f"{head}{child['name']}:")
        assert (child["stateMachineArn"], child["mapRunArn"]) == (f"{machine}/mine", run_arn)
    (failed,) = api.list_executions(mapRunArn=run_arn, statusFilter="FAILED")["executions"]
    shown = api.describe_execution(executionArn=failed["executionArn"])
    assert (shown["input"], shown["error"], shown["cause"]) == ('"bad"', "Custom", "as told")
    assert shown["mapRunArn"] == run_arn and "output" not in shown
    assert api.list_executions(stateMachineArn=machine)["executions"][0]["executionArn"] == ended["executionArn"]


@pytest.mark.parametrize("operation", ["stop_execution", "get_execution_history"])
def test_what_express_executions_have_not(api: Api, operation: str) -> None:
    ended = run(api, express(PASS), ["a"])
    (child,) = api.list_executions(mapRunArn=map_run(api, ended["executionArn"])["mapRunArn"])["executions"]
    code, text = refusal(getattr(api, operation), executionArn=child["executionArn"])
    assert (code, text) == ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")


def test_a_child_of_another_account_does_not_exist(api: Api) -> None:
    arn = "arn:aws:states:us-east-1:999999999999:express:m/l:a:b"
    assert refusal(api.describe_execution, executionArn=arn)[0] == "ExecutionDoesNotExist"


def test_a_failure_fails_the_run(api: Api) -> None:
    ended = run(api, express(PICKY, MaxConcurrency=1), ["a", "bad", "c"])
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    counts = map_run(api, ended["executionArn"])["executionCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pending"], counts["total"]) == (1, 1, 1, 3)


def test_stopping_the_parent_stops_the_children(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPRESS_CHILDREN_MAX", 200)  # so that some of them wait for their turn
    count = limits.MAP_RUN_STOPS_PER_BATCH_MAX + 20
    execution = start(api, express(WAIT), list(range(count)))
    api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["running"] == count)
    api.stop_execution(executionArn=execution, error="Enough")
    shown = api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["aborted"] == count)
    assert (shown["status"], shown["executionCounts"]["running"]) == ("ABORTED", 0)
    listed = api.list_executions(mapRunArn=shown["mapRunArn"], statusFilter="ABORTED", maxResults=1000)["executions"]
    assert len(listed) == count and all("stopDate" in child for child in listed)


def test_a_child_has_its_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EXPRESS_SECONDS_MAX", 1)
    ended = run(api, express(WAIT, ToleratedFailureCount=1), ["a"])
    assert json.loads(ended["output"]) == []
    shown = map_run(api, ended["executionArn"])
    assert shown["executionCounts"]["timedOut"] == 1
    (child,) = api.list_executions(mapRunArn=shown["mapRunArn"], statusFilter="TIMED_OUT")["executions"]
    described = api.describe_execution(executionArn=child["executionArn"])
    assert described["error"] == "States.Timeout" and "cause" not in described
    assert described["stopDate"] > described["startDate"]


def test_a_child_that_meets_a_bug_fails_its_run(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: Any) -> Any:
        raise RuntimeError("a bug")

    monkeypatch.setattr(EphemeralRun, "run", broken)
    ended = run(api, express(PASS), ["a"])
    assert ended["error"] == "States.ExceedToleratedFailureThreshold"
    (child,) = api.list_executions(mapRunArn=map_run(api, ended["executionArn"])["mapRunArn"])["executions"]
    assert api.describe_execution(executionArn=child["executionArn"])["error"] == "States.Runtime"


def test_batches_in_express_children(api: Api) -> None:
    definition = express(PASS, ItemBatcher={"MaxItemsPerBatch": 2})
    ended = run(api, definition, [1, 2, 3])
    assert json.loads(ended["output"]) == [{"Items": [1, 2]}, {"Items": [3]}]
    shown = map_run(api, ended["executionArn"])
    assert (shown["itemCounts"]["succeeded"], shown["executionCounts"]["succeeded"]) == (3, 2)


def test_a_deleted_machine_ends_its_run(api: Api) -> None:
    nap = {"Only": {"Type": "Wait", "Seconds": 1, "End": True}}
    execution = start(api, express(nap, MaxConcurrency=1), list(range(100)))
    api.until(lambda: map_run(api, execution), lambda shown: shown["executionCounts"]["running"] == 1)
    machine = api.describe_execution(executionArn=execution)["stateMachineArn"]
    api.delete_state_machine(stateMachineArn=machine)
    api.until(lambda: refusal_or_none(api, machine), lambda code: code == "StateMachineDoesNotExist")


def refusal_or_none(api: Api, machine: str) -> str | None:
    try:
        api.describe_state_machine(stateMachineArn=machine)
    except Exception as error:
        return str(error.response["Error"]["Code"])  # type: ignore[attr-defined]
    return None


def test_the_context_of_children(api: Api) -> None:
    states = {"Only": {"Type": "Pass", "Parameters": {"machine.$": "$$.StateMachine", "id.$": "$$.Execution.Id"}}}
    states["Only"]["End"] = True  # type: ignore[assignment]
    ended = run(api, express(states, Label="mine"), ["a"])
    (seen,) = json.loads(ended["output"])
    name = ended["stateMachineArn"].rpartition(":")[2]
    assert seen["machine"] == {"Id": f"{ended['stateMachineArn']}/mine", "Name": f"{name}/mine"}
    assert f":express:{name}/mine:" in seen["id"]


@pytest.mark.parametrize(
    ("resource", "text"),
    [
        (
            "arn:aws:states:::states:startExecution.sync",
            "Express state machine does not support '.sync' service integration ",
        ),
        (
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            "Express state machine does not support '.waitForTaskToken' service integration ",
        ),
        (
            "arn:aws:states:us-east-1:000000000000:activity:a",
            "Express state machine does not support Activity ARN",
        ),
    ],
)
def test_what_express_children_cannot_do(api: Api, resource: str, text: str) -> None:
    states = {"Only": {"Type": "Task", "Resource": resource, "End": True}}
    code, message = refusal(api.create_state_machine, name=api.name(), roleArn=ROLE, definition=express(states))
    assert code == "InvalidDefinition"
    assert message == (
        f"Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: {text} at "
        "/States/Each/ItemProcessor/States/Only/Resource'"
    )


def test_no_distributed_map_within_express_children(api: Api) -> None:
    inner = json.loads(distributed(PASS).replace("Only", "Inner"))["States"]["Each"]
    _, message = refusal(api.create_state_machine, name=api.name(), roleArn=ROLE, definition=express({"Only": inner}))
    assert "Mode DISTRIBUTED is not supported in EXPRESS state machines" in message
