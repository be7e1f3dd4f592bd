"""`aws-sdk:sfn:*`: every operation, by a Task."""

import json
from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import ROLE
from tests.nested.machines import BREAK, DOUBLE, SFN, SLEEP, START, call, flow, start
from tests.nested.test_waiting import children, run


def answer(api: Api, action: str, parameters: dict[str, Any]) -> Any:
    shown = run(api, flow(("Call", call(action, parameters))))
    assert shown["status"] == "SUCCEEDED", (shown["error"], shown["cause"])
    return json.loads(shown["output"])


def test_executions_are_started_described_and_stopped(api: Api) -> None:
    machine = api.machine(SLEEP)
    parent = flow(
        ("Start", call("startExecution", {"StateMachineArn": machine, "Input": {"a": 1}, "Name": "by-sdk"})),
        ("Look", call("describeExecution", {"ExecutionArn.$": "$.ExecutionArn"}, ResultPath="$.looked")),
        ("Stop", call("stopExecution", {"ExecutionArn.$": "$.ExecutionArn", "Error": "E"}, ResultPath="$.stopped")),
        ("Again", call("describeExecution", {"ExecutionArn.$": "$.ExecutionArn"}, ResultPath="$.after")),
    )
    shown = run(api, parent)
    output = json.loads(shown["output"])
    assert set(output) == {"ExecutionArn", "StartDate", "looked", "stopped", "after"}
    assert output["looked"]["Status"] == "RUNNING" and output["looked"]["Input"] == '{"a":1}'
    assert output["looked"]["StartDate"] == output["StartDate"] and output["StartDate"].endswith("Z")
    assert (output["after"]["Status"], output["after"]["Error"]) == ("ABORTED", "E")
    assert output["after"]["StopDate"] == output["stopped"]["StopDate"]


def test_reading_sees_what_the_task_before_has_made(api: Api) -> None:
    machine = api.machine(SLEEP)
    parent = flow(
        ("Start", call("startExecution", {"StateMachineArn": machine}, ResultPath="$.made")),
        ("List", call("listExecutions", {"StateMachineArn": machine}, ResultPath="$.listed")),
        ("Own", call("getExecutionHistory", {"ExecutionArn.$": "$$.Execution.Id"}, ResultPath="$.own")),
    )
    output = json.loads(run(api, parent)["output"])
    assert [found["ExecutionArn"] for found in output["listed"]["Executions"]] == [output["made"]["ExecutionArn"]]
    kinds = [event["Type"] for event in output["own"]["Events"]]
    assert kinds[-3:] == ["TaskStateEntered", "TaskScheduled", "TaskStarted"] and len(kinds) == 14


def test_an_execution_may_stop_itself(api: Api) -> None:
    shown = run(api, flow(("Stop", call("stopExecution", {"ExecutionArn.$": "$$.Execution.Id", "Cause": "of itself"}))))
    assert (shown["status"], shown["cause"]) == ("ABORTED", "of itself")


def test_a_synchronous_express_execution_is_waited_for(api: Api) -> None:
    good, bad = api.machine(DOUBLE, type="EXPRESS"), api.machine(BREAK, type="EXPRESS")
    output = answer(api, "startSyncExecution", {"StateMachineArn": good, "Input": {"n": 2}})
    assert (output["Status"], output["Output"], output["Input"]) == ("SUCCEEDED", '{"twice":4}', '{"n":2}')
    assert output["BillingDetails"] == {"BilledMemoryUsedInMb": 64, "BilledDurationInMilliseconds": 100}
    assert answer(api, "startSyncExecution", {"StateMachineArn": bad})["Error"] == "Broken"
    standard = run(api, flow(("Go", call("startSyncExecution", {"StateMachineArn": api.machine(DOUBLE)}))))
    assert standard["error"] == "Sfn.StateMachineTypeNotSupportedException"


def test_machines_activities_and_tags_are_made_by_tasks(api: Api) -> None:
    name = api.name()
    made = answer(
        api, "createStateMachine", {"Name": name, "Definition": json.loads(SLEEP), "RoleArn": ROLE, "Tags": []}
    )
    assert made["StateMachineArn"] == api.arn(f"stateMachine:{name}")
    answer(api, "tagResource", {"ResourceArn": made["StateMachineArn"], "Tags": [{"Key": "k", "Value": "v"}]})
    assert api.list_tags_for_resource(resourceArn=made["StateMachineArn"])["tags"] == [{"key": "k", "value": "v"}]
    assert answer(api, "describeStateMachine", {"StateMachineArn": made["StateMachineArn"]})["Name"] == name
    activity = answer(api, "createActivity", {"Name": name})["ActivityArn"]
    assert answer(api, "describeActivity", {"ActivityArn": activity})["Name"] == name
    answer(api, "deleteStateMachine", {"StateMachineArn": made["StateMachineArn"]})


