"""Where answers and people's words stand in Discord: looked up, and noted as it changes.

Not here: what stands where by rights (`display.placement`), what people delete (`withdraw`), Discord itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Conversation, MessageRef, Response
    from grokbot.display import Shown
    from grokbot.engine.context import Context
    from grokbot.engine.turns import RunningAnswer, TurnRunner

log = logging.getLogger(__name__)


class MessagePlaces:
    """One for the process."""

    def __init__(self, context: Context, runner: TurnRunner) -> None:
        self._store = context.store
        self._display = runner.display
        self._unsaved_facts = runner.unsaved_facts

    async def conversation_in(self, channel_id: int) -> Conversation | None:
        """The conversation that is held in a channel; the newest, where several were."""
        return await self._store.conversations.newest_in(channel_id)

    async def shown(self, message: MessageRef) -> None:
        """Notes where a part of an answer stands in Discord. If that cannot be kept yet, the answer still goes on."""
        await self._unsaved_facts.keep(lambda: self._store.messages.put(message))

    async def places_of(self, response_id: str) -> Sequence[MessageRef]:
        """Where an answer stands in Discord, as far as is known.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.of(response_id)

    async def response_at(self, message_id: int) -> Response | None:
        """What a message in Discord holds a part of: an answer, or a person's words. None for one that we do not know.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.response(message_id)

    async def place_of(self, message_id: int) -> MessageRef | None:
        """Where a message that was taken in, or is ours, belongs; None for one that we do not know.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.get(message_id)

    async def now_says(self, message_id: int, wording: str) -> None:
        """Notes what a person's message says now, whatever has become of its edit."""
        try:
            await self._store.messages.note_wording(message_id, wording)
        except StoreError:
            log.exception("message.wording_unsaved message=%d", message_id)

    async def hidden(self, message_id: int) -> None:
        """Notes that a message of an answer is no longer there."""
        await self._unsaved_facts.keep(lambda: self._store.messages.drop(message_id))

    async def shown_whole(self, response_id: str) -> None:
        """Notes that an answer stands in Discord to its end, or never will. What is not noted so, `recover` gives."""
        if self._display.was_last(response_id):
            await self._unsaved_facts.keep(lambda: self._display.note_whole(response_id))

    def not_shown(self, response_id: str) -> None:
        """Whoever was given an answer could not show it to its end, and gives it up: `recover` gives it again."""
        self._display.not_shown(response_id)

    async def knows(self, response_id: str) -> bool:
        """Whether a response is kept: what stands in Discord may be of a database that was lost.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.responses.get(response_id) is not None

    async def shown_now(self, running: RunningAnswer, given: Shown) -> Shown | None:
        """How an answer is to be shown by now; to be asked right before it is brought to Discord.

        Returns:
            None if it is shown nowhere any more: another one stands in its messages. Then `shown_whole` is not to be
            said of it.
        """
        return await self._display.shown_now(running, given)
