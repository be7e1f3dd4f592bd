"""One database for each back end, emptied before each test."""

from collections.abc import Iterator

import pytest

from engine.store import purge
from engine.store.database import Database, open_database
from engine.store.upgrade import upgrade
from tests.postgres import new_database

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=BACKENDS)
def shared_database(request: pytest.FixtureRequest) -> Iterator[Database]:
    url = "sqlite:///:memory:" if request.param == "sqlite" else new_database()
    with open_database(url, durable=False) as database:
        upgrade(database)
        yield database


@pytest.fixture
def database(shared_database: Database) -> Database:
    with shared_database.writer.transaction() as connection:
        purge.everything(connection)
    return shared_database
