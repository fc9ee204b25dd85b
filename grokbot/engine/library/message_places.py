"""Where answers and people's messages stand in Discord: looked up, and noted as it changes.

Not here: what should stand where (`display.placement`), what people delete (`withdraw`), Discord itself.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.display import seen_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from grokbot.conversation.parts import AttachedFile
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
        """The conversation in a channel; the newest, if there were several. None if they stand side by side."""
        found = await self._store.conversations.newest_in(channel_id)
        return None if found is None or found.options.in_channel else found

    async def conversation_at(self, message_id: int, channel_id: int) -> tuple[Conversation, str] | None:
        """The conversation of a message in its own channel, with the response that the message shows.

        Raises:
            StoreError: It could not be read.
        """
        response = await self._store.messages.response(message_id)
        conversation = None if response is None else await self._store.conversations.get(response.conversation_id)
        if response is None or conversation is None or conversation.channel_id != channel_id:
            return None
        return conversation, response.id

    async def begins(self, message_id: int) -> bool:
        """Whether a person's message opened its conversation, which knows nothing of what was said before it.

        Raises:
            StoreError: It could not be read.
        """
        said = await self._store.messages.response(message_id)
        if said is None or said.parent_id is not None or not said.state.ended:  # what waits has no parent either
            return False
        conversation = await self._store.conversations.get(said.conversation_id)
        return conversation is not None and conversation.branched_from is None

    async def conversation_of(self, user_id: int, channel_id: int, after: int, since: datetime) -> Conversation | None:
        """Among the conversations of a channel, the one that a person has spoken in last, or begun.

        Args:
            user_id: The person.
            channel_id: The channel.
            after: The id of the message since which it counts.
            since: The same as a time, in UTC.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.conversations.last_of(channel_id, user_id, after, since)

    async def shown(self, message: MessageRef) -> None:
        """Notes where a part of an answer stands in Discord. If that cannot be kept yet, the answer still continues."""
        await self._unsaved_facts.keep(lambda: self._store.messages.put(message))

    async def places_of(self, response_id: str) -> Sequence[MessageRef]:
        """The known Discord messages of an answer.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.of(response_id)

    async def seen_before(self, answer: Response) -> Sequence[MessageRef]:
        """The messages of the answer that people saw last before this one.

        None if it is the first one, or is not shown itself.

        Raises:
            StoreError: It could not be read.
        """
        standing = await self._store.placement.get(answer.conversation_id)
        node = standing.nodes.get(answer.id)
        if node is None or node.open:  # what is shown does not matter, and most ask while it runs
            return seen_before(standing, answer.id, None)
        conversation = await self._store.conversations.get(answer.conversation_id)  # after: it may just have moved
        return seen_before(standing, answer.id, conversation.leaf_id) if conversation is not None else ()

    async def response_at(self, message_id: int) -> Response | None:
        """The response of a Discord message: an answer, or a person's. None for an unknown message.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.response(message_id)

    async def last_asked_in(self, channel_id: int) -> int:
        """The newest message of a person in a channel that became part of a conversation; 0 if there is none.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.last_of_people(channel_id)

    async def data_of(self, images: Sequence[AttachedFile]) -> Mapping[tuple[str, int], bytes]:
        """Images of answers, by response and number; those that the database does not keep are missing.

        An error counts as missing: then Discord shows what it has.
        """
        try:
            return await self._store.attachments.loaded(images)
        except StoreError:
            log.exception("message.images_unread images=%d", len(images))
            return {}

    async def place_of(self, message_id: int) -> MessageRef | None:
        """Where a received message, or one of ours, belongs; None for an unknown one.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.messages.get(message_id)

    async def now_says(self, message_id: int, wording: str) -> None:
        """Notes the current text of a person's message, whatever the result of its edit."""
        try:
            await self._store.messages.note_wording(message_id, wording)
        except StoreError:
            log.exception("message.wording_unsaved message=%d", message_id)

    async def hidden(self, message_id: int) -> None:
        """Notes that a message of an answer is no longer there."""
        await self._unsaved_facts.keep(lambda: self._store.messages.drop(message_id))

    async def shown_whole(self, response_id: str) -> None:
        """Notes that an answer is fully shown in Discord, or never will be. `recover` gives all others again."""
        if self._display.was_last(response_id):
            await self._unsaved_facts.keep(lambda: self._display.note_whole(response_id))

    def hindered(self, response_id: str, why: str) -> None:
        """Why the display cannot show an answer, for the operator, as a clause; "": nothing hinders it any more."""
        self._display.hindered(response_id, why)

    def not_shown(self, response_id: str) -> None:
        """The display could not show an answer in full and gives up: `recover` gives it again."""
        self._display.not_shown(response_id)

    async def knows(self, response_id: str) -> bool:
        """Whether a response is stored: a message in Discord may come from a lost database.

        Raises:
            StoreError: It could not be read.
        """
        return await self._store.responses.get(response_id) is not None

    async def shown_now(self, running: RunningAnswer, given: Shown) -> Shown | None:
        """How to show an answer by now; call it right before bringing the answer to Discord.

        Returns:
            None if it is no longer shown: another one stands in its messages. Then do not call `shown_whole` for it.
        """
        return await self._display.shown_now(running, given)
