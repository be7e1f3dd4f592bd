"""Envelope encryption of what is at rest: values sealed by data keys, data keys wrapped by the master key.

    sealed = format (1) | id of the data key (16) | nonce (12) | ciphertext | tag (16)        AES-256-GCM

A sealed value is bound to what its caller says (`bound_to`: an ARN and a version, say) and opens for nothing else.
Changing the master key rewraps the data keys and touches no value. The invariant: what was sealed in a transaction that
is committed can be opened as long as its row and the master key exist; a data key of a transaction that was lost is
never used again (its id is random, and `_shared` is believed only once another transaction has seen it).

Values of one kind and a short life share a data key, made anew by each process; a value that is sealed `alone` has one
of its own, and forgetting that key destroys the value, in every backup of the database that is made later.
"""

import os
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from engine import limits
from engine.errors import InvariantError, ServiceError
from engine.store import data_keys
from engine.store.data_keys import MASTER, NEXT_MASTER, DataKeyRow
from engine.store.database import Database
from engine.store.errors import StoreError
from engine.store.master_key import (
    KEY_BYTES,
    NONCE_BYTES,
    TAG_BYTES,
    VARIABLE,
    MasterKey,
    make_key_file,
    master_key,
    read_key_file,
)

FORMAT = b"\x01"
ID_BYTES = 16
_HEAD_BYTES = len(FORMAT) + ID_BYTES
OVERHEAD_BYTES = _HEAD_BYTES + NONCE_BYTES + TAG_BYTES


class SealBroken(ServiceError):
    """A sealed value that does not open; the message says why, and never anything of the value."""

    def __init__(self, why: str):
        super().__init__("InternalFailure", f"A value that is encrypted at rest cannot be read: {why}", 500)


class Keyring:
    """The keys of one open database. `configured`: the operator gave a master key, or said where it is to be."""

    def __init__(self, place: Path | None, master: MasterKey | None, configured: bool):
        self.configured = configured
        self._place = place  # of the key file; None: the key is in memory only
        self._master = master
        self._opened: OrderedDict[bytes, AESGCM] = OrderedDict()  # the least lately used first
        self._opening = Lock()  # readers open beside the writer
        self._shared: tuple[bytes, AESGCM] | None = None
        self._shared_by: object | None = None  # the transaction that made it, while that may yet be lost
        self._seals_left = 0

    @property
    def master_id(self) -> str | None:
        return None if self._master is None else self._master.id

    def seal_shared(self, at: "TransactionKeys", plaintext: bytes, bound_to: bytes) -> bytes:
        key_id, cipher = self._shared_key(at)
        return _sealed(key_id, cipher, plaintext, bound_to)

    def seal_alone(self, at: "TransactionKeys", plaintext: bytes, bound_to: bytes) -> bytes:
        key_id, cipher = self._new_key(at.connection, at.now_ms, alone=1)
        return _sealed(key_id, cipher, plaintext, bound_to)

    def open(self, connection: Connection, sealed: bytes, bound_to: bytes) -> bytes:
        """Raises SealBroken."""
        if len(sealed) < OVERHEAD_BYTES:
            raise SealBroken("it is truncated.")
        if sealed[:1] != FORMAT:
            raise SealBroken("it is damaged, or was written by a newer version.")
        cipher = self._cipher(connection, sealed[1:_HEAD_BYTES])
        head, nonce, body = sealed[:_HEAD_BYTES], sealed[_HEAD_BYTES:][:NONCE_BYTES], sealed[_HEAD_BYTES:][NONCE_BYTES:]
        try:
            return cipher.decrypt(nonce, body, head + bound_to)
        except InvalidTag:
            raise SealBroken("it was changed, is damaged, or belongs to something else.") from None

    def forget(self, connection: Connection, sealed: bytes) -> None:
        """Destroy the data key of a value that was sealed alone: nobody opens that value any more."""
        data_keys.remove(connection, sealed[1:_HEAD_BYTES])

    def _shared_key(self, at: "TransactionKeys") -> tuple[bytes, AESGCM]:
        if self._shared is not None and self._seals_left > 0 and self._is_stored(at, self._shared[0]):
            self._seals_left -= 1
            return self._shared
        self._shared = self._new_key(at.connection, at.now_ms, alone=0)
        self._shared_by = at
        self._seals_left = limits.DATA_KEY_SEALS_MAX - 1
        return self._shared

    def _is_stored(self, at: "TransactionKeys", key_id: bytes) -> bool:
        if self._shared_by is None:
            return True
        if data_keys.get(at.connection, key_id) is None:
            return False  # the transaction that made it, or its savepoint, was lost
        if self._shared_by is not at:
            self._shared_by = None  # committed
        return True

    def _new_key(self, connection: Connection, now_ms: int, alone: int) -> tuple[bytes, AESGCM]:
        master = self._ready_master(connection)
        key_id = now_ms.to_bytes(6, "big") + os.urandom(ID_BYTES - 6)  # begins with the time: appended to its index
        data_key = AESGCM.generate_key(KEY_BYTES * 8)
        wrapped = master.wrap(data_key, data_keys.bound(key_id, alone))
        data_keys.insert(connection, DataKeyRow(key_id, master.id, alone, now_ms, wrapped))
        return key_id, AESGCM(data_key)

    def _ready_master(self, connection: Connection) -> MasterKey:
        """The master key, made on first use, and known to the database as its own."""
        if self._master is None:
            try:
                self._master = _new_master(self._place)
            except StoreError as error:
                raise ServiceError("ServiceUnavailable", str(error), 503) from None
        known = data_keys.master_id(connection, MASTER)
        if known is None:
            data_keys.put_master(connection, MASTER, self._master)
        elif known != self._master.id:
            raise SealBroken(wrong_key_message(known, self._master, self._place))
        return self._master

    def _cipher(self, connection: Connection, key_id: bytes) -> AESGCM:
        with self._opening:
            cipher = self._opened.get(key_id)
            if cipher is not None:
                self._opened.move_to_end(key_id)
                return cipher
        cipher = self._unwrapped(connection, key_id)
        with self._opening:
            self._opened[key_id] = cipher
            if len(self._opened) > limits.DATA_KEYS_CACHED_MAX:
                self._opened.popitem(last=False)
        return cipher

    def _unwrapped(self, connection: Connection, key_id: bytes) -> AESGCM:
        row = data_keys.get(connection, key_id)
        if row is None:
            raise SealBroken("its data key does not exist (any more).")
        if self._master is None or row.master != self._master.id:
            raise SealBroken(
                f"its data key is wrapped by the master key {row.master}, which this server does not have."
            )
        data_key = self._master.unwrap(row.wrapped, data_keys.bound(key_id, row.alone))
        if data_key is None or len(data_key) != KEY_BYTES:
            raise SealBroken("its data key is damaged.")
        return AESGCM(data_key)


