"""Executions through the API: start, stop, describe, list."""

import re
from datetime import datetime

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import FAIL, PASS, SILENT_FAIL, WAIT

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


def test_a_standard_execution_has_the_machines_and_its_own_name(api: Api) -> None:
    machine = api.machine(PASS)
    started = api.start_execution(stateMachineArn=machine, name="größe.1", input='{"a": 1}', traceHeader="Root=1-a-b")
    arn = started["executionArn"]
    assert arn == machine.replace(":stateMachine:", ":execution:") + ":größe.1"
    shown = api.ended(arn)
    assert isinstance(shown.pop("stopDate"), datetime)
    assert shown == {
        "executionArn": arn,
        "stateMachineArn": machine,
        "name": "größe.1",
        "status": "SUCCEEDED",
        "startDate": started["startDate"],
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"a": 1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1-a-b",
        "redriveCount": 0,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }


def test_a_name_is_made_where_none_is_given(api: Api) -> None:
    machine = api.machine(PASS)
    arns = {api.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(3)}
    assert len(arns) == 3
    assert all(re.fullmatch(machine.replace(":stateMachine:", ":execution:") + ":" + UUID, arn) for arn in arns)
    assert api.ended(arns.pop())["input"] == "{}"


def test_an_asynchronous_express_execution_has_an_express_arn(api: Api) -> None:
    machine = api.machine(PASS, type="EXPRESS")
    started = [api.start_execution(stateMachineArn=machine, name="same", input="{}") for _ in range(2)]
    pattern = machine.replace(":stateMachine:", ":express:") + ":same:" + UUID
    assert all(re.fullmatch(pattern, each["executionArn"]) for each in started)
    assert started[0]["executionArn"] != started[1]["executionArn"]
    wrong = ("InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
    for operation in (
        api.describe_execution,
        api.stop_execution,
        api.get_execution_history,
        api.describe_state_machine_for_execution,
    ):
        assert refusal(operation, executionArn=started[0]["executionArn"]) == wrong


def test_a_start_is_idempotent_while_it_runs(api: Api) -> None:
    machine = api.machine(WAIT)
    first = {"stateMachineArn": machine, "name": "once", "input": '{"a":1}'}
    started = api.start_execution(**first)
    exists = ("ExecutionAlreadyExists", f"Execution Already Exists: '{started['executionArn']}'")
    assert api.start_execution(**first) == started
    assert refusal(api.start_execution, **first | {"input": '{"a":2}'}) == exists
    api.stop_execution(executionArn=started["executionArn"])
    assert refusal(api.start_execution, **first) == exists
    assert api.start_execution(**first | {"name": "twice"})["executionArn"] != started["executionArn"]


# parameters beside the machine's ARN, error code, message or a part of it
START_REFUSED = [
    ({"name": "a/b"}, "InvalidName", "Invalid Name: 'a/b'"),
    ({"name": "x" * 81}, "ValidationException", "Member must have length less than or equal to 80"),
    ({"name": ""}, "ValidationException", "Member must have length greater than or equal to 1"),
    (
        {"input": "not some json"},
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: 'Unrecognized token 'not': was expecting "
        "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')'",
    ),
    ({"input": ""}, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'"),
    ({"input": '"' + "ü" * 140_000 + '"'}, "InvalidExecutionInput", "larger than 262144 bytes"),
    ({"input": '"\\ud800"'}, "InvalidExecutionInput", "Invalid State Machine Execution Input: '"),
    (
        {"input": '["\\ud800", 12345678901234567890]'},
        "InvalidExecutionInput",
        "Invalid State Machine Execution Input: '",
    ),
    ({"input": "[" * 100_000}, "InvalidExecutionInput", "Invalid State Machine Execution Input: '"),
    ({"traceHeader": "x" * 257}, "ValidationException", "Member must have length less than or equal to 256"),
]


@pytest.mark.parametrize(("bad", "code", "message"), START_REFUSED)
def test_start_refused(api: Api, bad: dict[str, object], code: str, message: str) -> None:
    machine = api.machine(PASS)
    found_code, found_message = refusal(api.start_execution, stateMachineArn=machine, **bad)
    assert found_code == code
    assert message in found_message
    assert api.list_executions(stateMachineArn=machine)["executions"] == []


# definition, what of error, cause DescribeExecution shows
FAILURES = [
    (FAIL, {"error": "Custom", "cause": "as told"}),
    (SILENT_FAIL, {}),
]


@pytest.mark.parametrize(("definition", "told"), FAILURES)
def test_a_failed_execution_shows_what_it_has(api: Api, definition: str, told: dict[str, str]) -> None:
    shown = api.ended(api.start_execution(stateMachineArn=api.machine(definition))["executionArn"])
    assert (shown["status"], shown["redriveStatus"]) == ("FAILED", "REDRIVABLE")
    assert {name: shown[name] for name in ("error", "cause") if name in shown} == told
    assert not {"output", "outputDetails", "redriveStatusReason", "traceHeader"} & set(shown)


def test_metadata_only_hides_the_data(api: Api) -> None:
    for definition in (PASS, FAIL):
        arn = api.start_execution(stateMachineArn=api.machine(definition), input='"secret"')["executionArn"]
        api.ended(arn)
        shown = api.describe_execution(executionArn=arn, includedData="METADATA_ONLY")
        assert not {"input", "output", "error", "cause"} & set(shown)
        assert shown["inputDetails"] == {"included": False}


@pytest.mark.parametrize("told", [{}, {"error": "Stopped"}, {"error": "Stopped", "cause": "by hand"}])
def test_a_stopped_execution_is_aborted(api: Api, told: dict[str, str]) -> None:
    arn = api.start_execution(stateMachineArn=api.machine(WAIT))["executionArn"]
    running = api.describe_execution(executionArn=arn)
    assert (running["status"], running["redriveStatusReason"]) == (
        "RUNNING",
        "Execution is RUNNING and cannot be redriven",
    )
    assert "stopDate" not in running
    stopped = api.stop_execution(executionArn=arn, **told)
    shown = api.describe_execution(executionArn=arn)
    assert (shown["status"], shown["stopDate"]) == ("ABORTED", stopped["stopDate"])
    assert {name: shown[name] for name in ("error", "cause") if name in shown} == told
    assert api.stop_execution(executionArn=arn, error="Other") == stopped
    assert api.describe_execution(executionArn=arn) == shown


BY_ARN = [
    "describe_execution",
    "describe_state_machine_for_execution",
    "get_execution_history",
    "stop_execution",
]

# ARN (after the caller's own prefix where it begins with a colon), error code, message
WRONG_ARNS = [
    (
        "invalid_state_machine_arn",
        "InvalidArn",
        "Invalid Arn: 'Invalid ARN prefix: invalid_state_machine_arn'",
    ),
    (":stateMachine:m", "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: stateMachine'"),
    (":execution:m:unknown", "ExecutionDoesNotExist", "Execution Does Not Exist: '{}'"),
]


@pytest.mark.parametrize("operation", BY_ARN)
@pytest.mark.parametrize(("arn", "code", "message"), WRONG_ARNS)
def test_wrong_execution_arns(api: Api, operation: str, arn: str, code: str, message: str) -> None:
    arn = api.arn(arn[1:]) if arn.startswith(":") else arn
    assert refusal(getattr(api, operation), executionArn=arn) == (code, message.format(arn))


@pytest.mark.parametrize("operation", BY_ARN)
def test_an_execution_is_not_there_for_others(api: Api, other_region: Api, other_account: Api, operation: str) -> None:
    arn = api.start_execution(stateMachineArn=api.machine(WAIT))["executionArn"]
    for other in (other_region, other_account):
        assert refusal(getattr(other, operation), executionArn=arn)[0] == "ExecutionDoesNotExist"
    assert api.describe_execution(executionArn=arn)["status"] == "RUNNING"


@pytest.mark.parametrize("rows_read", [1, 2, 7, 32])
def test_a_list_is_newest_first_and_pages(api: Api, monkeypatch: pytest.MonkeyPatch, rows_read: int) -> None:
    """However many rows a query fetches."""
    monkeypatch.setattr("engine.api.executions._ROWS_READ", rows_read)
    machine = api.machine(PASS)
    started = [api.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(7)]
    for arn in started:
        api.ended(arn)
    first = api.list_executions(stateMachineArn=machine, maxResults=3)
    second = api.list_executions(stateMachineArn=machine, maxResults=4, nextToken=first["nextToken"])
    assert "nextToken" not in second
    listed = first["executions"] + second["executions"]
    assert [each["executionArn"] for each in listed] == started[::-1]
    shown = api.describe_execution(executionArn=started[0])
    assert listed[-1] == {
        name: shown[name]
        for name in ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "redriveCount")
    }
    assert len(api.list_executions(stateMachineArn=machine)["executions"]) == 7


def test_a_list_by_status(api: Api) -> None:
    machine = api.machine(WAIT)
    running, stopped = (api.start_execution(stateMachineArn=machine)["executionArn"] for _ in range(2))
    api.stop_execution(executionArn=stopped)
    expected = {"RUNNING": [running], "ABORTED": [stopped], "SUCCEEDED": [], "FAILED": [], "TIMED_OUT": []}
    for status, arns in expected.items():
        listed = api.list_executions(stateMachineArn=machine, statusFilter=status)["executions"]
        assert [each["executionArn"] for each in listed] == arns, status


def test_a_list_by_redrive(api: Api) -> None:
    machine = api.machine(PASS)
    arn = api.start_execution(stateMachineArn=machine)["executionArn"]
    assert api.list_executions(stateMachineArn=machine, redriveFilter="REDRIVEN")["executions"] == []
    listed = api.list_executions(stateMachineArn=machine, redriveFilter="NOT_REDRIVEN")["executions"]
    assert [each["executionArn"] for each in listed] == [arn]


def test_a_token_belongs_to_its_list(api: Api) -> None:
    machine, other = api.machine(WAIT), api.machine(WAIT)
    for _ in range(2):
        api.start_execution(stateMachineArn=machine)
    token = api.list_executions(stateMachineArn=machine, maxResults=1)["nextToken"]
    invalid = ("InvalidToken", "Invalid Token: 'Invalid token'")
    assert refusal(api.list_executions, stateMachineArn=other, nextToken=token) == invalid
    assert refusal(api.list_executions, stateMachineArn=machine, nextToken=token, statusFilter="RUNNING") == invalid
    assert refusal(api.list_executions, stateMachineArn=machine, nextToken="x") == invalid


# parameters beside the machine's ARN, error code, message or a part of it
LIST_REFUSED = [
    (
        {"maxResults": 1001},
        "ValidationException",
        "1 validation error detected: Value '1001' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 1000",
    ),
    (
        {"statusFilter": "succeeded"},
        "ValidationException",
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy constraint: "
        "Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]",
    ),
    ({"redriveFilter": "MAYBE"}, "ValidationException", "'redriveFilter' failed to satisfy constraint"),
    ({"nextToken": "x" * 3097}, "ValidationException", "Member must have length less than or equal to 3096"),
    ({"mapRunArn": "arn:aws:states:us-east-1:000000000000:mapRun:m/l:r"}, "ValidationException", "exactly one of"),
]


@pytest.mark.parametrize(("bad", "code", "message"), LIST_REFUSED)
def test_list_refused(api: Api, bad: dict[str, object], code: str, message: str) -> None:
    found_code, found_message = refusal(api.list_executions, stateMachineArn=api.machine(PASS), **bad)
    assert found_code == code
    assert message in found_message


def test_a_list_needs_a_standard_machine(api: Api) -> None:
    assert refusal(api.list_executions)[0] == "ValidationException"
    assert refusal(api.list_executions, stateMachineArn=api.machine(PASS, type="EXPRESS")) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )
