"""The objects of the loopback Discord: users, guilds, channels, threads, messages.

Here: state with identity, and reading it. Not here: changing it (acts/), events (world.py), JSON (payloads.py).
"""

from dataclasses import dataclass, field
from typing import Protocol

from grokbot.sandbox.discord_server.rules.permission_bits import NEW_GUILD_EVERYONE, NONE, Permission
from grokbot.sandbox.discord_server.rules.protocol import (
    DEFAULT,
    DIRECT,
    EPHEMERAL,
    FORUM,
    LOADING,
    PRIVATE_THREAD,
    TEXT,
    THREADS,
    Json,
    walk,
)
from grokbot.sandbox.discord_server.rules.rules import Rules
from grokbot.sandbox.discord_server.state.clock import Clock


class Host(Protocol):
    """What guilds, channels and their JSON need from their world."""

    rules: Rules
    clock: Clock
    origin: str
    token: str
    application_id: int
    bot_user: "User"
    users: "dict[int, User]"
    channels: "dict[int, Channel]"
    messages: "dict[int, Message]"

    def channel_changed(self, channel: "Channel") -> None:
        """Send an event for a changed channel or thread."""

    def role_changed(self, guild: "Guild", role: "GuildRole") -> None:
        """Send an event for a changed role."""

    def add_channel(self, guild: "Guild", kind: int, name: str, *, topic: str | None = None) -> "Channel":
        """Create a channel in a guild.

        Args:
            guild: The guild.
            kind: Discord's number for the type.
            name: Shown without the #.
            topic: None: no topic.
        """
        ...

    def add_role(self, guild: "Guild", name: str, permissions: Permission, *, mentionable: bool = False) -> "GuildRole":
        """Create a role in a guild, above the others.

        Args:
            guild: The guild.
            name: Shown without the @.
            permissions: Its permissions in the whole guild.
            mentionable: Whether everyone may mention it.
        """
        ...

    def add_member(
        self,
        guild: "Guild",
        user: "User",
        *,
        permissions: Permission = NONE,
        nick: str | None = None,
        roles: "tuple[GuildRole, ...]" = (),
    ) -> "Member":
        """Add a user to a guild; an existing member gets the nick and the additional roles.

        Args:
            guild: The guild.
            user: The user.
            permissions: Given by a new role of their own; none: no such role.
            nick: None: unchanged.
            roles: Roles of the guild.
        """
        ...

    def remove_member(self, guild: "Guild", user: "User") -> None:
        """Remove a user from a guild."""


@dataclass(eq=False, slots=True)
class User:
    """An account: a person's or a bot's."""

    id: int
    name: str
    display_name: str | None = None
    bot: bool = False
    accepts_direct_messages: bool = True
    locale: str = "en-US"
    """The language of the person's client."""

    @property
    def mention(self) -> str:
        """The text that mentions this user."""
        return f"<@{self.id}>"


@dataclass(eq=False, slots=True)
class GuildRole:
    """A role of a guild; @everyone has the guild's own id."""

    id: int
    name: str
    permissions: Permission = NONE
    position: int = 1
    mentionable: bool = False
    managed: bool = False
    bot_id: int | None = None
    """The bot that it belongs to, if it is managed."""


@dataclass(eq=False, slots=True)
class Member:
    """A user in a guild."""

    user: User
    joined_at: float
    nick: str | None = None
    role_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Overwrite:
    """Permissions that a channel allows and denies a role (kind 0) or a member (kind 1)."""

    kind: int
    allow: Permission = NONE
    deny: Permission = NONE


@dataclass(frozen=True, slots=True)
class Upload:
    """A file being sent."""

    name: str
    data: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    description: str | None = None
    told_size: int | None = None
    """The size that the attachment claims; None: the real one."""
    seconds: float = 0.0
    """Seconds before the CDN sends it."""
    duration: float | None = None
    """Seconds of a voice message."""
    waveform: str | None = None
    """The same, drawn: up to 256 amplitudes in base64."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, stored by the loopback CDN."""

    id: int
    channel_id: int
    file: Upload