def test_a_worker_may_be_a_state_machine(api: Api) -> None:
    activity = api.create_activity(name=api.name())["activityArn"]
    asking = api.start_execution(stateMachineArn=api.machine(flow(("Ask", {"Type": "Task", "Resource": activity}))))
    worker = flow(
        ("Take", call("getActivityTask", {"ActivityArn": activity, "WorkerName": "machine"})),
        ("Beat", call("sendTaskHeartbeat", {"TaskToken.$": "$.TaskToken"}, ResultPath=None)),
        ("Refuse", call("sendTaskFailure", {"TaskToken.$": "$.TaskToken", "Error": "No"}, ResultPath=None)),
    )
    assert run(api, worker)["status"] == "SUCCEEDED"
    assert api.ended(asking["executionArn"])["error"] == "No"


@pytest.mark.parametrize(
    ("action", "parameters", "error"),
    [
        ("describeExecution", {"ExecutionArn": "nonsense"}, "Sfn.InvalidArnException"),
        ("stopExecution", {"ExecutionArn": "nonsense"}, "Sfn.InvalidArnException"),
        ("sendTaskHeartbeat", {"TaskToken": "nonsense"}, "Sfn.InvalidTokenException"),
        ("listExecutions", {}, "Sfn.ValidationException"),
        ("startExecution", {}, "States.Runtime"),
    ],
)
def test_what_is_refused_fails_the_task(api: Api, action: str, parameters: dict[str, Any], error: str) -> None:
    assert run(api, flow(("Call", call(action, parameters))))["error"] == error


def test_an_operation_that_is_none_is_refused_at_creation(api: Api) -> None:
    code, message = refusal(
        api.create_state_machine, name=api.name(), definition=flow(("Call", call("fly"))), roleArn=ROLE
    )
    assert code == "InvalidDefinition" and f"{SFN}fly" in message


# ---- Express parents ----


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_express_machines_do_not_wait_for_jobs(api: Api, pattern: str) -> None:
    code, message = refusal(
        api.create_state_machine,
        name=api.name(),
        definition=flow(("Go", start(pattern, api.machine(DOUBLE)))),
        roleArn=ROLE,
        type="EXPRESS",
    )
    assert code == "InvalidDefinition" and "does not support '.sync' service integration" in message


@pytest.mark.parametrize("pattern", [".sync", ".sync:2"])
def test_an_express_execution_is_not_waited_for(api: Api, pattern: str) -> None:
    shown = run(api, flow(("Go", start(pattern, api.machine(DOUBLE, type="EXPRESS")))))
    assert shown["error"] == "StepFunctions.StateMachineTypeNotSupportedException"
    assert "aws-sdk:sfn:startSyncExecution" in shown["cause"]


def test_an_express_execution_starts_others(api: Api) -> None:
    standard, express = api.machine(DOUBLE), api.machine(DOUBLE, type="EXPRESS")
    parent = flow(
        ("Start", start(machine=standard, ResultPath="$.started")),
        ("Sync", call("startSyncExecution", {"StateMachineArn": express, "Input": {"n": 3}}, ResultPath="$.sync")),
        ("Look", call("describeExecution", {"ExecutionArn.$": "$.started.ExecutionArn"}, ResultPath="$.looked")),
    )
    shown = api.start_sync_execution(stateMachineArn=api.machine(parent, type="EXPRESS"), input='{"n": 1}')
    assert shown["status"] == "SUCCEEDED", shown
    output = json.loads(shown["output"])
    assert (output["looked"]["Output"], output["sync"]["Output"]) == ('{"twice":2}', '{"twice":6}')
    assert [child["status"] for child in children(api, standard)] == ["SUCCEEDED"]


# ---- credentials ----


def test_a_role_of_another_account_calls_in_that_account(api: Api, other_account: Api) -> None:
    machine = other_account.machine(DOUBLE)
    role = {"Credentials": {"RoleArn": "arn:aws:iam::111111111111:role/theirs"}}
    shown = run(api, flow(("Go", start(".sync:2", machine) | role)), {"n": 5})
    assert json.loads(shown["output"])["Output"] == {"twice": 10}
    assert len(children(other_account, machine)) == 1
    without = run(api, flow(("Go", start(".sync:2", machine))), {"n": 5})
    assert without["error"] == "StepFunctions.StateMachineDoesNotExistException"


def test_a_role_that_is_none_fails_the_task(api: Api) -> None:
    go = start("", api.machine(DOUBLE)) | {"Credentials": {"RoleArn.$": "$.role"}}
    shown = run(api, flow(("Go", go)), {"role": "arn:aws:iam::000000000000:user/u"})
    assert shown["error"] == "States.Runtime"
    assert "must be the ARN of an IAM role" in shown["cause"]


def test_unqualified_resources_know_all_patterns(api: Api) -> None:
    for pattern in ("", ".sync", ".sync:2", ".waitForTaskToken"):
        answer = api.validate_state_machine_definition(
            definition=flow(("Go", {"Type": "Task", "Resource": START + pattern}))
        )
        assert answer["result"] == "OK", answer
