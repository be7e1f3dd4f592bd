"""What the shell feeds into batches for Map Runs: more children to begin or to stop, ends, results that were written.

Made and fed as engine.runtime.happenings says.
"""

from engine.contract import Recorded
from engine.core.distributed import awaits, map_run_of
from engine.runtime.express_child import ChildOutcome, ExpressChild
from engine.runtime.happenings import fed
from engine.runtime.publishing import publish_one
from engine.runtime.transaction import BatchTransaction


@fed
def continue_map_run(tx: BatchTransaction, key: int, branch_id: int, run_key: int) -> None:
    """More children of a Map Run, which were left to this batch; or its end, of which a restart lost sight."""
    live = tx.live(key)
    branch = None if live is None else live.execution.branches.get(branch_id)
    if live is None or branch is None or not awaits(branch, run_key):
        return
    run = map_run_of(branch)
    if run.marked_after is not None:
        tx.advancing.map_children.redriven.mark(live, branch_id, run)
    elif run.complete:
        tx.advancing.map_results.finish(live, branch_id, run)
    else:
        tx.advancing.map_children.make_room(live, branch_id, run)
    tx.advancing.settle()


@fed
def stop_children(tx: BatchTransaction, run_key: int) -> None:
    """Children of a Map Run that is over, which were left to this batch."""
    tx.advancing.map_children.stop(run_key)
    tx.advancing.settle()


@fed
def express_child_ended(tx: BatchTransaction, child: ExpressChild, outcome: ChildOutcome, one: Recorded | None) -> None:
    """An Express child of a Map Run ran to its end: it never runs again."""
    if tx.advancing.map_children.express_ended(child, outcome) and one is not None:
        publish_one(tx, tx.extensions.sinks, one)
    tx.advancing.settle()


@fed
def results_exported(tx: BatchTransaction, run_key: int, redrive: int, count: int, cause: str | None) -> None:
    """A Map Run's ResultWriter is done: what it wrote, or why it could not."""
    tx.advancing.map_results.exported(run_key, redrive, count, cause)
