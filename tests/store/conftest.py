"""One suite over both back ends.

`store` is a connection in an open transaction that is rolled back after the test, on a database that all tests share;
`fresh_url` is for tests that open, own, upgrade or break a database themselves.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from engine.store.database import Database, open_database
from engine.store.upgrade import upgrade
from tests.postgres import new_database, postgres_url

__all__ = ["postgres_url"]

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=BACKENDS)
def shared(request: pytest.FixtureRequest) -> Iterator[Database]:
    url = "sqlite:///:memory:" if request.param == "sqlite" else new_database()
    with open_database(url, durable=False) as database:
        upgrade(database)
        yield database


@pytest.fixture
def store(shared: Database) -> Iterator[Connection]:
    connection = shared.writer.begin()
    yield connection
    shared.writer.rollback()


@pytest.fixture(params=BACKENDS)
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database that does not exist yet (SQLite) or is empty (Postgres)."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fresh.db"
    url = request.getfixturevalue("postgres_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
def database(fresh_url: str) -> Iterator[Database]:
    """An upgraded database of the test's own, durable."""
    with open_database(fresh_url) as opened:
        upgrade(opened)
        yield opened
