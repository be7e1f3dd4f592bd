"""A Task that starts an execution, and one that waits for its end."""

import json
from typing import Any

import pytest

from tests.api.client import Api
from tests.nested.machines import BREAK, DOUBLE, SLEEP, WAIT, call, flow, start


def run(api: Api, definition: str, value: Any = None, **others: Any) -> dict[str, Any]:
    """DescribeExecution of an execution of this definition, once it is over."""
    begun = api.start_execution(stateMachineArn=api.machine(definition), input=json.dumps(value or {}), **others)
    return api.ended(begun["executionArn"])


def events(api: Api, execution: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get_execution_history(executionArn=execution, maxResults=1000)["events"]
    return found


def details(api: Api, execution: str, kind: str) -> dict[str, Any]:
    """Of the first event of this type."""
    event = next(found for found in events(api, execution) if found["type"] == kind)
    return next(value for name, value in event.items() if name.endswith("EventDetails"))


def children(api: Api, machine: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = api.list_executions(stateMachineArn=machine)["executions"]
    return listed


def waiting_child(api: Api, machine: str) -> str:
    """The ARN of the only execution of a machine, once it is there."""
    return str(api.until(lambda: children(api, machine), lambda found: len(found) == 1)[0]["executionArn"])


def test_a_child_is_started_and_not_waited_for(api: Api) -> None:
    machine = api.machine(SLEEP)
    shown = run(api, flow(("Go", start(machine=machine))), {"n": 1})
    assert shown["status"] == "SUCCEEDED"
    output = json.loads(shown["output"])
    (child,) = children(api, machine)
    assert list(output) == ["ExecutionArn", "SdkHttpMetadata", "SdkResponseMetadata", "StartDate"]
    assert output["ExecutionArn"] == child["executionArn"]
    assert output["StartDate"] == round(child["startDate"].timestamp() * 1000)
    assert child["status"] == "RUNNING"


@pytest.mark.parametrize(
    ("pattern", "given", "result"), [(".sync", '{"n":4}', '{"twice":8}'), (".sync:2", {"n": 4}, {"twice": 8})]
)
def test_a_task_gets_what_its_child_came_to(api: Api, pattern: str, given: Any, result: Any) -> None:
    machine = api.machine(DOUBLE)
    shown = run(api, flow(("Go", start(pattern, machine))), {"n": 4})
    (child,) = children(api, machine)
    assert json.loads(shown["output"]) == {
        "ExecutionArn": child["executionArn"],
        "Input": given,
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "Output": result,
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        "StartDate": round(child["startDate"].timestamp() * 1000),
        "StateMachineArn": machine,
        "Status": "SUCCEEDED",
        "StopDate": round(child["stopDate"].timestamp() * 1000),
    }
    assert [event["type"] for event in events(api, shown["executionArn"])][2:6] == [
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]


def test_a_child_that_fails_fails_its_task(api: Api) -> None:
    machine = api.machine(BREAK)
    caught = {"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Caught"}]}
    shown = run(api, flow(("Go", start(".sync:2", machine) | caught), ("Caught", {"Type": "Pass"})), {"n": 1})
    (child,) = children(api, machine)
    output = json.loads(shown["output"])
    assert output["Error"] == "States.TaskFailed"
    assert json.loads(output["Cause"]) == {
        "Cause": "as it was told",
        "Error": "Broken",
        "ExecutionArn": child["executionArn"],
        "Input": '{"n":1}',
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE",
        "StartDate": round(child["startDate"].timestamp() * 1000),
        "StateMachineArn": machine,
        "Status": "FAILED",
        "StopDate": round(child["stopDate"].timestamp() * 1000),
    }


@pytest.mark.parametrize("size", [20_000, 200_000])
def test_a_cause_is_json_however_much_the_child_was_given(api: Api, size: int) -> None:
    child = flow(("Break", {"Type": "Fail", "Error": "E", "CausePath": "$.cause"}))
    given = {"cause": '"\\' * 10_000, "rest": "x" * size}
    shown = run(api, flow(("Go", start(".sync", api.machine(child)))), given)
    cause = json.loads(shown["cause"])
    assert len(shown["cause"]) <= 32_768
    assert (cause["Status"], cause["InputDetails"]) == ("FAILED", {"Included": False})
    assert "Input" not in cause and given["cause"].startswith(cause["Cause"]) and len(cause["Cause"]) > 5_000


