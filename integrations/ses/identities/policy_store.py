"""The policies of identities in the database."""

from sqlalchemy import Connection, bindparam, delete, select

from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.ses.record_tables import policies

_OF = policies.c.identity_id == bindparam("of_identity")
_ALL = select(policies.c.name, policies.c.document).where(_OF).order_by(policies.c.name)
_PUT = upsert_row(policies)
_DELETE = delete(policies).where(_OF, policies.c.name == bindparam("of_name"))
_DELETE_ALL = delete(policies).where(_OF)


def of_identity(connection: Connection, identity_id: int) -> dict[str, str]:
    """Documents by name."""
    return {row.name: original(row.document) for row in connection.execute(_ALL, {"of_identity": identity_id})}


def put(connection: Connection, identity_id: int, name: str, document: str) -> None:
    _PUT.one(connection, {"identity_id": identity_id, "name": name, "document": stored(document)})


def remove(connection: Connection, identity_id: int, name: str) -> None:
    connection.execute(_DELETE, {"of_identity": identity_id, "of_name": stored(name)})


def remove_all(connection: Connection, identity_id: int) -> None:
    connection.execute(_DELETE_ALL, {"of_identity": identity_id})
