"""The versions of secrets and their staging labels in the database; values only ever sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from integrations.secretsmanager.tables import labels, versions

Labels = dict[str, str]  # label -> the version that has it


@dataclass(frozen=True, slots=True)
class Version:
    """`value` None: announced by a rotation, and not yet filled. `kind`: string, binary."""

    id: int
    version_id: str
    kind: str | None
    value: bytes | None
    kms_key_id: str | None
    created_ms: int
    accessed_ms: int | None


_COLUMNS = [versions.c[member.name] for member in fields(Version)]
_OF_SECRET = versions.c.secret == bindparam("secret_id")

_ONE = select(*_COLUMNS).where(_OF_SECRET, versions.c.version_id == bindparam("name"))
_COUNT = select(func.count()).select_from(versions).where(_OF_SECRET)
_ALL = select(*_COLUMNS).where(_OF_SECRET).order_by(versions.c.id)
_ADD = insert(versions)
_SET = update(versions).where(versions.c.id == bindparam("row_id"))
_DELETE = delete(versions).where(versions.c.id == bindparam("row_id"))
_DELETE_ALL = delete(versions).where(_OF_SECRET)
_OLD_UNLABELLED = (
    select(*_COLUMNS)
    .where(_OF_SECRET, versions.c.created_ms < bindparam("before_ms"))
    .where(versions.c.version_id.not_in(select(labels.c.version_id).where(labels.c.secret == bindparam("secret_id"))))
    .order_by(versions.c.id)
    .limit(bindparam("most"))
)

_LABELS = select(labels.c.label, labels.c.version_id).where(labels.c.secret == bindparam("secret_id"))
_LABELS_OF_MANY = select(labels.c.secret, labels.c.label, labels.c.version_id).where(
    labels.c.secret.in_(bindparam("secrets", expanding=True))
)
_ADD_LABELS = insert(labels)
_DELETE_LABEL = delete(labels).where(labels.c.secret == bindparam("secret_id"), labels.c.label == bindparam("name"))
_DELETE_LABELS = delete(labels).where(labels.c.secret == bindparam("secret_id"))


def version(connection: Connection, secret_id: int, version_id: str) -> Version | None:
    found = connection.execute(_ONE, {"secret_id": secret_id, "name": version_id}).one_or_none()
    return None if found is None else Version(*found)


def all_versions(connection: Connection, secret_id: int) -> list[Version]:
    """In the order in which they were made."""
    return [Version(*row) for row in connection.execute(_ALL, {"secret_id": secret_id})]


def page(connection: Connection, secret_id: int, after: int | None, limit: int, with_unlabelled: bool) -> list[Version]:
    """At most `limit` versions that have a value, in the order in which they were made, after the row `after`."""
    query = _ALL.where(versions.c.value.is_not(None)).limit(limit)
    if after is not None:
        query = query.where(versions.c.id > after)
    if not with_unlabelled:
        query = query.where(versions.c.version_id.in_(select(labels.c.version_id).where(labels.c.secret == secret_id)))
    return [Version(*row) for row in connection.execute(query, {"secret_id": secret_id})]


def count(connection: Connection, secret_id: int) -> int:
    return int(connection.execute(_COUNT, {"secret_id": secret_id}).scalar_one())


def add(connection: Connection, **values: Any) -> None:
    connection.execute(_ADD, values)


def change(connection: Connection, row_id: int, **values: Any) -> None:
    connection.execute(_SET.values(**values), {"row_id": row_id})


def set_key(connection: Connection, secret_id: int, of_labels: Sequence[str], kms_key_id: str | None) -> None:
    """Name the key of the versions that have any of these labels."""
    labelled = select(labels.c.version_id).where(labels.c.secret == secret_id, labels.c.label.in_(of_labels))
    changed = update(versions).where(versions.c.secret == secret_id, versions.c.version_id.in_(labelled))
    connection.execute(changed.values(kms_key_id=kms_key_id))


def remove(connection: Connection, row_id: int) -> None:
    connection.execute(_DELETE, {"row_id": row_id})


def remove_all(connection: Connection, secret_id: int) -> None:
    connection.execute(_DELETE_ALL, {"secret_id": secret_id})
    connection.execute(_DELETE_LABELS, {"secret_id": secret_id})


def old_unlabelled(connection: Connection, secret_id: int, before_ms: int, most: int) -> list[Version]:
    """The oldest versions without a label that were made before a time."""
    found = connection.execute(_OLD_UNLABELLED, {"secret_id": secret_id, "before_ms": before_ms, "most": most})
    return [Version(*row) for row in found]


def labels_of(connection: Connection, secret_id: int) -> Labels:
    return {row[0]: row[1] for row in connection.execute(_LABELS, {"secret_id": secret_id})}


def labels_of_many(connection: Connection, secret_ids: Sequence[int]) -> dict[int, Labels]:
    found: dict[int, Labels] = {secret_id: {} for secret_id in secret_ids}
    if secret_ids:
        for secret_id, label, version_id in connection.execute(_LABELS_OF_MANY, {"secrets": list(secret_ids)}):
            found[secret_id][label] = version_id
    return found


def put_labels(connection: Connection, secret_id: int, before: Labels, after: Mapping[str, str]) -> None:
    """Make the labels those of `after`; `before` is what they are."""
    gone = [{"secret_id": secret_id, "name": label} for label in before if before[label] != after.get(label)]
    new = [
        {"secret": secret_id, "label": label, "version_id": version_id}
        for label, version_id in after.items()
        if before.get(label) != version_id
    ]
    if gone:
        connection.execute(_DELETE_LABEL, gone)
    if new:
        connection.execute(_ADD_LABELS, new)
