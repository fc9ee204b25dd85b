"""Who may look at a conversation, and who may decide about it: looked up here, decided by `policy`.

Not here: what is then done (`library.library`, `library.shares`), who may steer answers (`variants.stop_and_retry`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, DiscordError, NotAllowedError, NotFoundError, UserError
from grokbot.conversation.response import Sender
from grokbot.policy.actor import ActorKind
from grokbot.policy.rights import may_steer

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission.membership import Membership
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor

GONE = "This conversation no longer exists."
"""Also what is said to those who may not look: whether there is such a conversation is none of their business."""

NOT_IN_IT = "This answer is not part of the conversation."

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
        self._everyone = context.settings.conversation.steering == "everyone"
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

    def check_steers(self, actor: Actor, asker_id: int | None, conversation: Conversation) -> None:
        """Lets pass who decides about an answer: who asked for it, the conversation's owner, moderators.

        Args:
            actor: Who wants to.
            asker_id: Who asked for it.
            conversation: Where it is.

        Raises:
            NotAllowedError: For everybody else.
        """
        may_steer(actor, asker_id, conversation.owner_id, everyone=self._everyone)

    async def seen(self, conversation_id: str, actor: Actor) -> tuple[Conversation, Actor]:
        """The conversation, for those who may see it, and the actor with the rights that they have in its place.

        Raises:
            NotFoundError: It is gone, or not for them.
            DiscordError: It could not be found out.
        """
        conversation = await self.conversation(conversation_id)
        return conversation, await self._there(conversation, actor, GONE)

    async def seen_response(self, response_id: str, actor: Actor) -> tuple[Response, Conversation, Actor]:
        """The same with a response. A human's that still waits is not there yet. Raises as `seen`."""
        response = await self._store.responses.get(response_id)
        if response is None or (response.sender is Sender.HUMAN and not response.state.ended):
            raise NotFoundError(UNKNOWN_RESPONSE)
        conversation = await self._store.conversations.get(response.conversation_id)
        if conversation is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return response, conversation, await self._there(conversation, actor, UNKNOWN_RESPONSE)

    async def check_in(self, conversation: Conversation, response_id: str, actor: Actor) -> None:
        """Whether a conversation holds a response: its own, or one that a branch goes on from.

        Args:
            conversation: One that they see.
            response_id: The response.
            actor: To those who may not see it, it is not there at all.

        Raises:
            NotFoundError: There is none that they may see.
            UserError: It is of another conversation that they may see.
        """
        response = await self._store.responses.get(response_id)
        if response is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        if response.conversation_id == conversation.id:
            return
        above = await self._store.responses.path(conversation.branched_from)
        if response_id not in {each.id for each in above}:
            await self.seen_response(response_id, actor)
            raise UserError(NOT_IN_IT)

    async def check_still(self, conversation: Conversation, actor: Actor) -> None:
        """Whether they still see a conversation that they were let into a while ago. Raises as `seen`."""
        if not actor.operator:
            await self._check_place(conversation, actor.id, GONE)

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

    async def _there(self, conversation: Conversation, actor: Actor, text: str) -> Actor:
        """A moderator of one channel is none in another, and of a key's owner the place says which roles they have."""
        here = actor.channel_id is not None and actor.channel_id == conversation.channel_id
        if actor.operator or (actor.kind is ActorKind.MEMBER and here):
            return actor
        if not await self._store.listing.takes_part(actor.id, conversation.id):
            raise NotFoundError(text)
        found = await self._check_place(conversation, actor.id, text)
        if found is None or actor.kind is ActorKind.MEMBER:
            return replace(actor, moderator=False)
        return replace(found, name=actor.name, kind=actor.kind, key_id=actor.key_id)

    async def _check_place(self, conversation: Conversation, user_id: int, text: str) -> Actor | None:
        """Who they are in the conversation's place; None for one that is held in no server."""
        if conversation.guild_id is None or conversation.channel_id is None:
            return None
        found = await self._membership.person(user_id, conversation.guild_id, conversation.channel_id)
        if found is None:
            raise NotFoundError(text)
        return found


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
