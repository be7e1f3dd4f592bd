"""The migrations make what the tables say."""

from typing import Any

from sqlalchemy import inspect

from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.upgrade import upgrade
from integrations.ses import integration
from integrations.ses.tables import MIGRATIONS, metadata
from tests.store.conftest import fresh_url, postgres_url

__all__ = ["fresh_url", "postgres_url"]


def test_the_migrations_make_what_the_tables_say(fresh_url: str) -> None:
    with open_database(fresh_url) as database:
        upgrade(database, [Component("ses", MIGRATIONS)])
        migrated = shape(database)
        with database.writer.transaction() as connection:
            metadata.drop_all(connection)
            metadata.create_all(connection)
        assert migrated == shape(database)
    assert integration.tables is metadata and len(migrated) > 10 and all(name.startswith("ses_") for name in migrated)


def shape(database: Database) -> dict[str, Any]:
    with database.reader() as connection:
        found = inspect(connection)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"], str(c.get("default"))) for c in found.get_columns(name)],
                sorted((str(i["name"]), tuple(i["column_names"])) for i in found.get_indexes(name)),
                sorted((str(u["name"]), tuple(u["column_names"])) for u in found.get_unique_constraints(name)),
                found.get_pk_constraint(name)["constrained_columns"],
            )
            for name in metadata.tables
        }
