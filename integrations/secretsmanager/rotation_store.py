"""Rotations under way in the database, one of a secret at most."""

from dataclasses import dataclass, fields

from sqlalchemy import Connection, bindparam, delete, insert, select

from integrations.secretsmanager.tables import rotations


@dataclass(frozen=True, slots=True)
class Rotation:
    """`again_ms`: it failed, or waits for others, and begins (again) then; None: its `step` is under way."""

    secret: int
    version_id: str
    token: str
    step: str
    attempt: int
    only_test: int
    again_ms: int | None


_GET = select(*(rotations.c[member.name] for member in fields(Rotation))).where(
    rotations.c.secret == bindparam("secret_id")
)
_UNDER_WAY = select(rotations.c.secret).where(rotations.c.again_ms.is_(None)).limit(bindparam("most"))
_INSERT = insert(rotations)
_DELETE = delete(rotations).where(rotations.c.secret == bindparam("secret_id"))


def rotation(connection: Connection, secret_id: int) -> Rotation | None:
    found = connection.execute(_GET, {"secret_id": secret_id}).one_or_none()
    return None if found is None else Rotation(*found)


def under_way(connection: Connection, most: int) -> int:
    """How many have a step under way; counting stops at `most`."""
    return len(connection.execute(_UNDER_WAY, {"most": most}).all())


def put(connection: Connection, row: Rotation) -> None:
    remove(connection, row.secret)
    connection.execute(_INSERT, {member.name: getattr(row, member.name) for member in fields(Rotation)})


def remove(connection: Connection, secret_id: int) -> None:
    connection.execute(_DELETE, {"secret_id": secret_id})
