"""The migration that makes the tables of identities' policies and traits, of records and contacts. Never changes."""

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")
_OWNED = ("account", "region")
_TIMES = ("created_ms", "updated_ms")


def add_records(op: "Operations") -> None:
    op.create_table(
        "ses_identity_policies",
        sa.Column("identity_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("name", _NAME, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "ses_identity_traits",
        sa.Column("identity_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("check_ms", sa.BigInteger),
    )
    op.create_index("ses_identity_traits_due", "ses_identity_traits", ["check_ms"])
    op.create_table("ses_records", *_named("kind", "name"))
    op.create_table("ses_contacts", *_named("list", "address"))


def _named(first: str, second: str) -> list[sa.Column[Any]]:
    keys: list[sa.Column[Any]] = [sa.Column(name, _NAME, primary_key=True) for name in (*_OWNED, first, second)]
    times: list[sa.Column[Any]] = [sa.Column(name, sa.BigInteger, nullable=False) for name in _TIMES]
    return [*keys, sa.Column("content", sa.Text, nullable=False), *times]
