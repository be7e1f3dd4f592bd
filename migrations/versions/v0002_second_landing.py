"""What the engine's tables gained with redrive and the readers and writers of the distributed Map."""

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One function for each aggregate that changes, as in the first migration."""
