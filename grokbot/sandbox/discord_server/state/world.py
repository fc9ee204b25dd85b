"""The state of the loopback Discord, and the events of its changes.

Here: what exists, finding it, and creating guilds, channels, members and roles. Every change is published: as a
gateway event, and to wake tasks that wait for a condition.
Not here: messages and threads (acts/), HTTP and WebSocket.
"""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.permission_bits import NONE, TALK, Permission
from grokbot.sandbox.discord_server.rules.protocol import (
    DIRECT,
    DIRECT_MESSAGES,
    GUILD_MEMBERS,
    GUILD_MESSAGES,
    GUILDS,
    TEXT,
    Json,
)
from grokbot.sandbox.discord_server.rules.rules import Rules
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.clock import Clock, Snowflakes
from grokbot.sandbox.discord_server.state.model import Attachment, Channel, Guild, GuildRole, Member, Message, User
from grokbot.sandbox.discord_server.state.permissions import in_channel
from grokbot.sandbox.discord_server.state.portal import Portal

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.discord_server.state.commands import CommandBook
    from grokbot.sandbox.discord_server.state.interactions import Interaction

AnyUser = TypeVar("AnyUser", bound=User)

_OF_MESSAGES = ("MESSAGE_UPDATE", "MESSAGE_REACTION", "TYPING", "INTERACTION")
_SENT_ANYWHERE = {"INTERACTION_CREATE", "GUILD_DELETE"}
"""Events of servers that the bot is not in, or no longer: people who installed the app use it there."""


@dataclass(frozen=True, slots=True)
class Event:
    """An event that the gateway may send to the bot.

    Attributes:
        intents: intent bits, one of which is needed; 0 for events that are always sent.
        guild_id: decides the shard; None for direct messages.
        message: set if the intent MESSAGE_CONTENT decides what the payload shows.
    """

    name: str
    data: Json
    intents: int = 0
    guild_id: int | None = None
    message: Message | None = None


