"""How Alembic runs the revisions: on the connection that it is given, in the transaction that is open there.

Not here: any choice of a database; that is `grokbot.store.database.migrate`.
"""

from __future__ import annotations

from alembic import context

from grokbot.store.tables.types import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table; a batch builds it anew
)
with context.begin_transaction():
    context.run_migrations()
