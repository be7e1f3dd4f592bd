"""Changing the master key: every data key is wrapped anew, none of the sealed values is touched.

    begin: the next master key is noted -> rewrap, a bounded number in each commit -> end: it is the master key

Offline: the database must not be in use by a server. It can stop anywhere, and goes on where it stopped; meanwhile no
server starts.
"""

from sqlalchemy import Connection

from engine import limits
from engine.store import data_keys
from engine.store.data_keys import MASTER, NEXT_MASTER, DataKeyRow
from engine.store.database import Database
from engine.store.errors import StoreError
from engine.store.leases import taken_message
from engine.store.locks import ownership_lock
from engine.store.master_key import MasterKey


def rotate_master(database: Database, old: MasterKey, new: MasterKey) -> int:
    """Have everything wrapped by `new`; how many data keys that were. Raises StoreError and leaves all as it was."""
    lock = ownership_lock(database)
    if not lock.try_acquire():
        raise StoreError(taken_message(database))
    try:
        with database.writer.transaction() as connection:
            _begin(connection, old, new)
        rewrapped = 0
        while True:
            with database.writer.transaction() as connection:
                done = _step(connection, old, new)
                rewrapped += done
                if not done:
                    _end(connection, new)
                    return rewrapped
    finally:
        lock.release()


def current_master(database: Database) -> str | None:
    """The id of the master key that the database knows, None: it has not been used."""
    with database.reader() as connection:
        return data_keys.master_id(connection, MASTER)


def _begin(connection: Connection, old: MasterKey, new: MasterKey) -> None:
    if not data_keys.is_master(connection, MASTER, old):
        raise StoreError(
            f"The master key of this database is {data_keys.master_id(connection, MASTER)}, but the one in "
            f"{old.origin} is {old.id}: give the old key as `serve` has it."
        )
    begun = data_keys.master_id(connection, NEXT_MASTER)
    if begun is not None and not data_keys.is_master(connection, NEXT_MASTER, new):
        raise StoreError(
            f"A change to the master key {begun} was begun and has not ended, but the one in {new.origin} is {new.id}: "
            "give the key that it was begun with."
        )
    if old.id == new.id:
        raise StoreError(f"The key in {new.origin} is the master key already.")
    if begun is None:
        data_keys.put_master(connection, NEXT_MASTER, new)


def _step(connection: Connection, old: MasterKey, new: MasterKey) -> int:
    """Rewrap some; how many."""
    rows = data_keys.wrapped_by(connection, old.id, limits.KEYS_REWRAPPED_PER_COMMIT)
    data_keys.rewrap(connection, [(row.id, _rewrapped(row, old, new)) for row in rows], new.id)
    return len(rows)


def _rewrapped(row: DataKeyRow, old: MasterKey, new: MasterKey) -> bytes:
    bound_to = data_keys.bound(row.id, row.alone)
    data_key = old.unwrap(row.wrapped, bound_to)
    if data_key is None:
        raise StoreError(
            f"The data key {row.id.hex()} is damaged: the master key {old.id} does not open it. Restore the table "
            "data_keys from a backup; the change of the master key goes on from here afterwards."
        )
    return new.wrap(data_key, bound_to)


def _end(connection: Connection, new: MasterKey) -> None:
    others = data_keys.masters(connection) - {new.id}
    if others:
        raise StoreError(f"Some data keys are wrapped by a master key that is neither of the two: {sorted(others)}.")
    data_keys.put_master(connection, MASTER, new)
    data_keys.forget_master(connection, NEXT_MASTER)
