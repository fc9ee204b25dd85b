"""The row of buttons under an answer goes as soon as a newer answer stands below it.

Not here: which buttons an answer has (`buttons.controls`), the answer's own messages (`live_answer`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import StoreError
from grokbot.conversation.response import State
from grokbot.conversation.text.citations import without_open_marker
from grokbot.discord_bot.answers.layout import Layout
from grokbot.discord_bot.notices import NOBODY
from grokbot.discord_bot.rate_limits import PATIENCE, SEND_ERRORS, Kind, Rank, in_short, retry_request
from grokbot.engine.turns import Snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.answers.display_order import Given
    from grokbot.discord_bot.client import Client

log = logging.getLogger(__name__)


class OldRow:
    """Removes the row above one new answer, by one edit that waits until nothing else is to be sent.

    Nobody waits for it, so it outlasts an outage; what Discord refuses is only logged. The answer counts as shown only
    after it, so the next start removes what a crash left.

    Args:
        bot: The connection to Discord.
        given: The answer. One in the messages of another has no row above it.
        channel_id: Where it stands.
        left: Whether the last stop interrupted it.
    """

    def __init__(self, bot: Client, given: Given, channel_id: int, *, left: bool) -> None:
        self._bot = bot
        self._given = given
        self._channel_id = channel_id
        shown = given.shown
        self._new = not given.beside and shown.aside is None and (left or not shown.messages)
        self._removing: asyncio.Task[None] | None = None

    def may_go(self) -> None:
        """The new answer has a message."""
        if self._new and self._removing is None:
            self._removing = asyncio.create_task(self._remove(), name=f"old row {self._given.running.id}")

    @property
    def going(self) -> bool:
        """Whether it is still to be removed."""
        return self._removing is not None and not self._removing.done()

    async def gone(self) -> None:
        """Waits until it is removed. A caller that is cancelled ends it."""
        if self._removing is not None:
            await self._removing

    def cancel(self) -> None:
        """Leaves it to the next start."""
        if self._removing is not None:
            self._removing.cancel()

    async def _remove(self) -> None:
        answer = self._given.running.response
        try:
            if not await self._above():
                return
            traffic = self._bot.traffic.channel(self._channel_id)
            sent_at = await traffic.turn(Kind.EDIT, rank=lambda: Rank.OTHER)
            if messages := await self._above():  # they may show another answer by now, or be the last again
                await self._remove_from(messages)
                traffic.returned(Kind.EDIT, sent_at)
        except (*SEND_ERRORS, StoreError) as error:
            log.warning("discord.buttons_stay response=%s error=%s", answer.id, in_short(error))
        except Exception:  # the answer is shown all the same
            log.exception("presenter.buttons_stay response=%s", answer.id)

    async def _above(self) -> Sequence[MessageRef]:
        above = await self._bot.engine.places.seen_before(self._given.running.response)
        return [ref for ref in above if ref.channel_id == self._channel_id]

    async def _remove_from(self, messages: Sequence[MessageRef]) -> None:
        last = max(messages, key=lambda ref: ref.message_id)
        content = await self._gone_on(messages) if self._given.shown.continues == last.response_id else {}
        channel = self._bot.get_partial_messageable(
            self._channel_id, guild_id=self._given.running.conversation.guild_id
        )
        message = channel.get_partial_message(last.message_id)
        edit = partial(message.edit, view=None, allowed_mentions=NOBODY, **content)
        await retry_request(edit, "old row", seconds=PATIENCE)

    async def _gone_on(self, messages: Sequence[MessageRef]) -> Mapping[str, Any]:
        """What the last message of a continued answer says now: no longer that it stopped."""
        stopped = await self._bot.engine.library.answer(messages[0].response_id)
        whole = replace(stopped, state=State.DONE, message=without_open_marker(stopped.message))
        layout = Layout(stopped.created_at, self._bot.settings.answer_messages, last=False)
        parts = layout.of(Snapshot(0, whole.message, Phase.WRITING, (), whole, None, cut_short=False))
        return {"content": parts[-1].content} if len(parts) == len(messages) else {}
