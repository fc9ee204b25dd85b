"""Files kept at the loopback Grok, by id.

Here: adding, finding, listing, expiry. Not here: gRPC (`files`).
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.wire.xai.files_pb2 import File, FilesSortBy, Ordering

if TYPE_CHECKING:
    from collections.abc import Callable

#: Bounds of a file's lifetime in seconds: an hour, thirty days.
SHORTEST, LONGEST = 3_600, 2_592_000
LONGEST_NAME: Final = 255
_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f";\\\x85\u2028\u2029]')

_SORTED_BY: Final = {
    FilesSortBy.FILES_SORT_BY_CREATED_AT: lambda kept: kept.made,
    FilesSortBy.FILES_SORT_BY_FILENAME: lambda kept: kept.name,
    FilesSortBy.FILES_SORT_BY_SIZE: lambda kept: len(kept.data),
}


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One file. Times in seconds of the wall clock; `expires` is None for one that stays until it is deleted."""

    id: str
    name: str
    data: bytes
    made: float
    expires: float | None

    def described(self) -> File:
        """The file as the service describes it, without its bytes."""
        described = File(
            id=self.id, filename=self.name, size=len(self.data), created_at=Timestamp(seconds=int(self.made))
        )
        if self.expires is not None:
            described.expires_at.CopyFrom(Timestamp(seconds=int(self.expires)))
        return described


class KeptFiles:
    """All files by id. An expired one looks as if it never existed."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` is the wall clock, in seconds."""
        self._now = now
        self._by_id: dict[str, KeptFile] = {}

    def add(self, name: str, data: bytes, expires_after: int | None = None) -> KeptFile:
        """Keep a file.

        Args:
            name: Its name.
            data: Its bytes.
            expires_after: Seconds; None: until it is deleted.
        """
        made = self._now()
        kept = KeptFile(
            f"file_{uuid.uuid4()}", name, data, made, None if expires_after is None else made + expires_after
        )
        self._by_id[kept.id] = kept
        return kept

    def find(self, file_id: str) -> KeptFile | None:
        """The file, unless it has expired, was deleted or never existed."""
        kept = self._by_id.get(file_id)
        if kept is not None and kept.expires is not None and kept.expires <= self._now():
            del self._by_id[file_id]
            return None
        return kept

    def drop(self, file_id: str) -> bool:
        """Delete one. Returns whether it existed."""
        found = self.find(file_id) is not None
        self._by_id.pop(file_id, None)
        return found

    def listed(self, order: Ordering.ValueType, sort_by: FilesSortBy.ValueType) -> list[KeptFile]:
        """Every file, sorted."""
        alive = [kept for file_id in tuple(self._by_id) if (kept := self.find(file_id)) is not None]
        return sorted(alive, key=_SORTED_BY[sort_by], reverse=order == Ordering.DESCENDING)


def problem_of(name: str, expires_after: int | None) -> str | None:
    """What is wrong with a file's name or lifetime, or None."""
    if not name or len(name) > LONGEST_NAME or _FORBIDDEN.search(name):
        return f"A file's name has 1 to {LONGEST_NAME} characters, and no control characters, quotes, ; or \\."
    if expires_after is not None and not SHORTEST <= expires_after <= LONGEST:
        return f"expires_after is {expires_after}; it goes from {SHORTEST} to {LONGEST}."
    return None
