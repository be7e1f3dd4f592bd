"""DescribeMapRun, ListMapRuns, UpdateMapRun, and what the other operations say of children."""

import pytest
from botocore.exceptions import ClientError

from tests.api.client import Api, refusal
from tests.map_runs.machines import PASS, PICKY, WAIT, distributed, only_map
from tests.map_runs.test_running import map_run, start


def test_describe_children(api: Api) -> None:
    execution = start(api, only_map(distributed(PASS, Label="mine")), ["a", "b", "c"])
    parent = api.ended(execution)
    shown = map_run(api, execution)
    assert (shown["executionArn"], shown["status"], shown["maxConcurrency"]) == (execution, "SUCCEEDED", 0)
    first = api.list_executions(mapRunArn=shown["mapRunArn"], maxResults=2)
    rest = api.list_executions(mapRunArn=shown["mapRunArn"], maxResults=2, nextToken=first["nextToken"])
    children = first["executions"] + rest["executions"]
    assert [child["itemCount"] for child in children] == [1, 1, 1]
    described = [api.describe_execution(executionArn=child["executionArn"]) for child in children]
    assert sorted(child["input"] for child in described) == ['"a"', '"b"', '"c"']
    child = next(child for child in described if child["input"] == '"c"')
    assert (child["mapRunArn"], child["stateMachineArn"]) == (shown["mapRunArn"], f"{parent['stateMachineArn']}/mine")
    assert (child["status"], child["input"], child["output"]) == ("SUCCEEDED", '"c"', '"c"')
    machine = api.describe_state_machine_for_execution(executionArn=child["executionArn"])
    assert (machine["mapRunArn"], machine["label"]) == (shown["mapRunArn"], "mine")
    events = api.get_execution_history(executionArn=child["executionArn"])["events"]
    assert [event["type"] for event in events] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    listed = api.list_executions(stateMachineArn=parent["stateMachineArn"])["executions"]
    assert [one["executionArn"] for one in listed] == [execution]  # children are listed by their run only


def test_update_while_it_runs(api: Api) -> None:
    execution = start(api, only_map(distributed(WAIT, MaxConcurrency=1)), list(range(5)))
    shown = api.until(lambda: map_run(api, execution), lambda run: run["executionCounts"]["running"] == 1)
    api.update_map_run(
        mapRunArn=shown["mapRunArn"], maxConcurrency=3, toleratedFailureCount=4, toleratedFailurePercentage=80.0
    )
    shown = map_run(api, execution)
    assert (shown["maxConcurrency"], shown["toleratedFailureCount"]) == (3, 4)
    assert shown["toleratedFailurePercentage"] == 80.0
    assert (shown["executionCounts"]["running"], shown["executionCounts"]["pending"]) == (3, 2)
    for child in api.list_executions(mapRunArn=shown["mapRunArn"])["executions"]:
        api.stop_execution(executionArn=child["executionArn"])
    shown = map_run(api, execution)
    assert (shown["executionCounts"]["aborted"], shown["executionCounts"]["running"]) == (3, 2)
    api.update_map_run(mapRunArn=shown["mapRunArn"], toleratedFailureCount=1)  # fewer than there were
    assert api.ended(execution)["error"] == "States.ExceedToleratedFailureThreshold"
    code, text = refusal(api.update_map_run, mapRunArn=shown["mapRunArn"], maxConcurrency=1)
    assert code == "ValidationException" and "completed" in text


def test_a_machine_that_is_deleted_takes_its_runs_along(api: Api) -> None:
    execution = start(api, only_map(distributed(PICKY, ToleratedFailureCount=1)), ["a", "bad"])
    parent = api.ended(execution)
    shown = map_run(api, execution)
    api.delete_state_machine(stateMachineArn=parent["stateMachineArn"])
    arn = shown["mapRunArn"]

    def gone() -> str:
        api.list_state_machines()
        api.create_activity(name=api.name())  # any write lets the next piece be removed
        try:
            return str(api.describe_map_run(mapRunArn=arn)["status"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    api.until(gone, lambda answer: answer == "ResourceNotFound")
    assert refusal(api.list_executions, mapRunArn=arn)[0] == "ResourceNotFound"


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("describe_map_run", {"mapRunArn": "nonsense"}, "InvalidArn"),
        ("describe_map_run", {"mapRunArn": "arn:aws:states:us-east-1:000000000000:mapRun:m/l:u"}, "ResourceNotFound"),
        ("update_map_run", {"mapRunArn": "arn:aws:states:us-east-1:000000000000:mapRun:m/l:u"}, "ResourceNotFound"),
        (
            "list_map_runs",
            {"executionArn": "arn:aws:states:us-east-1:000000000000:execution:m:e"},
            "ExecutionDoesNotExist",
        ),
        ("list_executions", {}, "ValidationException"),
    ],
)
def test_refusals(api: Api, operation: str, parameters: dict[str, str], code: str) -> None:
    assert refusal(getattr(api, operation), **parameters)[0] == code


def test_another_account_sees_no_run(api: Api, caller: object) -> None:
    execution = start(api, only_map(distributed(PASS)), [1])
    api.ended(execution)
    other = caller(account="222222222222")  # type: ignore[operator]
    assert refusal(other.describe_map_run, mapRunArn=map_run(api, execution)["mapRunArn"])[0] == "ResourceNotFound"


def test_not_in_express_machines(api: Api) -> None:
    definition = only_map(distributed(PASS))
    parameters = {"name": api.name(), "definition": definition, "roleArn": "arn:aws:iam::000000000000:role/r"}
    code, text = refusal(api.create_state_machine, type="EXPRESS", **parameters)
    assert code == "InvalidDefinition" and "DISTRIBUTED" in text


def test_a_reader_is_refused_where_there_is_no_place_for_objects(api: Api) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "Parameters": {"Bucket": "b", "Key": "k"},
        "ReaderConfig": {"InputType": "JSON"},
    }
    parameters = {"name": api.name(), "roleArn": "arn:aws:iam::000000000000:role/r"}
    definition = only_map(distributed(PASS, ItemReader=reader))
    code, text = refusal(api.create_state_machine, definition=definition, **parameters)
    assert code == "InvalidDefinition" and "[buckets] root" in text and "/States/Each/ItemReader" in text
