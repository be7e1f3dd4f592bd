"""What the engine's tables gained with redrive and the readers and writers of the distributed Map."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """One function for each aggregate that changes, as in the first migration."""
    _keys()


def _keys() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("master", _NAME, nullable=False),
        sa.Column("alone", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_index("data_keys_by_master", "data_keys", ["master", "id"])
