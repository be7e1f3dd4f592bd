"""Versions of machines: published revisions, by number.

A number is never used again, so the machine remembers its highest one. A version keeps nothing of its own but its
description and the revision that it stands for; that lives as long as the machine, whatever becomes of the version.
"""

from dataclasses import replace

from sqlalchemy import Connection, bindparam, func, insert, select, update

from engine.store.freetext import original_or_none, stored_or_none
from engine.store.rows import MachineRow, RevisionRow, VersionRow
from engine.store.statements import AnyRow, delete_row, row_columns
from engine.store.tables import machines, revisions, versions

_ROW = select(*row_columns(versions, VersionRow)).where(versions.c.machine == bindparam("machine_id"))
_BY_NUMBER = _ROW.where(versions.c.version == bindparam("number"))
_OF_REVISION = _ROW.where(versions.c.revision == bindparam("revision_of")).order_by(versions.c.version.desc()).limit(1)
_PAGE = (
    _ROW.where(versions.c.version < bindparam("before")).order_by(versions.c.version.desc()).limit(bindparam("limit"))
)
_COUNT = select(func.count()).select_from(versions).where(versions.c.machine == bindparam("machine_id"))
_REVISION = (
    select(*row_columns(revisions, RevisionRow))
    .join_from(versions, revisions, revisions.c.id == versions.c.revision)
    .where(versions.c.machine == bindparam("machine_id"), versions.c.version == bindparam("number"))
)
_INSERT = insert(versions)
_NEXT = (
    update(machines)
    .where(machines.c.id == bindparam("machine_id"))
    .values(last_version=machines.c.last_version + 1)
    .returning(machines.c.last_version)
)
_DELETE = delete_row(versions)
_NUMBER_MAX = 2**31 - 1  # of an INTEGER column


def publish(
    connection: Connection, machine_id: int, revision: int, description: str | None, created_ms: int
) -> VersionRow:
    """Make a version of a revision, with the next number."""
    number = int(connection.execute(_NEXT, {"machine_id": machine_id}).scalar_one())
    row = VersionRow(machine_id, number, revision, description, created_ms)
    values = {"machine": machine_id, "version": number, "revision": revision, "created_ms": created_ms}
    connection.execute(_INSERT, values | {"description": stored_or_none(description)})
    return row


def delete(connection: Connection, machine_id: int, number: int) -> None:
    """Remove a version; one that is not there is passed over. Its number is not used again."""
    if number <= _NUMBER_MAX:
        _DELETE.one(connection, {"machine": machine_id, "version": number})


def by_number(connection: Connection, machine_id: int, number: int) -> VersionRow | None:
    if number > _NUMBER_MAX:
        return None
    return _one(connection.execute(_BY_NUMBER, {"machine_id": machine_id, "number": number}).one_or_none())


def of_revision(connection: Connection, machine_id: int, revision: int) -> VersionRow | None:
    """The version that a revision was published as."""
    return _one(connection.execute(_OF_REVISION, {"machine_id": machine_id, "revision_of": revision}).one_or_none())


def at_version(connection: Connection, machine: MachineRow, number: int) -> MachineRow | None:
    """The machine as it is in one of its versions; None where there is no such version."""
    if number > _NUMBER_MAX:
        return None
    found = connection.execute(_REVISION, {"machine_id": machine.id, "number": number}).one_or_none()
    if found is None:
        return None
    revision = RevisionRow(*found)
    return replace(
        machine,
        revision=revision.id,
        revision_id=revision.revision_id,
        definition=revision.definition,
        role_arn=revision.role_arn,
        logging=revision.logging,
        tracing=revision.tracing,
        encryption=revision.encryption,
        variables=revision.variables,
        updated_ms=revision.created_ms,
        version=number,
    )


def list_page(connection: Connection, machine_id: int, before: int | None, limit: int) -> list[VersionRow]:
    """At most `limit` versions with a number below `before`, the newest first."""
    values = {"machine_id": machine_id, "before": _NUMBER_MAX if before is None else before, "limit": limit}
    return [_original(row) for row in connection.execute(_PAGE, values)]


def count(connection: Connection, machine_id: int) -> int:
    return int(connection.execute(_COUNT, {"machine_id": machine_id}).scalar_one())


def _one(row: AnyRow | None) -> VersionRow | None:
    return None if row is None else _original(row)


def _original(row: AnyRow) -> VersionRow:
    found = VersionRow(*row)
    return found if found.description is None else replace(found, description=original_or_none(found.description))
