"""Secrets and their replicas in the database. Versions and labels are integrations.secretsmanager.version_store's."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from integrations.secretsmanager.tables import replicas, secrets


@dataclass(frozen=True, slots=True)
class Secret:
    """`content`: whose versions and labels it has; of a replica its primary's."""

    id: int
    account: str
    region: str
    name: str
    arn: str
    description: str | None
    kms_key_id: str | None
    type: str | None
    created_ms: int
    changed_ms: int
    accessed_ms: int | None
    delete_ms: int | None
    primary_id: int | None
    policy: str | None
    rotation_enabled: int | None
    rotation_function: str | None
    rotation_rules: str | None
    rotated_ms: int | None
    rotate_from_ms: int | None
    rotate_until_ms: int | None
    alarm_ms: int | None

    @property
    def content(self) -> int:
        return self.id if self.primary_id is None else self.primary_id


@dataclass(frozen=True, slots=True)
class Replica:
    """`replica`: the id of the replica's secret; None where it could not be made."""

    region: str
    kms_key_id: str | None
    status: str
    message: str | None
    replica: int | None


_COLUMNS = [secrets.c[member.name] for member in fields(Secret)]
_REPLICA_COLUMNS = [replicas.c[member.name] for member in fields(Replica)]
_OWNED = (secrets.c.account == bindparam("account"), secrets.c.region == bindparam("region"))

_BY_NAME = select(*_COLUMNS).where(*_OWNED, secrets.c.name == bindparam("name"))
_BY_ARN = select(*_COLUMNS).where(secrets.c.arn == bindparam("arn"))
_BY_ID = select(*_COLUMNS).where(secrets.c.id == bindparam("secret_id"))
_COUNT = select(func.count()).select_from(secrets).where(*_OWNED)
_ADD = insert(secrets)
_SET = update(secrets).where(secrets.c.id == bindparam("secret_id"))
_DELETE = delete(secrets).where(secrets.c.id == bindparam("secret_id"))

_REPLICAS = select(*_REPLICA_COLUMNS).where(replicas.c.secret == bindparam("secret_id")).order_by(replicas.c.region)
_ADD_REPLICA = insert(replicas)
_DELETE_REPLICA = delete(replicas).where(
    replicas.c.secret == bindparam("secret_id"), replicas.c.region == bindparam("of_region")
)
# What ListSecrets sorts by. A secret that was never accessed comes as if at the beginning of time.
SORT_COLUMNS = {
    "created-date": secrets.c.created_ms,
    "last-accessed-date": func.coalesce(secrets.c.accessed_ms, 0),
    "last-changed-date": secrets.c.changed_ms,
    "name": secrets.c.name,
}


def by_name(connection: Connection, account: str, region: str, name: str) -> Secret | None:
    found = connection.execute(_BY_NAME, {"account": account, "region": region, "name": name}).one_or_none()
    return None if found is None else Secret(*found)


def by_arn(connection: Connection, arn: str) -> Secret | None:
    found = connection.execute(_BY_ARN, {"arn": arn}).one_or_none()
    return None if found is None else Secret(*found)


def by_id(connection: Connection, secret_id: int) -> Secret | None:
    found = connection.execute(_BY_ID, {"secret_id": secret_id}).one_or_none()
    return None if found is None else Secret(*found)


def count(connection: Connection, account: str, region: str) -> int:
    return int(connection.execute(_COUNT, {"account": account, "region": region}).scalar_one())


def add(connection: Connection, **values: Any) -> int:
    """The new secret's id. A name that exists raises IntegrityError."""
    made = connection.execute(_ADD, values).inserted_primary_key
    assert made is not None, "an insert into a table with a generated key returns it"
    return int(made[0])


def change(connection: Connection, secret_id: int, **values: Any) -> None:
    connection.execute(_SET.values(**values), {"secret_id": secret_id})


def remove(connection: Connection, secret_id: int) -> None:
    connection.execute(_DELETE, {"secret_id": secret_id})


def page(
    connection: Connection,
    account: str,
    region: str,
    sort_by: str,
    descending: bool,
    after: Sequence[Any] | None,
    limit: int,
    with_deleted: bool,
) -> list[Secret]:
    """At most `limit` secrets in an order of SORT_COLUMNS. `after`: [sort value, id] of the one before."""
    by = SORT_COLUMNS[sort_by]
    order = (by.desc(), secrets.c.id.desc()) if descending else (by, secrets.c.id)
    query = select(*_COLUMNS).where(*_OWNED).order_by(*order).limit(limit)
    if not with_deleted:
        query = query.where(secrets.c.delete_ms.is_(None))
    if after is not None:
        value, secret_id = after
        beyond = secrets.c.id < secret_id if descending else secrets.c.id > secret_id
        query = query.where((by < value if descending else by > value) | ((by == value) & beyond))
    return [Secret(*row) for row in connection.execute(query, {"account": account, "region": region})]


def sort_value(secret: Secret, sort_by: str) -> int | str:
    """What `page` sorts the secret by."""
    values: dict[str, int | str] = {
        "created-date": secret.created_ms,
        "last-accessed-date": secret.accessed_ms or 0,
        "last-changed-date": secret.changed_ms,
        "name": secret.name,
    }
    return values[sort_by]


def replicas_of(connection: Connection, primary_id: int) -> list[Replica]:
    """By region."""
    return [Replica(*row) for row in connection.execute(_REPLICAS, {"secret_id": primary_id})]


def put_replica(connection: Connection, primary_id: int, replica: Replica) -> None:
    remove_replica(connection, primary_id, replica.region)
    row = {member.name: getattr(replica, member.name) for member in fields(Replica)}
    connection.execute(_ADD_REPLICA, {"secret": primary_id, **row})


def remove_replica(connection: Connection, primary_id: int, region: str) -> None:
    connection.execute(_DELETE_REPLICA, {"secret_id": primary_id, "of_region": region})
