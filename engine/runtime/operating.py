"""What an operator asks of a batch: what an execution waits for, and to forget everything."""

from typing import TYPE_CHECKING, Any

from engine.asl.model import TaskState
from engine.core.execution import Branch, Phase
from engine.runtime.live import Live
from engine.store import purge
from engine.store.rows import ExecutionRow

if TYPE_CHECKING:
    from engine.runtime.transaction import BatchTransaction


def waiting_tasks(tx: "BatchTransaction", row: ExecutionRow) -> list[dict[str, Any]]:
    """What an execution waits for others to do, with the tokens that answer it."""
    live = tx.live(row.key)
    if live is None:
        return []
    waiting = [branch for branch in live.execution.branches.values() if branch.phase is Phase.TASK]
    return [_waiting_task(tx, live, branch) for branch in waiting]


def _waiting_task(tx: "BatchTransaction", live: Live, branch: Branch) -> dict[str, Any]:
    state = live.execution.machine.flows[branch.flow].states[branch.state]
    return {
        "stateName": branch.state,
        "resource": state.resource.arn if isinstance(state, TaskState) else None,
        "since": branch.entered_ms / 1000,
        "timeoutAt": None if branch.timeout_ms is None else branch.timeout_ms / 1000,
        "taskToken": tx.tokens.make(live.key, branch.id, branch.attempt),
    }


def reset(tx: "BatchTransaction") -> None:
    """Remove everything that users made, this batch's part included."""
    tx.journal.flush(tx.connection)
    tx.journal.clear()
    tx.services.flush()
    tx.memories.forget()
    purge.everything(tx.connection, tx.extensions.tables)
    for live in tx.lives:
        tx.after.cancelled += [(live.key, branch, attempt) for branch, attempt in live.stored_tasks.items()]
    tx.lives.clear()
    tx.started.clear()
    tx.directory.reload(tx.connection)
    tx.after.calls.clear()
