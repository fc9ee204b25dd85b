"""The revisions of the tables, one file each in `versions`, and `HEAD`, the newest. Released files never change.

Not here: running them (`grokbot.store.database.migrate`). A new revision: a file in `versions`, then its number below.
"""

from __future__ import annotations

HEAD = "0013"
"""The revision of `store.tables`, so that start-up need not load Alembic to learn it."""