@dataclass(frozen=True, slots=True)
class Reference:
    """What a message points to: the message it replies to or forwards, or the thread it announces."""

    channel_id: int
    message_id: int | None
    guild_id: int | None
    kind: int = 0
    """1 for a forward."""


@dataclass(eq=False, slots=True)
class Message:
    """A message with its history.

    Attributes:
        mentions: ids of the users in the payload's `mentions`.
        pinged: everyone whom any version could notify: user ids, role ids, "everyone", "here".
        versions: (seconds on the monotonic clock, text), the first text included.
        created: seconds since 1970. edited: the same, or None.
    """

    id: int
    channel: "Channel"
    author: User
    content: str
    created: float
    kind: int = DEFAULT
    flags: int = 0
    nonce: str | int | None = None
    tts: bool = False
    edited: float | None = None
    deleted: bool = False
    pinned: bool = False
    embeds: list[Json] = field(default_factory=list)
    components: list[Json] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    reference: Reference | None = None
    mentions: tuple[int, ...] = ()
    mention_roles: tuple[int, ...] = ()
    mention_everyone: bool = False
    pinged: set[int | str] = field(default_factory=set)
    reactions: dict[str, set[int]] = field(default_factory=dict)
    versions: list[tuple[float, str]] = field(default_factory=list)
    interaction: Json | None = None
    snapshot: Json | None = None
    """Only in a forward: the original's content at the time."""
    webhook_id: int | None = None
    thread: "Channel | None" = None

    @property
    def ephemeral(self) -> bool:
        """Whether only the person who caused it can see it."""
        return bool(self.flags & EPHEMERAL)

    @property
    def loading(self) -> bool:
        """Whether it shows "is thinking"."""
        return bool(self.flags & LOADING)

    def buttons(self) -> list[Json]:
        """All buttons and selects, in order, nested ones included."""
        return [part for part in walk(self.components) if part.get("type") in {2, 3, 5, 6, 7, 8}]


@dataclass(eq=False)
class Channel:
    """A text channel, forum, thread or direct-message channel."""

    id: int
    world: "Host" = field(repr=False)
    kind: int
    guild: "Guild | None" = field(default=None, repr=False)
    name: str = ""
    topic: str | None = None
    position: int = 0
    slowmode: int = 0
    nsfw: bool = False
    parent: "Channel | None" = field(default=None, repr=False)
    overwrites: dict[int, Overwrite] = field(default_factory=dict, repr=False)
    recipient_ids: tuple[int, ...] = ()
    deleted: bool = False
    # only threads have these
    owner_id: int = 0
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_minutes: int = 4320
    archive_changed: float = 0.0
    created: float = 0.0
    members: dict[int, float] = field(default_factory=dict, repr=False)
    applied_tags: list[int] = field(default_factory=list)
    available_tags: list[Json] = field(default_factory=list)
    total_sent: int = 0
    names: list[str] = field(default_factory=list)
    log: list[Message] = field(default_factory=list, repr=False)
    ephemerals: list[Message] = field(default_factory=list, repr=False)
    """Ephemeral messages, each visible to one person: not in the log."""
    last_message_id: int | None = None

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread of any kind."""
        return self.kind in THREADS

    @property
    def is_private_thread(self) -> bool:
        """Whether only this thread's members and moderators see it."""
        return self.kind == PRIVATE_THREAD

    @property
    def is_direct(self) -> bool:
        """Whether this is a direct-message channel."""
        return self.kind == DIRECT

    @property
    def is_with_bot(self) -> bool:
        """Whether the bot can be here: in its direct messages, and in servers that have added it."""
        bot_id = self.world.bot_user.id
        return bot_id in (self.recipient_ids if self.guild is None else self.guild.members)

    @property
    def member_ids(self) -> set[int]:
        """Ids of a thread's members."""
        return set(self.members)

    @property
    def messages(self) -> list[Message]:
        """Current messages, oldest first; deleted ones are in `log` only."""
        return [message for message in self.log if not message.deleted]

    @property
    def threads(self) -> list["Channel"]:
        """Threads under this channel, oldest first, archived ones included."""
        return [] if self.guild is None else [t for t in self.guild.threads if t.parent is self]

    @property
    def mention(self) -> str:
        """The text that links to this channel."""
        return f"<#{self.id}>"

    def archive(self, *, locked: bool = False) -> None:
        """Archive this thread, as time or a moderator does; sends an event."""
        self.archived, self.locked = True, self.locked or locked
        self.archive_changed = self.world.clock.wall()
        self.world.channel_changed(self)

    def set_overwrite(
        self, target: "GuildRole | User | Member", *, allow: Permission = NONE, deny: Permission = NONE
    ) -> None:
        """Set a permission overwrite of this channel; sends an event.

        Args:
            target: The role or member.
            allow: Permissions in addition to their roles'.
            deny: Permissions removed from those of their roles.
        """
        user = target.user if isinstance(target, Member) else target
        self.overwrites[user.id] = Overwrite(0 if isinstance(user, GuildRole) else 1, allow, deny)
        self.world.channel_changed(self)


