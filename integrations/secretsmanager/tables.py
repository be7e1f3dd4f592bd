"""What Secrets Manager keeps, and the migrations that make it. A value is there sealed only (engine.contract.Keys).

A replica is a secret of its own region with `primary_id`: its versions, labels, tags and policy are those of its
primary, which are read in its place. A replica that could not be made is only an entry in `secret_replicas`.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

UNDER_WAY = "again_ms IS NULL"

metadata = sa.MetaData()

secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("name", _NAME, nullable=False),
    sa.Column("arn", _NAME, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("kms_key_id", sa.Text),
    sa.Column("type", sa.Text),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("changed_ms", sa.BigInteger, nullable=False),
    sa.Column("accessed_ms", sa.BigInteger),  # the day
    sa.Column("delete_ms", sa.BigInteger),  # marked for deletion: when it goes
    sa.Column("primary_id", sa.BigInteger),  # of a replica -> secrets.id
    sa.Column("policy", sa.Text),
    sa.Column("rotation_enabled", sa.Integer),  # None: never configured
    sa.Column("rotation_function", sa.Text),
    sa.Column("rotation_rules", sa.Text),  # as JSON
    sa.Column("rotated_ms", sa.BigInteger),
    sa.Column("rotate_from_ms", sa.BigInteger),  # the next rotation window
    sa.Column("rotate_until_ms", sa.BigInteger),
    sa.Column("alarm_ms", sa.BigInteger),  # when the outbox looks at it next
    sa.UniqueConstraint("account", "region", "name", name="secrets_name"),
    sa.UniqueConstraint("arn", name="secrets_arn"),
    sqlite_autoincrement=True,
)

# `value` None: a version that a rotation has announced and not yet filled. `kind`: string, binary.
versions = sa.Table(
    "secret_versions",
    metadata,
    sa.Column("id", _KEY, primary_key=True),
    sa.Column("secret", sa.BigInteger, nullable=False),  # -> secrets.id
    sa.Column("version_id", _NAME, nullable=False),
    sa.Column("kind", _NAME),
    sa.Column("value", sa.LargeBinary),
    sa.Column("kms_key_id", sa.Text),
    sa.Column("created_ms", sa.BigInteger, nullable=False),
    sa.Column("accessed_ms", sa.BigInteger),
    sa.UniqueConstraint("secret", "version_id", name="secret_versions_id"),
    sqlite_autoincrement=True,
)

labels = sa.Table(
    "secret_labels",
    metadata,
    sa.Column("secret", sa.BigInteger, nullable=False),
    sa.Column("label", _NAME, nullable=False),
    sa.Column("version_id", _NAME, nullable=False),
    sa.PrimaryKeyConstraint("secret", "label"),
)

replicas = sa.Table(
    "secret_replicas",
    metadata,
    sa.Column("secret", sa.BigInteger, nullable=False),  # the primary
    sa.Column("region", _NAME, nullable=False),
    sa.Column("kms_key_id", sa.Text),
    sa.Column("status", _NAME, nullable=False),
    sa.Column("message", sa.Text),
    sa.Column("replica", sa.BigInteger),  # -> secrets.id; None where it failed
    sa.PrimaryKeyConstraint("secret", "region"),
)

# A rotation that has begun. `step`: what the function is called for. `only_test`: RotateImmediately was false.
rotations = sa.Table(
    "secret_rotations",
    metadata,
    sa.Column("secret", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version_id", _NAME, nullable=False),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("step", _NAME, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("only_test", sa.Integer, nullable=False),
    sa.Column("again_ms", sa.BigInteger),  # it failed, or waits for others, and begins (again) then
    sa.Index(
        "secret_rotations_under_way",
        "secret",
        sqlite_where=sa.text(UNDER_WAY),
        postgresql_where=sa.text(UNDER_WAY),
    ),
)


def _ground(op: "Operations") -> None:
    op.create_table(
        "secrets",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("arn", _NAME, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("kms_key_id", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("changed_ms", sa.BigInteger, nullable=False),
        sa.Column("accessed_ms", sa.BigInteger),
        sa.Column("delete_ms", sa.BigInteger),
        sa.Column("primary_id", sa.BigInteger),
        sa.Column("policy", sa.Text),
        sa.Column("rotation_enabled", sa.Integer),
        sa.Column("rotation_function", sa.Text),
        sa.Column("rotation_rules", sa.Text),
        sa.Column("rotated_ms", sa.BigInteger),
        sa.Column("rotate_from_ms", sa.BigInteger),
        sa.Column("rotate_until_ms", sa.BigInteger),
        sa.Column("alarm_ms", sa.BigInteger),
        sa.UniqueConstraint("account", "region", "name", name="secrets_name"),
        sa.UniqueConstraint("arn", name="secrets_arn"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "secret_versions",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("secret", sa.BigInteger, nullable=False),
        sa.Column("version_id", _NAME, nullable=False),
        sa.Column("kind", _NAME),
        sa.Column("value", sa.LargeBinary),
        sa.Column("kms_key_id", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("accessed_ms", sa.BigInteger),
        sa.UniqueConstraint("secret", "version_id", name="secret_versions_id"),
        sqlite_autoincrement=True,
    )
    _beside(op)


def _beside(op: "Operations") -> None:
    op.create_table(
        "secret_labels",
        sa.Column("secret", sa.BigInteger, nullable=False),
        sa.Column("label", _NAME, nullable=False),
        sa.Column("version_id", _NAME, nullable=False),
        sa.PrimaryKeyConstraint("secret", "label"),
    )
    op.create_table(
        "secret_replicas",
        sa.Column("secret", sa.BigInteger, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("kms_key_id", sa.Text),
        sa.Column("status", _NAME, nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("replica", sa.BigInteger),
        sa.PrimaryKeyConstraint("secret", "region"),
    )
    op.create_table(
        "secret_rotations",
        sa.Column("secret", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version_id", _NAME, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("step", _NAME, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("only_test", sa.Integer, nullable=False),
        sa.Column("again_ms", sa.BigInteger),
    )


def _rotations_under_way(op: "Operations") -> None:
    op.create_index(
        "secret_rotations_under_way",
        "secret_rotations",
        ["secret"],
        sqlite_where=sa.text(UNDER_WAY),
        postgresql_where=sa.text(UNDER_WAY),
    )


MIGRATIONS = (_ground, _rotations_under_way)
