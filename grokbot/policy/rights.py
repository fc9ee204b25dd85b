"""What an actor may do with answers, in a place, and as a moderator. Pure.

Not here: who they are (`actor`), what a server's moderators set (`places`, `blocks`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.places import NotYoursError, Place, check, check_open_to_grok, may_answer, may_start

if TYPE_CHECKING:
    from grokbot.policy.actor import Actor
    from grokbot.policy.places import PlaceRules

NOT_YOURS = Sentence("Only the person who asked, the thread's owner and moderators can do this. Ask one of them.")
ONLY_MODERATORS = Sentence("Only this server's moderators can do this. Ask one of them.")
OTHER_ROLES = Sentence("Only people with certain roles can do this in that server. A moderator there can give you one.")


def may_steer(actor: Actor, asker_id: int | None, owner_id: int, *, everyone: bool = False) -> None:
    """Requires somebody who decides about an answer: the asker, the conversation's owner, or a moderator.

    Args:
        actor: Who wants to.
        asker_id: Who asked; None if unknown.
        owner_id: Whose conversation it is.
        everyone: Whether everybody may, as set by the operator.

    Raises:
        NotAllowedError: For everybody else.
    """
    if not everyone and not actor.steers_all and actor.id not in (asker_id, owner_id):
        raise NotAllowedError(NOT_YOURS)


def may_moderate(actor: Actor, guild_id: int) -> bool:
    """Whether somebody may moderate in a server. 0 means all servers, for the operator alone."""
    return actor.operator or (actor.moderator and guild_id != 0 and actor.guild_id == guild_id)


def check_moderates(actor: Actor, guild_id: int) -> None:
    """Requires a moderator of a server.

    Raises:
        NotAllowedError: For everybody else.
    """
    if not may_moderate(actor, guild_id):
        raise NotAllowedError(ONLY_MODERATORS)


def check_place(rules: PlaceRules, actor: Actor, held_in: Place | None, *, begins: bool) -> None:
    """Requires that somebody may use Grok in their place.

    Args:
        rules: Of the server.
        actor: As known there.
        held_in: The conversation's place; None: nowhere, or unknown.
        begins: Whether a conversation would begin.

    Raises:
        NotHereError: Not in this channel.
        NotYoursError: Not with these roles.
    """
    moderator = actor.moderator or actor.operator
    place = actor.place
    if place is None and held_in is not None:
        check_open_to_grok(rules, held_in)
    if place is not None:
        check(rules, place, actor.role_ids, begins=begins, moderator=moderator)
        return
    may = may_start if begins else may_answer
    if not may(rules, actor.role_ids, moderator=moderator):
        raise NotYoursError(OTHER_ROLES)
