"""Redriving in a batch: an execution that ended without success is made live again from what is left of it.

    the end: Execution.remains -> `remains` (the journal)      a redrive: `remains` -> Live, Redriven -> branches

Both are written in the commit of what causes them, so that a crash leaves the one or the other. An execution may end
and be redriven in one batch: then what is left of it is in memory still.
"""

from collections.abc import Callable

from sqlalchemy import Connection

from engine import limits
from engine.asl.model import Machine
from engine.contract import Transaction, Upkeep
from engine.core.map_run import MapRun
from engine.core.remains import read_remains, remains_texts
from engine.core.signals import Redriven
from engine.errors import InvariantError
from engine.runtime.live import Live
from engine.runtime.loading import new_execution
from engine.runtime.log_settings import log_settings
from engine.store import redrives
from engine.store.rows import ExecutionRow, RevisionRow


def load_ended(row: ExecutionRow, revision: RevisionRow, machine: Machine) -> Live:
    """An execution that has ended, without its branches."""
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
    execution.status, execution.stop_ms = row.status, row.stop_ms
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


def redriven(connection: Connection, live: Live, ended_run: Callable[[int], MapRun]) -> Redriven:
    """The signal that takes the execution up again. `ended_run`: its Map Run with a key."""
    texts = remains_texts(live.execution.remains) or redrives.remains_of(connection, live.key)
    remnants = list(read_remains(texts))
    if not remnants:
        raise InvariantError(f"nothing is left of {live.execution.arn}")
    for remnant in remnants:
        if remnant.map_run and remnant.branch.join is not None:
            remnant.branch.join.map_run = ended_run(remnant.map_run)
    return Redriven(tuple(remnant.branch for remnant in remnants))


def forget_expired(tx: Transaction) -> bool:
    """Housekeeping: what no redrive needs any more goes, so much at once."""
    now_ms = tx.moment.epoch_ms
    redrives.forget_tokens(tx.connection, now_ms - limits.REDRIVE_TOKEN_SECONDS * 1000)
    return redrives.forget_expired(tx.connection, now_ms, limits.REMAINS_FORGOTTEN_AT_ONCE) > 0


UPKEEP = Upkeep(every_seconds=limits.REMAINS_CHECK_SECONDS, run=forget_expired)
