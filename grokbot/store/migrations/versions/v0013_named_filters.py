"""Filters have a number within their server, which no other ever has again, and may have a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_NUMBERED = """
UPDATE filters SET number = (
    SELECT count(*) FROM filters AS other WHERE other.guild_id = filters.guild_id
    AND (other.created_at < filters.created_at OR other.created_at = filters.created_at AND other.id <= filters.id)
)
"""


def upgrade() -> None:
    """Add the columns; those that are there get their numbers by age."""
    op.add_column("filters", sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("filters", sa.Column("name", sa.Text(), nullable=False, server_default=""))
    op.execute(_NUMBERED)
