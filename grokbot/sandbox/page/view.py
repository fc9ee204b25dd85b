"""What one person sees of the loopback Discord, as the page's JSON.

Here: reading, and finding what that person may name. Not here: when it is sent (viewer.py), doing anything (calls.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from grokbot.sandbox.discord_server import Permission
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.protocol import (
    CHAT_INPUT_COMMAND,
    CONTEXT_MENU_COMMAND,
    DEFAULT,
    FORUM,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    REPLY,
    TEXT,
)
from grokbot.sandbox.discord_server.rules.validation import CONTENT_MAX
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.permissions import in_channel, in_guild

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Guild, Message, Person
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.discord_server.state.model import User
    from grokbot.sandbox.page.insight import Insight

KINDS = {TEXT: "text", FORUM: "forum", PUBLIC_THREAD: "thread", 10: "thread", PRIVATE_THREAD: "private_thread"}
SPOKEN = {DEFAULT, REPLY, CHAT_INPUT_COMMAND, CONTEXT_MENU_COMMAND}
"""Kinds of messages that somebody wrote; all others are Discord's own lines."""

MODERATES = Permission.MANAGE_MESSAGES
"""Who may this in a server is shown as its moderator, as the bot sees it too."""


@dataclass(frozen=True, slots=True)
class View:
    """The world through one person's eyes.

    Attributes:
        dismissed: Ephemeral messages that somebody has put away.
    """

    discord: DiscordSandbox
    me: Person
    dismissed: set[int]
    _made: dict[int, tuple[list[Json], list[tuple[Channel, Json]]]] = field(default_factory=dict)
    """Servers and their channels as of a revision of the structure: rights are computed when they may have changed."""

    # what there is

    def people(self) -> list[Json]:
        """Everybody whom one may be here, and what they are."""
        return [self.person(each) for each in self.discord.people.values()]

    def person(self, who: Person) -> Json:
        """One of them."""
        guilds = self.discord.world.guilds.values()
        owner = any(guild.owner_id == who.id for guild in guilds)
        moderator = any(in_guild(guild, who.id) & MODERATES for guild in guilds)
        role = "owner" if owner else "moderator" if moderator else "member"
        return {"id": str(who.id), "name": who.name, "shown": who.display_name or who.name, "role": role}

    def guilds(self) -> list[Json]:
        """The servers that this person is in, with the channels that they see."""
        world = self.discord.world
        if world.structure not in self._made:
            self._made.clear()
            channels: list[tuple[Channel, Json]] = []
            mine = [guild for guild in world.guilds.values() if self.me.id in guild.members]
            self._made[world.structure] = ([self._guild(guild, channels) for guild in mine], channels)
        guilds, channels = self._made[world.structure]
        for channel, shown in channels:
            shown.update(_numbers(channel))
        return guilds

    def direct(self) -> list[Json]:
        """Their direct messages with the bot, once there are any, and with other people."""
        found = [each for each in self.discord.world.channels.values() if self.me.id in each.recipient_ids]
        return [self.channel(each) for each in found]

    def _guild(self, guild: Guild, made: list[tuple[Channel, Json]]) -> Json:
        seen = [each for each in (*guild.channels, *guild.threads) if self.sees(each)]
        roles = [{"id": str(role.id), "name": role.name} for role in guild.roles.values()]
        members = [
            {
                "id": str(who.user.id),
                "name": who.user.name,
                "nick": who.nick or who.user.display_name,
                "bot": who.user.bot,
                "moderator": bool(in_guild(guild, who.user.id) & MODERATES),
            }
            for who in guild.members.values()
        ]
        channels = [self.channel(each) for each in seen]
        made += zip(seen, channels, strict=True)
        return {"id": str(guild.id), "name": guild.name, "roles": roles, "members": members, "channels": channels}

    def channel(self, channel: Channel) -> Json:
        """A channel, thread or direct messages."""
        held = in_channel(channel, self.me.id)
        tags = [str(tag) for tag in channel.applied_tags] if channel.is_thread else channel.available_tags
        managed = bool(held & (Permission.MANAGE_THREADS if channel.is_thread else Permission.MANAGE_CHANNELS))
        return {
            "id": str(channel.id),
            "name": self._partner(channel) if channel.is_direct else channel.name,
            "kind": KINDS.get(channel.kind, "direct" if channel.is_direct else "text"),
            "parent": None if channel.parent is None else str(channel.parent.id),
            "topic": channel.topic,
            "archived": channel.archived,
            "locked": channel.locked,
            "slowmode": channel.slowmode,
            **_numbers(channel),
            "tags": tags,
            "can": {
                "send": self.may_send(channel, held),
                "react": bool(held & Permission.ADD_REACTIONS) and not channel.archived,
                "threads": channel.kind == TEXT and bool(held & Permission.CREATE_PUBLIC_THREADS),
                "manage": not channel.is_direct and (managed or channel.owner_id == self.me.id),
            },
        }

    def _partner(self, channel: Channel) -> str:
        """With whom direct messages are."""
        others = [self.discord.world.users[user_id] for user_id in channel.recipient_ids if user_id != self.me.id]
        return ", ".join(user.display_name or user.name for user in others)

    def may_send(self, channel: Channel, held: Permission) -> bool:
        """Whether this person may write there; in a forum: open a post."""
        needed = Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
        return bool(held & needed) and not (channel.locked and not held & Permission.MANAGE_THREADS)

    def shown(self, user: User, channel: Channel) -> str:
        """A user's name there."""
        member = None if channel.guild is None else channel.guild.members.get(user.id)
        return (member.nick if member is not None else None) or user.display_name or user.name

    def typing(self, channel: Channel) -> dict[str, float]:
        """Who else is typing there, and for how many seconds still."""
        world, now = self.discord.world, self.discord.clock.monotonic()
        return {
            self.shown(world.users[user_id], channel): until - now
            for (channel_id, user_id), until in world.typists.items()
            if channel_id == channel.id and user_id != self.me.id and until > now
        }

    # what may be named

    def sees(self, channel: Channel) -> bool:
        """Whether this person sees a channel."""
        return not channel.deleted and bool(in_channel(channel, self.me.id) & Permission.VIEW_CHANNEL)

    def sees_message(self, message: Message) -> bool:
        """Whether this person sees a message, as far as it is not the channel that hides it."""
        if message.deleted:
            return False
        if not message.ephemeral:
            return True
        told = message.interaction
        return told is not None and told["user"]["id"] == str(self.me.id) and message.id not in self.dismissed

    def find_channel(self, channel_id: int) -> Channel:
        """A channel that this person sees.

        Raises:
            RefusedError: There is none.
        """
        return self.discord.world.channel(channel_id, self.me)

    def find_message(self, message_id: int) -> Message:
        """A message that this person sees.

        Raises:
            RefusedError: There is none.
        """
        found = self.discord.world.messages.get(message_id)
        if found is None or not self.sees(found.channel) or not self.sees_message(found):
            raise refusal("unknown_message")
        return found

    # messages

    def message(self, what: Message) -> Json:
        """Discord's message object, and what a client of this person adds to it."""
        found = payloads.message(what)
        for reaction, who in zip(found.get("reactions", ()), filter(None, what.reactions.values()), strict=True):
            reaction["me"] = self.me.id in who
            reaction["who"] = [self.shown(self.discord.world.users[each], what.channel) for each in sorted(who)]
        found = self._local(found, {each.file.name: file_address(each) for each in what.attachments})
        if found.get("referenced_message") and what.reference is not None:
            target = self.discord.world.messages[what.reference.message_id or 0]
            found["referenced_message"]["shown"] = self.shown(target.author, what.channel)
        member = None if what.channel.guild is None else what.channel.guild.members.get(self.me.id)
        named = what.mention_everyone or self.me.id in what.mentions
        by_role = member is not None and not set(member.role_ids).isdisjoint(what.mention_roles)
        return found | {
            "shown": self.shown(what.author, what.channel),
            "ephemeral": what.ephemeral,
            "loading": what.loading,
            "edits": max(0, len(what.versions) - 1),
            "mentions_me": named or by_role,
            "mine": what.author is self.me,
            "command": self._command(what),
            "can": self._can(what),
        }

    def _can(self, what: Message) -> Json:
        channel, mine = what.channel, what.author is self.me
        held = in_channel(channel, self.me.id)
        spoken = what.kind in SPOKEN and not what.ephemeral
        open_here = not channel.archived
        manages = not channel.is_direct and bool(held & Permission.MANAGE_MESSAGES)
        return {
            "edit": spoken and mine and open_here and self.may_send(channel, held),
            "delete": what.ephemeral or (what.kind in SPOKEN | {6, 18} and (mine or manages)),
            "pin": spoken and open_here and bool(held & Permission.PIN_MESSAGES),
            "react": not what.ephemeral and open_here and bool(held & Permission.ADD_REACTIONS),
            "reply": spoken and self.may_send(channel, held),
        }

    def _command(self, what: Message) -> str | None:
        if what.interaction is None:
            return None
        asked = self.discord.world.interactions.get(int(what.interaction["id"]))
        if asked is None or asked.kind != 2:  # noqa: PLR2004 -- a command
            return None
        if asked.data["type"] != 1:  # the name of a menu
            return str(asked.data["name"])
        words, options = [asked.data["name"]], asked.data.get("options") or []
        while options and options[0]["type"] in {1, 2}:  # group and subcommand
            words.append(options[0]["name"])
            options = options[0].get("options") or []
        return "/" + " ".join(words)

    def _local(self, what: Json, named: dict[str, str]) -> Json:
        """With addresses of files as the page has them: nothing is loaded from anywhere else."""
        return {
            key: self._address(inner, named) if key in {"url", "proxy_url"} else self._inner(inner, named)
            for key, inner in what.items()
        }

    def _inner(self, value: Any, named: dict[str, str]) -> Any:
        if isinstance(value, dict):
            return self._local(value, named)
        return [self._inner(inner, named) for inner in value] if isinstance(value, list) else value

    def _address(self, address: Any, named: dict[str, str]) -> Any:
        if not isinstance(address, str):
            return address
        if address.startswith("attachment://"):
            return named.get(address.removeprefix("attachment://"), address)
        ours = f"{self.discord.world.origin}/cdn/attachments/"
        if not address.startswith(ours):
            return address
        _, file_id, name = address.removeprefix(ours).partition("?")[0].split("/", 2)
        return f"files/{file_id}/{name}"


def world_frame(view: View, insight: Insight, title: str | None) -> Json:
    """The frame with everything but messages.

    Args:
        view: Of the person who is told.
        insight: The bot.
        title: What the page is called.
    """
    bot, rules = view.discord.bot_user, view.discord.world.rules
    return {
        "op": "world",
        "me": view.person(view.me),
        "people": view.people(),
        "bot": {
            "id": str(bot.id),
            "name": bot.display_name or bot.name,
            "mention": bot.mention,
            "state": insight.state,
            "connected": view.discord.connected,
        },
        "guilds": view.guilds(),
        "direct": view.direct(),
        "limits": {
            "content": CONTENT_MAX,
            "file_bytes": rules.attachment_bytes,
            "request_bytes": rules.request_bytes,
        },
        "web": insight.web,
        "title": title,
    }


def _numbers(channel: Channel) -> Json:
    last = channel.last_message_id
    return {"last": None if last is None else str(last), "count": channel.total_sent}


def file_address(attachment: Any) -> str:
    """Where the page finds an attachment."""
    return f"files/{attachment.id}/{quote(attachment.file.name, safe='')}"
