"""Tags of any resource that has an ARN, in the order in which their keys were first set. A name within an ARN may be
any text."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, bindparam, func, select

from engine.store.freetext import original, stored
from engine.store.statements import delete_row, delete_rows, upsert_row
from engine.store.tables import tags

_OF_RESOURCE = select(tags.c.key, tags.c.value).where(tags.c.resource_arn == bindparam("arn")).order_by(tags.c.position)
_LAST_POSITION = select(func.coalesce(func.max(tags.c.position), 0)).where(tags.c.resource_arn == bindparam("arn"))
_PUT = upsert_row(tags, "value")
_REMOVE = delete_row(tags)
_DELETE_RESOURCE = delete_rows(tags, "resource_arn")


def of_resource(connection: Connection, arn: str) -> list[tuple[str, str]]:
    """(key, value) pairs."""
    return [(original(key), original(value)) for key, value in connection.execute(_OF_RESOURCE, {"arn": stored(arn)})]


def put_many(connection: Connection, arn: str, pairs: Sequence[tuple[str, str]]) -> None:
    """Set tags; a key that exists gets the new value and keeps its place."""
    if not pairs:
        return
    last = int(connection.execute(_LAST_POSITION, {"arn": stored(arn)}).scalar_one())
    rows = [
        {"resource_arn": stored(arn), "key": stored(key), "value": stored(value), "position": position}
        for position, (key, value) in enumerate(pairs, last + 1)
    ]
    _PUT(connection, rows)


def remove(connection: Connection, arn: str, keys: Iterable[str]) -> None:
    """Remove tags; a key that is not there is passed over."""
    rows = [{"resource_arn": stored(arn), "key": stored(key)} for key in keys]
    _REMOVE(connection, rows)


def delete_resource(connection: Connection, arn: str) -> None:
    _DELETE_RESOURCE.one(connection, {"resource_arn": stored(arn)})
