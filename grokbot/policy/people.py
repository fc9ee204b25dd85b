"""A person as a question of who may do what sees them: who they are, where they are, what they may there. Pure.

Not here: finding that out (`discord_bot`, `api`), the rules (`blocks`, `places`, `rights`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from grokbot.conversation.errors import NotAllowedError
from grokbot.policy.blocks import Presence
from grokbot.policy.places import NotYoursError, Place, check, check_open_to_grok, may_answer, may_start

if TYPE_CHECKING:
    from grokbot.conversation.response import Author
    from grokbot.policy.places import Rules

ONLY_MODERATORS = "Only this server's moderators can do this."
OTHER_ROLES = "Only people with certain roles may do this in that server."


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a place, by Discord's ids. What is None or empty is not there, or not known.

    Args:
        id: Theirs.
        name: As the others in the channel see it.
        guild_id: None in direct messages, and for who comes from outside of Discord.
        channel_id: Where they are; None outside of Discord.
        parent_id: What a thread hangs under.
        category_id: The category of the channel, or of what the thread hangs under.
        role_ids: Those that they have there.
        moderator: Whether they may moderate in `guild_id`.
        operator: Whether they are the operator, who may moderate everywhere, and whom no block concerns.
        outside: Whether they come from outside of Discord, to where `channel_id` is.
    """

    id: int
    name: str
    guild_id: int | None = None
    channel_id: int | None = None
    parent_id: int | None = None
    category_id: int | None = None
    role_ids: frozenset[int] = field(default_factory=frozenset)
    moderator: bool = False
    operator: bool = False
    outside: bool = False

    @property
    def place(self) -> Place | None:
        """Where in a server they are; None outside of Discord."""
        if self.channel_id is None:
            return None
        return Place(channel_id=self.channel_id, parent_id=self.parent_id, category_id=self.category_id)

    @property
    def presence(self) -> Presence:
        """As blocks look at them."""
        place = self.place
        return Presence(
            user_id=self.id,
            guild_id=self.guild_id,
            role_ids=self.role_ids,
            channel_ids=place.ids if place is not None else frozenset(),
        )

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """The place and what it lies in, the nearest first: whose settings come first."""
        return tuple(i for i in (self.channel_id, self.parent_id, self.category_id) if i is not None)


def somebody(author: Author, guild_id: int | None) -> Person:
    """Of whom nothing is known but who they are, and in which server what they do takes effect."""
    return Person(id=author.id, name=author.name, guild_id=guild_id)


def person_in(person: Person, guild_id: int | None) -> Person:
    """Somebody in the server where what they do takes effect. Of who comes from elsewhere nothing is known there."""
    if person.guild_id == guild_id:
        return person
    return Person(id=person.id, name=person.name, guild_id=guild_id, operator=person.operator)


def may_moderate(person: Person, guild_id: int) -> bool:
    """Whether somebody may moderate in a server. 0 is all of them, and for the operator alone."""
    return person.operator or (person.moderator and guild_id != 0 and person.guild_id == guild_id)


def check_moderates(person: Person, guild_id: int) -> None:
    """Lets pass who may moderate in a server.

    Raises:
        NotAllowedError: For everybody else.
    """
    if not may_moderate(person, guild_id):
        raise NotAllowedError(ONLY_MODERATORS)


def check_place(rules: Rules, person: Person, held_in: Place | None, *, begins: bool) -> None:
    """Whether somebody may use Grok where they are; who comes from outside of Discord has no roles that are known.

    Args:
        rules: Of the server.
        person: As they are known there.
        held_in: Where the conversation is held; None: nowhere, or that is not known.
        begins: Whether one would begin.

    Raises:
        NotHereError: Not in this channel.
        NotYoursError: Not with these roles.
    """
    moderator = person.moderator or person.operator
    place = person.place
    if place is None and held_in is not None:
        check_open_to_grok(rules, held_in)
    if place is not None:
        check(rules, place, person.role_ids, begins=begins, moderator=moderator)
        return
    may = may_start if begins else may_answer
    if not may(rules, person.role_ids, moderator=moderator):
        raise NotYoursError(OTHER_ROLES)
