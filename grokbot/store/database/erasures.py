"""What people had deleted, in a small file beside the database: a restored backup, which still has it, drops it again.

A line each, only added: when, what kind of thing, its id. A person who had everything deleted stands there as a keyed
hash, whose key is in the database. Not here: dropping it from a backup (`store.maintenance.erased_again`).
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

log = logging.getLogger(__name__)

END = ".erased"
KEPT_SECONDS = 400 * 86_400.0
"""For older backups nobody is promised anything."""


@dataclass(frozen=True, slots=True)
class NotedErasure:
    """One line. `kind` is conversation, response, message, person, optout, optin, share or key."""

    at: float
    kind: str
    id: str


class ErasureLog:
    """The file of one database. Every method waits for the disk: not on the event loop."""

    def __init__(self, database: str | Path) -> None:
        self._path = Path(f"{database}{END}")

    def note(self, gone: Mapping[str, Iterable[str | int]]) -> None:
        """Add what is gone, by kind. A failure is only logged: it is gone from the database."""
        now = round(time.time(), 3)
        lines = [json.dumps([now, kind, str(each)]) + "\n" for kind, ids in gone.items() for each in ids]
        if not lines:
            return
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                if (size := os.fstat(descriptor).st_size) and os.pread(descriptor, 1, size - 1) != b"\n":
                    lines.insert(0, "\n")  # after a line that a crash or a full disk cut
                left = memoryview("".join(lines).encode())
                while left:
                    left = left[file.write(left) :]
                os.fsync(descriptor)
        except OSError:
            log.exception("store.erasure_not_noted")

    def since(self, at: float) -> Sequence[NotedErasure]:
        """The lines from a time on (Unix time), in their order; a line that a crash cut is left out."""
        try:
            text = self._path.read_text("utf-8", "replace")
        except FileNotFoundError:
            return ()
        found = []
        for line in text.splitlines():
            try:
                each = NotedErasure(*json.loads(line))
                if each.at >= at:
                    found.append(each)
            except (ValueError, TypeError):
                continue
        return found

    def prune(self) -> None:
        """Drop lines that are too old to matter."""
        try:
            kept = self.since(time.time() - KEPT_SECONDS)
            lines = "".join(json.dumps([each.at, each.kind, each.id]) + "\n" for each in kept)
            if not self._path.exists() or self._path.stat().st_size == len(lines.encode()):
                return
            new = self._path.with_name(f".{self._path.name}.new")
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(descriptor)
            new.replace(self._path)
        except OSError:
            log.warning("store.erasures_not_pruned", exc_info=True)
