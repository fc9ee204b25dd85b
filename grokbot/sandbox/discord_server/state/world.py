"""The state of the loopback Discord and the news of its changes.

Here: what exists, finding it, and making guilds, channels, members and roles. Every change is published: as an event to
the gateway and as a wake-up to whoever waits for a condition.
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
    GUILD_PRESENCES,
    GUILDS,
    MESSAGE_CONTENT,
    Json,
)
from grokbot.sandbox.discord_server.rules.rules import Rules
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.clock import Clock, Snowflakes
from grokbot.sandbox.discord_server.state.model import Attachment, Channel, Guild, GuildRole, Member, Message, User
from grokbot.sandbox.discord_server.state.permissions import in_channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.discord_server.state.commands import CommandBook
    from grokbot.sandbox.discord_server.state.interactions import Interaction

AnyUser = TypeVar("AnyUser", bound=User)

_OF_MESSAGES = ("MESSAGE_UPDATE", "MESSAGE_REACTION", "TYPING", "INTERACTION")
_FLAG_PRESENCE_LIMITED, _FLAG_MEMBERS_LIMITED, _FLAG_CONTENT_LIMITED = 1 << 13, 1 << 15, 1 << 19


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the gateway may tell the bot.

    Attributes:
        intents: bits of which one must be asked for; 0 for what is always sent.
        guild_id: decides the shard; None for direct messages.
        message: set when the intent MESSAGE_CONTENT decides what the payload may show.
    """

    name: str
    data: Json
    intents: int = 0
    guild_id: int | None = None
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class Portal:
    """The switches of the developer portal for privileged intents."""

    members: bool = True
    presences: bool = True
    message_content: bool = True

    @property
    def denied(self) -> int:
        """Intent bits that may not be asked for."""
        bits = {GUILD_MEMBERS: self.members, GUILD_PRESENCES: self.presences, MESSAGE_CONTENT: self.message_content}
        return sum(bit for bit, allowed in bits.items() if not allowed)


