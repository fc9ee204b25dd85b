"""Writing the whole file anew, where there is room: what it takes, and files of versions that could not shrink.

SQLite's `secure_delete` overwrites what is deleted, but not the copies that stay in the unused middle of a page when
rows move to another one: only a file that is written anew holds nothing but what is in use. Not here: when that is due
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
"""Bytes in use of a file that a start writes anew: it takes about a second for each 100 MB, and nobody is served."""
SPARE = 64 * 1024**2
"""Bytes that stay free on the disk."""


def make_shrinkable(engine: Engine) -> None:
    """Write a file of an older version anew, once, so that it can shrink from then on. Failing that it stays usable."""
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
    """Write the file anew if there is room for that. Blocks who writes; readers go on.

    Returns:
        Whether it was, and is without anything that was taken away: not while somebody reads for long.

    Raises:
        sqlite3.Error: It was not; nothing has changed.
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
    """Whether a second copy fits into the folder for temporary files, and a third into the journal."""
    due: dict[int, tuple[Path, int]] = {}
    for folder in dialect.folders_of(engine):
        device = folder.stat().st_dev
        due[device] = (folder, due.get(device, (folder, 0))[1] + needed)
    return all(shutil.disk_usage(folder).free >= bytes_due + SPARE for folder, bytes_due in due.values())
