"""Forwarded Tasks through a real server: created, run, stopped, and taken up again after its death."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import ROLE, definition
from tests.integrations.scripted import Reply, Scripted, scripted
from tests.integrations.serving import Served, served
from tests.postgres import new_database

RUNNING = {"taskArn": "t", "clusterArn": "c", "lastStatus": "RUNNING"}
STOPPED = {
    "taskArn": "t",
    "clusterArn": "c",
    "lastStatus": "STOPPED",
    "stopCode": "EssentialContainerExited",
    "containers": [{"name": "main", "exitCode": 0}],
    "createdAt": 1795356000.123,
}
STARTED = Reply({"tasks": [{**RUNNING, "lastStatus": "PROVISIONING"}], "failures": []})
ECS = {"Type": "Task", "Resource": "arn:aws:states:::ecs:runTask.sync", "Parameters": {"TaskDefinition": "d"}}
OVER = ("ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut")


def described(task: dict[str, Any]) -> Reply:
    return Reply({"tasks": [task], "failures": []})


@pytest.fixture(scope="module")
def aws() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture
def script(aws: Scripted) -> Scripted:
    aws.reset()
    return aws


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def server(request: pytest.FixtureRequest, aws: Scripted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    db = new_database() if request.param == "postgres" else None
    settings = f'[endpoints]\necs = "{aws.url}"\ndynamodb = "{aws.url}"\nstates = "{aws.url}"\n'
    with served(tmp_path_factory.mktemp("forward"), settings, dict(os.environ), db) as started:
        yield started


@pytest.fixture(scope="module")
def api(server: Served) -> Api:
    return server.start()


def started(api: Api, state: dict[str, Any]) -> str:
    arn = api.create_state_machine(name=api.name(), definition=definition(("Call", state)), roleArn=ROLE)
    return str(api.start_execution(stateMachineArn=arn["stateMachineArn"])["executionArn"])


def history(api: Api, execution: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = api.until(
        lambda: api.get_execution_history(executionArn=execution)["events"], lambda events: events[-1]["type"] in OVER
    )
    return events


def types(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def test_an_sdk_task(api: Api, script: Scripted) -> None:
    script.replies["DescribeTable"] = Reply({"Table": {"TableName": "t"}})
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:describeTable",
        "Parameters": {"TableName": "t"},
    }
    events = history(api, started(api, state))
    assert types(events) == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSucceeded", "TaskStateExited",
        "ExecutionSucceeded",
    ]  # fmt: skip
    details = events[4]["taskSucceededEventDetails"]
    assert (details["resourceType"], details["resource"]) == ("aws-sdk:dynamodb", "describeTable")
    assert details["output"] == '{"Table":{"TableName":"t"}}'


def test_an_error_can_be_caught_by_its_name(api: Api, script: Scripted) -> None:
    script.replies["GetItem"] = Reply({"__type": "ResourceNotFoundException", "message": "none"}, 400)
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:getItem",
        "Parameters": {"TableName": "t", "Key": {"id": {"S": "1"}}},
        "Catch": [{"ErrorEquals": ["DynamoDB.ResourceNotFoundException"], "Next": "After"}],
    }
    arn = api.machine(definition(("Call", state), ("After", {"Type": "Pass"})))
    shown = api.ended(api.start_execution(stateMachineArn=arn)["executionArn"])
    assert shown["status"] == "SUCCEEDED" and '"Error":"DynamoDB.ResourceNotFoundException"' in shown["output"]


@pytest.mark.parametrize(
    "resource",
    [
        "aws-sdk:s3:getObject",
        "glue:startJobRun",
        "eks:runJob.sync",
        "apigateway:invoke",
        "aws-sdk:dynamodb:noSuchAction",
    ],
)
def test_what_nothing_here_can_call_is_refused_when_the_machine_is_created(api: Api, resource: str) -> None:
    arn = f"arn:aws:states:::{resource}"
    text = definition(("Call", {"Type": "Task", "Resource": arn, "Parameters": {}}))
    code, message = refusal(api.create_state_machine, name=api.name(), definition=text, roleArn=ROLE)
    assert code == "InvalidDefinition"
    assert f"UNSUPPORTED_INTEGRATION: This server has no integration for {arn}" in message


def test_a_job_is_waited_for(api: Api, script: Scripted) -> None:
    script.replies |= {"RunTask": STARTED, "DescribeTasks": [described(RUNNING), described(STOPPED)]}
    events = history(api, started(api, ECS))
    assert types(events) == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted", "TaskSucceeded",
        "TaskStateExited", "ExecutionSucceeded",
    ]  # fmt: skip
    assert events[4]["taskSubmittedEventDetails"]["resource"] == "runTask.sync"
    assert '"LastStatus":"PROVISIONING"' in events[4]["taskSubmittedEventDetails"]["output"]
    assert events[5]["taskSucceededEventDetails"]["output"] == (
        '{"ClusterArn":"c","Containers":[{"Name":"main","ExitCode":0}],"CreatedAt":1795356000123,'
        '"LastStatus":"STOPPED","StopCode":"EssentialContainerExited","TaskArn":"t"}'
    )
    assert script.of("DescribeTasks")[0].json == {"cluster": "c", "tasks": ["t"]}


def test_a_job_that_fails(api: Api, script: Scripted) -> None:
    failed = {**STOPPED, "containers": [{"name": "main", "exitCode": 3}]}
    script.replies |= {"RunTask": STARTED, "DescribeTasks": described(failed)}
    shown = api.ended(started(api, ECS))
    assert (shown["status"], shown["error"]) == ("FAILED", "States.TaskFailed")
    assert '"ExitCode":3' in shown["cause"]


def test_questions_that_say_nothing_of_the_job_are_asked_again(api: Api, script: Scripted) -> None:
    throttled = Reply({"__type": "ThrottlingException", "message": "slow down"}, 400)
    script.replies |= {"RunTask": STARTED, "DescribeTasks": [throttled, Reply("busy", 503), described(STOPPED)]}
    assert api.ended(started(api, ECS))["status"] == "SUCCEEDED"
    assert len(script.of("DescribeTasks")) == 3


def test_a_stopped_execution_stops_its_job(api: Api, script: Scripted) -> None:
    script.replies |= {"RunTask": STARTED, "DescribeTasks": described(RUNNING), "StopTask": Reply({})}
    execution = started(api, ECS)
    script.wait_for("DescribeTasks")
    api.stop_execution(executionArn=execution)
    (asked,) = script.wait_for("StopTask")
    assert (asked.json["cluster"], asked.json["task"]) == ("c", "t")


def test_a_job_that_starts_while_its_execution_is_stopped_is_stopped_too(api: Api, script: Scripted) -> None:
    def slowly(asked: Any) -> Reply:
        api.stop_execution(executionArn=executions[0])
        return STARTED

    executions: list[str] = []
    script.replies |= {"StopTask": Reply({}), "RunTask": slowly}
    arn = api.machine(definition(("Hold", {"Type": "Wait", "Seconds": 1}), ("Call", ECS)))
    executions.append(api.start_execution(stateMachineArn=arn)["executionArn"])
    assert script.wait_for("StopTask")[0].json["task"] == "t"
    assert script.of("DescribeTasks") == []


def test_a_timed_out_task_stops_its_job(api: Api, script: Scripted) -> None:
    script.replies |= {"RunTask": STARTED, "DescribeTasks": described(RUNNING), "StopTask": Reply({})}
    shown = api.ended(started(api, {**ECS, "TimeoutSeconds": 1}))
    assert shown["error"] == "States.Timeout"
    script.wait_for("StopTask")


def test_a_job_is_followed_after_the_server_was_killed(script: Scripted, tmp_path: Path) -> None:
    """Started once, submitted once, and its end is seen by the next process."""
    script.replies |= {"RunTask": STARTED, "DescribeTasks": described(RUNNING)}
    with served(tmp_path, f'[endpoints]\ndefault = "{script.url}"\n', dict(os.environ)) as server:
        execution = started(server.start(), ECS)
        script.wait_for("DescribeTasks")
        server.kill()
        script.replies["DescribeTasks"] = described(STOPPED)
        events = history(server.start(), execution)
    assert len(script.of("RunTask")) == 1
    assert types(events).count("TaskSubmitted") == 1
    assert types(events)[-3:] == ["TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"]


def test_a_start_without_an_answer_is_sent_again_with_its_token(script: Scripted, tmp_path: Path) -> None:
    killed = threading.Event()

    def late(asked: Any) -> Reply:
        assert killed.wait(20)
        return STARTED

    script.replies |= {"RunTask": late, "DescribeTasks": described(STOPPED)}
    with served(tmp_path, f'[endpoints]\ndefault = "{script.url}"\n', dict(os.environ)) as server:
        execution = started(server.start(), ECS)
        script.wait_for("RunTask")
        server.kill()
        killed.set()
        assert history(server.start(), execution)[-1]["type"] == "ExecutionSucceeded"
    first, second = script.of("RunTask")
    assert first.json["clientToken"] == second.json["clientToken"]
