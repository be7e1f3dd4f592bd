"""The schema that integrations bring: made once, grown later, never by an older version."""

from importlib.metadata import entry_points
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from sqlalchemy import inspect

from engine.store.components import Component
from engine.store.database import Database, open_database
from engine.store.errors import StoreError
from engine.store.leases import acquire
from engine.store.upgrade import Upgraded, upgrade
from tests.store.test_upgrade import NEWEST

_INTEGRATIONS = entry_points(group="statewright.integrations")


def _first(op: Operations) -> None:
    op.create_table("queues", sa.Column("id", sa.Integer, primary_key=True))


def _second(op: Operations) -> None:
    op.add_column("queues", sa.Column("name", sa.Text))


def _broken(op: Operations) -> None:
    op.add_column("queues", sa.Column("half", sa.Text))
    raise ZeroDivisionError


def _columns(database: Database) -> list[str]:
    with database.reader() as connection:
        found = inspect(connection)
        return [column["name"] for column in found.get_columns("queues")] if found.has_table("queues") else []


def test_a_new_database_gets_all_of_it(fresh_url: str) -> None:
    with open_database(fresh_url) as database:
        assert upgrade(database, [Component("sqs", [_first, _second])]) == Upgraded(None, NEWEST)
        assert _columns(database) == ["id", "name"]
        assert upgrade(database, [Component("sqs", [_first, _second])]) == Upgraded(NEWEST, NEWEST)


def test_it_is_added_and_grown_later(database: Database) -> None:
    assert _columns(database) == []
    upgrade(database, [Component("sqs", [_first])])
    assert _columns(database) == ["id"]
    upgrade(database, [Component("sqs", [_first, _second])])
    assert _columns(database) == ["id", "name"]
    upgrade(database)  # without it, what it made stays
    assert _columns(database) == ["id", "name"]


def test_a_newer_version_of_it_is_refused(database: Database) -> None:
    upgrade(database, [Component("sqs", [_first, _second])])
    with pytest.raises(StoreError, match=r"tables of sqs were made by a newer version of it \(they are at 2"):
        upgrade(database, [Component("sqs", [_first])])


def test_one_that_fails_leaves_the_database_as_it_was(database: Database) -> None:
    upgrade(database, [Component("sqs", [_first])])
    with pytest.raises(ZeroDivisionError):
        upgrade(database, [Component("sqs", [_first, _broken])])
    assert _columns(database) == ["id"]


def test_a_running_server_is_not_changed_under_its_feet(database: Database) -> None:
    lease = acquire(database, 1)
    with pytest.raises(StoreError, match="in use by another"):
        upgrade(database, [Component("sqs", [_first])])
    lease.release()
    upgrade(database, [Component("sqs", [_first])])


@pytest.mark.parametrize("name", [found.name for found in _INTEGRATIONS])
def test_the_migrations_of_an_integration_make_what_its_tables_say(fresh_url: str, name: str) -> None:
    integration = _INTEGRATIONS[name].load()
    if integration.tables is None:
        assert not integration.migrations
        return
    with open_database(fresh_url) as database:
        upgrade(database, [Component(integration.service, integration.migrations)])
        migrated = _shape(database, integration.tables)
        with database.writer.transaction() as connection:
            integration.tables.drop_all(connection)
            integration.tables.create_all(connection)
        assert migrated == _shape(database, integration.tables)
        assert migrated


def _shape(database: Database, tables: sa.MetaData) -> dict[str, object]:
    with database.reader() as connection:
        found = inspect(connection)
        return {
            name: (
                [(c["name"], str(c["type"]), c["nullable"], str(c.get("default"))) for c in found.get_columns(name)],
                sorted((str(i["name"]), tuple(i["column_names"]), _where(i)) for i in found.get_indexes(name)),
                sorted((str(u["name"]), tuple(u["column_names"])) for u in found.get_unique_constraints(name)),
                found.get_pk_constraint(name)["constrained_columns"],
            )
            for name in tables.tables
        }


def _where(index: Any) -> str:
    """The condition of a partial index."""
    return str(
        {name: str(value) for name, value in index.get("dialect_options", {}).items() if name.endswith("_where")}
    )
