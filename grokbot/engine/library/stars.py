"""Stars: people's own marks, by a command, a button or a reaction.

Not here: lists of starred conversations (`library`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.response import Sender

if TYPE_CHECKING:
    from grokbot.engine.admission import Access
    from grokbot.engine.context import Context


class Stars:
    """One for the process."""

    def __init__(self, context: Context, access: Access) -> None:
        self._store = context.store
        self._access = access

    async def add(self, conversation_id: str, user_id: int) -> bool:
        """Stars a conversation for one person. Returns whether that is new.

        Raises:
            UserError: It is gone.
            StoreError: It could not be kept.
        """
        await self._access.conversation(conversation_id)
        return await self._store.stars.add(user_id, conversation_id)

    async def remove(self, conversation_id: str, user_id: int) -> bool:
        """Removes a person's star. Returns whether there was one. Raises as `add` does."""
        await self._access.conversation(conversation_id)
        return await self._store.stars.remove(user_id, conversation_id)

    async def set_by_message(self, message_id: int, user_id: int, *, on: bool) -> None:
        """Adds or removes a star by one of an answer's messages. Other messages are ignored.

        Args:
            message_id: Discord's.
            user_id: Whose star it is.
            on: False removes the star.

        Raises:
            StoreError: It could not be kept.
        """
        answer = await self._store.messages.response(message_id)
        if answer is not None and answer.sender is Sender.MODEL:
            change = self._store.stars.add if on else self._store.stars.remove
            await change(user_id, answer.conversation_id)
