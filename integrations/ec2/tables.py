"""What security groups keep, and the migration that makes it: one table for all kinds of resources.

A resource's body is its shape of AWS's as JSON. `parent` is what it belongs to: a VPC for its groups, subnets and
interfaces, a group for its rules, a prefix list for its versions, a path for its analyses, nothing for the others.
`refers` is the group or prefix list that a rule or an association names, so that what uses one is found without
reading all.
The row of kind `account` says that the default VPC of an account and region has been written down; until then it is
made up, the same each time.
"""

from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from alembic.operations import Operations

_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")

metadata = sa.MetaData()

resources = sa.Table(
    "ec2_resources",
    metadata,
    sa.Column("account", _NAME, nullable=False),
    sa.Column("region", _NAME, nullable=False),
    sa.Column("kind", _NAME, nullable=False),
    sa.Column("id", _NAME, nullable=False),
    sa.Column("parent", _NAME, nullable=False),  # '': none
    sa.Column("refers", _NAME, nullable=False),  # '': nothing
    sa.Column("body", sa.Text, nullable=False),
    sa.PrimaryKeyConstraint("account", "region", "kind", "id", name="ec2_resources_pk"),
    sa.Index("ec2_resources_parent", "account", "region", "kind", "parent", "id"),  # in the order that is asked for
    sa.Index("ec2_resources_refers", "account", "region", "kind", "refers", "id"),
)


def _ground(op: "Operations") -> None:
    op.create_table(
        "ec2_resources",
        sa.Column("account", _NAME, nullable=False),
        sa.Column("region", _NAME, nullable=False),
        sa.Column("kind", _NAME, nullable=False),
        sa.Column("id", _NAME, nullable=False),
        sa.Column("parent", _NAME, nullable=False),
        sa.Column("refers", _NAME, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("account", "region", "kind", "id", name="ec2_resources_pk"),
    )
    op.create_index("ec2_resources_parent", "ec2_resources", ["account", "region", "kind", "parent", "id"])
    op.create_index("ec2_resources_refers", "ec2_resources", ["account", "region", "kind", "refers", "id"])


MIGRATIONS = (_ground,)
