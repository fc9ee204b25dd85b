"""Who acts, and with what rights: a member in Discord, the holder of a key, the operator. Pure.

Not here: finding out who somebody is (`discord_bot.members`, `engine.programs.api_keys`), the rules (`rights`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from grokbot.conversation.response import Author
from grokbot.policy.blocks import Presence
from grokbot.policy.places import Place


class ActorKind(StrEnum):
    """How somebody reaches the bot."""

    MEMBER = "member"
    """In Discord, by a message, a command or a button."""
    KEY = "key"
    """From outside Discord, with a key for the conversations that its owner takes part in."""
    OPERATOR = "operator"
    """At the machine's socket, or with a key for everything. Blocks do not apply to them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody who wants something done, by Discord's ids. None or empty: not there, or not known.

    Args:
        id: Their user id.
        name: As the others in the channel see it.
        kind: How they reach the bot.
        guild_id: None in direct messages and outside of Discord.
        channel_id: The channel or thread that they act in.
        parent_id: The channel of the thread.
        category_id: The category of the channel, or of the thread's channel.
        role_ids: Their roles in the server.
        moderator: Whether they moderate there, by Discord's rights or by a role that the server's moderators named.
        key_id: The key that let them in; it makes them nobody else.
    """

    id: int
    name: str
    kind: ActorKind = ActorKind.MEMBER
    guild_id: int | None = None
    channel_id: int | None = None
    parent_id: int | None = None
    category_id: int | None = None
    role_ids: frozenset[int] = field(default_factory=frozenset)
    moderator: bool = False
    key_id: str = field(default="", compare=False)

    @property
    def operator(self) -> bool:
        """Whether they may see and change all conversations."""
        return self.kind is ActorKind.OPERATOR

    @property
    def steers_all(self) -> bool:
        """Whether they decide about other people's answers. A key never carries its owner's rights as a moderator."""
        return self.operator or (self.moderator and self.kind is ActorKind.MEMBER)

    @property
    def author(self) -> Author:
        """Their name for what they say."""
        return Author(self.id, self.name)

    @property
    def place(self) -> Place | None:
        """Their place in a server; None outside of Discord."""
        if self.channel_id is None:
            return None
        return Place(channel_id=self.channel_id, parent_id=self.parent_id, category_id=self.category_id)

    @property
    def presence(self) -> Presence:
        """The facts that blocks check."""
        place = self.place
        return Presence(
            user_id=self.id,
            guild_id=self.guild_id,
            role_ids=self.role_ids,
            channel_ids=place.ids if place is not None else frozenset(),
        )

    @property
    def channel_ids(self) -> tuple[int, ...]:
        """The place and what contains it, nearest first, the order in which settings apply."""
        return tuple(i for i in (self.channel_id, self.parent_id, self.category_id) if i is not None)

    def in_guild(self, guild_id: int | None) -> Actor:
        """The same person in another server, with nothing known about them there."""
        if self.guild_id == guild_id:
            return self
        return Actor(id=self.id, name=self.name, kind=self.kind, guild_id=guild_id)


def somebody(author: Author, guild_id: int | None) -> Actor:
    """The writer of a message, with nothing else known."""
    return Actor(id=author.id, name=author.name, guild_id=guild_id)
