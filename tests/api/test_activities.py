"""Activities through the API, and the tasks that workers take and answer."""

import json
from datetime import datetime
from typing import Any, cast

import anyio
import pytest

from engine.api.activities import get_activity_task
from engine.contract import Caller
from engine.runtime.protocol import Runtime
from tests.api.client import Api, refusal
from tests.api.machines import activity_task


def _activity(api: Api) -> str:
    return str(api.create_activity(name=api.name())["activityArn"])


def test_an_activity_is_as_it_was_created(api: Api) -> None:
    name = api.name("activityName.with.dots-")
    made = api.create_activity(name=name, tags=[{"key": "k", "value": "v"}])
    assert api.create_activity(name=name, tags=[{"key": "other", "value": "v"}]) == made
    assert made["activityArn"] == api.arn(f"activity:{name}")
    assert isinstance(made["creationDate"], datetime)
    assert api.describe_activity(activityArn=made["activityArn"]) == made | {
        "name": name,
        "encryptionConfiguration": {"type": "AWS_OWNED_KEY"},
    }
    assert api.list_tags_for_resource(resourceArn=made["activityArn"])["tags"] == [{"key": "k", "value": "v"}]


def test_deletion_is_idempotent(api: Api) -> None:
    arn = _activity(api)
    api.tag_resource(resourceArn=arn, tags=[{"key": "k", "value": "v"}])
    for _ in range(2):
        assert api.delete_activity(activityArn=arn) == {}
    gone = ("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    assert refusal(api.describe_activity, activityArn=arn) == gone
    assert refusal(api.get_activity_task, activityArn=arn) == gone
    api.create_activity(name=arn.rpartition(":")[2])
    assert api.list_tags_for_resource(resourceArn=arn)["tags"] == []


# parameters, error code, message or a part of it
CREATE_REFUSED = [
    ({"name": "activity\x7f"}, "InvalidName", "Invalid Name: 'activity\x7f'"),
    ({"name": ""}, "ValidationException", "Member must have length greater than or equal to 1"),
    (
        {"name": "a", "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": "k"}},
        "InvalidEncryptionConfiguration",
        "CUSTOMER_MANAGED_KMS_KEY",
    ),
    ({"name": "a", "tags": [{"key": f"k{n}", "value": ""} for n in range(51)]}, "TooManyTags", "50 tags at most"),
]


@pytest.mark.parametrize(("bad", "code", "message"), CREATE_REFUSED)
def test_creation_refused(api: Api, bad: dict[str, object], code: str, message: str) -> None:
    found_code, found_message = refusal(api.create_activity, **bad)
    assert found_code == code
    assert message in found_message


@pytest.mark.parametrize("operation", ["describe_activity", "delete_activity", "get_activity_task"])
def test_wrong_activity_arns(api: Api, other_account: Api, operation: str) -> None:
    call = getattr(api, operation)
    assert refusal(call, activityArn="no_an_activity_arn") == (
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: no_an_activity_arn'",
    )
    assert refusal(call, activityArn=api.arn("stateMachine:m")) == (
        "InvalidArn",
        "Invalid Arn: 'Resource type not valid in this context: stateMachine'",
    )
    arn = _activity(api)
    if operation != "delete_activity":
        assert refusal(getattr(other_account, operation), activityArn=arn)[0] == "ActivityDoesNotExist"
    else:
        assert other_account.delete_activity(activityArn=arn) == {}
        assert api.describe_activity(activityArn=arn)["activityArn"] == arn


def test_a_list_holds_each_activity_once(lonely: Api) -> None:
    made = sorted(_activity(lonely) for _ in range(7))
    listed: list[dict[str, Any]] = []
    token: dict[str, str] | None = {}
    while token is not None:
        page = lonely.list_activities(maxResults=3, **token)
        listed += page["activities"]
        token = {"nextToken": page["nextToken"]} if "nextToken" in page else None
    assert sorted(each["activityArn"] for each in listed) == made
    assert all(set(each) == {"activityArn", "name", "creationDate"} for each in listed)
    assert refusal(lonely.list_activities, nextToken="x") == ("InvalidToken", "Invalid Token: 'Invalid token'")


def _started(api: Api, activity: str) -> tuple[str, str]:
    """An execution whose task a worker has taken: its ARN and the token."""
    machine = api.machine(activity_task(activity))
    execution = str(api.start_execution(stateMachineArn=machine, input='{"order":7}')["executionArn"])
    task = api.get_activity_task(activityArn=activity, workerName="worker-1")
    assert json.loads(task["input"]) == {"order": 7}
    return execution, str(task["taskToken"])


