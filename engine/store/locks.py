"""Locks that live as long as the process that holds them: the kernel or the server lets them go when it dies.

SQLite: a record lock on a file beside the database. It is not inherited by child processes, so that a worker that
outlives its server does not keep the database. Such a lock says nothing to its own process, hence `_held_here`.
Postgres: an advisory lock of a session, on a connection of its own; its key holds for one schema of one database.

A lock can be lost while its process lives: the server restarts, the network breaks, somebody removes the file. `held`
finds that out, and `try_acquire` may be called again then.
"""

import contextlib
import fcntl
import os
import threading
import time
from typing import Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from engine import limits
from engine.store import postgres
from engine.store.address import Address
from engine.store.database import Database
from engine.store.errors import StoreError

ADVISORY_OWNER = 0x5357_0001  # the first half of the lock's key; the second is the schema's
ADVISORY_UPGRADE = 0x5357_0002

_TRY_LOCK = text("SELECT pg_try_advisory_lock(:kind, hashtext(current_schema()))")
_UNLOCK = text("SELECT pg_advisory_unlock(:kind, hashtext(current_schema()))")
_ALIVE = text("SELECT 1")
_ASK_AGAIN_SECONDS = 0.05

_held_here: set[tuple[int, int]] = set()  # (device, inode) of the lock files that this process holds


class Lock(Protocol):
    """A lock that nobody else has while this process holds it."""

    def try_acquire(self) -> bool:
        """Take it if it is free. Raises StoreError where it cannot be asked for."""

    def held(self) -> bool:
        """Whether it is still ours; it may block as long as a network does."""

    def release(self) -> None:
        """Let it go for good: it cannot be taken again. Without effect when it is not held."""


def ownership_lock(database: Database) -> Lock:
    """The lock of the process that may write to this database."""
    if database.path is not None:
        return FileLock(os.path.realpath(database.path) + "-lock")
    return AdvisoryLock(database.address)


class FileLock:
    """A lock on a file, which stays when the lock goes: removing it would let two processes lock two files."""

    def __init__(self, path: str):
        self._path = path
        self._descriptor: int | None = None
        self._identity = (0, 0)
        self._over = False
        self._turns = threading.Lock()  # a thread that looks after the lock may be under way when it is let go

    def try_acquire(self) -> bool:
        with self._turns:
            return not self._over and self._take()

    def held(self) -> bool:
        """Not when the file was removed or replaced: another process can lock the one that is there now."""
        with self._turns:
            if self._descriptor is not None and self._standing() != self._identity:
                self._let_go()
            return self._descriptor is not None

    def release(self) -> None:
        with self._turns:
            self._over = True
            self._let_go()

    def _take(self) -> bool:
        if self._standing() in _held_here:
            return False
        descriptor = self._open()
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        status = os.fstat(descriptor)
        self._descriptor, self._identity = descriptor, (status.st_dev, status.st_ino)
        _held_here.add(self._identity)
        return True

    def _standing(self) -> tuple[int, int] | None:
        """The file that the path names now. It is not opened: closing it again would let the lock go."""
        try:
            status = os.stat(self._path)
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def _let_go(self) -> None:
        if self._descriptor is not None:
            _held_here.discard(self._identity)
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        try:
            return os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(
                f"The lock file {self._path} cannot be opened ({error.strerror}). "
                "Give this user the right to write in the folder of the database."
            ) from None


class AdvisoryLock:
    """A session's advisory lock. When its connection breaks it is gone, and anybody may take it.

    The server ends the session of a process that was killed a moment after it: `try_acquire` waits that long.
    """

    def __init__(self, address: Address):
        self._address = address
        self._engine = postgres.lock_engine(address)
        self._connection: Connection | None = None
        self._over = False
        self._turns = threading.Lock()  # a thread that looks after the lock may be under way when it is let go

    def try_acquire(self) -> bool:
        until = time.monotonic() + limits.LOCK_PATIENCE_SECONDS
        while True:
            with self._turns:
                if self._over or self._take():
                    return not self._over
            if time.monotonic() > until:
                return False
            time.sleep(_ASK_AGAIN_SECONDS)

    def held(self) -> bool:
        with self._turns:
            if self._connection is None:
                return False
            try:
                self._connection.execute(_ALIVE)
            except DBAPIError:
                self._let_go(self._connection)
            return self._connection is not None

    def release(self) -> None:
        """The lock is free when this returns: the end of the session alone would free it some time later."""
        with self._turns:
            self._over = True
            if self._connection is None:
                return
            with contextlib.suppress(DBAPIError):  # the session is gone, and its lock with it
                self._connection.execute(_UNLOCK, {"kind": ADVISORY_OWNER})
            self._let_go(self._connection)

    def _take(self) -> bool:
        try:
            connection = self._engine.connect()
            taken = bool(connection.execute(_TRY_LOCK, {"kind": ADVISORY_OWNER}).scalar_one())
        except DBAPIError as error:
            self._engine.dispose()
            raise StoreError(postgres.explain(self._address, str(error.orig))) from None
        if not taken:
            connection.close()
            self._engine.dispose()
            return False
        self._connection = connection
        return True

    def _let_go(self, connection: Connection) -> None:
        connection.invalidate()
        connection.close()
        self._connection = None
        self._engine.dispose()
