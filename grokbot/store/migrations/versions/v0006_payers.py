"""An answer to several people is paid by each of them, and what else is asked of Grok is accounted for, too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Say of each row what it is of, and of what is held whose answer it belongs to."""
    for table in ("reservations", "usage_ledger"):
        op.add_column(table, sa.Column("kind", sa.Text(), nullable=False, server_default="answer"))
    op.add_column("reservations", sa.Column("answer_id", sa.Text(), nullable=False, server_default=""))
    reservations = sa.table("reservations", sa.column("response_id"), sa.column("answer_id"))
    op.execute(reservations.update().values(answer_id=reservations.c.response_id))