class World:
    """All state. Actions change it and call `publish` or `changed`."""

    def __init__(self, rules: Rules, commands: "CommandBook", bot_name: str) -> None:
        self.rules = rules
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.token = f"sandbox.{secrets.token_urlsafe(24)}"
        self.origin = ""
        self.identified = 0
        self.portal = Portal()
        self.profile: Json = {}
        """What the application's profile says, by the fields of the application object."""
        self.commands = commands
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.direct: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.cdn_refuses = 0
        """How many of the next file requests to refuse temporarily."""
        self.nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.interactions: dict[int, Interaction] = {}
        self.interaction_tokens: dict[str, Interaction] = {}
        self.installed: set[int] = set()
        """People who have added the app to their account."""
        self.typing: list[tuple[int, float]] = []
        self.typists: dict[tuple[int, int], float] = {}
        """Typing indicators: end time on the monotonic clock, by channel and user."""
        self.revision = 0
        """Grows with every change except those to messages' content."""
        self.structure = 0
        """Grows only with changes beyond the number of messages: people, channels, permissions."""
        self.listeners: list[Callable[[Event], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.bot_user = self.add_user(User(self.ids.make(), bot_name, bot=True))
        self.owner = self.add_user(User(self.ids.make(), "owner"))
        self.application_id = self.bot_user.id

    # events

    def publish(self, event: Event) -> None:
        """Send an event to the gateway and the watchers."""
        guild = self.guilds.get(event.guild_id or 0)
        if guild is None or self.bot_user.id in guild.members or event.name in _SENT_ANYWHERE:
            for listener in self.listeners:
                listener(event)
        self.changed(event.name)

    def changed(self, event: str = _OF_MESSAGES[0]) -> None:
        """Wake tasks waiting for a condition on the world; `event` names the change, whether or not the bot gets it."""
        self.revision += not event.startswith(_OF_MESSAGES)
        self.structure += not event.startswith(("MESSAGE_", *_OF_MESSAGES))
        for watcher in self.watchers:
            watcher()

    def publish_in(self, channel: Channel, name: str, data: Json, *, intents: int) -> None:
        """Send a channel's event to the bot, if the bot can see that channel.

        Args:
            channel: Where it happened.
            name: The event's name, such as `MESSAGE_CREATE`.
            data: Its JSON.
            intents: One of these bits is enough to receive it.
        """
        if self.bot_sees(channel):
            guild_id = None if channel.guild is None else channel.guild.id
            self.publish(Event(name, data, intents, guild_id))
        else:
            self.changed(name)

    def publish_message(self, name: str, message: Message) -> None:
        """Send an event with a message's current state."""
        channel = message.channel
        if not self.bot_sees(channel):
            self.changed(name)
            return
        intents = DIRECT_MESSAGES if channel.guild is None else GUILD_MESSAGES
        guild_id = None if channel.guild is None else channel.guild.id
        self.publish(Event(name, payloads.message_event(message), intents, guild_id, message))

    def bot_sees(self, channel: Channel) -> bool:
        """Whether the bot can see the channel."""
        return bool(in_channel(channel, self.bot_user.id) & Permission.VIEW_CHANNEL)

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return f"{self.origin.replace('http', 'ws', 1)}/gateway"

    # finding

    def channel(self, channel_id: int, actor: User | None = None) -> Channel:
        """A channel that `actor` can see.

        Raises:
            RefusedError: 10003 if there is none, 50001 if `actor` must not see it.
        """
        found = self.channels.get(channel_id)
        if found is None or found.deleted:
            raise refusal("unknown_channel")
        if actor is not None and not in_channel(found, actor.id) & Permission.VIEW_CHANNEL:
            raise refusal("missing_access")
        return found

    def guild(self, guild_id: int, actor: User | None = None) -> Guild:
        """A guild that `actor` is in.

        Raises:
            RefusedError: 10004 if there is none or `actor` is not in it.
        """
        found = self.guilds.get(guild_id)
        if found is None or (actor is not None and actor.id not in found.members):
            raise refusal("unknown_guild")
        return found

    def message(self, channel: Channel, message_id: int) -> Message:
        """A message of a channel, but no ephemeral one.

        Raises:
            RefusedError: 10008.
        """
        found = self.messages.get(message_id)
        if found is None or found.deleted or found.channel is not channel or found.ephemeral:
            raise refusal("unknown_message")
        return found

    @property
    def application_flags(self) -> int:
        """The privileged intents that the portal allows, as the flags of an unverified bot."""
        return self.portal.flags

    # creating

    def add_user(self, user: AnyUser) -> AnyUser:
        """Register an account."""
        self.users[user.id] = user
        self.changed("USER")
        return user

    def add_guild(self, name: str, owner: User | None = None, *, system_channel: str = "", bot: bool = True) -> Guild:
        """Create a guild with an owner and the bot, whose role has the permissions to talk. See `create_guild`.

        Args:
            name: Its name.
            owner: None: an inactive one.
            system_channel: The name of its channel for system messages; empty: none.
            bot: False: it has not added the bot.
        """
        owner = owner or self.owner
        guild = Guild(self.ids.make(), self, name, owner.id, self.clock.wall())
        self.guilds[guild.id] = guild
        guild.members[owner.id] = Member(owner, self.clock.wall())
        if not bot:
            self.changed("GUILD_CREATE")
            return guild
        role = GuildRole(self.ids.make(), self.bot_user.name, TALK, managed=True, bot_id=self.bot_user.id)
        guild.roles[role.id] = role
        guild.members[self.bot_user.id] = Member(self.bot_user, self.clock.wall(), role_ids=[role.id])
        if system_channel:
            guild.system_channel = self._made(guild, TEXT, system_channel)
        self.publish(Event("GUILD_CREATE", payloads.guild_create(guild), GUILDS, guild.id))
        return guild

    def add_channel(self, guild: Guild, kind: int, name: str, *, topic: str | None = None) -> Channel:
        """Create a channel. See `Host.add_channel`.

        Args:
            guild: The guild.
            kind: Discord's number for the type.
            name: Shown without the #.
            topic: None: no topic.
        """
        channel = self._made(guild, kind, name, topic=topic)
        self.publish_in(channel, "CHANNEL_CREATE", payloads.channel(channel), intents=GUILDS)
        return channel

    def _made(self, guild: Guild, kind: int, name: str, *, topic: str | None = None) -> Channel:
        channel = Channel(self.ids.make(), self, kind, guild, name, topic=topic, position=len(guild.channels))
        channel.names.append(name)
        self.channels[channel.id] = channel
        guild.channels.append(channel)
        return channel

    def direct_channel(self, user: User) -> Channel:
        """The direct-message channel of the bot and `user`; there is only one, and opening it sends no event."""
        channel = self.direct.get(user.id)
        if channel is None:
            recipients = (user.id, self.bot_user.id)
            channel = Channel(self.ids.make(), self, DIRECT, recipient_ids=recipients)
            self.channels[channel.id] = self.direct[user.id] = channel
            self.changed("CHANNEL_CREATE")
        return channel

    def private_channel(self, *people: User) -> Channel:
        """Direct messages between people, without the bot."""
        channel = Channel(self.ids.make(), self, DIRECT, recipient_ids=tuple(person.id for person in people))
        self.channels[channel.id] = channel
        self.changed("CHANNEL_CREATE")
        return channel

    def add_role(self, guild: Guild, name: str, permissions: Permission, *, mentionable: bool = False) -> GuildRole:
        """Create a role. See `Host.add_role`.

        Args:
            guild: The guild.
            name: Shown without the @.
            permissions: Its permissions in the whole guild.
            mentionable: Whether everyone may mention it.
        """
        role = GuildRole(self.ids.make(), name, permissions, position=len(guild.roles), mentionable=mentionable)
        guild.roles[role.id] = role
        data: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self.publish(Event("GUILD_ROLE_CREATE", data, GUILDS, guild.id))
        return role

    def role_changed(self, guild: Guild, role: GuildRole) -> None:
        """Send an event for a changed role."""
        data: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self.publish(Event("GUILD_ROLE_UPDATE", data, GUILDS, guild.id))

    def channel_changed(self, channel: Channel) -> None:
        """Send an event for a changed channel or thread."""
        name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        data = payloads.channel(channel)
        guild_id = None if channel.guild is None else channel.guild.id
        # Sent even if the change hides the channel from the bot: that is how it learns of it.
        self.publish(Event(name, data, GUILDS, guild_id))

    def add_member(
        self,
        guild: Guild,
        user: User,
        *,
        permissions: Permission = NONE,
        nick: str | None = None,
        roles: tuple[GuildRole, ...] = (),
    ) -> Member:
        """Add a user to a guild. See `Host.add_member`.

        Args:
            guild: The guild.
            user: The user.
            permissions: Given by a role of their own.
            nick: None: unchanged.
            roles: Roles of the guild.
        """
        known = guild.members.get(user.id)
        who = known or Member(user, self.clock.wall())
        guild.left.discard(user.id)
        guild.members[user.id] = who
        who.nick = nick if nick is not None else who.nick
        who.role_ids += [role.id for role in roles]
        if permissions:
            who.role_ids.append(self.add_role(guild, f"{user.name}'s", permissions).id)
        if user is self.bot_user and known is None:
            self.publish(Event("GUILD_CREATE", payloads.guild_create(guild), GUILDS, guild.id))
        name = "GUILD_MEMBER_UPDATE" if known else "GUILD_MEMBER_ADD"
        data = payloads.member(who) | {"guild_id": str(guild.id)}
        self.publish(Event(name, data, GUILD_MEMBERS, guild.id))
        return who

    def remove_member(self, guild: Guild, user: User) -> None:
        """Remove a user from a guild; if it is the bot, it loses the guild."""
        guild.members.pop(user.id, None)
        guild.left.add(user.id)
        if user is self.bot_user:
            self.publish(Event("GUILD_DELETE", {"id": str(guild.id)}, GUILDS, guild.id))
            return
        data: Json = {"guild_id": str(guild.id), "user": payloads.user(user)}
        self.publish(Event("GUILD_MEMBER_REMOVE", data, GUILD_MEMBERS, guild.id))
