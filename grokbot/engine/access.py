"""Who may look at a conversation, and who may decide about it: looked up here, decided by `policy`.

Not here: what is then done (`library`, `publishing`), who may steer answers (`steering`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowed, UserMistake
from grokbot.engine.looking_up import UNKNOWN

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response
    from grokbot.policy.rights import Presser
    from grokbot.store import Store

GONE = "I do not know this conversation any more."
"""Also what is said to those who may not look: whether there is such a conversation is none of their business."""

OWNERS_ONLY = "Only the conversation's owner and moderators can do this."


class Access:
    """Looks up what is asked for, for those who may.

    Args:
        store: Where it is kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def conversation(self, conversation_id: str) -> Conversation:
        """The conversation, for whoever has its id from a place where they may look.

        Raises:
            UserMistake: It is gone.
        """
        conversation = await self._store.conversation(conversation_id)
        if conversation is None:
            raise UserMistake(GONE)
        return conversation

    async def readable(self, conversation_id: str, presser: Presser, seen_in: int | None) -> Conversation:
        """The conversation, for those who stand in its channel and those who own it or have written in it.

        Raises:
            UserMistake: It is gone, or not for them.
        """
        conversation = await self.conversation(conversation_id)
        there = seen_in is not None and seen_in == conversation.channel_id
        if not there and not await self._store.takes_part(presser.id, conversation_id):
            raise UserMistake(GONE)
        return conversation

    async def response(self, response_id: str) -> Response:
        """A response that is still there.

        Raises:
            UserMistake: It is gone.
        """
        response = await self._store.response(response_id)
        if response is None:
            raise UserMistake(UNKNOWN)
        return response


def seen_from(conversation: Conversation, presser: Presser, seen_in: int | None) -> Presser:
    """The person with the rights that they have there: a moderator of one channel is none in another."""
    elsewhere = seen_in is not None and seen_in != conversation.channel_id
    return replace(presser, moderator=False) if elsewhere else presser


def owns(conversation: Conversation, presser: Presser) -> bool:
    """Whether the person decides about a conversation as a whole: its owner, or a moderator."""
    return presser.moderator or presser.id == conversation.owner_id


def check_owns(conversation: Conversation, presser: Presser) -> None:
    """Lets pass: the owner and moderators, whatever is set for steering.

    Raises:
        NotAllowed: For everybody else.
    """
    if not owns(conversation, presser):
        raise NotAllowed(OWNERS_ONLY)
