"""Copies of a bot's database at the time of an update, while the bot is stopped. They belong to the database's user.

Not here: when (`plan`).
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

NAME = "grokbot.sqlite3"


def revision(path: Path) -> int:
    """The revision of a database file that nobody has open; 0 if there is none."""
    if not path.is_file():
        return 0
    with closing(sqlite3.connect(f"file:{path}?immutable=1", uri=True)) as held:
        try:
            found = held.execute("select version_num from alembic_version").fetchone()
        except sqlite3.DatabaseError:
            return 0
    return int(found[0]) if found and re.fullmatch(r"\d+", found[0]) else 0


def newest_copy(state: Path, schema: int) -> Path | None:
    """The newest backup beside a database that a version with this schema can read."""
    copies = sorted((state / "backups").glob("*.sqlite3"), key=lambda path: path.stat().st_mtime, reverse=True)
    return next((copy for copy in copies if 0 < revision(copy) <= schema), None)


def back_up(state: Path, copy: Path) -> None:
    """Copy the database, if there is one."""
    path = state / NAME
    if not path.is_file():
        return
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    _give(copy, path)


def restore(copy: Path, state: Path) -> None:
    """Put a copy in the database's place."""
    path = state / NAME
    new = path.with_suffix(".restored")
    shutil.copyfile(copy, new)
    _give(new, path)
    for beside in ("-wal", "-shm"):
        Path(f"{path}{beside}").unlink(missing_ok=True)
    new.replace(path)


def _give(path: Path, like: Path) -> None:
    path.chmod(0o600)
    owner = like.stat()
    os.chown(path, owner.st_uid, owner.st_gid)