def test_a_parent_waits_as_long_as_its_child(api: Api) -> None:
    activity = api.create_activity(name=api.name())["activityArn"]
    machine = api.machine(flow(("Work", {"Type": "Task", "Resource": activity})))
    begun = api.start_execution(stateMachineArn=api.machine(flow(("Go", start(".sync:2", machine)))), input='{"a": 1}')
    waiting_child(api, machine)
    assert api.describe_execution(executionArn=begun["executionArn"])["status"] == "RUNNING"
    task = api.get_activity_task(activityArn=activity)
    api.send_task_success(taskToken=task["taskToken"], output='"done"')
    shown = api.describe_execution(executionArn=begun["executionArn"])  # its end was committed with the child's
    assert shown["status"] == "SUCCEEDED"
    assert json.loads(shown["output"])["Output"] == "done"


def test_what_a_child_ended_by_itself_as_is_told(api: Api) -> None:
    machine = api.machine(SLEEP)
    begun = api.start_execution(stateMachineArn=api.machine(flow(("Go", start(".sync", machine)))))
    api.stop_execution(executionArn=waiting_child(api, machine), error="Enough")
    shown = api.ended(begun["executionArn"])
    assert shown["error"] == "States.TaskFailed"
    assert json.loads(shown["cause"])["Status"] == "ABORTED"
    timed_out = api.machine(flow(("Sleep", WAIT), TimeoutSeconds=1))
    shown = run(api, flow(("Go", start(".sync", timed_out))))
    assert json.loads(shown["cause"])["Status"] == "TIMED_OUT"


def managed(parent: str) -> str:
    return f"The Task state in AWS Step Functions execution [{parent}] which was managing this resource was aborted"


def test_a_parent_that_is_stopped_stops_its_child(api: Api) -> None:
    inner = api.machine(SLEEP)
    middle = api.machine(flow(("In", start(".sync", inner))))
    begun = api.start_execution(stateMachineArn=api.machine(flow(("Go", start(".sync", middle)))))
    grandchild = waiting_child(api, inner)
    child = waiting_child(api, middle)
    api.stop_execution(executionArn=begun["executionArn"])
    for execution, parent in ((child, begun["executionArn"]), (grandchild, child)):
        shown = api.describe_execution(executionArn=execution)
        assert (shown["status"], shown.get("error"), shown["cause"]) == ("ABORTED", None, managed(parent))


@pytest.mark.parametrize("bound", ["TimeoutSeconds", "HeartbeatSeconds"])
def test_a_task_that_times_out_stops_its_child(api: Api, bound: str) -> None:
    machine = api.machine(SLEEP)
    shown = run(api, flow(("Go", start(".sync", machine, **{bound: 1}))))
    assert shown["error"] in ("States.Timeout", "States.HeartbeatTimeout")
    (child,) = children(api, machine)
    assert child["status"] == "ABORTED"


def test_a_sibling_that_fails_stops_the_child(api: Api) -> None:
    machine = api.machine(SLEEP)
    branches = [json.loads(flow(("Go", start(".sync", machine)))), json.loads(BREAK)]
    shown = run(api, flow(("Both", {"Type": "Parallel", "Branches": branches})))
    assert shown["error"] == "Broken"
    assert [child["status"] for child in children(api, machine)] in ([], ["ABORTED"])
    later = json.loads(flow(("Nap", {"Type": "Wait", "Seconds": 1}), ("Break", json.loads(BREAK)["States"]["Break"])))
    other = api.machine(SLEEP)
    branches = [json.loads(flow(("Go", start(".sync", other)))), later]
    assert run(api, flow(("Both", {"Type": "Parallel", "Branches": branches})))["error"] == "Broken"
    assert [child["status"] for child in children(api, other)] == ["ABORTED"]


def test_a_retry_starts_another_child(api: Api) -> None:
    machine = api.machine(BREAK)
    retry = {"Retry": [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}]}
    assert run(api, flow(("Go", start(".sync", machine) | retry)))["status"] == "FAILED"
    assert len(children(api, machine)) == 2


def test_the_token_of_a_waiting_task_answers_for_the_child(api: Api) -> None:
    """As recorded: the Task takes the answer, and the child goes on."""
    activity = api.create_activity(name=api.name())["activityArn"]
    machine = api.machine(flow(("Work", {"Type": "Task", "Resource": activity}), ("Then", {"Type": "Succeed"})))
    go = start(".sync", machine)
    go["Parameters"] = {"StateMachineArn": machine, "Input": {"token.$": "$$.Task.Token"}}
    begun = api.start_execution(stateMachineArn=api.machine(flow(("Go", go))))
    child = waiting_child(api, machine)
    token = json.loads(api.describe_execution(executionArn=child)["input"])["token"]
    api.send_task_success(taskToken=token, output='"sooner"')
    assert json.loads(api.ended(begun["executionArn"])["output"]) == "sooner"
    assert api.describe_execution(executionArn=child)["status"] == "RUNNING"
    api.send_task_success(taskToken=api.get_activity_task(activityArn=activity)["taskToken"], output="1")
    assert api.ended(child)["status"] == "SUCCEEDED"


