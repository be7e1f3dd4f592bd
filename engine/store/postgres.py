"""Connections to a Postgres database.

A commit is on the server's disk before it is answered (synchronous_commit=on). The writer runs READ COMMITTED with the
locks it takes itself; readers see one snapshot (REPEATABLE READ, read only). Every wait has an end: a server or a
network that is gone is noticed by keepalives, a writer that stopped inside its transaction is ended by the server, so
that it cannot hold its locks against a successor.
"""

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from engine import limits
from engine.store.address import Address
from engine.store.errors import StoreError

if TYPE_CHECKING:  # SQLAlchemy loads the driver when it is used: servers on SQLite do without
    from psycopg import Connection

_KEEPALIVE_IDLE_SECONDS = 10
_KEEPALIVE_INTERVAL_SECONDS = 5
_KEEPALIVE_PROBES = 3
_CONNECT: dict[str, Any] = {
    "connect_timeout": limits.STORE_CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": _KEEPALIVE_IDLE_SECONDS,
    "keepalives_interval": _KEEPALIVE_INTERVAL_SECONDS,
    "keepalives_count": _KEEPALIVE_PROBES,
}
_SESSION = {
    "client_min_messages": "warning",
    "lock_timeout": f"{limits.STORE_LOCK_SECONDS}s",
    "statement_timeout": f"{limits.STORE_STATEMENT_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{limits.STORE_IDLE_TRANSACTION_SECONDS}s",
    "tcp_keepalives_idle": str(_KEEPALIVE_IDLE_SECONDS),
    "tcp_keepalives_interval": str(_KEEPALIVE_INTERVAL_SECONDS),
    "tcp_keepalives_count": str(_KEEPALIVE_PROBES),
}
_LOCK_SESSION = _SESSION | {"idle_session_timeout": "0"}

# What the server or its driver says when a connection fails -> what to do about it.
_REMEDIES = {
    "password authentication failed": "The server refuses the user or the password. Check both in --db.",
    "no password supplied": "The server asks for a password. Give one in --db or in a password file (PGPASSFILE).",
    "no pg_hba.conf entry": "The server does not let this user in from this machine. Allow it in its pg_hba.conf.",
    'role ".*" does not exist': "The server does not know this user. Create it (createuser), or name another in --db.",
    'database ".*" does not exist': "The server has no such database. Create it: createdb {database}",
    "could not translate host name|failed to resolve host": "The host's name is not known. Check it in --db.",
    "[Cc]onnection refused": "No server listens there. Start it, or check host and port in --db.",
    "No such file or directory": "No server listens at this socket. Start it, or check the host in --db.",
    "timeout expired|timed out": "The server does not answer. Check that it can be reached from here.",
    "too many clients|too many connections": "The server has no connection left. End other programs, or raise its "
    "max_connections.",
}


def open_engines(address: Address, durable: bool) -> tuple[Engine, Engine]:
    """The engines of the writer and of the readers, proven to work. Raises StoreError."""
    session = _SESSION | {"synchronous_commit": "on" if durable else "off"}
    writers = _engine(address, "writer", 1, session, isolation_level="READ COMMITTED")
    readers = _engine(address, "reader", limits.STORE_READERS_MAX, session, isolation_level="REPEATABLE READ")

    @event.listens_for(readers, "connect")
    def prepare_reader(connection: "Connection", _: ConnectionPoolEntry) -> None:
        connection.read_only = True

    try:
        with writers.begin() as connection:
            connection.exec_driver_sql("SELECT 1")
    except DBAPIError as error:
        writers.dispose()
        raise StoreError(explain(address, str(error.orig))) from None
    return writers, readers


def lock_engine(address: Address) -> Engine:
    """The engine of the one connection whose life is the life of a lock."""
    return _engine(address, "lock", 1, _LOCK_SESSION, isolation_level="AUTOCOMMIT")


def _engine(address: Address, role: str, connections: int, session: dict[str, str], isolation_level: Any) -> Engine:
    engine = create_engine(
        address.url,
        connect_args=_CONNECT | {"application_name": f"statewright {role}"},
        isolation_level=isolation_level,
        use_native_hstore=False,
        poolclass=QueuePool,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=limits.STORE_BUSY_SECONDS,
        hide_parameters=True,  # its errors reach the log, and the values are other people's
        pool_pre_ping=role == "reader",
    )
    settings = "; ".join(f"SET {name} = '{value}'" for name, value in session.items())

    @event.listens_for(engine, "connect")
    def prepare(connection: "Connection", _: ConnectionPoolEntry) -> None:
        autocommit = connection.autocommit
        connection.autocommit = True  # a SET inside a transaction would go when that is rolled back
        connection.execute(settings.encode())
        connection.autocommit = autocommit

    return engine


def explain(address: Address, message: str) -> str:
    """Why a connection failed and what to do about it, without the address's secrets."""
    message = address.without_secrets(message).strip()
    where = address.shown
    for words, remedy in _REMEDIES.items():
        if re.search(words, message):
            remedy = remedy.format(database=address.url.database)
            return f"The database {where} cannot be opened. {remedy} ({_first_line(message)})"
    return f"The database {where} cannot be opened: {_first_line(message)}"


def _first_line(message: str) -> str:
    return message.splitlines()[0] if message else "no reason given"
