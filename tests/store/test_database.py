"""Opening a database, and what its connections promise."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from engine import limits
from engine.store import meta
from engine.store.database import Database, open_database
from engine.store.errors import StoreError
from tests.postgres import PASSWORD, PASSWORD_USER, server

NOBODY = 65_534


def _scalar(connection: Connection, statement: str) -> object:
    return connection.exec_driver_sql(statement).scalar()


@pytest.mark.parametrize("durable", [True, False])
def test_commits_are_as_durable_as_asked_for(fresh_url: str, durable: bool) -> None:
    with open_database(fresh_url, durable) as database, database.writer.transaction() as connection:
        if database.backend == "sqlite":
            assert _scalar(connection, "PRAGMA synchronous") == (2 if durable else 0)  # FULL, OFF
            assert _scalar(connection, "PRAGMA journal_mode") == "wal"
            assert _scalar(connection, "PRAGMA foreign_keys") == 0
        else:
            assert _scalar(connection, "SHOW synchronous_commit") == ("on" if durable else "off")
            assert _scalar(connection, "SHOW transaction_isolation") == "read committed"
            assert _scalar(connection, "SHOW application_name") == "statewright writer"
            assert _scalar(connection, "SHOW idle_in_transaction_session_timeout") == "20s"


def test_the_settings_outlive_a_rollback(fresh_url: str) -> None:
    with open_database(fresh_url) as database:
        database.writer.begin()
        database.writer.rollback()
        with database.writer.transaction() as connection:
            if database.backend == "sqlite":
                assert _scalar(connection, "PRAGMA synchronous") == 2
            else:
                assert _scalar(connection, "SHOW lock_timeout") == "30s"


def test_a_reader_sees_one_snapshot(database: Database) -> None:
    with database.reader() as before:
        assert meta.get(before, "k") is None
        with database.writer.transaction() as connection:
            meta.put(connection, "k", "v")
        assert meta.get(before, "k") is None
        with database.reader() as after:
            assert meta.get(after, "k") == "v"


def test_a_reader_sees_nothing_uncommitted_and_does_not_wait_for_the_writer(database: Database) -> None:
    with database.writer.transaction() as connection:
        meta.put(connection, "k", "v")
        with database.reader() as reader:
            assert meta.get(reader, "k") is None


def test_a_reader_cannot_write(database: Database) -> None:
    with database.reader() as reader, pytest.raises(DBAPIError, match=r"read-?only"):
        meta.put(reader, "k", "v")


def test_a_savepoint_is_undone_alone(database: Database) -> None:
    with database.writer.transaction() as connection:
        meta.put(connection, "before", "1")
        with pytest.raises(ZeroDivisionError), database.writer.savepoint():
            meta.put(connection, "inside", "1")
            raise ZeroDivisionError
        with pytest.raises(IntegrityError), database.writer.savepoint():
            connection.execute(text("INSERT INTO meta (key, value) VALUES ('before', '2')"))
        with database.writer.savepoint(), database.writer.savepoint():
            meta.put(connection, "kept", "1")
    with database.reader() as reader:
        assert [meta.get(reader, key) for key in ("before", "inside", "kept")] == ["1", None, "1"]


def test_a_transaction_that_raises_is_undone(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writer.transaction() as connection:
        meta.put(connection, "k", "v")
        raise ZeroDivisionError
    database.writer.rollback()  # without one open: nothing happens
    with database.reader() as reader:
        assert meta.get(reader, "k") is None


def test_the_writer_serves_again_after_a_commit_that_failed(database: Database) -> None:
    with database.writer.transaction() as connection:
        connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        reference = "INTEGER REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED"
        connection.execute(text(f"CREATE TABLE child (parent {reference})"))
    if database.backend == "sqlite":
        database.writer.connection.connection.execute("PRAGMA foreign_keys=ON")
        database.writer.connection.rollback()
    writer = database.writer
    writer.begin()
    meta.put(writer.connection, "k", "lost")
    writer.connection.execute(text("INSERT INTO child (parent) VALUES (1)"))
    with pytest.raises(IntegrityError):
        writer.commit()
    writer.rollback()
    with writer.transaction() as connection:
        assert meta.get(connection, "k") is None
        meta.put(connection, "k", "kept")
    with database.reader() as reader:
        assert meta.get(reader, "k") == "kept"


def test_connections_that_the_server_ended_are_replaced(postgres_url: str) -> None:
    with open_database(postgres_url) as database, open_database(postgres_url) as other:
        with database.reader() as reader:
            reader.execute(text("SELECT 1"))
        database.writer.begin()
        database.writer.connection.execute(text("CREATE TABLE lost (id INTEGER)"))
        _end_connections(other)
        with pytest.raises(DBAPIError):
            database.writer.connection.execute(text("SELECT 1"))
        database.writer.rollback()
        with database.writer.transaction() as connection:
            assert _scalar(connection, "SELECT to_regclass('lost')") is None
        with database.reader() as reader:
            assert _scalar(reader, "SELECT 1") == 1
        database.writer.begin()
        database.writer.connection.execute(text("CREATE TABLE lost (id INTEGER)"))
        _end_connections(other)
        with pytest.raises(DBAPIError):
            database.writer.commit()
        with database.writer.transaction() as connection:
            assert _scalar(connection, "SELECT 1") == 1


def _end_connections(by: Database) -> None:
    """End every other connection to the same database, and see that they have gone."""
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with by.writer.transaction() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid, 5000) {others}"))


def test_a_competitor_on_the_same_file_is_waited_for_and_then_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "STORE_BUSY_SECONDS", 0.01)
    url = f"sqlite:///{tmp_path}/sw.db"
    with open_database(url) as database:
        competitor = sqlite3.connect(tmp_path / "sw.db", isolation_level=None)
        competitor.execute("BEGIN IMMEDIATE")
        with pytest.raises(DBAPIError, match="locked"):
            database.writer.begin()
        with pytest.raises(StoreError, match="written by another program"):
            open_database(url)
        competitor.execute("ROLLBACK")
        with database.writer.transaction() as connection:
            assert _scalar(connection, "SELECT 1") == 1
        competitor.close()


def test_a_throwaway_database_goes_when_it_is_closed() -> None:
    with open_database("sqlite:///:memory:") as first, open_database("sqlite://") as second:
        assert first.path is not None and first.path != second.path
        assert Path(first.path).exists() and not first.durable
    assert not Path(first.path).parent.exists()


def test_a_file_name_may_hold_any_character(tmp_path: Path) -> None:
    with open_database(f"sqlite:///{tmp_path}/a %2541;b%3F#c.db") as database:
        assert (tmp_path / "a %41;b?#c.db").exists()
        assert database.path == f"{tmp_path}/a %41;b?#c.db"


def test_places_where_no_sqlite_database_can_be(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("This is not a database, but long enough to be taken for one." * 20)
    for place, words in {
        "none/sw.db": f"folder of the database does not exist: {tmp_path}/none",
        "": "is a folder",
        "text.db": "text.db is not an SQLite database",
    }.items():
        with pytest.raises(StoreError, match=words):
            open_database(f"sqlite:///{tmp_path}/{place}")


@pytest.fixture
def as_nobody() -> Iterator[Path]:
    """A folder that everybody may enter, and the rights of a user who owns nothing."""
    if os.geteuid() != 0:
        pytest.skip("only root can take another user's rights")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        sqlite3.connect(f"{folder}/readonly.db").execute("CREATE TABLE t (x)").connection.close()
        os.seteuid(NOBODY)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


@pytest.mark.parametrize(("name", "words"), [("readonly.db", "cannot be written"), ("new.db", "cannot be opened")])
def test_an_sqlite_file_without_the_right_to_write(as_nobody: Path, name: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        open_database(f"sqlite:///{as_nobody}/{name}")


def test_a_postgres_that_cannot_be_opened() -> None:
    here = server().render_as_string(hide_password=False).partition("?")[2]
    for url, words in {
        f"postgresql://postgres@/nowhere?{here}": "createdb nowhere",
        f"postgresql://stranger@/postgres?{here}": "does not know this user",
        f"postgresql://{PASSWORD_USER}:hunter2@/postgres?{here}": "refuses the user or the password",
        f"postgresql://{PASSWORD_USER}@/postgres?{here}": "asks for a password",
        "postgresql://postgres:hunter2@127.0.0.1:1/postgres": "No server listens there",
        "postgresql://postgres:hunter2@/postgres?host=/nowhere": "No server listens at this socket",
        "postgresql://postgres:hunter2@/postgres?colour=red": "colour",
    }.items():
        with pytest.raises(StoreError) as refused:
            open_database(url)
        assert words in str(refused.value), str(refused.value)
        assert "hunter2" not in str(refused.value)
        assert "\n" not in str(refused.value)


def test_a_password_with_any_character_opens_postgres() -> None:
    here = server().set(username=PASSWORD_USER, password=PASSWORD)
    assert quote(PASSWORD, safe="") in here.render_as_string(hide_password=False)
    with open_database(here.render_as_string(hide_password=False)) as database:
        assert PASSWORD not in database.address.shown


def test_the_errors_of_a_statement_hold_no_values(database: Database) -> None:
    with pytest.raises(DBAPIError) as failed, database.writer.transaction() as connection:
        connection.execute(text("INSERT INTO nowhere (value) VALUES (:value)"), {"value": "hunter2"})
    assert "nowhere" in str(failed.value) and "hunter2" not in str(failed.value)
    with database.reader() as connection, pytest.raises(DBAPIError) as failed:
        connection.execute(text("SELECT :value FROM nowhere"), {"value": "hunter2"})
    assert "hunter2" not in str(failed.value)
