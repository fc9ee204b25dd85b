"""Rewrites the whole file if there is room, also files of old versions that cannot shrink.

SQLite's `secure_delete` overwrites deleted data, but not the copies left in unused parts of a page when rows move to
another one: only a rewritten file holds nothing but live data. Not here: when that is due
(`engine.deletion.retention`).
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from typing import TYPE_CHECKING

from grokbot.store import dialect

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

log = logging.getLogger(__name__)

LARGEST_AT_START = 2 * 1024**3
"""The largest file, in bytes in use, that a start rewrites: about a second per 100 MB, before anyone is served."""
SPARE = 64 * 1024**2
"""Bytes to leave free on the disk."""


def make_shrinkable(engine: Engine) -> None:
    """Rewrite a file of an older version once, so that it can shrink from then on. If that fails it stays usable."""
    if dialect.gives_back(engine):
        return
    needed = dialect.bytes_in_use(engine)
    if needed > LARGEST_AT_START:
        log.warning("store.does_not_shrink cause=too_large bytes=%d", needed)
        return
    log.info("store.rebuilding bytes=%d", needed)
    try:
        if rebuilt(engine):
            log.info("store.rebuilt")
    except sqlite3.Error as error:
        log.warning("store.does_not_shrink cause=%s", dialect.cause_of(error).name.lower())


def rebuilt(engine: Engine) -> bool:
    """Rewrite the file if there is room. Blocks writers; readers continue.

    Returns:
        Whether it was done and all deleted data is gone: not while somebody reads for long.

    Raises:
        sqlite3.Error: It failed; nothing has changed.
    """
    needed = dialect.bytes_in_use(engine)
    if not _has_room(engine, needed):
        log.warning("store.not_rebuilt cause=no_room bytes=%d", needed)
        return False
    clean = dialect.rebuild(engine)
    if not clean:
        log.warning("store.not_wiped")
    return clean


def _has_room(engine: Engine, needed: int) -> bool:
    """Whether a second copy fits into the temporary folder, and a third into the journal."""
    due: dict[int, tuple[Path, int]] = {}
    for folder in dialect.folders_of(engine):
        device = folder.stat().st_dev
        due[device] = (folder, due.get(device, (folder, 0))[1] + needed)
    return all(shutil.disk_usage(folder).free >= bytes_due + SPARE for folder, bytes_due in due.values())
