"""Reports to moderators as answers end: matches of filters, refusals by xAI.

Not here: ending answers (`turns.runner`), who reads them (`events`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.records import SafetyRefused
from grokbot.engine.admission import found_by
from grokbot.engine.turns import AnswerEnded

if TYPE_CHECKING:
    from grokbot.engine.context import Events


class AnswerReports:
    """Watches answers end."""

    def __init__(self, events: Events) -> None:
        self._events = events
        events.subscribe(AnswerEnded, self._report)

    def _report(self, event: AnswerEnded) -> None:
        """Reports filter matches in an answer, and a refusal by xAI."""
        running, tell = event.running, self._events.publish
        conversation = running.conversation
        trouble = running.snapshot().trouble
        if isinstance(trouble, GrokError) and trouble.kind is GrokFailure.REFUSED:
            tell(
                SafetyRefused(
                    guild_id=conversation.guild_id, response_id=running.id, channel_id=conversation.channel_id
                )
            )
        screen = running.screen
        for hit in found_by(screen.hits.values(), screen.slow) if screen is not None else ():
            tell(
                replace(
                    hit,
                    guild_id=conversation.guild_id,
                    channel_id=conversation.channel_id,
                    response_id=running.id,
                )
            )
