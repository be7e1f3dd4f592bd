"""IP address filters in the database."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from engine.contract import Caller
from engine.store.freetext import stored
from integrations.ses.receiving.filters import Filter
from integrations.ses.receiving.tables import filters

_OWNED = (filters.c.account == bindparam("of_account"), filters.c.region == bindparam("of_region"))
_ALL = select(filters.c.name, filters.c.policy, filters.c.cidr).where(*_OWNED).order_by(filters.c.name)
_ADD = insert(filters)
_DELETE = delete(filters).where(*_OWNED, filters.c.name == bindparam("of_name"))


def _owner(caller: Caller) -> dict[str, Any]:
    return {"of_account": caller.account, "of_region": caller.region}


def all_of(connection: Connection, caller: Caller) -> list[Filter]:
    return [Filter(*row) for row in connection.execute(_ALL, _owner(caller))]


def add(connection: Connection, caller: Caller, found: Filter) -> None:
    row = {"name": found.name, "policy": found.policy, "cidr": found.cidr}
    connection.execute(_ADD, {"account": caller.account, "region": caller.region, **row})


def remove(connection: Connection, caller: Caller, name: str) -> None:
    connection.execute(_DELETE, {**_owner(caller), "of_name": stored(name)})
