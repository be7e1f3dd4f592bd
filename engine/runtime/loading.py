"""An execution from the store, as it was at its last commit."""

from typing import Any

from sqlalchemy import Connection

from engine.asl.model import Machine
from engine.core.execution import Execution
from engine.core.snapshot import relink, restore
from engine.errors import InvariantError
from engine.jsontext import loads
from engine.runtime.live import Live
from engine.runtime.log_settings import log_settings
from engine.store import branches, tasks
from engine.store.rows import ExecutionRow, RevisionRow

NOT_READ = object()

# Kinds of tasks.
LOCAL = "LOCAL"  # a call that was put off to a next batch
NESTED = "NESTED"  # an execution of its own


def machine_arn_of(execution_arn: str) -> str:
    """The ARN of the machine that an execution is of: the two share all but the kind and the last part."""
    parts = execution_arn.split(":")
    return ":".join([*parts[:5], "stateMachine", parts[6]])


def new_execution(
    *,
    arn: str,
    name: str,
    machine: Machine,
    role_arn: str,
    input_text: str,
    value: Any = NOT_READ,
    start_ms: int,
    deadline_ms: int,
    express: bool = False,
    version: int | None = None,
    alias: str | None = None,
) -> Execution:
    """An execution that has not begun. `version`, `alias`: what of the machine was named when it was started.

    `value` is that of `input_text`, where it is known already.
    """
    if value is NOT_READ:
        value = loads(input_text)
    machine_arn = machine_arn_of(arn)
    return Execution(
        arn=arn,
        name=name,
        machine=machine,
        machine_arn=machine_arn,
        machine_name=machine_arn.rpartition(":")[2],
        role_arn=role_arn,
        input=value,
        input_text=input_text,
        start_ms=start_ms,
        deadline_ms=deadline_ms,
        express=express,
        version_arn=None if version is None else f"{machine_arn}:{version}",
        alias_arn=None if alias is None else f"{machine_arn}:{alias}",
    )


def load_live(connection: Connection, row: ExecutionRow, revision: RevisionRow, machine: Machine) -> Live:
    """A running execution with its branches and tasks."""
    live = _without_branches(row, revision, machine)
    execution = live.execution
    for stored in branches.of_execution(connection, row.key):
        execution.branches[stored.branch] = restore(stored.branch, stored.wake_ms or None, stored.body)
    if 0 not in execution.branches:
        raise InvariantError(f"{row.arn} runs and has no root branch")
    relink(execution)
    found = tasks.of_execution(connection, row.key)
    live.stored_branches = set(execution.branches)
    live.stored_tasks = {task.branch: task.attempt for task in found if task.branch >= 0}
    live.awaited_by = tuple(row.awaited_by.split()) if row.awaited_by is not None else ()
    live.children = {task.branch: (task.attempt, int(task.payload)) for task in found if task.kind == NESTED}
    return live


def load_ended(row: ExecutionRow, revision: RevisionRow, machine: Machine) -> Live:
    """An execution that has ended: its branches are gone."""
    live = _without_branches(row, revision, machine)
    live.execution.status, live.execution.stop_ms = row.status, row.stop_ms
    return live


def _without_branches(row: ExecutionRow, revision: RevisionRow, machine: Machine) -> Live:
    execution = new_execution(
        arn=row.arn,
        name=row.name,
        machine=machine,
        role_arn=revision.role_arn,
        input_text=row.input,
        start_ms=row.start_ms,
        deadline_ms=row.deadline_ms,
        version=row.version,
        alias=row.alias,
    )
    execution.last_event, execution.next_branch = row.last_event, row.next_branch
    execution.redrive_count, execution.redrive_ms = row.redrive_count, row.redrive_ms
    return Live(
        key=row.key,
        shard=row.shard,
        machine_id=row.machine,
        revision=row.revision,
        trace_header=row.trace_header,
        execution=execution,
        stored=True,
        version=row.version,
        alias=row.alias,
        logging=log_settings(revision.logging),
    )


def execution_row(live: Live) -> ExecutionRow:
    """What the store will say of an execution when the open batch is committed."""
    execution = live.execution
    return ExecutionRow(
        key=live.key,
        shard=live.shard,
        arn=execution.arn,
        machine=live.machine_id,
        revision=live.revision,
        name=execution.name,
        status=execution.status,
        input=execution.input_text,
        output=execution.output_text,
        error=execution.error,
        cause=execution.cause,
        start_ms=execution.start_ms,
        stop_ms=execution.stop_ms,
        deadline_ms=execution.deadline_ms,
        last_event=execution.last_event,
        next_branch=execution.next_branch,
        trace_header=live.trace_header,
        version=live.version,
        alias=live.alias,
        awaited_by=" ".join(live.awaited_by) or None,
        map_run=None if live.child_of is None else live.child_of.map_run,
        item=None if live.child_of is None else live.child_of.index,
        redrive_count=execution.redrive_count,
        redrive_ms=execution.redrive_ms,
    )
