"""Who may write: one process holds all shards, and every commit proves that it still does.

Two things together. A lock that dies with its process (engine.store.locks) keeps a second process out; where it is lost
before (the Postgres server restarted), its owner takes it again, or stops when somebody else has it. Each acquisition
raises the epoch of every shard, and `check_epochs` compares it in each write transaction: an owner that lost its lock
without noticing (stopped, cut off) and wakes up after a successor has begun cannot commit any more.

Invariant: of two processes only the one that acquired last commits. On SQLite the write transactions exclude each
other; on Postgres the check locks the rows of the shards FOR SHARE, so that a takeover waits for the commit that it
came after, and the commit that it came before fails.
"""

import os
import socket
from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import Connection, select, text
from sqlalchemy.exc import SQLAlchemyError

from engine import limits
from engine.moment import iso_time
from engine.store.database import Database
from engine.store.errors import LeaseLost, StoreError
from engine.store.locks import Lock, ownership_lock
from engine.store.tables import shards

_TAKE = text(
    "INSERT INTO shards (shard, owner, epoch, acquired_ms) VALUES (:shard, :owner, 1, :acquired_ms) "
    "ON CONFLICT (shard) DO UPDATE "
    "SET owner = excluded.owner, epoch = shards.epoch + 1, acquired_ms = excluded.acquired_ms"
)
_EPOCHS = select(shards.c.shard, shards.c.epoch).order_by(shards.c.shard)
_HOLDER = select(shards.c.owner, shards.c.acquired_ms).order_by(shards.c.shard).limit(1)
# Epochs only grow, so that the same number of rows with the same sum are the same epochs.
_CHECK = {
    "sqlite": "SELECT count(*), sum(epoch) FROM shards WHERE owner = :owner",
    "postgresql": "SELECT count(*), sum(epoch)::bigint "
    "FROM (SELECT epoch FROM shards WHERE owner = %(owner)s FOR SHARE) AS held",
}


_TAKEN_OVER = (
    "Another process has taken over this database; this one must not write any more. "
    "Stop one of the two, and start this one again if it is to go on."
)


class Hold(Enum):
    """What became of a lock."""

    HELD = auto()
    REGAINED = auto()  # it was lost, and nobody has it but us: whether somebody had it in between, the epochs tell
    TAKEN = auto()  # it was lost, and another process has it


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for all shards. `epochs` has the epoch of each shard."""

    owner: str
    epochs: tuple[int, ...]
    lock: Lock

    def held(self) -> bool:
        """Whether the lock is still ours. It is not what stops a commit of an old owner: `check_epochs` is."""
        return self.lock.held()

    def keep(self) -> Hold:
        """Take the lock again where it was lost. Raises StoreError where the database cannot be asked."""
        if self.lock.held():
            return Hold.HELD
        return Hold.REGAINED if self.lock.try_acquire() else Hold.TAKEN

    def release(self) -> None:
        self.lock.release()


def acquire(database: Database, now_ms: int) -> Lease:
    """Take all shards of an upgraded database. Raises StoreError, naming the holder, when another process has them."""
    lock = ownership_lock(database)
    if not lock.try_acquire():
        raise StoreError(taken_message(database))
    try:
        owner = f"pid {os.getpid()} on {socket.gethostname()}"
        with database.writer.transaction() as connection:
            rows = [{"shard": shard, "owner": owner, "acquired_ms": now_ms} for shard in range(limits.SHARDS)]
            connection.execute(_TAKE, rows)
            epochs = tuple(row.epoch for row in connection.execute(_EPOCHS))
    except BaseException:
        lock.release()
        raise
    return Lease(owner, epochs, lock)


def check_epochs(connection: Connection, lease: Lease) -> None:
    """Called in every write transaction, before its commit. Raises LeaseLost when another process acquired since."""
    count, total = connection.exec_driver_sql(_CHECK[connection.dialect.name], {"owner": lease.owner}).one()
    if count != len(lease.epochs) or total != sum(lease.epochs):
        raise lease_lost()


def lease_lost() -> LeaseLost:
    """What ends a process that does not own the database any more."""
    return LeaseLost(_TAKEN_OVER)


def taken_message(database: Database) -> str:
    """What to tell the process that found the lock taken: who has it, and what to do."""
    return (
        f"The database {database.address.shown} is in use by another Statewright process ({_holder(database)}). "
        "Stop that one first, or use another database: one process at a time may write to it."
    )


def _holder(database: Database) -> str:
    try:
        with database.reader() as connection:
            found = connection.execute(_HOLDER).one_or_none()
    except SQLAlchemyError:  # the other process is making the tables just now
        found = None
    return "it has just begun" if found is None else f"{found.owner}, since {iso_time(found.acquired_ms)}"
