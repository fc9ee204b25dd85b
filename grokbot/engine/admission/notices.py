"""Who is told of what happens, and that nobody who is told can break what happens.

Not here: what there is to tell (`conversation.records.moderator_events`), the log channel (`discord_bot`).
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.conversation.records import Happened

log = logging.getLogger(__name__)


class Notices:
    """One for the process."""

    def __init__(self) -> None:
        self._watchers: list[Callable[[Happened], None]] = []

    def watch(self, told: Callable[[Happened], None]) -> None:
        """`told` is called at once for everything that happens from now on; it must not take long."""
        self._watchers.append(told)

    def tell(self, happened: Happened) -> None:
        """Tells everybody who watches. What goes wrong with them is only logged."""
        for told in self._watchers:
            try:
                told(happened)
            except Exception:
                log.exception("moderation.untold kind=%s", type(happened).__name__)
