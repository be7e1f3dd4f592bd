"""From a QueueUrl to the queue, and whether the caller may do with it what it asks."""

from engine.contract import Caller, Transaction
from engine.errors import ServiceError
from integrations.sqs.books import Books, books
from integrations.sqs.errors import no_queue
from integrations.sqs.names import read_url
from integrations.sqs.policies import allows
from integrations.sqs.queue_store import Queue

OWNER_ONLY = ""  # for operations that no policy can give to others


def existing(tx: Transaction, caller: Caller, url: str, action: str = OWNER_ONLY) -> Queue:
    """The queue that a QueueUrl names. Raises QueueDoesNotExist, InvalidAddress, AccessDeniedException."""
    return existing_in(books(tx), tx, caller, url, action)


def existing_in(known: Books, tx: Transaction, caller: Caller, url: str, action: str) -> Queue:
    """As `existing`, for who has the books open already."""
    key = url, caller.account, caller.region
    queue = known.urls.get(key)
    if queue is None:
        queue = known.queue(tx.connection, read_url(caller, url))
        if queue is not None:
            known.remember_url(key, queue)
    return permitted(caller, queue, action)


def permitted(caller: Caller, queue: Queue | None, action: str) -> Queue:
    """A queue of another account is there for who may use it."""
    if queue is None:
        raise no_queue()
    if queue.address.account == caller.account:
        return queue
    if action == OWNER_ONLY or not allows(queue.attributes.get("Policy"), caller, action, queue.arn):
        text = f"Access to the resource {queue.arn} is denied."
        raise ServiceError("AccessDeniedException", text, 403)
    return queue
