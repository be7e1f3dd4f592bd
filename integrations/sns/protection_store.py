"""The data protection policies of topics in the database, one at most for each."""

from sqlalchemy import Connection, bindparam, delete, select

from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.sns.tables import protections

_OF_TOPIC = protections.c.topic == bindparam("topic_id")
_FIND = select(protections.c.policy).where(_OF_TOPIC)
_DELETE = delete(protections).where(_OF_TOPIC)
_PUT = upsert_row(protections)


def find(connection: Connection, topic_id: int) -> str | None:
    """As it was set."""
    text = connection.execute(_FIND, {"topic_id": topic_id}).scalar_one_or_none()
    return None if text is None else original(text)


def put(connection: Connection, topic_id: int, policy: str) -> None:
    _PUT.one(connection, {"topic": topic_id, "policy": stored(policy)})


def remove(connection: Connection, topic_id: int) -> None:
    connection.execute(_DELETE, {"topic_id": topic_id})
