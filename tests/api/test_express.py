"""StartSyncExecution: an Express execution while the caller waits."""

import re

import pytest

from tests.api.client import Api, refusal
from tests.api.machines import FAIL, PASS, SILENT_FAIL, WAIT


def test_the_answer_is_the_execution(api: Api) -> None:
    machine = api.machine(PASS, type="EXPRESS")
    answer = api.start_sync_execution(stateMachineArn=machine, name="n", input='{"a": 1}', traceHeader="Root=1")
    arn = answer.pop("executionArn")
    assert re.fullmatch(machine.replace(":stateMachine:", ":express:") + r":n:[0-9a-f-]{36}", arn)
    billing = answer.pop("billingDetails")
    assert set(billing) == {"billedMemoryUsedInMB", "billedDurationInMilliseconds"}
    assert billing["billedDurationInMilliseconds"] % 100 == 0 < billing["billedDurationInMilliseconds"]
    assert billing["billedMemoryUsedInMB"] == 64
    assert answer.pop("startDate") <= answer.pop("stopDate")
    assert answer == {
        "stateMachineArn": machine,
        "name": "n",
        "status": "SUCCEEDED",
        "input": '{"a": 1}',
        "inputDetails": {"included": True},
        "output": '{"a": 1}',
        "outputDetails": {"included": True},
        "traceHeader": "Root=1",
    }


@pytest.mark.parametrize(("definition", "told"), [(FAIL, {"error": "Custom", "cause": "as told"}), (SILENT_FAIL, {})])
def test_a_failed_run_is_an_answer_too(api: Api, definition: str, told: dict[str, str]) -> None:
    answer = api.start_sync_execution(stateMachineArn=api.machine(definition, type="EXPRESS"))
    assert answer["status"] == "FAILED"
    assert {name: answer[name] for name in ("error", "cause") if name in answer} == told
    assert "output" not in answer
    assert answer["outputDetails"] == {"included": True}


def test_metadata_only_hides_the_data(api: Api) -> None:
    for definition in (PASS, FAIL):
        machine = api.machine(definition, type="EXPRESS")
        answer = api.start_sync_execution(stateMachineArn=machine, includedData="METADATA_ONLY")
        assert not {"input", "output", "error", "cause"} & set(answer)
        assert answer["inputDetails"] == answer["outputDetails"] == {"included": False}


def test_a_name_may_repeat(api: Api) -> None:
    machine = api.machine(PASS, type="EXPRESS")
    arns = {api.start_sync_execution(stateMachineArn=machine, name="n")["executionArn"] for _ in range(2)}
    assert len(arns) == 2


# parameters beside the machine's ARN, error code, message
REFUSED = [
    ({"name": "a b"}, "InvalidName", "Invalid Name: 'a b'"),
    ({"input": ""}, "InvalidExecutionInput", "Invalid State Machine Execution Input: 'Invalid execution input.'"),
]


@pytest.mark.parametrize(("bad", "code", "message"), REFUSED)
def test_refused(api: Api, bad: dict[str, str], code: str, message: str) -> None:
    machine = api.machine(PASS, type="EXPRESS")
    assert refusal(api.start_sync_execution, stateMachineArn=machine, **bad) == (code, message)


def test_a_standard_machine_is_refused(api: Api) -> None:
    assert refusal(api.start_sync_execution, stateMachineArn=api.machine(WAIT)) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine",
    )