@dataclass(eq=False)
class Guild:
    """A server. Its channels and threads are in order of creation."""

    id: int
    world: "Host" = field(repr=False)
    name: str
    owner_id: int
    created: float
    members: dict[int, Member] = field(default_factory=dict, repr=False)
    roles: dict[int, GuildRole] = field(default_factory=dict, repr=False)
    channels: list[Channel] = field(default_factory=list, repr=False)
    threads: list[Channel] = field(default_factory=list, repr=False)
    left: set[int] = field(default_factory=set, repr=False)
    system_channel: Channel | None = field(default=None, repr=False)
    """Where Discord says who has joined."""
    away: bool = False
    """Whether it has an outage: it sends no events."""
    preferred_locale: str = "en-US"

    def __post_init__(self) -> None:
        """Every guild has @everyone."""
        self.roles[self.id] = GuildRole(self.id, "@everyone", NEW_GUILD_EVERYONE, position=0)

    @property
    def everyone(self) -> GuildRole:
        """The role that all members have."""
        return self.roles[self.id]

    @property
    def bot_role(self) -> GuildRole:
        """The managed role that the bot brought."""
        return next(role for role in self.roles.values() if role.managed)

    def create_text_channel(self, name: str, *, topic: str | None = None) -> Channel:
        """Create a text channel; sends an event."""
        return self.world.add_channel(self, TEXT, name, topic=topic)

    def create_forum_channel(self, name: str, *, topic: str | None = None) -> Channel:
        """Create a forum; sends an event."""
        return self.world.add_channel(self, FORUM, name, topic=topic)

    def add_member(
        self, user: User, *, permissions: Permission = NONE, nick: str | None = None, roles: tuple[GuildRole, ...] = ()
    ) -> Member:
        """Add a user. See `Host.add_member`.

        Args:
            user: The user.
            permissions: Given by a role of their own.
            nick: None: unchanged.
            roles: Roles of this guild.
        """
        return self.world.add_member(self, user, permissions=permissions, nick=nick, roles=roles)

    def remove_member(self, user: User) -> None:
        """Remove `user`; acting here does not bring them back."""
        self.world.remove_member(self, user)

    def create_role(self, name: str, permissions: Permission = NONE, *, mentionable: bool = False) -> GuildRole:
        """Create a role above the others.

        Args:
            name: Shown without the @.
            permissions: Its permissions in the whole guild.
            mentionable: Whether everyone may mention it.
        """
        return self.world.add_role(self, name, permissions, mentionable=mentionable)

    def set_permissions(self, role: GuildRole, permissions: Permission) -> None:
        """Replace a role's permissions; sends an event."""
        role.permissions = permissions
        self.world.role_changed(self, role)

    def set_bot_permissions(self, permissions: Permission) -> None:
        """Replace the permissions of the bot's own role. The bot keeps those of @everyone."""
        self.set_permissions(self.bot_role, permissions)
