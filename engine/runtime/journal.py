"""The journal of a batch: what the interpreter said, gathered, and written with one or two statements for each table.

The invariant: after `flush` the store says of every execution in it exactly what memory says. Events go as one page for
each execution; an execution that started and ended within the batch writes its row and its page, and no branch.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection

from engine import limits
from engine.core.execution import Phase
from engine.core.history import Event
from engine.core.map_run import ItemCounts, MapRun
from engine.core.remains import remains_texts
from engine.core.run import Step
from engine.core.snapshot import freeze
from engine.runtime.live import Live
from engine.store import branches, executions, history, map_runs, redrives, tasks

Row = dict[str, Any]

READY_AT = 0  # `wake_ms` of a branch that is READY to go on: due at once after a restart


@dataclass(slots=True)
class Entry:
    """What the batch did to one execution."""

    live: Live
    events: list[Event] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    removed: set[int] = field(default_factory=set)
    tasks: dict[int, Row] = field(default_factory=dict)  # branch -> row of a task that began
    answered: set[int] = field(default_factory=set)  # branches whose call was answered, though they wait on
    map_runs: dict[int, MapRun] = field(default_factory=dict)  # by key: those that have changed
    redriven: bool = False

    @property
    def moved(self) -> bool:
        """Whether its row is out of date. Not that of a parent which only counts children: its input may be long."""
        return bool(self.events or self.touched or self.removed)


class Journal:
    """Entries by execution key, in the order in which they were first touched."""

    def __init__(self) -> None:
        self._entries: dict[int, Entry] = {}

    def entry(self, live: Live) -> Entry:
        found = self._entries.get(live.key)
        if found is None:
            found = self._entries[live.key] = Entry(live)
        return found

    def record(self, live: Live, step: Step) -> Entry:
        entry = self.entry(live)
        entry.events += step.events
        entry.touched |= step.touched
        entry.removed |= step.removed
        entry.touched -= step.removed
        entry.removed -= step.touched  # taken up again by a redrive
        return entry

    def clear(self) -> None:
        self._entries.clear()

    @property
    def entries(self) -> list[Entry]:
        return list(self._entries.values())

    def flush(self, connection: Connection) -> None:
        entries = self._entries.values()
        executions.insert_many(connection, [_execution_row(e.live) for e in entries if not e.live.stored])
        executions.update_many(connection, [_execution_changes(e.live) for e in entries if e.live.stored and e.moved])
        self._flush_redrives(connection)
        history.append_many(connection, [_page_row(e) for e in entries if e.events])
        map_runs.upsert_many(connection, [_run_row(e.live, run) for e in entries for run in e.map_runs.values()])
        self._flush_branches(connection)
        self._flush_tasks(connection)

    def _flush_redrives(self, connection: Connection) -> None:
        """What is left of executions that end without success comes; that of executions that were redriven goes."""
        entries = self._entries.values()
        executions.redrive_many(connection, [_redrive(e.live) for e in entries if e.redriven and e.live.stored])
        redrives.delete_remains(connection, [e.live.key for e in entries if e.redriven])
        ended = [e.live for e in entries if e.live.execution.remains]
        redrives.put_remains(connection, [_remains_row(live) for live in ended])

    def _flush_branches(self, connection: Connection) -> None:
        gone, kept = [], []
        for entry in self._entries.values():
            live = entry.live
            gone += [(live.key, branch) for branch in entry.removed if branch in live.stored_branches]
            kept += [_branch_row(live, branch) for branch in sorted(entry.touched)]
        branches.delete_many(connection, gone)
        branches.upsert_many(connection, kept)

    def _flush_tasks(self, connection: Connection) -> None:
        gone, begun = [], []
        for entry in self._entries.values():
            live = entry.live
            finished = [branch for branch, attempt in live.stored_tasks.items() if is_over(entry, branch, attempt)]
            gone += [(live.key, branch) for branch in finished]
            begun += [row for branch, row in entry.tasks.items() if not is_over(entry, branch, row["attempt"])]
        tasks.delete_many(connection, gone)  # before: a branch may have a next attempt
        tasks.upsert_many(connection, begun)

    def settle(self) -> None:
        """The commit succeeded: the executions in memory know what the store has of them."""
        for entry in self._entries.values():
            live = entry.live
            live.stored = True
            live.stored_branches |= entry.touched
            live.stored_branches -= entry.removed
            for branch, attempt in list(live.stored_tasks.items()):
                if is_over(entry, branch, attempt):
                    del live.stored_tasks[branch]
            begun = {branch: row["attempt"] for branch, row in entry.tasks.items()}
            live.stored_tasks |= {
                branch: attempt for branch, attempt in begun.items() if not is_over(entry, branch, attempt)
            }


def is_over(entry: Entry, branch_id: int, attempt: int) -> bool:
    """Whether nobody waits for a task of this attempt any more."""
    branch = entry.live.execution.branches.get(branch_id)
    if branch is None or branch.phase is not Phase.TASK or branch.attempt != attempt:
        return True
    return branch_id in entry.answered


def task_row(
    live: Live, branch: int, attempt: int, kind: str, target: str, payload: str, now_ms: int, status: str = "PENDING"
) -> Row:
    """A row of engine.store.tasks."""
    return {
        "execution": live.key,
        "branch": branch,
        "attempt": attempt,
        "shard": live.shard,
        "kind": kind,
        "target": target,
        "status": status,
        "payload": payload,
        "created_ms": now_ms,
    }


def _execution_row(live: Live) -> Row:
    execution = live.execution
    return {
        "key": live.key,
        "shard": live.shard,
        "arn": execution.arn,
        "machine": live.machine_id,
        "revision": live.revision,
        "name": execution.name,
        "input": execution.input_text,
        "start_ms": execution.start_ms,
        "deadline_ms": execution.deadline_ms,
        "trace_header": live.trace_header,
        "version": live.version,
        "alias": live.alias,
        "awaited_by": " ".join(live.awaited_by) or None,
        "map_run": None if live.child_of is None else live.child_of.map_run,
        "item": None if live.child_of is None else live.child_of.index,
        "redrive_count": live.execution.redrive_count,
        "redrive_ms": live.execution.redrive_ms,
        "redrive_due": None,
        **_changes(live),
    }


def _execution_changes(live: Live) -> Row:
    return {"key": live.key, **_changes(live)}


def _changes(live: Live) -> Row:
    execution = live.execution
    return {
        "status": execution.status,
        "output": execution.output_text,
        "error": execution.error,
        "cause": execution.cause,
        "stop_ms": execution.stop_ms,
        "last_event": execution.last_event,
        "next_branch": execution.next_branch,
    }


def _redrive(live: Live) -> Row:
    execution = live.execution
    return {
        "key": live.key,
        "deadline_ms": execution.deadline_ms,
        "redrive_count": execution.redrive_count,
        "redrive_ms": execution.redrive_ms,
    }


def _remains_row(live: Live) -> tuple[int, int, list[str]]:
    execution = live.execution
    assert execution.stop_ms is not None
    expires_ms = execution.stop_ms + limits.REDRIVE_SECONDS_MAX * 1000
    return live.key, expires_ms, remains_texts(execution.remains)


def _run_row(live: Live, run: MapRun) -> Row:
    """Of a Map Run that `live` is the parent of."""
    return {
        "key": run.key,
        "arn": run.arn,
        "machine": live.machine_id,
        "parent": live.key,
        "branch": run.branch,
        "flow": run.flow,
        "status": run.status,
        "total": run.total,
        "concurrency": run.concurrency,
        "tolerated_count": run.tolerated_count,
        "tolerated_percentage": run.tolerated_percentage,
        "started": run.started,
        "succeeded": run.succeeded,
        "failed": run.failed,
        "timed_out": run.timed_out,
        "aborted": run.aborted,
        "result_bytes": run.result_bytes,
        "start_ms": run.start_ms,
        "stop_ms": run.stop_ms,
        "express": int(run.express),
        "writer": run.writer,
        "results_written": run.results_written,
        **_items_of(run),
        "reading": int(run.reading),
        "cursor": run.cursor,
        "consumed": run.consumed,
        "redrive_count": run.redrive_count,
        "redrive_ms": run.redrive_ms,
        "marked_after": run.marked_after,
        "pending_redrive": run.pending_redrive,
        "pending_items": run.pending_items,
    }


def _items_of(run: MapRun) -> Row:
    items = run.items or _NO_ITEMS
    return {
        "items_total": None if run.items is None else items.total,
        "items_started": items.started,
        "items_succeeded": items.succeeded,
        "items_failed": items.failed,
        "items_timed_out": items.timed_out,
        "items_aborted": items.aborted,
    }


_NO_ITEMS = ItemCounts()


def _page_row(entry: Entry) -> Row:
    events = entry.events
    return {
        "execution": entry.live.key,
        "first_event": events[0]["id"],
        "last_event": events[-1]["id"],
        "page": orjson.dumps(events),
    }


def _branch_row(live: Live, branch_id: int) -> Row:
    branch = live.execution.branches[branch_id]
    return {
        "execution": live.key,
        "branch": branch_id,
        "shard": live.shard,
        "wake_ms": READY_AT if branch.phase is Phase.READY else branch.wake_ms,
        "body": freeze(branch),
    }
