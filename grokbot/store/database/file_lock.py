"""One daemon per database: SQLite before 3.51.3 can corrupt a WAL that two processes write to.

A lock beside the file, which the kernel releases however the process ends. `grokbot check` takes none: it may read
the database of a running daemon. Not here: anything in the file itself.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import URL

IN_USE = "Another grokbot is running with the same database. Stop it first, or set store.url to another file."


class SoleUse:
    """Holds the lock until `release`, or until the process ends.

    Raises:
        StoreError: Another process holds it.
    """

    def __init__(self, url: URL) -> None:
        path = Path(f"{url.database}.lock")
        followed = 0 if os.geteuid() else os.O_NOFOLLOW  # root gives away nothing that another user's link leads to
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | followed, 0o600)
        if os.geteuid() == 0:  # `grokbot store` beside a service, which must be able to take the lock afterwards
            owner = path.parent.stat()
            os.fchown(self._descriptor, owner.st_uid, owner.st_gid)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._descriptor)
            raise StoreError(IN_USE) from None

    def release(self) -> None:
        """Release the lock. The file stays: removing it would let two processes lock two files of one name."""
        os.close(self._descriptor)
