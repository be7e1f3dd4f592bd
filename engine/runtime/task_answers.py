"""Tasks that others do, within a batch: tokens answered, tasks of activities claimed.

A token says which attempt of which Task it is of; an answer to any other but the one that is waited for is stale.
"""

from typing import TYPE_CHECKING

from engine import limits
from engine.core.signals import ActivityStarted, Heartbeat, Signal, TaskFailed, TaskSucceeded
from engine.errors import ServiceError
from engine.jackson import describe
from engine.jsontext import JsonError, loads, size_bytes
from engine.runtime.protocol import ClaimedTask
from engine.runtime.tokens import TokenContent
from engine.store import tasks

if TYPE_CHECKING:
    from engine.runtime.transaction import BatchTransaction


def read_token(tx: "BatchTransaction", token: str) -> TokenContent:
    """Raises ServiceError InvalidToken for one that was never given."""
    content = tx.tokens.read(token)
    if content is None:
        raise ServiceError("InvalidToken", "Invalid Token: 'Invalid token'")
    return content


def succeeded(tx: "BatchTransaction", token: str, output: str) -> None:
    """SendTaskSuccess. Raises ServiceError InvalidToken, TaskTimedOut, InvalidOutput."""
    content = read_token(tx, token)
    if size_bytes(output) > limits.PAYLOAD_BYTES_MAX:
        raise ServiceError("InvalidOutput", "Invalid Output: 'Output exceeds the maximum size.'")
    try:
        value = loads(output)
    except JsonError:
        raise ServiceError("InvalidOutput", f"Invalid Output: '{describe(output).message}'") from None
    _answer(tx, content, TaskSucceeded(content.branch, content.attempt, value))


def failed(tx: "BatchTransaction", token: str, error: str | None, cause: str | None) -> None:
    """SendTaskFailure. Raises ServiceError InvalidToken, TaskTimedOut."""
    content = read_token(tx, token)
    _answer(tx, content, TaskFailed(content.branch, content.attempt, error, cause))


def heartbeat(tx: "BatchTransaction", token: str) -> None:
    """SendTaskHeartbeat. Raises ServiceError InvalidToken, TaskTimedOut."""
    content = read_token(tx, token)
    _answer(tx, content, Heartbeat(content.branch, content.attempt))


def _answer(tx: "BatchTransaction", content: TokenContent, signal: Signal) -> None:
    if not tx.post(content.key, signal):
        raise ServiceError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")


def claim(tx: "BatchTransaction", activity_arn: str, worker_name: str | None) -> ClaimedTask | None:
    """The oldest task of an activity that waits for a worker, which has it from now on."""
    while (row := tasks.oldest_pending(tx.connection, activity_arn)) is not None:
        accepted = tx.post(row.execution, ActivityStarted(row.branch, row.attempt, worker_name))
        if accepted and tx.live(row.execution) is not None:  # it ends where its machine is being deleted
            tasks.set_status(tx.connection, row.execution, row.branch, "STARTED")
            return ClaimedTask(tx.tokens.make(row.execution, row.branch, row.attempt), row.payload)
        # What it was for has ended earlier in this very batch.
        tasks.delete_many(tx.connection, [(row.execution, row.branch)])
    return None