def test_a_worker_takes_a_task_and_succeeds(api: Api) -> None:
    execution, token = _started(api, _activity(api))
    assert api.send_task_heartbeat(taskToken=token) == {}
    assert api.send_task_success(taskToken=token, output=' {"done": [true]} ') == {}
    shown = api.ended(execution)
    assert (shown["status"], json.loads(shown["output"])) == ("SUCCEEDED", {"done": [True]})
    events = api.get_execution_history(executionArn=execution)["events"]
    assert [event["type"] for event in events[2:5]] == ["ActivityScheduled", "ActivityStarted", "ActivitySucceeded"]
    assert events[3]["activityStartedEventDetails"] == {"workerName": "worker-1"}


@pytest.mark.parametrize("told", [{}, {"error": "Bad"}, {"error": "Bad", "cause": "because\n\x00"}])
def test_a_worker_fails_a_task(api: Api, told: dict[str, str]) -> None:
    execution, token = _started(api, _activity(api))
    assert api.send_task_failure(taskToken=token, **told) == {}
    shown = api.ended(execution)
    assert shown["status"] == "FAILED"
    assert {name: shown[name] for name in ("error", "cause") if name in shown} == told


def test_a_waiting_worker_gets_a_task_that_comes_later(api: Api) -> None:
    activity = _activity(api)
    machine = api.machine(activity_task(activity))
    tasks: list[dict[str, Any]] = []

    async def scenario() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(
                anyio.to_thread.run_sync, lambda: tasks.append(api.get_activity_task(activityArn=activity))
            )
            await anyio.to_thread.run_sync(lambda: api.start_execution(stateMachineArn=machine, input="1"))

    anyio.run(scenario)
    assert tasks[0]["input"] == "1"


SENDS: list[tuple[str, dict[str, str]]] = [
    ("send_task_success", {"output": "{}"}),
    ("send_task_failure", {}),
    ("send_task_heartbeat", {}),
]


@pytest.mark.parametrize(("operation", "others"), SENDS)
def test_wrong_tokens(api: Api, operation: str, others: dict[str, str]) -> None:
    send = getattr(api, operation)
    execution, token = _started(api, _activity(api))
    invalid = ("InvalidToken", "Invalid Token: 'Invalid token'")
    assert refusal(send, taskToken="nonsense", **others) == invalid
    flipped = ("A" if token[10] != "A" else "B").join((token[:10], token[11:]))
    assert refusal(send, taskToken=flipped, **others) == invalid
    assert refusal(send, taskToken="x" * 2049, **others)[0] == "ValidationException"
    api.stop_execution(executionArn=execution)
    assert refusal(send, taskToken=token, **others)[0] == "TaskTimedOut"


@pytest.mark.parametrize("output", ["not json", "", '"' + "ü" * 140_000 + '"'])
def test_an_output_must_be_json(api: Api, output: str) -> None:
    execution, token = _started(api, _activity(api))
    code, message = refusal(api.send_task_success, taskToken=token, output=output)
    assert (code, message[:17]) == ("InvalidOutput", "Invalid Output: '")
    assert api.describe_execution(executionArn=execution)["status"] == "RUNNING"


def test_without_a_task_the_answer_is_empty() -> None:
    """The long poll takes a minute on the server, so its end is asked of a runtime that has nothing to offer."""

    class Idle:
        async def read(self, operation: Any) -> Any:
            return None

        async def poll_activity(self, activity_arn: str, worker_name: str | None) -> None:
            return None

    caller = Caller("000000000000", "us-east-1")
    request: dict[str, Any] = {"activityArn": "arn:aws:states:us-east-1:000000000000:activity:a"}
    assert anyio.run(get_activity_task, cast(Runtime, Idle()), caller, request) == {}


def test_tasks_are_not_mixed_up(api: Api) -> None:
    """Two activities, two executions: each worker gets the task of its own activity."""
    activities = [_activity(api) for _ in range(2)]
    for place, activity in enumerate(activities):
        api.start_execution(stateMachineArn=api.machine(activity_task(activity)), input=str(place))
    for place, activity in reversed(list(enumerate(activities))):
        assert api.get_activity_task(activityArn=activity)["input"] == str(place)
