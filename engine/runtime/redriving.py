"""Redriving in a batch: an execution that ended without success is made live again from what is left of it.

    the end: Execution.remains -> `remains` (the journal)      a redrive: `remains` -> Live, Redriven -> branches

Both are written in the commit of what causes them, so that a crash leaves the one or the other. An execution may end
and be redriven in one batch: then what is left of it is in memory still.
"""

from typing import TYPE_CHECKING

from engine import limits
from engine.contract import Transaction, Upkeep
from engine.core.map_run import MapRun
from engine.core.remains import read_remains, remains_texts
from engine.core.signals import Redriven, Signal
from engine.errors import InvariantError
from engine.runtime.live import Live
from engine.runtime.loading import load_ended
from engine.runtime.map_runs import adopt, restored
from engine.store import executions, map_runs, redrives
from engine.store.rows import ExecutionRow

if TYPE_CHECKING:
    from engine.runtime.transaction import BatchTransaction


def keeps_remains(tx: "BatchTransaction", row: ExecutionRow) -> bool:
    ended = _ended_here(tx, row)
    return bool(ended.execution.remains) if ended is not None else redrives.has_remains(tx.connection, row.key)


def redrive_execution(tx: "BatchTransaction", row: ExecutionRow, token: str | None) -> int:
    """RedriveExecution; returns when. `token`: the client's, noted with it."""
    live = _ended_here(tx, row) or load_ended(row, *tx.what_runs(row))
    now_ms = tx.moment.epoch_ms
    if token is not None:
        redrives.put_token(tx.connection, row.key, token, now_ms, limits.REDRIVE_TOKENS_MAX)
    live.awaited_by = ()  # the Tasks that waited know how it ended
    tx.advancing.signal(live, _taken_up(tx, live))
    return now_ms


def redriven_child(tx: "BatchTransaction", key: int) -> tuple[Live, Signal]:
    """A child of a Map Run that ended without success, and the signal that takes it up again."""
    row = executions.by_key(tx.connection, key)
    if row is None or row.map_run is None:
        raise InvariantError(f"the execution {key} is no child of a Map Run")
    live = load_ended(row, *tx.what_runs(row))
    adopt(tx.connection, live, row.map_run, row.item or 0)
    return live, _taken_up(tx, live)


def _ended_here(tx: "BatchTransaction", row: ExecutionRow) -> Live | None:
    """An execution that has ended in this very batch."""
    live = tx.started.get(row.arn) or tx.lives.get(row.key)
    return live if live is not None and live.execution.status != "RUNNING" else None


def _taken_up(tx: "BatchTransaction", live: Live) -> Redriven:
    """The execution is live again, by this signal."""
    tx.lives.put(live)
    tx.journal.entry(live).redriven = True
    texts = remains_texts(live.execution.remains) or redrives.remains_of(tx.connection, live.key)
    remnants = list(read_remains(texts))
    if not remnants:
        raise InvariantError(f"nothing is left of {live.execution.arn}")
    for remnant in remnants:
        if remnant.map_run and remnant.branch.join is not None:
            remnant.branch.join.map_run = _ended_run(tx, remnant.map_run)
    return Redriven(tuple(remnant.branch for remnant in remnants))


def _ended_run(tx: "BatchTransaction", key: int) -> MapRun:
    """A Map Run that is over, as this batch or the store has it."""
    here = (entry.map_runs[key] for entry in tx.journal.entries if key in entry.map_runs)
    if (run := next(here, None)) is not None:
        return run
    row = map_runs.by_key(tx.connection, key)
    if row is None:
        raise InvariantError(f"the Map Run {key} is gone")
    return restored(row)


def forget_expired(tx: Transaction) -> bool:
    """Housekeeping: what no redrive needs any more goes, so much at once."""
    now_ms = tx.moment.epoch_ms
    redrives.forget_tokens(tx.connection, now_ms - limits.REDRIVE_TOKEN_SECONDS * 1000)
    return redrives.forget_expired(tx.connection, now_ms, limits.REMAINS_FORGOTTEN_AT_ONCE) > 0


UPKEEP = Upkeep(every_seconds=limits.REMAINS_CHECK_SECONDS, run=forget_expired)
