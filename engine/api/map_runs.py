"""DescribeMapRun, ListMapRuns, UpdateMapRun: the runs of distributed Maps.

Without an ItemBatcher a child has one item, so that both groups of counters say the same. While an ItemReader reads,
the totals grow: items are counted as they are read, and children of several items as they begin.
"""

from engine.api import arns, resources
from engine.api.paging import read_page
from engine.api.resources import Request, Response
from engine.api.times import seconds
from engine.contract import Caller
from engine.errors import ServiceError
from engine.runtime.protocol import EngineTransaction, ReadTransaction
from engine.store import failed_children, map_runs
from engine.store.rows import ExecutionRow, MapRunRow

UNSUCCESSFUL = frozenset({"FAILED", "TIMED_OUT", "ABORTED"})


def find(tx: ReadTransaction | EngineTransaction, caller: Caller, text: str) -> MapRunRow:
    """The Map Run with this ARN. Raises InvalidArn or ResourceNotFound."""
    arn = arns.parse(text, arns.MAP_RUN)
    row = map_runs.by_arn(tx.connection, text) if arn.belongs_to(caller) else None
    if row is None:
        raise resources.not_found(text)
    return row


def describe_map_run(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """DescribeMapRun: its limits, and how many of its items and children are how far."""
    row = find(tx, caller, request["mapRunArn"])
    counts = _counts(tx, row)
    answer: Response = {
        "mapRunArn": row.arn,
        "executionArn": map_runs.parent_arn(tx.connection, row.parent),
        "status": row.status,
        "startDate": seconds(row.start_ms),
        "maxConcurrency": row.concurrency,
        "toleratedFailurePercentage": row.tolerated_percentage,
        "toleratedFailureCount": row.tolerated_count,
        "itemCounts": counts if row.items_total is None else counts | _item_counts(row, row.items_total),
        "executionCounts": counts,
        "redriveCount": row.redrive_count,
    }
    if row.redrive_ms is not None:
        answer["redriveDate"] = seconds(row.redrive_ms)
    if row.stop_ms is not None:
        answer["stopDate"] = seconds(row.stop_ms)
    return answer


def is_pending(run: MapRunRow, child: ExecutionRow) -> bool:
    """Whether a child that ended without success waits for the redrive of its run."""
    return run.status == "RUNNING" and child.redrive_due == run.redrive_count and child.status in UNSUCCESSFUL


def _counts(tx: ReadTransaction, row: MapRunRow) -> dict[str, int]:
    """Of children; those that wait for their redrive are not counted as they ended."""
    due = failed_children.due_by_status(tx.connection, row.key, row.redrive_count) if row.pending_redrive else {}
    unsuccessful = row.failed + row.timed_out + row.aborted
    final = 0
    if unsuccessful and not row.express:
        final = failed_children.count_final(tx.connection, row.key, tx.moment.epoch_ms)
    ended = row.succeeded + row.failed + row.timed_out + row.aborted
    return {
        "pending": row.total - row.started,
        "running": row.started - ended,
        "succeeded": row.succeeded,
        "failed": row.failed - due.get("FAILED", 0),
        "timedOut": row.timed_out - due.get("TIMED_OUT", 0),
        "aborted": row.aborted - due.get("ABORTED", 0),
        "total": row.total,
        "resultsWritten": row.results_written,
        "failuresNotRedrivable": final,
        "pendingRedrive": row.pending_redrive,
    }


def _item_counts(row: MapRunRow, total: int) -> dict[str, int]:
    """What differs where a child has several items."""
    ended = row.items_succeeded + row.items_failed + row.items_timed_out + row.items_aborted
    return {
        "pending": total - row.items_started,
        "running": row.items_started - ended,
        "succeeded": row.items_succeeded,
        "failed": row.items_failed,
        "timedOut": row.items_timed_out,
        "aborted": row.items_aborted,
        "total": total,
        "resultsWritten": ended if row.results_written else 0,
    }


def list_map_runs(tx: ReadTransaction, caller: Caller, request: Request) -> Response:
    """ListMapRuns of an execution, the newest first."""
    execution = resources.execution(tx, caller, request["executionArn"])
    page = read_page(tx, request, "ListMapRuns", execution.arn)
    rows = map_runs.page_of(tx.connection, execution.key, page.cursor, page.size + 1)
    answer: Response = {"mapRuns": [_summary(execution.arn, row) for row in rows[: page.size]]}
    if len(rows) > page.size:
        answer["nextToken"] = page.token(rows[page.size - 1].key)
    return answer


def _summary(execution: str, row: MapRunRow) -> Response:
    summary: Response = {
        "executionArn": execution,
        "mapRunArn": row.arn,
        "stateMachineArn": arns.labelled_machine_of(row.arn),
        "startDate": seconds(row.start_ms),
    }
    if row.stop_ms is not None:
        summary["stopDate"] = seconds(row.stop_ms)
    return summary


def update_map_run(tx: EngineTransaction, caller: Caller, request: Request) -> Response:
    """UpdateMapRun: while it runs, how many at once and how many failures it tolerates."""
    row = find(tx, caller, request["mapRunArn"])
    concurrency = request.get("maxConcurrency")
    count, percentage = request.get("toleratedFailureCount"), request.get("toleratedFailurePercentage")
    if concurrency is None and count is None and percentage is None:
        raise ServiceError(
            "ValidationException",
            "Must specify at least one of maxConcurrency, toleratedFailureCount and toleratedFailurePercentage",
            fields={"reason": "MISSING_REQUIRED_PARAMETER"},
        )
    if not tx.update_map_run(row, concurrency, count, percentage):
        raise ServiceError(
            "ValidationException",
            f"Map Run cannot be updated because it has completed: '{row.arn}'",
            fields={"reason": "CANNOT_UPDATE_COMPLETED_MAP_RUN"},
        )
    return {}
