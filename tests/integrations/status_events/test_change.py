"""A status change as EventBridge shows it: one golden, and what differs by status and size."""

import json
from dataclasses import replace
from typing import Any

import pytest

from engine.contract import Recorded
from integrations.status_events.change import status_change

EXECUTION = "arn:aws:states:us-east-1:000000000000:execution:m:e"
MACHINE = "arn:aws:states:us-east-1:000000000000:stateMachine:m"
START_MS, STOP_MS = 1_795_357_120_123, 1_795_357_121_456
ENDED = Recorded(
    execution_arn=EXECUTION,
    machine_arn=MACHINE,
    version_arn=f"{MACHINE}:1",
    alias_arn=None,
    name="e",
    express=False,
    status="SUCCEEDED",
    input='{"a": 1}',
    output='{"b": 2}',
    error=None,
    cause=None,
    start_ms=START_MS,
    stop_ms=STOP_MS,
    redrive_count=0,
    redrive_ms=None,
    logging=None,
    events=[],
)


def event(kind: str, time_ms: int = STOP_MS) -> dict[str, Any]:
    return {"timestamp": time_ms / 1000, "type": kind, "id": 9, "previousEventId": 8}


def test_a_success() -> None:
    assert status_change(ENDED, event("ExecutionSucceeded"), "id-1") == {
        "version": "0",
        "id": "id-1",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "000000000000",
        "time": "2026-11-22T14:18:41Z",
        "region": "us-east-1",
        "resources": [EXECUTION],
        "detail": {
            "executionArn": EXECUTION,
            "stateMachineArn": MACHINE,
            "name": "e",
            "status": "SUCCEEDED",
            "startDate": START_MS,
            "stopDate": STOP_MS,
            "input": '{"a": 1}',
            "output": '{"b": 2}',
            "stateMachineVersionArn": f"{MACHINE}:1",
            "stateMachineAliasArn": None,
            "redriveCount": 0,
            "redriveDate": None,
            "redriveStatus": "NOT_REDRIVABLE",
            "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
            "inputDetails": {"included": True},
            "outputDetails": {"included": True},
            "error": None,
            "cause": None,
        },
    }


def test_the_start_does_not_know_the_end_that_the_same_batch_holds() -> None:
    detail = status_change(ENDED, event("ExecutionStarted", START_MS), "id")["detail"]
    assert (detail["status"], detail["stopDate"], detail["output"], detail["outputDetails"]) == (
        "RUNNING",
        None,
        None,
        None,
    )
    assert detail["redriveStatusReason"] == "Execution is RUNNING and cannot be redriven"


@pytest.mark.parametrize(
    ("kind", "status"),
    [("ExecutionFailed", "FAILED"), ("ExecutionTimedOut", "TIMED_OUT"), ("ExecutionAborted", "ABORTED")],
)
def test_failures(kind: str, status: str) -> None:
    failed = replace(ENDED, status=status, output=None, error="E", cause="why")
    detail = status_change(failed, event(kind), "id")["detail"]
    assert (detail["status"], detail["error"], detail["cause"], detail["outputDetails"]) == (status, "E", "why", None)
    assert (detail["redriveStatus"], detail["redriveStatusReason"]) == ("REDRIVABLE", None)


def test_a_redrive_is_a_start_with_its_date() -> None:
    detail = status_change(replace(ENDED, redrive_count=2, redrive_ms=STOP_MS), event("ExecutionRedriven"), "id")[
        "detail"
    ]
    assert (detail["status"], detail["redriveCount"], detail["redriveDate"]) == ("RUNNING", 2, STOP_MS)


LARGE, LARGER = json.dumps("x" * 150_000), json.dumps("x" * 255_000)


@pytest.mark.parametrize(
    ("given", "gave", "input_included", "output_included"),
    [("{}", LARGE, True, True), (LARGE, LARGE, False, True), (LARGER, "{}", False, True), ("{}", LARGER, False, False)],
    ids=["fit", "together too large", "input too large", "output too large"],
)
def test_what_is_too_large_is_left_out(given: str, gave: str, input_included: bool, output_included: bool) -> None:
    detail = status_change(replace(ENDED, input=given, output=gave), event("ExecutionSucceeded"), "id")["detail"]
    assert detail["inputDetails"] == {"included": input_included}
    assert detail["outputDetails"] == {"included": output_included}
    assert detail["input"] == (given if input_included else None)
    assert detail["output"] == (gave if output_included else None)
    assert len(json.dumps(detail).encode()) < 262_144