def test_a_child_answers_the_token_of_its_parent(api: Api) -> None:
    answer = call("sendTaskSuccess", {"TaskToken.$": "$.token", "Output": {"from": "the child"}})
    machine = api.machine(flow(("Answer", answer)))
    go = start(".waitForTaskToken", machine)
    go["Parameters"] = {"StateMachineArn": machine, "Input": {"token.$": "$$.Task.Token"}}
    shown = run(api, flow(("Go", go)))
    assert json.loads(shown["output"]) == {"from": "the child"}
    kinds = [event["type"] for event in events(api, shown["executionArn"])]
    assert kinds[4:6] == ["TaskSubmitted", "TaskSucceeded"]
    (child,) = children(api, machine)
    assert child["status"] == "SUCCEEDED"


def test_two_parents_may_wait_for_one_child(api: Api) -> None:
    """A start with the name and input of an execution that runs finds that; so does the waiting for it."""
    activity = api.create_activity(name=api.name())["activityArn"]
    machine = api.machine(flow(("Work", {"Type": "Task", "Resource": activity})))
    go = start(".sync:2", machine)
    go["Parameters"] |= {"Name": "the-one", "Input": {}}
    del go["Parameters"]["Input.$"]
    parent = api.machine(flow(("Go", go)))
    begun = [api.start_execution(stateMachineArn=parent)["executionArn"] for _ in range(3)]
    waiting_child(api, machine)
    api.send_task_success(taskToken=api.get_activity_task(activityArn=activity)["taskToken"], output='"for all"')
    assert [json.loads(api.ended(execution)["output"])["Output"] for execution in begun] == ["for all"] * 3
    assert len(children(api, machine)) == 1


def test_a_name_that_was_used_fails_the_task(api: Api) -> None:
    machine = api.machine(DOUBLE)
    go = start(machine=machine)
    go["Parameters"]["Name"] = "once"
    parent = flow(("Go", go))
    assert run(api, parent, {"n": 1})["status"] == "SUCCEEDED"
    shown = run(api, parent, {"n": 1})
    assert shown["error"] == "StepFunctions.ExecutionAlreadyExistsException"
    child = f"{machine.replace('stateMachine', 'execution')}:once"
    begin = f"Execution Already Exists: '{child}' (Service: AWSStepFunctions; Status Code: 400; "
    assert shown["cause"].startswith(f"{begin}Error Code: ExecutionAlreadyExists; Request ID: ")
    assert shown["cause"].endswith("; Proxy: null)")


@pytest.mark.parametrize(
    ("parameters", "error", "cause"),
    [
        (
            {"StateMachineArn": "arn:aws:states:us-east-1:000000000000:stateMachine:nobody"},
            "StepFunctions.StateMachineDoesNotExistException",
            "State Machine Does Not Exist: 'arn:aws:states:us-east-1:000000000000:stateMachine:nobody' (Service: ",
        ),
        ({"StateMachineArn": "nobody"}, "StepFunctions.InvalidArnException", "Invalid Arn: '"),
        ({"Input": "{"}, "StepFunctions.InvalidExecutionInputException", "Invalid State Machine Execution Input: '"),
        ({"Name": "a b"}, "StepFunctions.InvalidNameException", "Invalid Name: 'a b' (Service: "),
        ({"Colour": "red"}, "States.Runtime", "The field 'Colour' is not supported by Step Functions"),
        ({"StateMachineArn": None}, "States.Runtime", "The field 'StateMachineArn' is required but was missing"),
    ],
)
@pytest.mark.parametrize("pattern", ["", ".sync"])
def test_what_cannot_be_started_fails_the_task(
    api: Api, parameters: dict[str, Any], error: str, cause: str, pattern: str
) -> None:
    go = start(pattern, api.machine(DOUBLE))
    go["Parameters"] = {"StateMachineArn": go["Parameters"]["StateMachineArn"]} | parameters
    shown = run(api, flow(("Go", go)))
    assert (shown["error"], cause in shown["cause"]) == (error, True), shown["cause"]


def test_input_that_is_no_text_becomes_its_json(api: Api) -> None:
    go = start(machine=api.machine(DOUBLE))
    go["Parameters"] = {
        "StateMachineArn": go["Parameters"]["StateMachineArn"],
        "Input": {"n": 1, "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID.$": "$$.Execution.Id"},
    }
    shown = run(api, flow(("Go", go)))
    child = api.ended(json.loads(shown["output"])["ExecutionArn"])
    assert json.loads(child["input"]) == {
        "n": 1,
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": shown["executionArn"],
    }
