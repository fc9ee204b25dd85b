"""Of each message what its writer had written when it was taken in, so that only an edit of that is an edit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the column. What was taken in before is compared by what the model was shown of it."""
    op.add_column("discord_messages", sa.Column("wording", sa.Text()))
