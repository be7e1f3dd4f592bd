"""StartExecution, StopExecution, DescribeExecution, ListExecutions.

A Standard execution is named once: its ARN holds the machine's name and its own, and starting it twice with the same
input while it runs answers twice with the same start. An Express execution is never the same as another; it has no
history here and is not found again.
"""

from collections.abc import Iterator
from dataclasses import replace

from engine.api import arns, resources, routing
from engine.api.map_runs import find as find_map_run
from engine.api.map_runs import is_pending
from engine.api.names import check_name
from engine.api.paging import read_page
from engine.api.payload import read_input
from engine.api.redrive import status_of
from engine.api.resources import Request, Response
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.map_runs import items_of_child
from engine.runtime.protocol import EngineTransaction, ReadTransaction
from engine.store import executions, map_runs
from engine.store.rows import AliasRow, ExecutionRow, MachineRow, MapRunRow

_ROWS_READ = 32  # executions that one query fetches for a list

_NOT_AWAITED = (
    "This operation is not supported by this type of state machine: a '.sync' Task waits for Standard executions only; "
    "for an Express one use the resource arn:aws:states:::aws-sdk:sfn:startSyncExecution"
)


def start_execution(tx: EngineTransaction, caller: Caller, request: Request, awaited: bool = False) -> Response:
    """StartExecution of a Standard machine or, asynchronously, of an Express one; `awaited`: not of that."""
    given_name = request.get("name")
    if given_name is not None:
        check_name(given_name)
    given = read_input(request.get("input"))
    machine = routing.startable(tx, caller, request["stateMachineArn"])
    name = given_name or tx.moment.ordered_uuid()
    if machine.type == "EXPRESS" and awaited:
        raise ServiceError("StateMachineTypeNotSupported", _NOT_AWAITED)
    if machine.type == "EXPRESS":
        arn = arns.express_arn(machine.arn, name, tx.moment.uuid())
    else:
        arn = arns.execution_arn(machine.arn, name)
        row = tx.find_execution(arn) if given_name else None
        if row is not None:
            return _started_before(row, machine, given.text)
    start_ms = tx.start_execution(machine, arn, name, given.text, given.value, request.get("traceHeader"))
    return {"executionArn": arn, "startDate": seconds(start_ms)}


def _started_before(row: ExecutionRow, machine: MachineRow, input_text: str) -> Response:
    """The answer to a repeated start: the first one's while it runs with the same input."""
    if row.status != "RUNNING" or row.input != input_text or row.machine != machine.id:
        raise ServiceError("ExecutionAlreadyExists", f"Execution Already Exists: '{row.arn}'")
    return {"executionArn": row.arn, "startDate": seconds(row.start_ms)}


