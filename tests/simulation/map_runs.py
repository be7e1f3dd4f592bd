"""What must be true of Map Runs in the end: counters, children, results; and the histories of Standard children."""

import json
from collections import Counter
from typing import Any

from sqlalchemy import Connection, select

from engine.core.map_run import is_express_arn
from engine.core.result_writer import MANIFEST, read_writing
from engine.store import executions, history, map_runs
from engine.store.rows import ExecutionRow, MapRunRow
from engine.store.tables import map_runs as runs_table
from tests.core.wellformed import check_history

Event = dict[str, Any]

PAGES_MAX = 10_000
CHILDREN_MAX = 1_000
_RUN_KEYS = select(runs_table.c.key).order_by(runs_table.c.key)


def judge_runs(connection: Connection, objects: dict[str, bytes], histories: dict[str, list[Event]]) -> int:
    """Every run is over as its children are; their histories are added. How many Express children there are."""
    express = 0
    for key in connection.execute(_RUN_KEYS).scalars().all():
        run = map_runs.by_key(connection, key)
        assert run is not None
        children = executions.children_page(connection, key, None, None, CHILDREN_MAX)
        _judge_counters(run, children)
        if run.writer is not None:
            _judge_results(run, children, objects)
        for child in children:
            assert is_express_arn(child.arn) == bool(run.express)
            if run.express:
                express += 1
            else:
                histories[child.arn] = history_of(connection, child)
                check_history(histories[child.arn], child.status)
    return express


def _judge_counters(run: MapRunRow, children: list[ExecutionRow]) -> None:
    assert run.status != "RUNNING", f"{run.arn} still runs"
    ended = Counter(child.status for child in children)
    assert ended["RUNNING"] == 0, f"children of {run.arn} run though it is over"
    shown = {"SUCCEEDED": run.succeeded, "FAILED": run.failed, "TIMED_OUT": run.timed_out, "ABORTED": run.aborted}
    unbegun = run.started - len(children)  # it was over before these began, which counts as aborted
    assert Counter(shown) == ended + Counter(ABORTED=unbegun), (shown, ended)
    items = [child.item for child in children]
    assert len(set(items)) == len(items), f"an item of {run.arn} has two children"
    assert run.status != "SUCCEEDED" or (unbegun, len(items)) == (0, run.total), f"{run.arn} has lost items"


def _judge_results(run: MapRunRow, children: list[ExecutionRow], objects: dict[str, bytes]) -> None:
    assert run.writer is not None
    manifest = objects.get(read_writing(run.writer).key(run.arn, MANIFEST))
    assert manifest is not None, f"the results of {run.arn} were not written"
    files = json.loads(manifest)["ResultFiles"]
    written = [
        record for group in ("SUCCEEDED", "FAILED") for file in files[group] for record in _records(objects, file)
    ]
    found = sorted((record["ExecutionArn"], record["Status"]) for record in written)
    assert found == sorted((child.arn, child.status) for child in children), f"other results of {run.arn} are written"
    assert run.results_written == len(children)


def _records(objects: dict[str, bytes], file: dict[str, Any]) -> list[dict[str, Any]]:
    body = objects[file["Key"]]
    assert len(body) == file["Size"]
    records: list[dict[str, Any]] = json.loads(body)
    return records


def history_of(connection: Connection, row: ExecutionRow) -> list[Event]:
    """The events of all pages, which follow each other without a gap up to the execution's last event."""
    events: list[Event] = []
    for page in history.pages(connection, row.key, None, PAGES_MAX, False):
        found = json.loads(page.page)
        assert page.first_event == len(events) + 1 == found[0]["id"], f"the pages of {row.arn} have a gap"
        events += found
        assert page.last_event == events[-1]["id"]
    assert events[-1]["id"] == row.last_event
    return events
