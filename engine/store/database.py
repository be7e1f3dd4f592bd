"""An open database: one connection for the writer thread, a pool of snapshots for the readers.

    open_database(url) -> Database
        .writer     begin, commit, rollback, savepoint; only the writer thread uses it
        .reader()   a connection on one consistent snapshot, for a `with` block

What the writer committed is durable, unless the database was opened with `durable=False`. The schema is the business
of engine.store.upgrade, who may write that of engine.store.leases.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from engine.store import address, postgres, sqlite
from engine.store.address import Address, Backend


class Writer:
    """The writer thread's connection. After a failure it serves again like new: it reconnects at the next `begin`."""

    __slots__ = ("_engine", "connection")

    def __init__(self, engine: Engine):
        self._engine = engine
        self.connection: Connection = engine.connect()

    def begin(self) -> Connection:
        """Begin a transaction; SQLite takes the right to write here."""
        try:
            self.connection.begin()
        except BaseException:
            self.rollback()
            raise
        return self.connection

    def commit(self) -> None:
        """Commit. If that fails, nothing of the transaction may be relied on: the connection is thrown away.

        (A Postgres server that went away in the middle may still have committed; the truth is what is read next.)
        """
        try:
            self.connection.commit()
        except BaseException:
            self._renew()
            raise

    def rollback(self) -> None:
        """Undo the open transaction, if there is one. Never fails: a broken connection is thrown away."""
        try:
            self.connection.rollback()
        except SQLAlchemyError:
            self._renew()

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens in the block happens whole or not at all, inside the open transaction."""
        with self.connection.begin_nested():
            yield

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction of its own: committed at the end of the block, rolled back when that raises."""
        connection = self.begin()
        try:
            yield connection
        except BaseException:
            self.rollback()
            raise
        self.commit()

    def close(self) -> None:
        self.connection.close()
        self._engine.dispose()

    def _renew(self) -> None:
        self.connection.invalidate()
        self.connection.rollback()  # forgets the transaction; the driver's connection is gone already


class Database:
    """An open database. `path` is the file of an SQLite database, None for Postgres."""

    def __init__(self, place: Address, engines: tuple[Engine, Engine], durable: bool, path: str | None):
        writers, self._readers = engines
        self.address = place
        self.durable = durable
        self.path = path
        self.writer = Writer(writers)
        self._throwaway: tempfile.TemporaryDirectory[str] | None = None

    @property
    def backend(self) -> Backend:
        return self.address.backend

    @contextmanager
    def reader(self) -> Iterator[Connection]:
        """A connection whose statements all see one committed snapshot. It cannot write."""
        with self._readers.connect() as connection:
            yield connection

    def close(self) -> None:
        self._readers.dispose()
        self.writer.close()
        if self._throwaway is not None:
            self._throwaway.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_database(url: str, durable: bool = True) -> Database:
    """Open the database at a URL (engine.store.address says which there are). Raises StoreError.

    `durable=False` does not wait for the disk: for tests and for runs whose database is thrown away. A throwaway
    database (`sqlite:///:memory:`) is a temporary file, never durable, and goes when it is closed.
    """
    place = address.parse(url)
    if place.backend == "postgresql":
        return Database(place, postgres.open_engines(place, durable), durable, None)
    if place.path is not None:
        return Database(place, sqlite.open_engines(place, place.path, durable), durable, place.path)
    folder = tempfile.TemporaryDirectory(prefix="statewright-", ignore_cleanup_errors=True)
    path = str(Path(folder.name) / "statewright.db")
    opened = Database(place, sqlite.open_engines(place, path, False), False, path)
    opened._throwaway = folder
    return opened
