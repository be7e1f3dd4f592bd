"""The end of a batch, before its commit: what it gathered is written, and what is to follow the commit is noted."""

from typing import TYPE_CHECKING

from engine import limits
from engine.runtime.after import DEADLINE
from engine.runtime.journal import is_over
from engine.runtime.publishing import publish_entries
from engine.store import express_starts, machines, purge

if TYPE_CHECKING:
    from engine.runtime.transaction import BatchTransaction


def write(tx: "BatchTransaction") -> None:
    """The journal, then what builds on it: Map Runs, histories for those who asked for them, what services gathered."""
    tx.journal.flush(tx.connection)
    tx.advancing.map_results.flush()
    tx.advancing.map_children.flush()
    publish_entries(tx, tx.extensions.sinks, tx.journal.entries)
    tx.services.flush()


def note_what_follows(tx: "BatchTransaction") -> None:
    _note_timers(tx)
    _drop_superseded_calls(tx)
    _remove_deleted_machines(tx)


def _note_timers(tx: "BatchTransaction") -> None:
    horizon_ms = tx.moment.epoch_ms + limits.TIMER_HORIZON_SECONDS * 1000
    timers = tx.after.timers
    for entry in tx.journal.entries:
        live, execution = entry.live, entry.live.execution
        if execution.status != "RUNNING":
            continue
        if (entry.redriven or not live.stored) and execution.deadline_ms <= horizon_ms:
            timers.append((execution.deadline_ms, live.key, DEADLINE))
        for branch_id in entry.touched:
            wake_ms = execution.branches[branch_id].wake_ms
            if wake_ms is not None and wake_ms <= horizon_ms:
                timers.append((wake_ms, live.key, branch_id))


def _drop_superseded_calls(tx: "BatchTransaction") -> None:
    """A call that was begun and cancelled within this batch was never sent, and must not be."""
    entries = {entry.live.key: entry for entry in tx.journal.entries}
    tx.after.calls = [due for due in tx.after.calls if not is_over(entries[due.key], due.branch, due.attempt)]


def _remove_deleted_machines(tx: "BatchTransaction") -> None:
    """A deleted machine goes when its last running execution has ended, and its executions with it.

    Those of Express run to their ends, as on AWS, after a crash too: until then what they run is kept.
    """
    for machine in machines.drained(tx.connection) if tx.directory.deleting else ():
        if machine.type == "EXPRESS" and express_starts.any_of_machine(tx.connection, machine.id):
            continue
        if purge.executions_of_machine(tx.connection, machine.id, limits.PURGED_PER_BATCH_MAX):
            tx.after.purging = True
        else:
            machines.delete(tx.connection, machine.id)
            tx.directory.end_deletion(machine.id)
