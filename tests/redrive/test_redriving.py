"""Executions that are redriven, as boto3 sees them."""

import json
import uuid
from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import ROLE
from tests.core.wellformed import check_history
from tests.redrive.machines import answer, chain, flow, take, task, types

FAIL = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}})
WAIT = chain(("W", {"Type": "Wait", "Seconds": 3_600}))


@pytest.fixture
def activity(api: Api) -> str:
    return str(api.create_activity(name=api.name())["activityArn"])


def start(api: Api, definition: str, given: Any = None) -> str:
    machine = api.machine(definition)
    return str(api.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))["executionArn"])


def failed(api: Api) -> str:
    execution = start(api, FAIL)
    assert api.ended(execution)["status"] == "FAILED"
    return execution


def test_it_goes_on_from_the_state_that_failed(api: Api, activity: str) -> None:
    given = {"Type": "Pass", "Result": {"made": "once"}}
    execution = start(api, chain(("P", given), ("A", task(activity)), ("B", task(activity))))
    answer(api, activity, {"a": 1})
    assert answer(api, activity, error="Broken") == {"a": 1}
    before = api.ended(execution)
    assert (before["redriveCount"], before["redriveStatus"]) == (0, "REDRIVABLE")
    redriven = api.redrive_execution(executionArn=execution)["redriveDate"]
    running = api.describe_execution(executionArn=execution)
    assert (running["status"], running["redriveCount"], running["redriveDate"]) == ("RUNNING", 1, redriven)
    assert not {"stopDate", "error", "cause", "output"} & set(running)
    assert answer(api, activity, {"b": 2}) == {"a": 1}
    after = api.ended(execution)
    assert (after["status"], after["output"], after["redriveCount"]) == ("SUCCEEDED", '{"b":2}', 1)
    assert (after["redriveStatus"], after["startDate"]) == ("NOT_REDRIVABLE", before["startDate"])
    events = api.get_execution_history(executionArn=execution)["events"]
    check_history(json.loads(json.dumps(events, default=lambda moment: moment.timestamp())), "SUCCEEDED")
    assert [event["type"] for event in events].count("PassStateEntered") == 1
    assert types(api, execution)[-6:] == [
        "ExecutionRedriven",
        "ActivityScheduled",
        "ActivityStarted",
        "ActivitySucceeded",
        "TaskStateExited",
        "ExecutionSucceeded",
    ]


def test_a_token_of_before_is_worth_nothing(api: Api, activity: str) -> None:
    execution = start(api, chain(("A", task(activity))))
    old, _ = take(api, activity)
    api.stop_execution(executionArn=execution)
    api.redrive_execution(executionArn=execution)
    assert refusal(api.send_task_success, taskToken=old, output="1")[0] == "TaskTimedOut"
    new, _ = take(api, activity)
    assert refusal(api.send_task_success, taskToken=old, output="1")[0] == "TaskTimedOut"
    api.send_task_success(taskToken=new, output="2")
    assert api.ended(execution)["output"] == "2"


def test_only_what_did_not_succeed_runs_again(api: Api, activity: str) -> None:
    others = str(api.create_activity(name=api.name())["activityArn"])
    parallel = {"Type": "Parallel", "Branches": [flow("X", task(activity)), flow("Y", task(others))]}
    mapped = {"Type": "Map", "ItemProcessor": flow("Z", task(activity)), "MaxConcurrency": 1}
    execution = start(api, chain(("P", parallel), ("M", mapped)))
    answer(api, activity, "x")
    answer(api, others, error="E")
    assert api.ended(execution)["status"] == "FAILED"
    api.redrive_execution(executionArn=execution)
    answer(api, others, "y")
    assert answer(api, activity, "X") == "x"
    assert answer(api, activity, error="E") == "y"
    assert api.ended(execution)["status"] == "FAILED"
    api.redrive_execution(executionArn=execution)
    assert answer(api, activity, "Y") == "y"
    ended = api.ended(execution)
    assert (ended["redriveCount"], json.loads(ended["output"])) == (2, ["X", "Y"])


def test_a_client_token_makes_it_the_same_redrive(api: Api) -> None:
    execution = start(api, WAIT)
    api.stop_execution(executionArn=execution)
    tokens = [uuid.uuid4().hex for _ in range(2)]
    first = api.redrive_execution(executionArn=execution, clientToken=tokens[0])
    assert api.redrive_execution(executionArn=execution, clientToken=tokens[0]) == first
    code, text = refusal(api.redrive_execution, executionArn=execution, clientToken=tokens[1])
    assert (code, text) == ("ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven")
    api.stop_execution(executionArn=execution)
    assert api.redrive_execution(executionArn=execution, clientToken=tokens[0]) == first
    assert api.describe_execution(executionArn=execution)["status"] == "ABORTED"
    api.redrive_execution(executionArn=execution, clientToken=tokens[1])
    assert api.describe_execution(executionArn=execution)["redriveCount"] == 2


def test_the_last_ten_tokens_count(api: Api) -> None:
    execution = failed(api)
    tokens = [f"token-{number}" for number in range(11)]
    dates = [api.redrive_execution(executionArn=execution, clientToken=token)["redriveDate"] for token in tokens]
    assert api.describe_execution(executionArn=execution)["redriveCount"] == 11
    again = api.redrive_execution(executionArn=execution, clientToken=tokens[10])
    assert again["redriveDate"] == dates[10]
    assert api.describe_execution(executionArn=execution)["redriveCount"] == 11


