"""Contacts of contact lists in the database, by list and address."""

import json
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select

from engine.contract import Caller
from engine.store.freetext import original, stored
from engine.store.statements import upsert_row
from integrations.ses.record_tables import contacts


@dataclass(frozen=True, slots=True)
class Contact:
    """`preferences`: OPT_IN or OPT_OUT by topic, of those that it has said something about."""

    list: str
    address: str
    unsubscribed: bool
    preferences: dict[str, str] = field(default_factory=dict)
    attributes: str | None = None
    created_ms: int = 0
    updated_ms: int = 0


_OF_LIST = (
    contacts.c.account == bindparam("of_account"),
    contacts.c.region == bindparam("of_region"),
    contacts.c.list == bindparam("of_list"),
)
_ONE = select(contacts).where(*_OF_LIST, contacts.c.address == bindparam("of_address"))
_PAGE = select(contacts).where(*_OF_LIST, contacts.c.address > bindparam("after")).order_by(contacts.c.address)
_COUNT = select(func.count()).select_from(contacts).where(*_OF_LIST)
_PUT = upsert_row(contacts)
_DELETE = delete(contacts).where(*_OF_LIST, contacts.c.address == bindparam("of_address"))
_DELETE_ALL = delete(contacts).where(*_OF_LIST)


def _list(caller: Caller, name: str) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region, "of_list": stored(name)}


def find(connection: Connection, caller: Caller, name: str, address: str) -> Contact | None:
    row = connection.execute(_ONE, {**_list(caller, name), "of_address": stored(address)}).one_or_none()
    return None if row is None else _read(row)


def page(connection: Connection, caller: Caller, name: str, after: str, limit: int) -> list[Contact]:
    """By their addresses."""
    rows = connection.execute(_PAGE.limit(limit), {**_list(caller, name), "after": stored(after)})
    return [_read(row) for row in rows]


def _read(row: Any) -> Contact:
    kept = json.loads(row.content)
    return Contact(
        original(row.list),
        original(row.address),
        kept["unsubscribed"],
        kept["preferences"],
        kept["attributes"],
        row.created_ms,
        row.updated_ms,
    )


def count(connection: Connection, caller: Caller, name: str) -> int:
    return int(connection.execute(_COUNT, _list(caller, name)).scalar_one())


def put(connection: Connection, caller: Caller, contact: Contact) -> None:
    kept = {
        "unsubscribed": contact.unsubscribed,
        "preferences": contact.preferences,
        "attributes": contact.attributes,
    }
    row = {
        "account": caller.account,
        "region": caller.region,
        "list": stored(contact.list),
        "address": stored(contact.address),
        "content": json.dumps(kept),
        "created_ms": contact.created_ms,
        "updated_ms": contact.updated_ms,
    }
    _PUT.one(connection, row)


def remove(connection: Connection, caller: Caller, name: str, address: str) -> bool:
    asked = {**_list(caller, name), "of_address": stored(address)}
    return connection.execute(_DELETE, asked).rowcount > 0


def remove_all(connection: Connection, caller: Caller, name: str) -> None:
    connection.execute(_DELETE_ALL, _list(caller, name))
