"""The data keys of the database, wrapped by the master key, and which master key that is.

`meta` has the id of the master key with a canary that only it can open, and, while the master key is being changed,
the same of the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, func, select

from engine.store import meta
from engine.store.master_key import MasterKey
from engine.store.statements import delete_row, insert_row, row_columns, update_row
from engine.store.tables import data_keys
from engine.store.tables import meta as meta_table

MASTER = "master_key"
NEXT_MASTER = "master_key_next"  # while `keys rotate` has not ended
_CANARY = b"statewright canary"


@dataclass(frozen=True, slots=True)
class DataKeyRow:
    """`alone`: 1 where it seals a single value, and goes with it."""

    id: bytes
    master: str
    alone: int
    created_ms: int
    wrapped: bytes


_COLUMNS = row_columns(data_keys, DataKeyRow)
_GET = select(*_COLUMNS).where(data_keys.c.id == bindparam("id"))
_WRAPPED_BY = (
    select(*_COLUMNS).where(data_keys.c.master == bindparam("master")).order_by(data_keys.c.id).limit(bindparam("most"))
)
_COUNT = select(func.count()).select_from(data_keys)
_MASTERS = select(data_keys.c.master).distinct().limit(10)
_INSERT = insert_row(data_keys)
_REWRAP = update_row(data_keys, "master", "wrapped")
_DELETE = delete_row(data_keys)
_DELETE_META = delete(meta_table).where(meta_table.c.key == bindparam("name"))


def bound(key_id: bytes, alone: int) -> bytes:
    """What a wrapped data key is bound to: its row."""
    return b"statewright data key\0" + key_id + bytes([alone])


def get(connection: Connection, key_id: bytes) -> DataKeyRow | None:
    found = connection.execute(_GET, {"id": key_id}).one_or_none()
    return None if found is None else DataKeyRow(*found)


def insert(connection: Connection, row: DataKeyRow) -> None:
    _INSERT.one(connection, {name: getattr(row, name) for name in DataKeyRow.__slots__})


def remove(connection: Connection, key_id: bytes) -> None:
    _DELETE.one(connection, {"id": key_id})


def wrapped_by(connection: Connection, master_id: str, most: int) -> list[DataKeyRow]:
    return [DataKeyRow(*row) for row in connection.execute(_WRAPPED_BY, {"master": master_id, "most": most})]


def rewrap(connection: Connection, rows: Sequence[tuple[bytes, bytes]], master_id: str) -> None:
    """(id, wrapped) of each."""
    _REWRAP(connection, [{"id": key_id, "wrapped": wrapped, "master": master_id} for key_id, wrapped in rows])


def count(connection: Connection) -> int:
    return int(connection.execute(_COUNT).scalar_one())


def masters(connection: Connection) -> set[str]:
    """The ids of the master keys that wrap anything."""
    return set(connection.execute(_MASTERS).scalars())


def put_master(connection: Connection, name: str, master: MasterKey) -> None:
    """Say that `master` is the MASTER, or the NEXT_MASTER."""
    meta.put(connection, name, f"{master.id} {master.wrap(_CANARY, _CANARY).hex()}")


def forget_master(connection: Connection, name: str) -> None:
    connection.execute(_DELETE_META, {"name": name})


def master_id(connection: Connection, name: str) -> str | None:
    """The id of the MASTER or the NEXT_MASTER; None where there is none."""
    stored = meta.get(connection, name)
    return None if stored is None else stored.partition(" ")[0]


def is_master(connection: Connection, name: str, master: MasterKey) -> bool:
    """Whether `master` opens the canary of the MASTER or the NEXT_MASTER."""
    key_id, _, canary = (meta.get(connection, name) or "").partition(" ")
    try:
        sealed = bytes.fromhex(canary)
    except ValueError:  # damaged
        return False
    return key_id == master.id and master.unwrap(sealed, _CANARY) == _CANARY
