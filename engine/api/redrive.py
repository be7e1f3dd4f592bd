"""Whether an execution could be redriven, as DescribeExecution says it, with AWS's reasons why not.

The texts are a list in AWS's documentation of `redriveStatusReason`. RedriveExecution itself is not built yet.
"""

from engine import limits
from engine.store.rows import ExecutionRow, MachineRow

_STATUS_REASONS = {
    "RUNNING": "Execution is RUNNING and cannot be redriven",
    "SUCCEEDED": "Execution is SUCCEEDED and cannot be redriven",
}


def redrive_status(row: ExecutionRow, machine: MachineRow | None, now_ms: int) -> tuple[str, str | None]:
    """`redriveStatus` and `redriveStatusReason` now; `machine` is the one that has the name today, if any."""
    reason = _why_not(row, machine, now_ms)
    return ("REDRIVABLE", None) if reason is None else ("NOT_REDRIVABLE", reason)


def _why_not(row: ExecutionRow, machine: MachineRow | None, now_ms: int) -> str | None:
    if machine is None or machine.id != row.machine or machine.status == "DELETING":
        return "State machine is in DELETING status"
    if row.status in _STATUS_REASONS:
        return _STATUS_REASONS[row.status]
    if row.last_event > limits.REDRIVE_HISTORY_EVENTS_MAX:
        return "Execution history event limit exceeded"
    if now_ms >= row.start_ms + limits.EXECUTION_SECONDS_MAX * 1000:
        return "Execution has exceeded the max execution time"
    if row.stop_ms is not None and now_ms >= row.stop_ms + limits.REDRIVE_SECONDS_MAX * 1000:
        return "Execution redrivable period exceeded"
    return None
