"""State machines and their revisions.

A machine points at its current revision; the executions that started before keep theirs, so revisions live as long as
their machine. Pages are in the order of the ARN: AWS promises none, and this one survives changes between two pages.
"""

import sqlalchemy as sql
from sqlalchemy import Connection, bindparam, exists, func, literal_column, select, update

from engine.store.rows import MachineRow, RevisionRow
from engine.store.statements import AnyRow, AnySelect, row_columns
from engine.store.tables import aliases, executions, machines, revisions, tags, versions

_JOINED: AnySelect = select(
    *(machines.c[name] for name in ("id", "arn", "account", "region", "name", "type", "status", "revision")),
    *(revisions.c[name] for name in ("revision_id", "definition", "role_arn", "logging", "tracing", "encryption")),
    machines.c.created_ms,
    revisions.c.created_ms.label("updated_ms"),
    revisions.c.variables,
).join_from(machines, revisions, revisions.c.id == machines.c.revision)

_BY_ARN = _JOINED.where(machines.c.arn == bindparam("arn"))
_BY_ID = _JOINED.where(machines.c.id == bindparam("id"))
_PAGE = (
    _JOINED.where(
        machines.c.account == bindparam("account"),
        machines.c.region == bindparam("region"),
        machines.c.arn > bindparam("after"),
    )
    .order_by(machines.c.arn)
    .limit(bindparam("limit"))
)
_COUNT = (
    select(func.count())
    .select_from(machines)
    .where(machines.c.account == bindparam("account"), machines.c.region == bindparam("region"))
)
# The states are literals so that the partial indexes can serve.
_DRAINED = _JOINED.where(
    machines.c.status == literal_column("'DELETING'"),
    ~exists().where(executions.c.machine == machines.c.id, executions.c.status == literal_column("'RUNNING'")),
).order_by(machines.c.id)
_DELETING = select(machines.c.id).where(machines.c.status == literal_column("'DELETING'"))
_REVISION = select(*row_columns(revisions, RevisionRow)).where(revisions.c.id == bindparam("id"))

_INSERT = sql.insert(machines)
_INSERT_REVISION = sql.insert(revisions)
_SET_REVISION = update(machines).where(machines.c.id == bindparam("machine_id")).values(revision=bindparam("current"))
_SET_STATUS = update(machines).where(machines.c.id == bindparam("machine_id")).values(status=bindparam("new_status"))
_DELETE_TAGS = sql.delete(tags).where(
    tags.c.resource_arn == select(machines.c.arn).where(machines.c.id == bindparam("id")).scalar_subquery()
)
_DELETE_REVISIONS = sql.delete(revisions).where(revisions.c.machine == bindparam("id"))
_DELETE_VERSIONS = sql.delete(versions).where(versions.c.machine == bindparam("id"))
_DELETE_ALIASES = sql.delete(aliases).where(aliases.c.machine == bindparam("id"))
_DELETE = sql.delete(machines).where(machines.c.id == bindparam("id"))


def insert(
    connection: Connection,
    *,
    arn: str,
    account: str,
    region: str,
    name: str,
    type: str,
    definition: str,
    role_arn: str,
    logging: str,
    tracing: str,
    encryption: str,
    created_ms: int,
    variables: str = "{}",
) -> int:
    """Create a machine with its first revision (which has no revision id, as on AWS). Returns the machine's id.

    An ARN that exists raises SQLAlchemy's IntegrityError: the caller asks `by_arn` first, in the same transaction.
    """
    machine = {"arn": arn, "account": account, "region": region, "name": name, "type": type}
    made = connection.execute(
        _INSERT, machine | {"status": "ACTIVE", "revision": 0, "last_version": 0, "created_ms": created_ms}
    )
    machine_id = _new_id(made.inserted_primary_key)
    add_revision(
        connection,
        machine_id,
        revision_id=None,
        definition=definition,
        role_arn=role_arn,
        logging=logging,
        tracing=tracing,
        encryption=encryption,
        created_ms=created_ms,
        variables=variables,
    )
    return machine_id


def add_revision(
    connection: Connection,
    machine_id: int,
    *,
    revision_id: str | None,
    definition: str,
    role_arn: str,
    logging: str,
    tracing: str,
    encryption: str,
    created_ms: int,
    variables: str = "{}",
) -> int:
    """Give a machine a new current revision. Returns the revision's id."""
    made = connection.execute(
        _INSERT_REVISION,
        {
            "machine": machine_id,
            "revision_id": revision_id,
            "definition": definition,
            "role_arn": role_arn,
            "logging": logging,
            "tracing": tracing,
            "encryption": encryption,
            "variables": variables,
            "created_ms": created_ms,
        },
    )
    current = _new_id(made.inserted_primary_key)
    connection.execute(_SET_REVISION, {"machine_id": machine_id, "current": current})
    return current


def set_status(connection: Connection, machine_id: int, status: str) -> None:
    connection.execute(_SET_STATUS, {"machine_id": machine_id, "new_status": status})


def delete(connection: Connection, machine_id: int) -> None:
    """Remove a machine with its revisions, versions, aliases and tags. Its executions stay."""
    for statement in (_DELETE_TAGS, _DELETE_ALIASES, _DELETE_VERSIONS, _DELETE_REVISIONS, _DELETE):
        connection.execute(statement, {"id": machine_id})


def by_arn(connection: Connection, arn: str) -> MachineRow | None:
    found = connection.execute(_BY_ARN, {"arn": arn}).one_or_none()
    return None if found is None else MachineRow(*found)


def by_id(connection: Connection, machine_id: int) -> MachineRow | None:
    found = connection.execute(_BY_ID, {"id": machine_id}).one_or_none()
    return None if found is None else MachineRow(*found)


def revision(connection: Connection, revision: int) -> RevisionRow | None:
    found = connection.execute(_REVISION, {"id": revision}).one_or_none()
    return None if found is None else RevisionRow(*found)


def list_page(connection: Connection, account: str, region: str, after_arn: str | None, limit: int) -> list[MachineRow]:
    """At most `limit` machines of an account and region in the order of their ARNs, after `after_arn`."""
    values = {"account": account, "region": region, "after": after_arn or "", "limit": limit}
    return [MachineRow(*row) for row in connection.execute(_PAGE, values)]


def count(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT, {"account": account, "region": region}).scalar_one())


def deleting(connection: Connection) -> list[int]:
    """The ids of the machines that are being deleted."""
    return list(connection.execute(_DELETING).scalars())


def drained(connection: Connection) -> list[MachineRow]:
    """The machines that are being deleted and have no running execution."""
    return [MachineRow(*row) for row in connection.execute(_DRAINED)]


def _new_id(primary_key: AnyRow | None) -> int:
    assert primary_key is not None, "an insert into a table with a generated key returns it"
    return int(primary_key[0])
