"""An execution's change of status as EventBridge shows it. Pure.

Source: Step Functions developer guide, "Automating Step Functions event delivery with EventBridge"; the members of
`detail` are those of DescribeExecution, absent ones null, times in milliseconds. Input and output that are together too
large for an event are left out, the input first, and said to be.
"""

from typing import Any

import orjson

from engine import limits
from engine.contract import Recorded
from engine.moment import iso_time

Event = dict[str, Any]

# The status that an execution has after an event of its history; other events change nothing.
STATUSES = {
    "ExecutionStarted": "RUNNING",
    "ExecutionRedriven": "RUNNING",
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_FINAL = ("RUNNING", "SUCCEEDED")  # what cannot be redriven


def status_change(one: Recorded, event: Event, event_id: str) -> Event:
    """The EventBridge event for one of STATUSES."""
    status = STATUSES[event["type"]]
    _, _, _, region, account = one.execution_arn.split(":")[:5]
    return {
        "version": "0",
        "id": event_id,
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": account,
        "time": iso_time(round(event["timestamp"] * 1000))[:19] + "Z",
        "region": region,
        "resources": [one.execution_arn],
        "detail": _detail(one, status, event),
    }


def _detail(one: Recorded, status: str, event: Event) -> Event:
    ended = status != "RUNNING"  # a batch may hold the start and the end: the start does not know the end
    output = one.output if ended else None
    output_fits = output is None or _escaped_bytes(output) <= limits.EVENT_BYTES_MAX
    input_fits = _escaped_bytes(one.input) + _escaped_bytes(output or "") <= limits.EVENT_BYTES_MAX
    return {
        "executionArn": one.execution_arn,
        "stateMachineArn": one.machine_arn,
        "name": one.name,
        "status": status,
        "startDate": one.start_ms,
        "stopDate": one.stop_ms if ended else None,
        "input": one.input if input_fits else None,
        "output": output if output_fits else None,
        "stateMachineVersionArn": one.version_arn,
        "stateMachineAliasArn": one.alias_arn,
        "redriveCount": one.redrive_count,
        "redriveDate": one.redrive_ms,
        "redriveStatus": "NOT_REDRIVABLE" if status in _FINAL else "REDRIVABLE",
        "redriveStatusReason": f"Execution is {status} and cannot be redriven" if status in _FINAL else None,
        "inputDetails": {"included": input_fits},
        "outputDetails": None if output is None else {"included": output_fits},
        "error": one.error if ended else None,
        "cause": one.cause if ended else None,
    }


def _escaped_bytes(text: str) -> int:
    return len(orjson.dumps(text)) - 2
