"""Migrates a database to this version's tables: reads its revision, checks that it is usable, upgrades it.

Not here: the revisions (`migrations`). Alembic is loaded only when needed: it slows startup.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy import column, inspect, select, table

from grokbot.store import dialect
from grokbot.store.database.transactions import transact
from grokbot.store.errors import Cause, error_at_start, misplaced
from grokbot.store.migrations import HEAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config
    from sqlalchemy import Connection, Engine

log = logging.getLogger(__name__)

OTHER_VERSION = (
    "Another version of grokbot wrote the database: it has revision {revision}, this version reads {head}. A start of "
    "the daemon updates an older one."
)

_MARK = table("alembic_version", column("version_num"))


def bring_up_to_date(engine: Engine, before: Callable[[str, str], None] | None = None) -> None:
    """Migrate the database to `HEAD`, in one transaction: completely or not at all.

    Args:
        engine: Of the database.
        before: Called before an existing database changes, with its revision and the new one; nobody else writes then.
            What it raises ends the migration.

    Raises:
        ConfigurationError: If a newer version or another program wrote it, or it is no database or not writable.
        StoreError: If foreign keys are broken after the migration.
        SQLAlchemyError: If the machine fails.
    """
    transact(engine, lambda connection: _bring_up(connection, before))  # takes the write lock: nobody else migrates


def check_current(engine: Engine) -> None:
    """Check that the database has this version's tables.

    Raises:
        ConfigurationError: If it has not: an older or newer version, or another program, wrote it.
        SQLAlchemyError: If it cannot be read.
    """
    revision = transact(engine, stored_revision)
    if revision != HEAD:
        raise misplaced(OTHER_VERSION.format(revision=revision, head=HEAD))


def stored_revision(connection: Connection) -> str | None:
    """The revision stored in the database; None if it is empty.

    Raises:
        ConfigurationError: If it contains tables that are not ours.
    """
    names = inspect(connection).get_table_names()
    if _MARK.name in names:
        return connection.execute(select(_MARK.c.version_num)).scalar()
    if names:
        raise misplaced("The file is another program's database.")
    return None


def config(connection: Connection) -> Config:
    """Alembic's configuration for one connection. It reads no file; the revisions are in this package."""
    from alembic.config import Config  # noqa: PLC0415 -- only where there is something to migrate

    made = Config()
    made.set_main_option("script_location", "grokbot.store:migrations")
    made.set_main_option("path_separator", "os")
    made.attributes["connection"] = connection
    return made


def _bring_up(connection: Connection, before: Callable[[str, str], None] | None) -> None:
    revision = stored_revision(connection)
    if revision == HEAD:
        return
    _run_upgrade(connection, revision, before)
    if not dialect.check_edges(connection):
        raise error_at_start(Cause.CORRUPT)
    log.info("store.migrated from=%s to=%s", revision, HEAD)


def _run_upgrade(connection: Connection, revision: str | None, before: Callable[[str, str], None] | None) -> None:
    from alembic import command  # noqa: PLC0415 -- only where there is something to migrate
    from alembic.script import ScriptDirectory  # noqa: PLC0415 -- as above

    made = config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(made).walk_revisions()}
    if revision is not None and revision not in known:
        raise misplaced(
            f"The database was written by a newer version of grokbot: it has revision {revision}, "
            f"this version knows revisions up to {HEAD}. Install the newer version again."
        )
    if revision is not None and before is not None:
        before(revision, HEAD)
    command.upgrade(made, HEAD)