def test_what_cannot_be_redriven(api: Api, other_account: Api) -> None:
    running = start(api, WAIT)
    succeeded = start(api, chain(("P", {"Type": "Pass"})))
    api.ended(succeeded)
    gone = failed(api)
    api.delete_state_machine(stateMachineArn=gone.replace(":execution:", ":stateMachine:").rpartition(":")[0])
    express = running.replace(":execution:", ":express:") + ":" + str(uuid.uuid4())
    cases = [
        (api, running, "ExecutionNotRedrivable", "Execution is RUNNING and cannot be redriven"),
        (api, succeeded, "ExecutionNotRedrivable", "Execution is SUCCEEDED and cannot be redriven"),
        (api, running + "x", "ExecutionDoesNotExist", f"Execution Does Not Exist: '{running}x'"),
        (other_account, running, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{running}'"),
        (api, gone, "ExecutionDoesNotExist", f"Execution Does Not Exist: '{gone}'"),
        (api, "nonsense", "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: nonsense'"),
        (api, express, "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'"),
        (api, None, "ValidationException", "1 validation error detected"),
    ]
    for who, arn, code, text in cases:
        found = refusal(who.redrive_execution, **({} if arn is None else {"executionArn": arn}))
        assert (found[0], found[1][: len(text)]) == (code, text)


def test_lists_by_redrive(api: Api) -> None:
    machine = api.machine(FAIL)
    arns = [api.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(4)]
    for arn in arns[1:3]:
        api.redrive_execution(executionArn=arn)

    def listed(**parameters: Any) -> list[str]:
        found = api.list_executions(stateMachineArn=machine, **parameters)["executions"]
        return [execution["executionArn"] for execution in found]

    assert listed() == arns[::-1]
    assert listed(redriveFilter="REDRIVEN") == listed(redriveFilter="REDRIVEN", statusFilter="FAILED") == arns[2:0:-1]
    assert listed(redriveFilter="NOT_REDRIVEN") == [arns[3], arns[0]]
    assert listed(redriveFilter="REDRIVEN", statusFilter="ABORTED") == []
    page = api.list_executions(stateMachineArn=machine, redriveFilter="REDRIVEN", maxResults=1)
    assert page["executions"][0]["redriveCount"] == 1 and page["executions"][0]["redriveDate"]
    rest = listed(redriveFilter="REDRIVEN", maxResults=1, nextToken=page["nextToken"])
    assert rest == [arns[1]]


def test_the_revision_and_the_version_stay(api: Api, activity: str) -> None:
    made = api.create_state_machine(
        name=api.name(), definition=chain(("A", task(activity))), roleArn=ROLE, publish=True
    )
    version = made["stateMachineVersionArn"]
    execution = api.start_execution(stateMachineArn=version)["executionArn"]
    answer(api, activity, error="E")
    api.update_state_machine(stateMachineArn=made["stateMachineArn"], definition=FAIL)
    api.redrive_execution(executionArn=execution)
    answer(api, activity, "still A")
    ended = api.ended(execution)
    assert (ended["output"], ended["stateMachineVersionArn"]) == ('"still A"', version)


def test_a_timeout_of_the_machine_counts_from_the_redrive(api: Api, activity: str) -> None:
    execution = start(api, chain(("A", task(activity)), TimeoutSeconds=1))
    assert api.ended(execution)["status"] == "TIMED_OUT"
    redriven = api.redrive_execution(executionArn=execution)["redriveDate"]
    ended = api.ended(execution)
    assert (ended["status"], (ended["stopDate"] - redriven).total_seconds()) == ("TIMED_OUT", 1.0)


def test_a_task_redrives(api: Api) -> None:
    target = failed(api)
    redrive = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:sfn:redriveExecution",
        "Parameters": {"ExecutionArn.$": "$.arn", "ClientToken": "once"},
    }
    caught = [{"ErrorEquals": ["Sfn.ExecutionNotRedrivableException"], "Next": "Caught"}]
    states = {"R": redrive | {"Catch": caught, "End": True}, "Caught": {"Type": "Pass", "End": True}}
    definition = json.dumps({"StartAt": "R", "States": states})
    ended = api.ended(start(api, definition, {"arn": target}))
    assert set(json.loads(ended["output"])) == {"RedriveDate"}
    assert api.ended(target)["redriveCount"] == 1
    running = start(api, WAIT)
    refused = json.loads(api.ended(start(api, definition, {"arn": running}))["output"])
    assert refused["Error"] == "Sfn.ExecutionNotRedrivableException"
    assert refused["Cause"].startswith("Execution is RUNNING and cannot be redriven (Service: Sfn, Status Code: 400")


def test_a_redriven_parent_starts_its_child_anew(api: Api, activity: str) -> None:
    """A nested execution is a Task like another: it is started again, with an input that says who."""
    child = api.machine(chain(("A", task(activity))))
    resource = "arn:aws:states:::states:startExecution.sync:2"
    parameters = {"StateMachineArn": child, "Input": {"n": 1}}
    parent = start(api, chain(("N", {"Type": "Task", "Resource": resource, "Parameters": parameters})))
    answer(api, activity, error="E")
    assert api.ended(parent)["error"] == "States.TaskFailed"
    first = api.list_executions(stateMachineArn=child)["executions"][0]["executionArn"]
    api.redrive_execution(executionArn=parent)
    api.redrive_execution(executionArn=first)  # nobody waits for this one any more
    assert [answer(api, activity, "done"), answer(api, activity, "done")] == [{"n": 1}] * 2
    ended = api.ended(parent)
    assert (ended["status"], json.loads(ended["output"])["Output"]) == ("SUCCEEDED", "done")
    assert api.ended(first)["redriveCount"] == 1
    assert len(api.list_executions(stateMachineArn=child)["executions"]) == 2
