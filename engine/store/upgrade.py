"""Bringing a database to this version's schema, with the migrations of the `migrations` package, then those of the
integrations (engine.store.components).

Migrations are files: `versions/v0002_second_landing.py` brings a schema from revision 0001 to 0002. alembic runs them,
and is loaded only where there is one to run: it takes as long as the rest of the store.

All of it is one transaction on both back ends: a migration that fails leaves the database as it was. Two processes that
upgrade at once take turns; a database that a running server has is not changed under its feet. What is not ours, or
comes from a newer version, is refused and left alone.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from sqlalchemy import Connection, inspect, text

from engine.store import components, meta
from engine.store.components import Component
from engine.store.database import Database
from engine.store.errors import StoreError
from engine.store.leases import taken_message
from engine.store.locks import ADVISORY_UPGRADE, Lock, ownership_lock

VERSION_TABLE = "statewright_version"

# The tables that somebody made, without those of Postgres's extensions.
_TABLES = {
    "sqlite": text("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"),
    "postgresql": text(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace "
        "AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid "
        "AND deptype = 'e') ORDER BY relname"
    ),
}
# Migrations may take long, and so may waiting for another process's.
_TAKE_TURNS = (
    text("SET LOCAL statement_timeout = 0"),
    text("SET LOCAL lock_timeout = 0"),
    text(f"SELECT pg_advisory_xact_lock({ADVISORY_UPGRADE}, hashtext(current_schema()))"),
)


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The schema's revisions before (None: a new database) and after."""

    before: str | None
    after: str


def upgrade(database: Database, added: Sequence[Component] = ()) -> Upgraded:
    """Bring the schema to this version's; without effect where it is there already. Raises StoreError.

    `added`: what the integrations bring.
    """
    lock = ownership_lock(database)
    try:
        with database.writer.transaction() as connection:
            return _upgrade(database, connection, lock, added)
    finally:
        lock.release()


def _upgrade(database: Database, connection: Connection, lock: Lock, added: Sequence[Component]) -> Upgraded:
    if database.backend == "postgresql":
        _check_schema(database, connection)
        for statement in _TAKE_TURNS:
            connection.execute(statement)
    known = _known_revisions()
    newest = known[-1]
    before = _revision(database, connection)
    if before is not None and before not in known:
        raise StoreError(
            f"The database {database.address.shown} was made by a newer version of Statewright (its schema is {before},"
            f" the newest that this version knows is {newest}). Install that version, or use another database."
        )
    behind = components.behind(connection, added) if before is not None else [(component, 0) for component in added]
    if before == newest and not behind:
        return Upgraded(before, newest)
    if before is not None and not lock.try_acquire():
        raise StoreError(taken_message(database))
    if before != newest:
        _migrate(connection)
    if before is None:
        meta.put(connection, meta.TOKEN_KEY, secrets.token_hex(32))
    for component, had in behind:
        components.bring_up(connection, component, had)
    return Upgraded(before, newest)


def _known_revisions() -> list[str]:
    """The revisions that this version has migrations to, in their order: what the files' names say."""
    names = sorted(file.name for file in (files("migrations") / "versions").iterdir())
    return [name[1:].partition("_")[0] for name in names if name.startswith("v") and name.endswith(".py")]


def _revision(database: Database, connection: Connection) -> str | None:
    """The revision of our schema, None where there is none yet."""
    found = None
    if inspect(connection).has_table(VERSION_TABLE):
        found = connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()
    if found is None:
        tables = set(connection.execute(_TABLES[database.backend]).scalars()) - {VERSION_TABLE}
        if tables:
            raise StoreError(
                f"The database {database.address.shown} belongs to another program: it has tables "
                f"({', '.join(sorted(tables)[:5])}) that Statewright did not make. Give it an empty database, or on "
                "Postgres a schema of its own (?options=-csearch_path%3DSCHEMA behind the URL)."
            )
    return None if found is None else str(found)


def _check_schema(database: Database, connection: Connection) -> None:
    if connection.execute(text("SELECT current_schema()")).scalar_one() is None:
        raise StoreError(
            f"The database {database.address.shown} has no schema to work in: the one in its search_path does not "
            "exist, or this user may not use it. Create it (CREATE SCHEMA), or name another."
        )


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", str(files("migrations")).replace("%", "%%"))
    command.upgrade(config, "head")
