"""An Express child of a Map Run as data: its row, what it takes to run it, how it ended."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from sqlalchemy import Connection

from engine.core.effects import StartChild
from engine.core.execution import Execution
from engine.core.map_run import express_child_arn, is_express_arn
from engine.jsontext import size_bytes
from engine.moment import Moment
from engine.runtime.keys import KeyMaker, shard_of
from engine.runtime.live import Live
from engine.runtime.map_runs import items_of_child
from engine.store import executions, machines, map_runs
from engine.store.rows import ExecutionRow, MapRunRow, RevisionRow

# The store looks for no deadline of theirs: their time begins when they run in memory.
NO_DEADLINE_MS = 2**62


def express_row(parent: Live, effect: StartChild, keys: KeyMaker, moment: Moment) -> dict[str, Any]:
    """The row of a child that runs the Map's processor for one item; RUNNING, though not yet run."""
    run, name = effect.map_run, moment.ordered_uuid()
    arn = express_child_arn(run.arn, name, moment.uuid())
    shard = shard_of(arn)
    return {
        "key": keys.next(shard, moment.epoch_ms),
        "shard": shard,
        "arn": arn,
        "machine": parent.machine_id,
        "revision": parent.revision,
        "name": name,
        "status": "RUNNING",
        "input": effect.input_text,
        "output": None,
        "error": None,
        "cause": None,
        "start_ms": moment.epoch_ms,
        "stop_ms": None,
        "deadline_ms": NO_DEADLINE_MS,
        "last_event": 0,
        "next_branch": 0,
        "trace_header": None,
        "version": None,
        "alias": None,
        "awaited_by": None,
        "map_run": run.key,
        "item": effect.index,
        "redrive_count": 0,
        "redrive_ms": None,
        "redrive_due": None,
    }


@dataclass(frozen=True, slots=True)
class ExpressChild:
    """A child that is to run: what of its row, its Map Run and its revision that takes."""

    key: int
    arn: str
    name: str
    input_text: str
    map_run: int
    parent: int  # key of the execution whose `branch` the run is of
    branch: int
    flow: int
    revision: int
    definition: str
    role_arn: str
    logging: str
    items: int = 1  # in its input


@dataclass(frozen=True, slots=True)
class ChildOutcome:
    """How a child ended."""

    status: str
    output: str | None
    error: str | None
    cause: str | None
    stop_ms: int | None  # None: when that is noted

    @property
    def output_bytes(self) -> int:
        return 0 if self.output is None else size_bytes(self.output)


def load_children(connection: Connection, keys: Iterable[int]) -> list[ExpressChild]:
    """The children with these keys that still have to run, in the order of the keys."""
    find_run = cache(partial(map_runs.by_key, connection))
    find_revision = cache(partial(machines.revision, connection))
    found = []
    for key in keys:
        row = executions.by_key(connection, key)
        if row is None or row.map_run is None or row.status != "RUNNING" or not is_express_arn(row.arn):
            continue
        run, revision = find_run(row.map_run), find_revision(row.revision)
        if run is not None and revision is not None:
            found.append(_child(row, run, revision))
    return found


def _child(row: ExecutionRow, run: MapRunRow, revision: RevisionRow) -> ExpressChild:
    return ExpressChild(
        key=row.key,
        arn=row.arn,
        name=row.name,
        input_text=row.input,
        map_run=run.key,
        parent=run.parent,
        branch=run.branch,
        flow=run.flow,
        revision=revision.id,
        definition=revision.definition,
        role_arn=revision.role_arn,
        logging=revision.logging,
        items=items_of_child(run, row.input),
    )


def outcome_of(execution: Execution) -> ChildOutcome:
    return ChildOutcome(
        status=execution.status,
        output=execution.output_text,
        error=execution.error,
        cause=execution.cause,
        stop_ms=execution.stop_ms,
    )
