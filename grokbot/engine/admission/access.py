"""Who may look at a conversation, and who may decide about it: looked up here, decided by `policy`.

Not here: what is then done (`library.library`, `library.sharing`), who may steer answers (`variants.stop_and_retry`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, DiscordError, NotAllowedError, NotFoundError
from grokbot.conversation.response import Sender
from grokbot.policy.actor import ActorKind

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission.membership import Membership
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor

GONE = "I do not know this conversation any more."
"""Also what is said to those who may not look: whether there is such a conversation is none of their business."""

MOST_PLACES = 100
"""Of one person's list, those used last: each may cost a request to Discord."""

OWNERS_ONLY = "Only the conversation's owner and moderators can do this."


class Access:
    """Looks up what is asked for, for those who may.

    Who asks from a conversation's own place sees it: Discord let them ask there. Who asks from anywhere else must have
    a part in it, and see its place still; Discord is asked. A conversation of direct messages, or of none, is its own
    people's whatever happens. Whoever reaches everything is asked nothing.

    Args:
        context: Settings, store, clock, ids and events.
        membership: Who sees which place now.
    """

    def __init__(self, context: Context, membership: Membership) -> None:
        self._store = context.store
        self._membership = membership

    async def conversation(self, conversation_id: str) -> Conversation:
        """The conversation, for whoever has its id from a place where they may look.

        Raises:
            NotFoundError: It is gone.
        """
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None:
            raise NotFoundError(GONE)
        return conversation

    async def readable(self, conversation_id: str, actor: Actor, seen_in: int | None) -> Conversation:
        """The conversation, for those who stand in its place, and those who have a part in it and still see that.

        Raises:
            NotFoundError: It is gone, or not for them.
            DiscordError: It could not be found out.
        """
        conversation = await self.conversation(conversation_id)
        if seen_in is None or seen_in != conversation.channel_id:
            await self._check_outside(conversation, actor.id, GONE)
        return conversation

    async def check_elsewhere(self, conversation: Conversation, actor: Actor, seen_in: int | None) -> None:
        """Where something is decided about a conversation from another place: who decides has to see its own.

        `seen_in` is None where the caller has been looked at before. Raises as `readable`.
        """
        if seen_in is not None and seen_in != conversation.channel_id:
            await self._check_outside(conversation, actor.id, GONE)

    async def seen_by(self, conversation_id: str, caller: Actor) -> Conversation:
        """The conversation, for a caller from outside of Discord: one that reaches everything, or may read it.

        Raises:
            NotFoundError: It is gone, or not for them.
            DiscordError: It could not be found out.
        """
        conversation = await self.conversation(conversation_id)
        if not caller.operator:
            await self._check_outside(conversation, caller.id, GONE)
        return conversation

    async def check_still(self, conversation: Conversation, caller: Actor) -> None:
        """The same of one that they were let into a while ago. Raises as `seen_by`."""
        if not caller.operator:
            await self._check_place(conversation, caller.id, GONE)

    async def response_seen_by(self, response_id: str, caller: Actor) -> tuple[Response, Conversation]:
        """A response and its conversation, for a caller who may see it. A human's that still waits is not there yet.

        Raises:
            NotFoundError: It is gone, or not for them.
            DiscordError: It could not be found out.
        """
        response = await self._store.responses.get(response_id)
        if response is None or (response.sender is Sender.HUMAN and not response.state.ended):
            raise NotFoundError(UNKNOWN_RESPONSE)
        conversation = await self._store.conversations.get(response.conversation_id)
        if conversation is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        if not caller.operator:
            await self._check_outside(conversation, caller.id, UNKNOWN_RESPONSE)
        return response, conversation

    async def there(self, actor: Actor, conversation: Conversation) -> Actor:
        """The actor with the roles that they have in the conversation's place now, where they come from outside.

        Raises:
            NotFoundError: They do not see its place.
            DiscordError: It could not be found out.
        """
        if actor.kind is not ActorKind.KEY or conversation.guild_id is None or conversation.channel_id is None:
            return actor
        found = await self._place(conversation, actor.id, GONE)
        return replace(found, name=actor.name, kind=actor.kind, key_id=actor.key_id)

    async def seen_places(self, user_id: int) -> tuple[frozenset[int], int]:
        """The channels and threads of servers in which a person has conversations and that they see now.

        And how many there are of which it could not be found out; those that were used last are asked about first.
        """
        places = await self._store.listing.places_of(user_id)
        seen, unknown = await self._membership.seen(user_id, places[:MOST_PLACES])
        return seen, unknown + len(places[MOST_PLACES:])

    async def sees(self, conversation: Conversation, user_id: int) -> bool:
        """Whether a person may read one that they have a part in; where it could not be found out, they may not."""
        try:
            await self._check_place(conversation, user_id, GONE)
        except (NotFoundError, DiscordError):
            return False
        return True

    async def _check_outside(self, conversation: Conversation, user_id: int, text: str) -> None:
        if not await self._store.listing.takes_part(user_id, conversation.id):
            raise NotFoundError(text)
        await self._check_place(conversation, user_id, text)

    async def _check_place(self, conversation: Conversation, user_id: int, text: str) -> None:
        if conversation.guild_id is not None and conversation.channel_id is not None:
            await self._place(conversation, user_id, text)

    async def _place(self, conversation: Conversation, user_id: int, text: str) -> Actor:
        found = await self._membership.person(user_id, conversation.guild_id or 0, conversation.channel_id or 0)
        if found is None:
            raise NotFoundError(text)
        return found

    async def response(self, response_id: str) -> Response:
        """A response that is still there.

        Raises:
            NotFoundError: It is gone.
        """
        response = await self._store.responses.get(response_id)
        if response is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return response


def seen_from(conversation: Conversation, actor: Actor, seen_in: int | None) -> Actor:
    """The person with the rights that they have there: a moderator of one channel is none in another."""
    elsewhere = seen_in is not None and seen_in != conversation.channel_id
    return replace(actor, moderator=False) if elsewhere else actor


def owns(conversation: Conversation, actor: Actor) -> bool:
    """Whether the person decides about a conversation as a whole: its owner, or a moderator."""
    return actor.steers_all or actor.id == conversation.owner_id


def check_owns(conversation: Conversation, actor: Actor) -> None:
    """Lets pass: the owner and moderators, whatever is set for steering.

    Raises:
        NotAllowedError: For everybody else.
    """
    if not owns(conversation, actor):
        raise NotAllowedError(OWNERS_ONLY)
