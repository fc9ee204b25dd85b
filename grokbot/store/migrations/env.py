"""How Alembic runs the revisions: on the given connection, in its open transaction.

Not here: choosing a database (`grokbot.store.database.migrate`).
"""

from __future__ import annotations

from alembic import context

from grokbot.store.tables.types import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table; a batch rebuilds it
)
with context.begin_transaction():
    context.run_migrations()
