"""What a person can do, as their Discord client would: write, edit, react, call commands, press buttons.

Here: the checks a client makes before it sends, and the interaction's payload. Not here: the server's checks
(acts/).
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from grokbot.sandbox.discord_server.acts import drafts, interactions, messages, pins, reactions, threads
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.discord_server.rules import command_form
from grokbot.sandbox.discord_server.rules.errors import refusal
from grokbot.sandbox.discord_server.rules.modals import BadFieldError
from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.discord_server.rules.protocol import VOICE_MESSAGE, Json
from grokbot.sandbox.discord_server.state import commands, payloads, resolved_data
from grokbot.sandbox.discord_server.state.commands import BadOptionError, CommandNotOfferedError
from grokbot.sandbox.discord_server.state.interactions import InteractionResult
from grokbot.sandbox.discord_server.state.model import Attachment, Channel, GuildRole, Member, Message, Upload, User
from grokbot.sandbox.discord_server.state.permissions import in_channel, in_guild
from grokbot.sandbox.discord_server.state.world import World


class Person(User):
    """Somebody with a Discord client. They join a guild when they first act in it, unless they were removed."""

    __slots__ = ("_world",)

    def __init__(self, world: World, name: str, display_name: str | None = None) -> None:
        super().__init__(world.ids.make(), name, display_name)
        self._world = world

    async def say(
        self,
        channel: Channel,
        content: str,
        *,
        reply_to: Message | None = None,
        ping: bool = True,
        attachments: Sequence[Upload] = (),
    ) -> Message:
        """Write a message. `<@BOT>` becomes a mention of the bot.

        Args:
            channel: where.
            content: the text.
            reply_to: the message this one replies to.
            ping: whether the reply mentions its author.
            attachments: files to attach.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(channel)
        body: Json = {"content": content.replace("<@BOT>", self._world.bot_user.mention)}
        if reply_to is not None:
            body["message_reference"] = {"message_id": str(reply_to.id)}
            body["allowed_mentions"] = {"parse": ["users", "roles", "everyone"], "replied_user": ping}
        message = messages.send(self._world, self, channel, MessageDraft(body, dict(enumerate(attachments))))
        await asyncio.sleep(0)
        return message

    async def speak(self, channel: Channel, recording: Upload) -> Message:
        """Send a voice message. Its recording has a duration and a waveform.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(channel)
        spoken = messages.send(self._world, self, channel, MessageDraft({"flags": VOICE_MESSAGE}, {0: recording}))
        await asyncio.sleep(0)
        return spoken

    async def forward(self, message: Message, channel: Channel) -> Message:
        """Forward a message.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(channel)
        forwarded = messages.forward(self._world, self, message, channel)
        await asyncio.sleep(0)
        return forwarded

    async def post(self, forum: Channel, title: str, text: str) -> Channel:
        """Open a post in a forum; returns its thread.

        Args:
            forum: Where.
            title: The thread's name.
            text: The first message; `<@BOT>` mentions the bot.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(forum)
        draft = MessageDraft({"content": text.replace("<@BOT>", self._world.bot_user.mention)})
        drafts.build(self._world, self, forum, draft)  # a refused message must not open a thread
        thread = threads.forum_post(self._world, self, forum, {"name": title})
        first = drafts.build(self._world, self, thread, draft)
        first.id = thread.id
        messages.post(self._world, first)
        await asyncio.sleep(0)
        return thread

    async def start_thread(self, message: Message, name: str) -> Channel:
        """Open a thread under a message.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(message.channel)
        thread = threads.from_message(self._world, self, message, {"name": name})
        await asyncio.sleep(0)
        return thread

    async def edit(self, message: Message, content: str) -> None:
        """Edit one's own message.

        Raises:
            RefusedError: Discord refuses it.
        """
        text = content.replace("<@BOT>", self._world.bot_user.mention)
        messages.edit(self._world, self, message, MessageDraft({"content": text}))
        await asyncio.sleep(0)

    async def delete(self, message: Message) -> None:
        """Delete a message: one's own, or any with the permission.

        Raises:
            RefusedError: Discord refuses it.
        """
        messages.delete(self._world, self, message)
        await asyncio.sleep(0)

    async def react(self, message: Message, emoji: str) -> None:
        """Add a reaction to a message.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(message.channel)
        reactions.add(self._world, self, message, emoji)
        await asyncio.sleep(0)

    async def unreact(self, message: Message, emoji: str) -> None:
        """Remove one's own reaction.

        Raises:
            RefusedError: Discord refuses it.
        """
        reactions.take_away(self._world, self, message, emoji, self.id)
        await asyncio.sleep(0)

    async def pin(self, message: Message, *, pinned: bool = True) -> None:
        """Pin or unpin a message.

        Raises:
            RefusedError: Discord refuses it.
        """
        pins.pin(self._world, self, message, pinned=pinned)
        await asyncio.sleep(0)

    async def archive(self, thread: Channel, *, archived: bool = True) -> None:
        """Archive or reopen a thread.

        Raises:
            RefusedError: Discord refuses it.
        """
        threads.check_is_thread(thread)
        threads.modify(self._world, self, thread, {"archived": archived})
        await asyncio.sleep(0)

    async def rename(self, thread: Channel, name: str) -> None:
        """Rename a thread: one's own, or any with the permission.

        Raises:
            RefusedError: Discord refuses it.
        """
        self._arrive(thread)
        threads.modify(self._world, self, thread, {"name": name})
        await asyncio.sleep(0)

    async def type_in(self, channel: Channel) -> None:
        """Start typing."""
        self._arrive(channel)
        reactions.type_in(self._world, self, channel)
        await asyncio.sleep(0)

    def install(self) -> None:
        """Add the app to this person's account, to use its commands in every server and direct message."""
        self._world.installed.add(self.id)
        self._world.changed("USER")

    def direct_messages(self) -> Channel:
        """The direct-message channel of this person and the bot."""
        return self._world.direct_channel(self)

    async def slash(self, channel: Channel, command: str, /, **options: Any) -> InteractionResult:
        """Call a slash command, e.g. `slash(general, "mod block", who=bob)`, and wait for the first answer.

        Values are plain, or User, Member, Role, Channel and Upload for options of those types.

        Raises:
            CommandNotOfferedError: the client offers no such command here.
            BadOption: the client would not send these options.
        """
        call = self._command_data(channel, command, options)
        return await self._interact(channel, interactions.COMMAND, call)

    def offered(self, channel: Channel) -> list[Json]:
        """The commands of every kind that this person's client offers in a channel."""
        known = self._world.commands.all_for(None if channel.guild is None else channel.guild.id)
        return [command for command in known if self._hindrance(channel, command) is None]

    async def autocomplete(self, channel: Channel, command: str, focused: str, /, **options: Any) -> list[Json]:
        """The bot's choices while an option is being typed.

        Args:
            channel: Where the command is typed.
            command: Its full name, groups included.
            focused: The option being typed.
            **options: The options' values so far, including `focused`.

        Raises:
            CommandNotOfferedError: the client offers no such command here.
        """
        call = self._command_data(channel, command, options, focused=focused)
        return (await self._interact(channel, interactions.AUTOCOMPLETE, call)).choices

    async def context_menu(
        self, target: Message | User, command: str, channel: Channel | None = None
    ) -> InteractionResult:
        """Call a command from the context menu of a message or user.

        Args:
            target: whose menu.
            command: its name.
            channel: where a user's menu is opened; None: in the first guild that both share.

        Raises:
            CommandNotOfferedError: the client offers no such command here.
        """
        if isinstance(target, Message):
            channel, kind, key, shown = target.channel, command_form.ON_MESSAGE, "messages", payloads.message(target)
        else:
            everywhere = self._world.channels.values()
            channel = channel or next(c for c in everywhere if c.guild and target.id in c.guild.members)
            kind, key, shown = command_form.ON_USER, "users", payloads.user(target)
        found = self._offered(channel, command, kind)
        data: Json = {"id": found["id"], "name": found["name"], "type": kind, "target_id": str(target.id)}
        data["resolved"] = {key: {str(target.id): shown}}
        return await self._interact(channel, interactions.COMMAND, data)

    async def press(
        self,
        message: Message,
        *,
        custom_id: str | None = None,
        label: str | None = None,
        values: Sequence[str] = (),
    ) -> InteractionResult:
        """Press a button, or choose in a select.

        Args:
            message: The message with it.
            custom_id: Finds the component, or
            label: finds it. None matches any.
            values: The choices in a select.

        Raises:
            BadOption: no such button, or it is disabled.
        """
        for part in message.buttons():
            if part.get("custom_id") is None:
                continue
            if custom_id in {None, part["custom_id"]} and label in {None, part.get("label")}:
                break
        else:
            there = [(p.get("label"), p.get("custom_id")) for p in message.buttons()]
            raise BadOptionError(f"no button {custom_id or label!r} on this message; there are {there}")
        if part.get("disabled"):
            raise BadOptionError(f"the button {part.get('label')!r} is disabled")
        data: Json = {"custom_id": part["custom_id"], "component_type": part["type"], "id": part.get("id", 0)}
        if part["type"] != 2:  # noqa: PLR2004 -- 2 is a button, all others are selects
            data |= resolved_data.chosen(part["type"], values, message.channel, self.id)
        return await self._interact(message.channel, interactions.COMPONENT, data, target=message)

    async def submit(self, result: InteractionResult, values: Mapping[str, Any]) -> InteractionResult:
        """Submit a modal; `values` by custom_id of its fields; fields left out keep their value.

        A string for a text or a radio group, a list of choices or ids for a select, True or False for a box, a list of
        Uploads for files.

        Raises:
            BadOption: there is no modal, it has no such field, or a client would not send that.
        """
        origin = self._world.interactions[result.interaction_id]
        if result.modal is None:
            raise BadOptionError("the bot showed no modal")
        try:
            data = resolved_data.submitted(self._world, result.modal, values, origin.channel, self.id)
        except BadFieldError as error:
            raise BadOptionError(str(error)) from None
        return await self._interact(origin.channel, interactions.MODAL, data, target=origin.target)

    async def _interact(
        self, channel: Channel, kind: int, data: Json, *, target: Message | None = None
    ) -> InteractionResult:
        self._arrive(channel)
        if channel.archived:
            raise refusal("thread_archived")
        interaction = interactions.start(self._world, self, channel, kind, data, target=target)
        with suppress(TimeoutError):
            await asyncio.wait_for(interaction.answered.wait(), self._world.rules.acknowledge_within)
        return interaction.result

    def _arrive(self, channel: Channel) -> None:
        guild = channel.guild
        if guild is not None and self.id not in guild.members and self.id not in guild.left:
            guild.add_member(self)

    def _offered(self, channel: Channel, name: str, kind: int) -> Json:
        self._arrive(channel)
        guild = channel.guild
        command = self._world.commands.find(name, kind, None if guild is None else guild.id)
        hindrance = self._hindrance(channel, command)
        if hindrance is not None:
            raise CommandNotOfferedError(hindrance)
        return command

    def _hindrance(self, channel: Channel, command: Json) -> str | None:
        name, guild, contexts = command["name"], channel.guild, command.get("contexts")
        here = 0 if guild is not None else 1 if channel.is_with_bot else 2
        installs = command.get("integration_types") or [0]
        if not (0 in installs and channel.is_with_bot) and not (1 in installs and self.id in self._world.installed):
            return f"{name!r} is not installed here"
        if (contexts is not None and here not in contexts) or (guild is None and command.get("dm_permission") is False):
            return f"{name!r} is not meant for this place"
        needed = command.get("default_member_permissions")
        if guild is not None and needed is not None:
            held, bits = in_guild(guild, self.id), int(needed)
            if held & bits != bits or (bits == 0 and not held & Permission.ADMINISTRATOR):
                return f"{name!r} is not meant for {self.name}"
        if not in_channel(channel, self.id) & Permission.USE_APPLICATION_COMMANDS:
            return f"{self.name} may not use commands here"
        return None

    def _command_data(self, channel: Channel, line: str, given: dict[str, Any], focused: str | None = None) -> Json:
        name, *path = line.split()
        command = self._offered(channel, name, command_form.CHAT_INPUT)
        if focused is None:
            shells, leaves = commands.read_call(command, path, given)
        else:
            shells, declared = commands.options_at(command, path)  # half-typed: nothing is checked yet
            leaves = [(option, given[option["name"]]) for option in declared if option["name"] in given]
        data: Json = {"id": command["id"], "name": name, "type": command_form.CHAT_INPUT, "resolved": {}}
        if command.get("guild_id"):
            data["guild_id"] = command["guild_id"]
        filled = [self._option(channel, declared, value, data["resolved"]) for declared, value in leaves]
        for option in filled:
            if option["name"] == focused:
                option["focused"] = True
        for shell in reversed(shells):
            shell["options"] = filled
            filled = [shell]
        data["options"] = filled
        return data

    def _option(self, channel: Channel, declared: Json, value: Any, resolved: Json) -> Json:
        option: Json = {"name": declared["name"], "type": declared["type"], "value": value}
        if isinstance(value, User | Member):
            user = value.user if isinstance(value, Member) else value
            resolved.setdefault("users", {})[str(user.id)] = payloads.user(user)
            member = None if channel.guild is None else channel.guild.members.get(user.id)
            if member is not None and channel.guild is not None:
                shown = payloads.member(member, with_user=False)
                shown["permissions"] = str(int(in_channel(channel, user.id)))
                resolved.setdefault("members", {})[str(user.id)] = shown
            option["value"] = str(user.id)
        elif isinstance(value, GuildRole):
            resolved.setdefault("roles", {})[str(value.id)] = payloads.role(value)
            option["value"] = str(value.id)
        elif isinstance(value, Channel):
            shown = payloads.partial_channel(value, in_channel(value, self.id))
            resolved.setdefault("channels", {})[str(value.id)] = shown
            option["value"] = str(value.id)
        elif isinstance(value, Upload):
            attachment = Attachment(self._world.ids.make(), channel.id, value)
            self._world.attachments[attachment.id] = attachment
            resolved.setdefault("attachments", {})[str(attachment.id)] = payloads.attachment(self._world, attachment)
            option["value"] = str(attachment.id)
        return option
