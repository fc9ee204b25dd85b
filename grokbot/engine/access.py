"""Who may look at a conversation, and who may decide about it: looked up here, decided by `policy`.

Not here: what is then done (`library`, `publishing`), who may steer answers (`steering`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowed, NotThere
from grokbot.conversation.response import Sender
from grokbot.engine.looking_up import UNKNOWN

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response
    from grokbot.policy.callers import Caller
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
            NotThere: It is gone.
        """
        conversation = await self._store.conversation(conversation_id)
        if conversation is None:
            raise NotThere(GONE)
        return conversation

    async def readable(self, conversation_id: str, presser: Presser, seen_in: int | None) -> Conversation:
        """The conversation, for those who stand in its channel and those who own it or have written in it.

        Raises:
            NotThere: It is gone, or not for them.
        """
        conversation = await self.conversation(conversation_id)
        there = seen_in is not None and seen_in == conversation.channel_id
        if not there and not await self._store.takes_part(presser.id, conversation_id):
            raise NotThere(GONE)
        return conversation

    async def seen_by(self, conversation_id: str, caller: Caller) -> Conversation:
        """The conversation, for a caller from outside of Discord: one that reaches everything, or takes part in it.

        Raises:
            NotThere: It is gone, or not for them.
        """
        conversation = await self.conversation(conversation_id)
        if not caller.everything and not await self._store.takes_part(caller.id, conversation_id):
            raise NotThere(GONE)
        return conversation

    async def response_seen_by(self, response_id: str, caller: Caller) -> tuple[Response, Conversation]:
        """A response and its conversation, for a caller who may see it. A human's that still waits is not there yet.

        Raises:
            NotThere: It is gone, or not for them.
        """
        response = await self._store.response(response_id)
        if response is None or (response.sender is Sender.HUMAN and not response.state.ended):
            raise NotThere(UNKNOWN)
        conversation = await self._store.conversation(response.conversation_id)
        takes_part = caller.everything or await self._store.takes_part(caller.id, response.conversation_id)
        if conversation is None or not takes_part:
            raise NotThere(UNKNOWN)
        return response, conversation

    async def response(self, response_id: str) -> Response:
        """A response that is still there.

        Raises:
            NotThere: It is gone.
        """
        response = await self._store.response(response_id)
        if response is None:
            raise NotThere(UNKNOWN)
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
