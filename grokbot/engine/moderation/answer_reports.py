"""What moderators are told of answers as they end: what filters found, that xAI declined.

Not here: ending answers (`turns.runner`), who is told (`admission.notices`).
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure, StoreError
from grokbot.conversation.records import SafetyRefused
from grokbot.engine.admission import found_by
from grokbot.engine.moderation.actions import Acting

if TYPE_CHECKING:
    from grokbot.engine.turns import RunningAnswer

log = logging.getLogger(__name__)


class AnswerReports(Acting):
    """The part of `Moderation` that watches answers end."""

    def ended(self, running: RunningAnswer) -> None:
        """Tells of an answer that has ended what there is to tell."""
        conversation, tell = running.conversation, self._tools.notices.tell
        trouble = running.snapshot().trouble
        if isinstance(trouble, GrokError) and trouble.kind is GrokFailure.REFUSED:
            tell(
                SafetyRefused(
                    guild_id=conversation.guild_id, response_id=running.id, channel_id=conversation.channel_id
                )
            )
        screen = running.screen
        for event in found_by(screen.hits.values(), screen.slow) if screen is not None else ():
            tell(
                replace(
                    event,
                    guild_id=conversation.guild_id,
                    channel_id=conversation.channel_id,
                    response_id=running.id,
                )
            )

    async def forget_whole(self, response_id: str) -> None:
        """What xAI keeps of an answer, and of all below it, goes: it holds what nobody is to see."""
        try:
            self._tools.xai_deletion.forget(await self._store.deletion.forget_below(response_id, self._now()))
        except StoreError:  # nothing is built on it all the same
            log.exception("answer.unforgotten response=%s", response_id)
