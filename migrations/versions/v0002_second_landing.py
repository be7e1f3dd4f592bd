"""What the engine's tables gained with redrive and the readers and writers of the distributed Map."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


def upgrade() -> None:
    """One function for each aggregate that changes, as in the first migration."""
    _keys()
    _map_runs()


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


def _map_runs() -> None:
    op.add_column("map_runs", sa.Column("express", sa.Integer, nullable=False, server_default="0"))
    op.add_column("map_runs", sa.Column("writer", sa.Text))
    op.add_column("map_runs", sa.Column("results_written", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "result_exports",
        sa.Column("map_run", _KEY, primary_key=True, autoincrement=False),
        sa.Column("pending", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
