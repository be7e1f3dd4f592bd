"""Facts about the database itself."""

from sqlalchemy import Connection, bindparam, select

from engine.store.statements import upsert_row
from engine.store.tables import meta

TOKEN_KEY = "token_key"  # 32 random bytes in hex: what signs the task tokens; made with the database

_PUT = upsert_row(meta)
_GET = select(meta.c.value).where(meta.c.key == bindparam("key"))


def get(connection: Connection, key: str) -> str | None:
    return connection.execute(_GET, {"key": key}).scalar_one_or_none()


def put(connection: Connection, key: str, value: str) -> None:
    _PUT.one(connection, {"key": key, "value": value})
