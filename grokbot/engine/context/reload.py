"""Reads the settings again while the daemon runs, and puts into effect what can change without a restart.

Not here: which settings can (`settings.sections`), when it is asked for (`daemon`), what a part has to do for it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ConfigurationError
from grokbot.process import metrics
from grokbot.settings import SettingsError, change_to

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.engine.context.context import Context
    from grokbot.settings import Settings, SettingsChange

    Follower = Callable[[Settings], Awaitable[Callable[[], object]]]
    """Prepares for settings, and returns what makes it use them, which cannot fail.

    Raises a ConfigurationError if it cannot use them; then nothing changes anywhere.
    """

log = logging.getLogger(__name__)


class Reload:
    """One for the process. What runs when the settings change goes on as it began.

    Args:
        context: Holds the settings in effect.
        read: Reads all settings; raises a SettingsError.
        followers: Those that do not read the context's settings each time that they need them.
    """

    def __init__(self, context: Context, read: Callable[[], Settings], followers: Sequence[Follower]) -> None:
        self._context = context
        self._read = read
        self._followers = followers

    async def again(self) -> None:
        """Reads the settings again. If anything is wrong with them, all stay as they are."""
        try:
            change = await asyncio.to_thread(self._changed)
            ready = [await follower(change.settings) for follower in self._followers]
        except (SettingsError, ConfigurationError) as problem:
            self._context.settings_note = f"old settings kept: {problem}"
            metrics.RELOADS.labels("failed").inc()
            log.error("settings.not_reloaded problem=%s", problem)  # noqa: TRY400 - it is the operator's, and says all
            return
        except Exception:
            self._context.settings_note = "old settings kept: reading them failed, see the log"
            metrics.RELOADS.labels("failed").inc()
            log.exception("settings.reload_failed")
            return
        self._context.settings = change.settings
        for use in ready:
            use()
        waiting = ", ".join(change.needs_restart)
        self._context.settings_note = f"needs a restart: {waiting}" if waiting else ""
        metrics.RELOADS.labels("done").inc()
        log.info("settings.reloaded changed=%r needs_restart=%r", ", ".join(change.changed), waiting)

    def _changed(self) -> SettingsChange:
        return change_to(self._context.settings, self._read())