class TransactionKeys:
    """Implements engine.contract.Keys for one transaction. `now_ms` None: one that only reads."""

    __slots__ = ("_keyring", "_now_ms", "connection")

    def __init__(self, keyring: Keyring | None, connection: Connection, now_ms: int | None):
        self._keyring = keyring
        self._now_ms = now_ms
        self.connection = connection

    @property
    def configured(self) -> bool:
        return self._keyring is not None and self._keyring.configured

    @property
    def now_ms(self) -> int:
        if self._now_ms is None:
            raise InvariantError("a reading operation seals nothing")
        return self._now_ms

    def seal(self, plaintext: bytes, bound_to: bytes) -> bytes:
        return self._ring.seal_shared(self, plaintext, bound_to)

    def seal_alone(self, plaintext: bytes, bound_to: bytes) -> bytes:
        return self._ring.seal_alone(self, plaintext, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes:
        return self._ring.open(self.connection, sealed, bound_to)

    def forget(self, sealed: bytes) -> None:
        self._ring.forget(self.connection, sealed)

    @property
    def _ring(self) -> Keyring:
        if self._keyring is None:
            raise InvariantError("this engine was opened without a keyring")
        return self._keyring


def open_keyring(database: Database, key: str | None, file: Path | None) -> Keyring:
    """The keyring of an upgraded database that this process owns. Raises StoreError: the wrong key is noticed here.

    `key`: the master key itself, as text; `file`: where it is, or is to be. Without either it is made on first use,
    beside an SQLite file, else in the working folder, and a throwaway database's is not written down at all.
    """
    place = None if key is not None else (file or default_place(database))
    configured = key is not None or file is not None
    master = _given_master(key, place)
    with database.reader() as connection:
        known = data_keys.master_id(connection, MASTER)
        changing = data_keys.master_id(connection, NEXT_MASTER)
        fits = master is None or known is None or data_keys.is_master(connection, MASTER, master)
    if changing is not None:
        raise StoreError(
            "A change of the master key was begun and has not ended: the data keys of this database are wrapped partly "
            f"by the key {known}, partly by the key {changing}. Run `statewright keys rotate` again; it goes on."
        )
    if known is not None and (master is None or not fits):
        raise StoreError(wrong_key_message(known, master, place))
    if master is None and configured:
        master = _new_master(place)
    return Keyring(place, master, configured)


def default_place(database: Database) -> Path | None:
    """Where the master key of a database is that nobody configured; None for a throwaway one."""
    if database.backend == "postgresql":
        return Path("statewright.key").resolve()
    if database.address.path is None:
        return None
    path = Path(os.path.realpath(database.address.path))
    return path.with_name(path.name + ".key")


def wrong_key_message(known: str, given: MasterKey | None, place: Path | None) -> str:
    """What to tell who starts a server with a key that is not the database's. Ids are no secrets."""
    if given is None:
        found = f"there is no file {place}"
    elif given.id == known:
        found = f"the one in {given.origin} has its id, but does not open what that key has sealed"
    else:
        found = f"the one in {given.origin} is {given.id}"
    return (
        f"The secrets in this database are encrypted under the master key {known}, but {found}. Give that key: "
        f"[encryption] master_key_file in statewright.toml, or {VARIABLE}. Without it nobody can read them. "
        "(If `statewright keys rotate` has just been made, run it once more to have it put the new file in its place.)"
    )


def _given_master(key: str | None, place: Path | None) -> MasterKey | None:
    if key is not None:
        return master_key(key, f"the variable {VARIABLE}")
    return None if place is None else read_key_file(place)


def _new_master(place: Path | None) -> MasterKey:
    if place is None:
        return master_key(os.urandom(KEY_BYTES).hex(), "memory")
    return make_key_file(place)


def _sealed(key_id: bytes, cipher: AESGCM, plaintext: bytes, bound_to: bytes) -> bytes:
    head, nonce = FORMAT + key_id, os.urandom(NONCE_BYTES)
    return head + nonce + cipher.encrypt(nonce, plaintext, head + bound_to)
