"""Connections to an SQLite database file.

The driver's own transaction handling is off (`isolation_level=None`): it would begin late, and never for reads. The
writer begins IMMEDIATE, so that it waits for a competitor at the beginning instead of failing in the middle; readers
begin DEFERRED, on the snapshot of their first statement. WAL lets both go on side by side; synchronous=FULL puts a
commit on the disk before it is answered.
"""

import sqlite3
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from engine import limits
from engine.store.address import Address
from engine.store.errors import StoreError

_WRITER_CACHE_KIB = 65_536


def open_engines(address: Address, path: str, durable: bool) -> tuple[Engine, Engine]:
    """The engines of the writer and of the readers, proven to work. Raises StoreError."""
    _check_place(path)
    writers, readers = _engine(path, 1), _engine(path, limits.STORE_READERS_MAX)
    synchronous = "FULL" if durable else "OFF"

    @event.listens_for(writers, "connect")
    def prepare_writer(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
        if mode != "wal":
            raise sqlite3.OperationalError(f"cannot change into wal mode (journal_mode is {mode})")
        connection.execute(f"PRAGMA synchronous={synchronous}")
        if durable:  # where fsync alone leaves the data in the drive's cache (macOS)
            connection.execute("PRAGMA fullfsync=ON")
        connection.execute(f"PRAGMA cache_size=-{_WRITER_CACHE_KIB}")
        connection.execute(f"PRAGMA journal_size_limit={limits.STORE_WAL_BYTES_MAX}")

    @event.listens_for(readers, "connect")
    def prepare_reader(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.execute("PRAGMA query_only=ON")

    @event.listens_for(writers, "begin")
    def begin_write(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(readers, "begin")
    def begin_read(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    try:
        with writers.begin():
            pass  # proves that the file is a database and can be written
    except DBAPIError as error:
        writers.dispose()
        raise StoreError(_explain(address, path, str(error.orig))) from None
    return writers, readers


def _engine(path: str, connections: int) -> Engine:
    return create_engine(
        URL.create("sqlite+pysqlite", database=path),
        connect_args={
            "timeout": limits.STORE_BUSY_SECONDS,
            "isolation_level": None,
            "check_same_thread": False,  # opened in one thread, used in another, never in two at once
            "cached_statements": 256,
        },
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=limits.STORE_BUSY_SECONDS,
        hide_parameters=True,  # its errors reach the log, and the values are other people's
    )


def _check_place(path: str) -> None:
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        raise StoreError(
            f"The folder of the database does not exist: {folder}. Create it (mkdir -p), or give another --db."
        )
    if Path(path).is_dir():
        raise StoreError(f"The database {path} is a folder. Give the path of a file in --db: sqlite:///{path}/sw.db")


def _explain(address: Address, path: str, message: str) -> str:
    known = {
        "readonly": f"The database file {path} cannot be written. Give this user the right to write the file and its "
        "folder, or give another --db.",
        "unable to open": f"The database file {path} cannot be opened. Check that this user may read and write the "
        "file and its folder.",
        "not a database": f"The file {path} is not an SQLite database. Give the path of another file in --db.",
        "wal mode": f"The database file {path} is where SQLite's write-ahead log does not work (a network file system?)"
        ". Put it on a local disk.",
        "locked": f"The database file {path} is being written by another program. End that one, or give another --db.",
        "full": f"The disk that holds the database file {path} is full. Make room on it.",
    }
    for words, explanation in known.items():
        if words in message:
            return explanation
    return f"The database {address.shown} cannot be used: {message}"
