"""Aliases of machines: names for one or two of a machine's versions, each with its share of the starts."""

import json

from sqlalchemy import Connection, bindparam, func, select

from engine.store.freetext import original_or_none, stored_or_none
from engine.store.rows import AliasRow
from engine.store.statements import AnyRow, delete_row, insert_row, row_columns, update_row
from engine.store.tables import aliases

_ROW = select(*row_columns(aliases, AliasRow)).where(aliases.c.machine == bindparam("machine_id"))
_BY_NAME = _ROW.where(aliases.c.name == bindparam("alias_name"))
_OF_MACHINE = _ROW.order_by(aliases.c.name)
_COUNT = select(func.count()).select_from(aliases).where(aliases.c.machine == bindparam("machine_id"))
_INSERT = insert_row(aliases)
_UPDATE = update_row(aliases, "description", "routing", "updated_ms")
_DELETE = delete_row(aliases)


def insert(connection: Connection, row: AliasRow) -> None:
    """A name that the machine has already raises SQLAlchemy's IntegrityError: the caller asks `by_name` first."""
    _INSERT.one(connection, _stored(row))


def update(connection: Connection, row: AliasRow) -> None:
    """Give the alias with this name a new description, routing and time of update."""
    _UPDATE.one(connection, _stored(row))


def delete(connection: Connection, machine_id: int, name: str) -> None:
    """Remove an alias; one that is not there is passed over."""
    _DELETE.one(connection, {"machine": machine_id, "name": name})


def by_name(connection: Connection, machine_id: int, name: str) -> AliasRow | None:
    found = connection.execute(_BY_NAME, {"machine_id": machine_id, "alias_name": name}).one_or_none()
    return None if found is None else _original(found)


def of_machine(connection: Connection, machine_id: int) -> list[AliasRow]:
    """All aliases of a machine (a hundred at most) in the order of their names."""
    return [_original(row) for row in connection.execute(_OF_MACHINE, {"machine_id": machine_id})]


def of_version(connection: Connection, machine_id: int, number: int) -> list[AliasRow]:
    """The aliases that lead to a version, in the order of their names."""
    found = of_machine(connection, machine_id)
    return [alias for alias in found if any(version == number for version, _ in alias.routing)]


def count(connection: Connection, machine_id: int) -> int:
    return int(connection.execute(_COUNT, {"machine_id": machine_id}).scalar_one())


def _stored(row: AliasRow) -> dict[str, object]:
    return {
        "machine": row.machine,
        "name": row.name,
        "description": stored_or_none(row.description),
        "routing": json.dumps(row.routing),
        "created_ms": row.created_ms,
        "updated_ms": row.updated_ms,
    }


def _original(row: AnyRow) -> AliasRow:
    machine, name, description, routing, created_ms, updated_ms = row
    routes = tuple((version, weight) for version, weight in json.loads(routing))
    return AliasRow(machine, name, original_or_none(description), routes, created_ms, updated_ms)
