"""What logs say of a redrive: each entry has the count of redrives at its time."""

import json
from collections.abc import Callable
from typing import Any

from tests.api.client import Api
from tests.integrations.logs.conftest import client

__all__ = ["client"]

FAIL = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}})


def test_entries_count_redrives(api: Api, client: Callable[..., Any]) -> None:
    logs, group = client("logs"), api.name("/redrives/")
    logs.create_log_group(logGroupName=group)
    destination = {
        "cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:us-east-1:000000000000:log-group:{group}:*"}
    }
    machine = api.machine(FAIL, loggingConfiguration={"level": "ALL", "destinations": [destination]})
    execution = api.start_execution(stateMachineArn=machine)["executionArn"]
    for _ in range(2):
        api.ended(execution)
        api.redrive_execution(executionArn=execution)
    api.ended(execution)
    found = [json.loads(event["message"]) for event in logs.filter_log_events(logGroupName=group)["events"]]
    said = [(entry["type"], entry["redrive_count"]) for entry in sorted(found, key=lambda entry: int(entry["id"]))]
    again = ["ExecutionRedriven", "FailStateEntered", "ExecutionFailed"]
    assert said == [
        *((kind, "0") for kind in ["ExecutionStarted", "FailStateEntered", "ExecutionFailed"]),
        *((kind, "1") for kind in again),
        *((kind, "2") for kind in again),
    ]
    (redriven, *_) = [entry for entry in found if entry["type"] == "ExecutionRedriven"]
    assert redriven["details"] == {"redriveCount": 1}