def stop_execution(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """StopExecution. One that has ended already stays as it is, and its end is the answer."""
    row = resources.execution(tx, caller, request["executionArn"])
    if row.status == "RUNNING":
        stop_ms = tx.stop_execution(row, request.get("error"), request.get("cause"))
    else:
        assert row.stop_ms is not None, row.arn
        stop_ms = row.stop_ms
    return {"stopDate": seconds(stop_ms)}


def describe_execution(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """DescribeExecution. An absent output, error or cause is left out; METADATA_ONLY leaves out all data."""
    row = resources.described_execution(tx, caller, request["executionArn"])
    return description(tx, row, included=request.get("includedData") != "METADATA_ONLY")


def description(tx: ReadTransaction | EngineTransaction, row: ExecutionRow, included: bool = True) -> Response:
    """An execution in the shape of DescribeExecution's answer, its data `included` or not."""
    run = None if row.map_run is None else map_runs.by_key(tx.connection, row.map_run)
    if run is not None:
        row = _of_run(run, row)
    status, reason = status_of(tx, row)
    answer = _summary(row) | {"redriveStatus": status}
    if reason is not None:
        answer["redriveStatusReason"] = reason
    if run is not None:
        answer["mapRunArn"] = run.arn
    if row.trace_header is not None:
        answer["traceHeader"] = row.trace_header
    answer.update(_data(row, included))
    return answer


def _data(row: ExecutionRow, included: bool) -> Response:
    data: Response = {"inputDetails": {"included": included}}
    if row.status == "SUCCEEDED":
        data["outputDetails"] = {"included": included}
    if included:
        data["input"] = row.input
        data.update({name: value for name, value in _results(row) if value is not None})
    return data


def _results(row: ExecutionRow) -> tuple[tuple[str, str | None], ...]:
    return ("output", row.output), ("error", row.error), ("cause", row.cause)


def _summary(row: ExecutionRow) -> Response:
    """What DescribeExecution and ListExecutions both show."""
    machine = arns.machine_of(row.arn)
    summary: Response = {
        "executionArn": row.arn,
        "stateMachineArn": machine,
        "name": row.name,
        "status": row.status,
        "startDate": seconds(row.start_ms),
        "redriveCount": row.redrive_count,
    }
    if row.redrive_ms is not None:
        summary["redriveDate"] = seconds(row.redrive_ms)
    if row.stop_ms is not None:
        summary["stopDate"] = seconds(row.stop_ms)
    if row.version is not None:
        summary["stateMachineVersionArn"] = arns.qualified_arn(machine, row.version)
    if row.alias is not None:
        summary["stateMachineAliasArn"] = arns.qualified_arn(machine, row.alias)
    return summary


def list_executions(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListExecutions of a Standard machine, the newest first; of a version or an alias, those started by it."""
    _check_listing(request)
    if request.get("mapRunArn") is not None:
        return _list_children(tx, caller, request)
    text = request["stateMachineArn"]
    machine, alias = routing.named(tx, caller, text)
    if machine.type == "EXPRESS":
        raise ServiceError(
            "StateMachineTypeNotSupported", "This operation is not supported by this type of state machine"
        )
    status, redriven = request.get("statusFilter"), request.get("redriveFilter")
    page = read_page(tx, request, "ListExecutions", text, machine.id, status, redriven)
    summaries: list[Response] = []
    last_key: int | None = page.cursor
    for row in _newest_first(tx, machine, alias, status, redriven, page.cursor):
        if len(summaries) == page.size:
            return {"executions": summaries, "nextToken": page.token(last_key)}
        summaries.append(_summary(row))
        last_key = row.key
    return {"executions": summaries}


def _list_children(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """The children of a Map Run, the newest first."""
    run = find_map_run(tx, caller, request["mapRunArn"])
    status, redriven = request.get("statusFilter"), request.get("redriveFilter")
    page = read_page(tx, request, "ListExecutions", run.arn, status, redriven)
    summaries: list[Response] = []
    last_key = before_key = page.cursor
    while True:
        rows = executions.children_page(tx.connection, run.key, status, before_key, _ROWS_READ, redriven)
        for row in (_of_run(run, row) for row in rows):
            if status not in (None, row.status):
                continue
            if len(summaries) == page.size:
                return {"executions": summaries, "nextToken": page.token(last_key)}
            summaries.append(_summary(row) | {"mapRunArn": run.arn, "itemCount": items_of_child(run, row.input)})
            last_key = row.key
        if len(rows) < _ROWS_READ:
            return {"executions": summaries}
        before_key = rows[-1].key


def _of_run(run: MapRunRow, child: ExecutionRow) -> ExecutionRow:
    """A child of a Map Run as it is shown: one that waits for its redrive is in a status of its own."""
    return replace(child, status="PENDING_REDRIVE") if is_pending(run, child) else child


def _newest_first(
    tx: ReadTransaction,
    machine: MachineRow,
    alias: AliasRow | None,
    status: str | None,
    redriven: str | None,
    before_key: int | None,
) -> Iterator[ExecutionRow]:
    """The executions of a machine, or of its version or alias that was named.

    Few at a time: a row holds the input and output, up to half a megabyte.
    """
    name = None if alias is None else alias.name
    while True:
        rows = executions.list_page(
            tx.connection,
            machine.id,
            status,
            before_key,
            _ROWS_READ,
            version=machine.version,
            alias=name,
            redriven=redriven,
        )
        yield from rows
        if len(rows) < _ROWS_READ:
            return
        before_key = rows[-1].key


def _check_listing(request: Request) -> None:
    if (request.get("stateMachineArn") is None) == (request.get("mapRunArn") is None):
        raise ServiceError(
            "ValidationException",
            "Must specify exactly one of stateMachineArn and mapRunArn",
            fields={"reason": "MISSING_REQUIRED_PARAMETER"},
        )
    if request.get("statusFilter") == "PENDING_REDRIVE" and request.get("mapRunArn") is None:
        text = "The statusFilter PENDING_REDRIVE is of the children of a Map Run: specify mapRunArn"
        raise ServiceError("ValidationException", text, fields={"reason": "MISSING_REQUIRED_PARAMETER"})
