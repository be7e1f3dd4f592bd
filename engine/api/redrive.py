"""RedriveExecution, and whether an execution can be redriven, as DescribeExecution says it, with the reasons why not.

The texts are a list in AWS's documentation of `redriveStatusReason`.
"""

from engine import limits
from engine.api import arns, resources
from engine.api.resources import Request, Response
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction, ReadTransaction
from engine.store import redrives
from engine.store.rows import ExecutionRow, MachineRow

_STATUS_REASONS = {
    "RUNNING": "Execution is RUNNING and cannot be redriven",
    "SUCCEEDED": "Execution is SUCCEEDED and cannot be redriven",
    "PENDING_REDRIVE": "Execution is PENDING_REDRIVE and cannot be redriven",
}
_TOO_OLD = "Execution was started before the launch of RedriveExecution"  # nothing is left of it
_BY_MAP_RUN = "Execution belongs to a Map Run and is redriven with the execution that the Map Run is of"


def redrive_execution(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """RedriveExecution: it goes on from what did not succeed. Asked again with its token, a redrive is the same one."""
    row = resources.execution(tx, caller, request["executionArn"])
    token = request.get("clientToken")
    if token is not None:
        since_ms = tx.moment.epoch_ms - limits.REDRIVE_TOKEN_SECONDS * 1000
        before_ms = redrives.redriven_with(tx.connection, row.key, token, since_ms)
        if before_ms is not None:
            return {"redriveDate": seconds(before_ms)}
    status, reason = status_of(tx, row)
    if status != "REDRIVABLE":
        raise ServiceError("ExecutionNotRedrivable", reason or _BY_MAP_RUN)
    return {"redriveDate": seconds(tx.redrive_execution(row, token))}


def status_of(tx: ReadTransaction | EngineTransaction, row: ExecutionRow) -> tuple[str, str | None]:
    """`redriveStatus` and `redriveStatusReason` of an execution now."""
    machine = tx.find_machine(arns.without_label(arns.machine_of(row.arn)))
    if arns.is_express_child(row.arn):
        return _status_of_express(row)
    status, reason = redrive_status(row, machine, tx.moment.epoch_ms)
    if status != "NOT_REDRIVABLE" and not tx.keeps_remains(row):
        return "NOT_REDRIVABLE", _TOO_OLD
    return status, reason


def _status_of_express(row: ExecutionRow) -> tuple[str, str | None]:
    """Of an Express child of a Map Run, which begins anew when its run is redriven."""
    reason = _STATUS_REASONS.get(row.status)
    return ("REDRIVABLE_BY_MAP_RUN", None) if reason is None else ("NOT_REDRIVABLE", reason)


def redrive_status(row: ExecutionRow, machine: MachineRow | None, now_ms: int) -> tuple[str, str | None]:
    """The same by its row alone; `machine` is the one that has the name today, if any."""
    reason = _why_not(row, machine, now_ms)
    if reason is not None:
        return "NOT_REDRIVABLE", reason
    return ("REDRIVABLE" if row.map_run is None else "REDRIVABLE_BY_MAP_RUN"), None


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