class World:
    """All state. Acts change it and call `publish` or `changed`."""

    def __init__(self, rules: Rules, commands: "CommandBook", bot_name: str) -> None:
        self.rules = rules
        self.clock = Clock()
        self.ids = Snowflakes(self.clock)
        self.token = f"sandbox.{secrets.token_urlsafe(24)}"
        self.origin = ""
        self.identified = 0
        self.portal = Portal()
        self.commands = commands
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.direct: dict[int, Channel] = {}
        self.attachments: dict[int, Attachment] = {}
        self.cdn_refuses = 0
        """So many requests for files that come next are refused for a moment."""
        self.nonces: dict[tuple[int, str], tuple[float, Message]] = {}
        self.interactions: dict[int, Interaction] = {}
        self.interaction_tokens: dict[str, Interaction] = {}
        self.typing: list[tuple[int, float]] = []
        self.typists: dict[tuple[int, int], float] = {}
        """Until when on the monotonic clock somebody is shown as typing, by channel and user."""
        self.revision = 0
        """Grows with every change but those of what messages say."""
        self.structure = 0
        """Grows with those of them that change more than how many messages there are: people, channels, rights."""
        self.listeners: list[Callable[[Event], None]] = []
        self.watchers: list[Callable[[], None]] = []
        self.bot_user = self.add_user(User(self.ids.make(), bot_name, bot=True))
        self.owner = self.add_user(User(self.ids.make(), "owner"))
        self.application_id = self.bot_user.id

    # news

    def publish(self, event: Event) -> None:
        """Tell the gateway and whoever watches."""
        for listener in self.listeners:
            listener(event)
        self.changed(event.name)

    def changed(self, event: str = _OF_MESSAGES[0]) -> None:
        """Wake whoever waits for a condition on the world; `event` says what happened, whether the bot hears or not."""
        self.revision += not event.startswith(_OF_MESSAGES)
        self.structure += not event.startswith(("MESSAGE_", *_OF_MESSAGES))
        for watcher in self.watchers:
            watcher()

    def publish_in(self, channel: Channel, name: str, data: Json, *, intents: int) -> None:
        """Sends an event of a channel to the bot, if the bot can see that channel.

        Args:
            channel: Where it happened.
            name: The event's, as `MESSAGE_CREATE`.
            data: Its JSON.
            intents: One of these bits is enough to receive it.
        """
        if self.bot_sees(channel):
            guild_id = None if channel.guild is None else channel.guild.id
            self.publish(Event(name, data, intents, guild_id))
        else:
            self.changed(name)

    def publish_message(self, name: str, message: Message) -> None:
        """Tell of a message as it is now."""
        channel = message.channel
        if not self.bot_sees(channel):
            self.changed(name)
            return
        intents = DIRECT_MESSAGES if channel.guild is None else GUILD_MESSAGES
        guild_id = None if channel.guild is None else channel.guild.id
        self.publish(Event(name, payloads.message_event(message), intents, guild_id, message))

    def bot_sees(self, channel: Channel) -> bool:
        """Whether the bot may look into the channel."""
        return bool(in_channel(channel, self.bot_user.id) & Permission.VIEW_CHANNEL)

    @property
    def gateway_url(self) -> str:
        """Where the gateway listens."""
        return f"{self.origin.replace('http', 'ws', 1)}/gateway"

    # finding

    def channel(self, channel_id: int, actor: User | None = None) -> Channel:
        """A channel that `actor` can see.

        Raises:
            RefusedError: 10003 when there is none, 50001 when `actor` must not see it.
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
            RefusedError: 10004 when there is none or `actor` is not in it.
        """
        found = self.guilds.get(guild_id)
        if found is None or (actor is not None and actor.id not in found.members):
            raise refusal("unknown_guild")
        return found

    def message(self, channel: Channel, message_id: int) -> Message:
        """A message of a channel, ephemeral ones excepted.

        Raises:
            RefusedError: 10008.
        """
        found = self.messages.get(message_id)
        if found is None or found.deleted or found.channel is not channel or found.ephemeral:
            raise refusal("unknown_message")
        return found

    @property
    def application_flags(self) -> int:
        """Which privileged intents the portal allows, as the flags that an unverified bot has."""
        flags = {
            _FLAG_PRESENCE_LIMITED: self.portal.presences,
            _FLAG_MEMBERS_LIMITED: self.portal.members,
            _FLAG_CONTENT_LIMITED: self.portal.message_content,
        }
        return sum(bit for bit, on in flags.items() if on)

    # making

    def add_user(self, user: AnyUser) -> AnyUser:
        """Make an account known."""
        self.users[user.id] = user
        self.changed("USER")
        return user

    def add_guild(self, name: str, owner: User | None = None) -> Guild:
        """A guild with an owner (None: one who never acts) and the bot, whose role may do what it takes to talk."""
        owner = owner or self.owner
        guild = Guild(self.ids.make(), self, name, owner.id, self.clock.wall())
        self.guilds[guild.id] = guild
        role = GuildRole(self.ids.make(), self.bot_user.name, TALK, managed=True, bot_id=self.bot_user.id)
        guild.roles[role.id] = role
        guild.members[owner.id] = Member(owner, self.clock.wall())
        guild.members[self.bot_user.id] = Member(self.bot_user, self.clock.wall(), role_ids=[role.id])
        self.publish(Event("GUILD_CREATE", payloads.guild_create(guild), GUILDS, guild.id))
        return guild

    def add_channel(self, guild: Guild, kind: int, name: str, *, topic: str | None = None) -> Channel:
        """Makes a channel. See `Host.add_channel`.

        Args:
            guild: Where.
            kind: Discord's number for the type.
            name: Shown without the #.
            topic: None: none.
        """
        position = len(guild.channels)
        channel = Channel(self.ids.make(), self, kind, guild, name, topic=topic, position=position)
        channel.names.append(name)
        self.channels[channel.id] = channel
        guild.channels.append(channel)
        self.publish_in(channel, "CHANNEL_CREATE", payloads.channel(channel), intents=GUILDS)
        return channel

    def direct_channel(self, user: User) -> Channel:
        """The channel between the bot and `user`; there is only one, and it says nothing by being opened."""
        channel = self.direct.get(user.id)
        if channel is None:
            recipients = (user.id, self.bot_user.id)
            channel = Channel(self.ids.make(), self, DIRECT, recipient_ids=recipients)
            self.channels[channel.id] = self.direct[user.id] = channel
            self.changed("CHANNEL_CREATE")
        return channel

    def add_role(self, guild: Guild, name: str, permissions: Permission, *, mentionable: bool = False) -> GuildRole:
        """Makes a role. See `Host.add_role`.

        Args:
            guild: Where.
            name: Shown without the @.
            permissions: What it allows everywhere in the guild.
            mentionable: Whether everybody may mention it.
        """
        role = GuildRole(self.ids.make(), name, permissions, position=len(guild.roles), mentionable=mentionable)
        guild.roles[role.id] = role
        data: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self.publish(Event("GUILD_ROLE_CREATE", data, GUILDS, guild.id))
        return role

    def role_changed(self, guild: Guild, role: GuildRole) -> None:
        """Tell of a role's new state."""
        data: Json = {"guild_id": str(guild.id), "role": payloads.role(role)}
        self.publish(Event("GUILD_ROLE_UPDATE", data, GUILDS, guild.id))

    def channel_changed(self, channel: Channel) -> None:
        """Tell of a channel's or a thread's new state."""
        name = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        data = payloads.channel(channel)
        guild_id = None if channel.guild is None else channel.guild.id
        # Told even when the change hides the channel from the bot: that is how it learns of it.
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
        """Lets a user into a guild. See `Host.add_member`.

        Args:
            guild: Where.
            user: Who.
            permissions: Held by a role of their own.
            nick: None: as before.
            roles: Of the guild.
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
        """A user leaves a guild; when it is the bot, the guild is gone for it."""
        guild.members.pop(user.id, None)
        guild.left.add(user.id)
        if user is self.bot_user:
            self.publish(Event("GUILD_DELETE", {"id": str(guild.id)}, GUILDS, guild.id))
            return
        data: Json = {"guild_id": str(guild.id), "user": payloads.user(user)}
        self.publish(Event("GUILD_MEMBER_REMOVE", data, GUILD_MEMBERS, guild.id))
