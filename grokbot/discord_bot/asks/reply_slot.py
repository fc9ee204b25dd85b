"""The messages of one answer as replies to an interaction: the first reply, then further ones.

The database does not know them, and nothing but the interaction's token reaches them, for 15 minutes. Where the bot may
write itself, it goes on with edits of its own. Not here: what they show (`reply_answer`), what a press does
(`ask_buttons`).
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import discord

from grokbot.discord_bot.answers.buttons.controls import Control
from grokbot.discord_bot.answers.buttons.faces import view_of
from grokbot.discord_bot.answers.message_slot import Slot
from grokbot.discord_bot.members import bot_is_here
from grokbot.discord_bot.notices import row_of
from grokbot.discord_bot.notices.say import NOBODY
from grokbot.discord_bot.notices.texts.ask_text import ASK_MORE, SHOW_ANSWER, SHOW_EVERYONE
from grokbot.discord_bot.rate_limits import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.conversation.response import MessageRef
    from grokbot.discord_bot.answers.layout import Part
    from grokbot.discord_bot.client import Client

REPLY_SECONDS = 870.0
"""Seconds for which replies are written by an interaction's token, which lives for 900 (Discord's documentation)."""

FIRST = 0
"""Stands for the id of the first reply, which need not be known."""

SHOW, MORE, EVERYONE = "show", "more", "everyone"
"""What only these replies have buttons for: the rest of the answer; a further question; a copy that all see."""

OURS = (Control.STOP, Control.CONTINUE, Control.RETRY, Control.RESAMPLE, Control.PREVIOUS, Control.NEXT)
"""The buttons of an answer that do something else here: what comes of them is a reply to the press."""

REPLY_ID = re.compile(
    rf"grokbot:ask:(?P<act>{'|'.join([SHOW, MORE, EVERYONE, *OURS])}):(?P<response_id>[0-9A-Z]{{26}})"
)

LABELS = {
    SHOW: (SHOW_ANSWER, "📥"),
    MORE: (ASK_MORE, "💬"),
    EVERYONE: (SHOW_EVERYONE, "📣"),
}


class ReplySlot(Slot):
    """The messages of one answer, in their order. One whose first message exists begins in the interaction's reply.

    Args:
        response_id: The answer.
        interaction: Acknowledged.
        private: Whether only the person sees further replies.
        in_place: Whether the first message is the interaction's reply, or the message with the pressed button.
        bare: Whether it has no buttons: a copy.
    """

    def __init__(
        self, response_id: str, interaction: discord.Interaction[Client], *, private: bool, in_place: bool, bare: bool
    ) -> None:
        bot, channel_id = interaction.client, interaction.channel_id or 0
        channel = bot.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
        super().__init__(response_id, channel, bot.engine, [FIRST] if in_place else [])
        self._interaction = interaction
        self._private = private
        self._bare = bare
        self._first_id = FIRST
        self._until = asyncio.get_running_loop().time() + _seconds_left(interaction)
        self.lasting = not private and bot_is_here(interaction) and interaction.app_permissions.view_channel
        """Whether the bot can edit them itself when the token is over."""
        self.late = False
        """Whether no more is written, though the answer goes on."""

    @property
    def seconds_left(self) -> float:
        """Seconds until the token is over; less than none where it is."""
        return self._until - asyncio.get_running_loop().time()

    async def take_away(self, message_id: int) -> None:
        """See `Slot`."""
        await self._interaction.followup.delete_message(message_id)

    async def forget(self, index: int) -> bool:
        """See `Slot`."""
        return self._shown.pop(index).part is not None

    async def _write_over(self, message_id: int, **given: Any) -> None:
        if self.lasting and self.seconds_left <= 0:
            if self._first_id == FIRST:
                self._first_id = (await self._interaction.original_response()).id
            await self._interaction.client.traffic.urgent(self.channel.id, Kind.EDIT)
            await super()._write_over(message_id if message_id != FIRST else self._first_id, **given)
        elif message_id == FIRST:
            self._first_id = (await self._interaction.edit_original_response(**given)).id
        else:
            await self._interaction.followup.edit_message(message_id, **given)

    async def _post(self, text: str, view: discord.ui.View | None) -> discord.Message:
        if self.lasting and self.seconds_left <= 0:
            await self._interaction.client.traffic.urgent(self.channel.id, Kind.SEND)
            return await super()._post(text, view)
        return await self._interaction.followup.send(
            text,
            ephemeral=self._private,
            allowed_mentions=NOBODY,
            suppress_embeds=True,
            view=view or discord.utils.MISSING,
            wait=True,
        )

    async def _keep(self, message: MessageRef) -> None:
        """Nowhere: only these replies lead to them."""

    def _view(self, part: Part) -> discord.ui.View | None:
        found = [] if self._bare else list(self._buttons(part))
        return row_of(found) if found else None

    def _buttons(self, part: Part) -> Iterator[discord.ui.Button[discord.ui.View]]:
        """Those of the answer, which lead here, and those of replies alone."""
        view = view_of(part, self._response_id)
        for item in view.children if view is not None else ():
            if not isinstance(item, discord.ui.Button):
                continue
            control = str(item.custom_id).split(":")[1]
            if control in OURS:
                item.custom_id = f"grokbot:ask:{control}:{self._response_id}"
            yield item
        if self.late:
            yield self._own(SHOW)
        elif part.controls and Control.STOP not in part.controls:
            yield self._own(MORE)
            if self._private and may_be_public(self._interaction):
                yield self._own(EVERYONE)

    def _own(self, act: str) -> discord.ui.Button[discord.ui.View]:
        label, emoji = LABELS[act]
        style = discord.ButtonStyle.primary if act == SHOW else discord.ButtonStyle.secondary
        custom_id = f"grokbot:ask:{act}:{self._response_id}"
        return discord.ui.Button(label=str(label), emoji=emoji, style=style, custom_id=custom_id)


def may_be_public(interaction: discord.Interaction[Client]) -> bool:
    """Whether others see a reply that is not private: Discord hides it where apps of persons may only answer them."""
    if bot_is_here(interaction) or interaction.guild_id is None:
        return True
    rights = interaction.permissions
    return rights.administrator or rights.use_external_apps


def _seconds_left(interaction: discord.Interaction[Client]) -> float:
    return REPLY_SECONDS - (discord.utils.utcnow() - interaction.created_at).total_seconds()
