"""Who may see a conversation, and who may decide about it: looked up here, decided by `policy`.

Not here: what is then done (`library.library`, `library.shares`), who may steer answers (`variants.stop_and_retry`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UNKNOWN_RESPONSE, DiscordError, NotAllowedError, NotFoundError, UserError
from grokbot.conversation.response import Sender
from grokbot.conversation.text import Sentence
from grokbot.policy.actor import ActorKind
from grokbot.policy.rights import may_steer

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.admission.membership import Membership
    from grokbot.engine.context import Context
    from grokbot.policy.actor import Actor

GONE = Sentence("This conversation no longer exists.")
"""Also shown to people without access: they must not learn whether the conversation exists."""

NOT_IN_IT = Sentence("This answer is not part of the conversation.")

MOST_PLACES = 100
"""In one person's list, the last used: each may cost a request to Discord."""

OWNERS_ONLY = Sentence("Only the conversation's owner and moderators can do this. Ask one of them.")


class Access:
    """Looks up conversations and responses for those who may see them.

    Somebody in the conversation's own place sees it: Discord let them in there. From elsewhere they must have a part in
    it and still see its place; Discord is asked. Conversations of direct messages, or of no place, always stay with
    their own people. Operators skip these checks.

    Args:
        context: Settings, store, clock, ids and events.
        membership: Who sees which place now.
    """

    def __init__(self, context: Context, membership: Membership) -> None:
        self._store = context.store
        self._context = context
        self._membership = membership

    async def conversation(self, conversation_id: str) -> Conversation:
        """The conversation, for somebody who got its id from a place that they see.

        Raises:
            NotFoundError: It is gone.
        """
        conversation = await self._store.conversations.get(conversation_id)
        if conversation is None:
            raise NotFoundError(GONE)
        return conversation

    def check_steers(self, actor: Actor, asker_id: int | None, conversation: Conversation) -> None:
        """Requires somebody who decides about an answer: its asker, the conversation's owner, or a moderator.

        Args:
            actor: Who wants to.
            asker_id: Who asked for it.
            conversation: Where it is.

        Raises:
            NotAllowedError: For everybody else.
        """
        may_steer(
            actor, asker_id, conversation.owner_id, everyone=self._context.settings.conversation.steering == "everyone"
        )

    async def seen(self, conversation_id: str, actor: Actor) -> tuple[Conversation, Actor]:
        """The conversation, if the actor may see it, and the actor with their rights in its place.

        Raises:
            NotFoundError: It is gone, or not for them.
            DiscordError: Discord did not answer.
        """
        conversation = await self.conversation(conversation_id)
        return conversation, await self._there(conversation, actor, GONE)

    async def seen_response(self, response_id: str, actor: Actor) -> tuple[Response, Conversation, Actor]:
        """The same with a response. A human's that still waits does not count yet. Raises as `seen`."""
        response = await self._store.responses.get(response_id)
        if response is None or (response.sender is Sender.HUMAN and not response.state.ended):
            raise NotFoundError(UNKNOWN_RESPONSE)
        conversation = await self._store.conversations.get(response.conversation_id)
        if conversation is None:
            raise NotFoundError(UNKNOWN_RESPONSE)
        return response, conversation, await self._there(conversation, actor, UNKNOWN_RESPONSE)

    async def check_in(self, conversation: Conversation, response_id: str, actor: Actor) -> None:
        """Requires that a conversation holds a response: its own, or one that a branch continues from.

        Args:
            conversation: One that they see.
            response_id: The response.
            actor: Without access, they get NotFoundError.

        Raises:
            NotFoundError: There is none that they may see.
            UserError: It belongs to another conversation that they may see.
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
        """Requires that somebody with earlier access still sees a conversation. Raises as `seen`."""
        if not actor.operator:
            await self._check_place(conversation, actor.id, GONE)

    async def seen_places(self, user_id: int) -> tuple[frozenset[int], int]:
        """The channels and threads with a person's conversations that they see now, in servers.

        Also the number of places with an unknown result; the last used are checked first.
        """
        places = await self._store.listing.places_of(user_id)
        seen, unknown = await self._membership.seen(user_id, places[:MOST_PLACES])
        return seen, unknown + len(places[MOST_PLACES:])

    async def sees(self, conversation: Conversation, user_id: int) -> bool:
        """Whether a person may read a conversation that they have a part in; not if Discord does not answer."""
        try:
            await self._check_place(conversation, user_id, GONE)
        except (NotFoundError, DiscordError):
            return False
        return True

    async def _there(self, conversation: Conversation, actor: Actor, text: str) -> Actor:
        """A moderator of one channel is none in another; a key owner's roles come from the place."""
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
        """The person in the conversation's place; None if it has no place in a server."""
        if conversation.guild_id is None or conversation.channel_id is None:
            return None
        found = await self._membership.person(user_id, conversation.guild_id, conversation.channel_id)
        if found is None:
            raise NotFoundError(text)
        return found


def owns(conversation: Conversation, actor: Actor) -> bool:
    """Whether the person decides about a whole conversation: its owner, or a moderator."""
    return actor.steers_all or actor.id == conversation.owner_id


def check_owns(conversation: Conversation, actor: Actor) -> None:
    """Requires the owner or a moderator, whatever is set for steering.

    Raises:
        NotAllowedError: For everybody else.
    """
    if not owns(conversation, actor):
        raise NotAllowedError(OWNERS_ONLY)
