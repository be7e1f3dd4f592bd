"""Replays: archived messages of a FIFO topic sent once more to one subscription, a bounded number in each commit.

    ReplayPolicy set -> Pending (until the subscription is confirmed) -> In progress -> Completed, or Failed

What drives a replay is a row of the outbox that delivers nothing: it is made after each commit, and `step` is what is
done when it was. So a replay goes on after a crash where its last commit left it, and sends each message once.
"""

from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from engine import limits
from engine.contract import Caller, Transaction
from engine.store.statements import upsert_row
from integrations.sns import archive, store
from integrations.sns.directory import target
from integrations.sns.errors import invalid, limit_exceeded
from integrations.sns.fan_out import fan_out
from integrations.sns.letters import Published
from integrations.sns.store import Subscription, Topic
from integrations.sns.subscription_attributes import replay_window
from integrations.sns.tables import replays

KIND = "sns:replay"
_ID_CHARS = 100
PENDING, RUNNING, COMPLETED, FAILED = "Pending", "In progress", "Completed", "Failed"

_PUT = upsert_row(replays)
_OF = replays.c.subscription == bindparam("subscription_id")
_FIND = select(replays).where(_OF)
_DELETE = delete(replays).where(_OF)
_STATUS = update(replays).where(_OF).values(status=bindparam("now"))
_NEXT = update(replays).where(_OF).values(next_id=bindparam("following"))


def start(tx: Transaction, topic: Topic, found: Subscription) -> None:
    """The subscription has a new ReplayPolicy. Raises InvalidParameter where the topic has no archive of that time."""
    begin_ms, end_ms = replay_window(found.attributes["ReplayPolicy"])
    if topic.archive_since_ms is None:
        raise invalid("ReplayPolicy: the topic has no archive policy")
    if begin_ms > tx.moment.epoch_ms:
        raise invalid("ReplayPolicy: StartingPoint must not be in the future")
    row = {
        "subscription": found.id,
        "topic": topic.id,
        "next_id": 0,
        "from_ms": begin_ms,
        "until_ms": tx.moment.epoch_ms if end_ms is None else min(end_ms, tx.moment.epoch_ms),
        "status": PENDING if found.pending else RUNNING,
    }
    _PUT.one(tx.connection, row)
    if not found.pending:
        tx.send_later(KIND, found.arn)


def change(tx: Transaction, topic: Topic, found: Subscription) -> None:
    """ReplayPolicy was set or taken away; while a replay is under way it can only be taken away."""
    policy = found.attributes.get("ReplayPolicy")
    if not policy or policy == "{}":
        stop(tx, found)
        return
    if status(tx, found) == RUNNING:
        raise limit_exceeded("ReplayLimitExceeded", "A replay of this subscription is already in progress")
    start(tx, topic, found)


def stop(tx: Transaction, found: Subscription) -> None:
    tx.connection.execute(_DELETE, {"subscription_id": found.id})


def wake(tx: Transaction, topic: Topic, subscription_arn: str) -> None:
    """The subscription was confirmed: what waited for that begins."""
    found = store.subscription(tx.connection, subscription_arn)
    if found is not None and status(tx, found) == PENDING:
        _set(tx, found, RUNNING)
        tx.send_later(KIND, found.arn)


def status(tx: Transaction, found: Subscription) -> str | None:
    row = tx.connection.execute(_FIND, {"subscription_id": found.id}).one_or_none()
    return None if row is None else str(row.status)


def _set(tx: Transaction, found: Subscription, now: str) -> None:
    tx.connection.execute(_STATUS, {"subscription_id": found.id, "now": now})


def step(tx: Transaction, subscription_arn: str, outcome: Any) -> None:
    """The next messages of a replay."""
    found = store.subscription(tx.connection, subscription_arn)
    row = None if found is None else tx.connection.execute(_FIND, {"subscription_id": found.id}).one_or_none()
    if found is None or row is None or row.status != RUNNING:
        return
    topic = store.topic(tx.connection, found.topic_arn)
    if topic is None or topic.archive_since_ms is None:
        _set(tx, found, FAILED)
        return
    window = max(row.from_ms, archive.oldest_ms(topic, tx.moment.epoch_ms)), row.until_ms
    messages = archive.read(tx, topic, row.next_id, window, limits.SNS_REPLAYED_PER_BATCH)
    receiver = target(topic, found)
    caller = Caller(topic.account, topic.region, topic.arn.split(":")[1])
    for _, published in messages:
        fan_out(tx, caller, topic, [receiver], _once_more(published, row.until_ms))
    if len(messages) < limits.SNS_REPLAYED_PER_BATCH:
        _set(tx, found, COMPLETED)
        return
    tx.connection.execute(_NEXT, {"subscription_id": found.id, "following": messages[-1][0] + 1})
    tx.send_later(KIND, subscription_arn)


def _once_more(published: Published, until_ms: int) -> Published:
    """With an id of its own, so that a FIFO queue that had the message lately takes it again."""
    name = f"{(published.deduplication or '')[:_ID_CHARS]}-replayed-{until_ms}"
    return replace(published, deduplication=name)
