"""StartMessageMoveTask, CancelMessageMoveTask, ListMessageMoveTasks: dead letters go back, or to another queue.

    RUNNING -> COMPLETED | FAILED            RUNNING -> CANCELLING -> CANCELLED

The upkeep moves some messages in each commit (integrations.sqs.moves), so a task goes on after a crash where it was. A
task handle is the id of the task with the ARN of its source, in base64.
"""

import base64
from typing import Any

from engine import limits
from engine.contract import Caller, Transaction
from engine.jsontext import dumps
from integrations.sqs import message_store, move_store, queue_store
from integrations.sqs.books import gathering, queue_by_arn
from integrations.sqs.errors import invalid_parameter, invalid_value, no_resource, over_limit, unsupported
from integrations.sqs.move_store import CANCELLING, RUNNING, Move
from integrations.sqs.queue_store import Queue
from integrations.sqs.texts import is_text

Request = dict[str, Any]
Response = dict[str, Any]


def start_message_move_task(tx: Transaction, caller: Caller, request: Request) -> Response:
    """StartMessageMoveTask: one at a time for each source, which must be somebody's dead-letter queue."""
    source = _own_queue(tx, caller, request["SourceArn"], "source")
    rate = request.get("MaxNumberOfMessagesPerSecond")
    if rate is not None and not 1 <= rate <= limits.SQS_MOVES_PER_SECOND_MAX:
        reason = f"Must be between 1 and {limits.SQS_MOVES_PER_SECOND_MAX}, if provided."
        raise invalid_parameter(rate, "MaxNumberOfMessagesPerSecond", reason)
    target_arn = request.get("DestinationArn")
    if target_arn is not None:
        _check_target(source, _own_queue(tx, caller, target_arn, "destination"))
    if not queue_store.list_sources(tx.connection, source.arn, 1):
        raise invalid_value("Source queue must be configured as a Dead Letter Queue.")
    if any(move.status in (RUNNING, CANCELLING) for move in move_store.of_source(tx.connection, source.arn, 1)):
        raise invalid_value(
            "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
        )
    if move_store.count_active(tx.connection, caller.account, caller.region) >= limits.SQS_MOVES_ACTIVE_MAX:
        raise over_limit(f"At most {limits.SQS_MOVES_ACTIVE_MAX} message move tasks may run at once.")
    return {"TaskHandle": _add(tx, source, target_arn, rate)}


def _add(tx: Transaction, source: Queue, target_arn: str | None, rate: int | None) -> str:
    found, now_ms = gathering(tx), tx.moment.epoch_ms
    found.settle(tx.connection)
    names = {"taskId": tx.moment.uuid(), "sourceArn": source.arn}
    handle = base64.b64encode(dumps(names).encode()).decode()
    hidden = message_store.count_in_flight(tx.connection, source.bin, now_ms)
    hidden += message_store.count_delayed(tx.connection, source.bin, now_ms)
    move_store.add(
        tx.connection,
        handle=handle,
        source_arn=source.arn,
        target_arn=target_arn,
        account=source.address.account,
        region=source.address.region,
        rate=rate,
        started_ms=now_ms,
        to_move=max(message_store.count_all(tx.connection, source.bin) - hidden, 0),
        until_key=found.next_key(tx, now_ms),
    )
    return handle


def cancel_message_move_task(tx: Transaction, caller: Caller, request: Request) -> Response:
    """CancelMessageMoveTask: what was moved stays moved."""
    handle = request["TaskHandle"]
    move = move_store.by_handle(tx.connection, handle) if is_text(handle) else None
    if move is None or (move.account, move.region) != (caller.account, caller.region):
        raise no_resource("Task does not exist.")
    if move.status != RUNNING:
        raise unsupported("Only active tasks can be cancelled.")
    move_store.set_status(tx.connection, move, CANCELLING)
    return {"ApproximateNumberOfMessagesMoved": move.moved}


def list_message_move_tasks(tx: Transaction, caller: Caller, request: Request) -> Response:
    """ListMessageMoveTasks: the latest ones of a source, the newest first; one where MaxResults does not say more."""
    source = _own_queue(tx, caller, request["SourceArn"], "source")
    count = request.get("MaxResults")
    if count is not None and not 1 <= count <= limits.SQS_MOVES_SHOWN_MAX:
        reason = f"Must be between 1 and {limits.SQS_MOVES_SHOWN_MAX}, if provided."
        raise invalid_parameter(count, "MaxResults", reason)
    found = move_store.of_source(tx.connection, source.arn, count or 1)
    return {"Results": [_shown(move) for move in found]} if found else {}


def _shown(move: Move) -> Response:
    shown: Response = {
        "Status": move.status,
        "SourceArn": move.source_arn,
        "ApproximateNumberOfMessagesMoved": move.moved,
        "ApproximateNumberOfMessagesToMove": move.to_move,
        "StartedTimestamp": move.started_ms,
    }
    optional = {
        "TaskHandle": move.handle if move.status == RUNNING else None,
        "DestinationArn": move.target_arn,
        "MaxNumberOfMessagesPerSecond": move.rate,
        "FailureReason": move.reason,
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


def _own_queue(tx: Transaction, caller: Caller, arn: str, role: str) -> Queue:
    found = queue_by_arn(tx, arn)
    own = found is not None and (found.address.account, found.address.region) == (caller.account, caller.region)
    if found is None or not own:
        raise no_resource(f"The resource that you specified for the {_MEMBER[role]} parameter doesn't exist.")
    return found


_MEMBER = {"source": "SourceArn", "destination": "DestinationArn"}


def _check_target(source: Queue, target: Queue) -> None:
    if target.arn == source.arn:
        raise invalid_value("Source queue arn and destination queue arn cannot be the same.")
    if target.fifo != source.fifo:
        raise invalid_value("Source queue and destination queue must be of the same type.")
