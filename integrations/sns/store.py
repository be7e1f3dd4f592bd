"""Topics and subscriptions in the database.

Names are looked up by their ARN, which says account and region. Lists go on after a row's id, or a topic's name.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, case, delete, func, insert, select, update

from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.sns import protection_store
from integrations.sns.tables import remains, subscriptions, tokens, topics

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Topic:
    id: int
    arn: str
    account: str
    region: str
    name: str
    fifo: bool
    created_ms: int
    attributes: Attributes
    sequence: int
    deleted: int
    archive_since_ms: int | None


@dataclass(frozen=True, slots=True)
class Subscription:
    id: int
    topic: int
    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    owner: str
    region: str
    attributes: Attributes
    pending: bool
    authenticated: bool
    guarded: bool
    base_url: str
    created_ms: int


_TOPIC_COLUMNS = [topics.c[member.name] for member in fields(Topic)]
_COLUMNS = [subscriptions.c[member.name] for member in fields(Subscription)]
_OWNED = (topics.c.account == bindparam("account"), topics.c.region == bindparam("region"))

_TOPIC = select(*_TOPIC_COLUMNS).where(topics.c.arn == bindparam("arn"))
_TOPICS = (
    select(topics.c.name, topics.c.arn)
    .where(*_OWNED, topics.c.name > bindparam("after"))
    .order_by(topics.c.name)
    .limit(bindparam("limit"))
)
_COUNT_TOPICS = select(func.count()).select_from(topics).where(*_OWNED)
_ADD_TOPIC = insert(topics)
_OF_TOPIC = topics.c.id == bindparam("topic_id")
_SET_TOPIC = update(topics).where(_OF_TOPIC).values(attributes=bindparam("text"))
_SET_ARCHIVE = update(topics).where(_OF_TOPIC).values(archive_since_ms=bindparam("since_ms"))
_SET_SEQUENCE = update(topics).where(_OF_TOPIC).values(sequence=bindparam("number"))
_COUNT_DELETED = update(topics).where(_OF_TOPIC).values(deleted=topics.c.deleted + 1)
_DELETE_TOPIC = delete(topics).where(_OF_TOPIC)

_SUBSCRIPTION = select(*_COLUMNS).where(subscriptions.c.arn == bindparam("arn"))
_AT_ENDPOINT = select(*_COLUMNS).where(
    subscriptions.c.topic == bindparam("topic_id"),
    subscriptions.c.protocol == bindparam("protocol"),
    subscriptions.c.endpoint == bindparam("endpoint"),
)
_CONFIRMED = (
    select(*_COLUMNS)
    .where(subscriptions.c.topic == bindparam("topic_id"), subscriptions.c.pending == 0)
    .order_by(subscriptions.c.id)
)
_PAGE = select(*_COLUMNS).where(subscriptions.c.id > bindparam("after")).order_by(subscriptions.c.id)
_OF_OWNER = _PAGE.where(
    subscriptions.c.owner == bindparam("account"), subscriptions.c.region == bindparam("region")
).limit(bindparam("limit"))
_ON_TOPIC = _PAGE.where(subscriptions.c.topic == bindparam("topic_id")).limit(bindparam("limit"))
_COUNTS = select(
    func.count(case((subscriptions.c.pending == 1, 1))), func.count(case((subscriptions.c.pending == 0, 1)))
).where(subscriptions.c.topic == bindparam("topic_id"))
_COUNT_QUEUES = (
    select(func.count())
    .select_from(subscriptions)
    .where(subscriptions.c.topic == bindparam("topic_id"), subscriptions.c.protocol == "sqs")
)
_ADD = insert(subscriptions)
_THIS = subscriptions.c.id == bindparam("subscription_id")
_SET = update(subscriptions).where(_THIS).values(attributes=bindparam("text"))
_CONFIRM = (
    update(subscriptions).where(_THIS).values(pending=0, authenticated=bindparam("sure"), guarded=bindparam("locked"))
)
_DELETE = delete(subscriptions).where(_THIS)
_DELETE_OF_TOPIC = delete(subscriptions).where(subscriptions.c.topic == bindparam("topic_id"))
_REMAINS = upsert_row(remains)
_DELETE_TOKENS = delete(tokens).where(tokens.c.topic_arn == bindparam("topic"))


def _text(attributes: Attributes) -> str:
    return stored(orjson.dumps(attributes).decode())


def _attributes(text: str) -> Attributes:
    read: Attributes = orjson.loads(original(text))
    return read


def _topic(row: Row[Any]) -> Topic:
    values = row._asdict()
    return Topic(**{**values, "fifo": bool(values["fifo"]), "attributes": _attributes(values["attributes"])})


def _subscription(row: Row[Any]) -> Subscription:
    values = row._asdict()
    flags = {name: bool(values[name]) for name in ("pending", "authenticated", "guarded")}
    texts = {"endpoint": original(values["endpoint"]), "attributes": _attributes(values["attributes"])}
    return Subscription(**{**values, **flags, **texts})


# ---- topics ----


def topic(connection: Connection, arn: str) -> Topic | None:
    found = connection.execute(_TOPIC, {"arn": arn}).one_or_none()
    return None if found is None else _topic(found)


def list_topics(connection: Connection, account: str, region: str, limit: int, after: str) -> Sequence[tuple[str, str]]:
    """(name, ARN) in the order of names."""
    asked = {"account": account, "region": region, "after": after, "limit": limit}
    return [(row[0], row[1]) for row in connection.execute(_TOPICS, asked)]


def count_topics(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT_TOPICS, {"account": account, "region": region}).scalar_one())


def add_topic(connection: Connection, row: dict[str, Any], attributes: Attributes) -> None:
    connection.execute(_ADD_TOPIC, {**row, "attributes": _text(attributes), "sequence": 0, "deleted": 0})


def set_topic_attributes(connection: Connection, topic_id: int, attributes: Attributes) -> None:
    connection.execute(_SET_TOPIC, {"topic_id": topic_id, "text": _text(attributes)})


def begin_archive(connection: Connection, topic_id: int, now_ms: int) -> None:
    connection.execute(_SET_ARCHIVE, {"topic_id": topic_id, "since_ms": now_ms})


def end_archive(connection: Connection, topic_id: int, now_ms: int) -> None:
    """What it holds is never read again, and removed by the upkeep."""
    connection.execute(_SET_ARCHIVE, {"topic_id": topic_id, "since_ms": None})
    _REMAINS.one(connection, {"topic": topic_id, "until_ms": now_ms})


def set_sequence(connection: Connection, topic_id: int, number: int) -> None:
    connection.execute(_SET_SEQUENCE, {"topic_id": topic_id, "number": number})


def delete_topic(connection: Connection, found: Topic) -> None:
    """With its subscriptions; what else it has expires."""
    connection.execute(_DELETE_TOPIC, {"topic_id": found.id})
    connection.execute(_DELETE_OF_TOPIC, {"topic_id": found.id})
    connection.execute(_DELETE_TOKENS, {"topic": found.arn})
    protection_store.remove(connection, found.id)


# ---- subscriptions ----


def subscription(connection: Connection, arn: str) -> Subscription | None:
    found = connection.execute(_SUBSCRIPTION, {"arn": arn}).one_or_none()
    return None if found is None else _subscription(found)


def at_endpoint(connection: Connection, topic_id: int, protocol: str, endpoint: str) -> Subscription | None:
    asked = {"topic_id": topic_id, "protocol": protocol, "endpoint": stored(endpoint)}
    found = connection.execute(_AT_ENDPOINT, asked).one_or_none()
    return None if found is None else _subscription(found)


def confirmed(connection: Connection, topic_id: int) -> list[Subscription]:
    """All that messages go to, in the order in which they were made."""
    return [_subscription(row) for row in connection.execute(_CONFIRMED, {"topic_id": topic_id})]


def of_owner(connection: Connection, account: str, region: str, limit: int, after: int) -> list[Subscription]:
    asked = {"account": account, "region": region, "limit": limit, "after": after}
    return [_subscription(row) for row in connection.execute(_OF_OWNER, asked)]


def on_topic(connection: Connection, topic_id: int, limit: int, after: int) -> list[Subscription]:
    asked = {"topic_id": topic_id, "limit": limit, "after": after}
    return [_subscription(row) for row in connection.execute(_ON_TOPIC, asked)]


def counts(connection: Connection, topic_id: int) -> tuple[int, int]:
    """(pending, confirmed)"""
    pending, sure = connection.execute(_COUNTS, {"topic_id": topic_id}).one()
    return int(pending), int(sure)


def count_queues(connection: Connection, topic_id: int) -> int:
    return int(connection.execute(_COUNT_QUEUES, {"topic_id": topic_id}).scalar_one())


def add_subscription(connection: Connection, row: dict[str, Any], attributes: Attributes) -> None:
    flags = {name: int(row[name]) for name in ("pending", "authenticated", "guarded")}
    connection.execute(_ADD, {**row, **flags, "endpoint": stored(row["endpoint"]), "attributes": _text(attributes)})


def set_subscription_attributes(connection: Connection, subscription_id: int, attributes: Attributes) -> None:
    connection.execute(_SET, {"subscription_id": subscription_id, "text": _text(attributes)})


def confirm(connection: Connection, subscription_id: int, authenticated: bool, guarded: bool) -> None:
    asked = {"subscription_id": subscription_id, "sure": int(authenticated), "locked": int(guarded)}
    connection.execute(_CONFIRM, asked)


def delete_subscription(connection: Connection, found: Subscription) -> None:
    connection.execute(_DELETE, {"subscription_id": found.id})
    connection.execute(_COUNT_DELETED, {"topic_id": found.topic})
