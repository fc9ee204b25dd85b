"""/mod purge: says what would go and asks once, then deletes it here, at xAI and in Discord.

The question's subject lives in the button's id, so the button works after a restart. Not here: what goes with it
(`engine`), deleting messages (`discord_bot.threads.bulk_delete`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import Plural
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.commands.mod.groups import mod, now
from grokbot.discord_bot.commands.mod.groups import since as since_of
from grokbot.discord_bot.commands.targets import here
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import answering, redraw, redrawn_if_possible, row_of, show
from grokbot.discord_bot.notices.texts.moderator_text import (
    NOTHING_TO_PURGE,
    PURGE_NOTHING,
    SINCE_OF_WHOM,
    purge_question,
    purged,
    purging,
)
from grokbot.discord_bot.threads import DeletionProgress, remove

if TYPE_CHECKING:
    from grokbot.discord_bot.client import Client

REASON_LENGTH = 40
"""Characters of a reason: it has to fit into the button's id."""
ID_LENGTH = 100
"""Characters of an id, counted as Discord does: an emoji takes two."""
COUNTED = (
    Plural("{n} conversation", "{n} conversations"),
    Plural("{n} message that I keep", "{n} messages that I keep"),
    Plural("{n} message that I read or somebody quotes", "{n} messages that I read or somebody quotes"),
    Plural("{n} share page", "{n} share pages"),
    Plural("{n} answer that xAI keeps", "{n} answers that xAI keeps"),
)
"""What a purge deletes, as its plan counts it."""


@dataclass(frozen=True, slots=True)
class PurgeRequest:
    """What to delete: one conversation, or what one person said since a time."""

    conversation_id: str | None = None
    user_id: int | None = None
    since: datetime | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """The request as the engine takes it."""
        return {"conversation_id": self.conversation_id, "user_id": self.user_id, "since": self.since}

    @property
    def what(self) -> str:
        """The request in words, for people."""
        if self.user_id is None:
            return str(THIS)
        if self.since is None:
            return ALL_OF.format(whom=f"<@{self.user_id}>")
        return ALL_SINCE.format(whom=f"<@{self.user_id}>", since=f"<t:{int(self.since.timestamp())}:f>")


THIS = Sentence("this conversation")
ALL_OF = Sentence("everything of {whom}")
ALL_SINCE = Sentence("everything of {whom} since {since}")
GO = Sentence("Remove permanently")
KEEP = Sentence("Keep everything")
BUTTON_ID = re.compile(
    r"grokbot:purge:(?P<go>[01]):(?:(?P<conversation>[0-9A-Z]{26})|(?P<user>\d{1,20})):(?P<since>\d{0,12})"
    r":(?P<reason>(?s:.*))"
)


class PurgeButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=BUTTON_ID):
    """A button below the question whether to delete."""

    def __init__(self, wanted: PurgeRequest, reason: str, *, go: bool) -> None:
        self.wanted = wanted
        self.reason = reason
        self.go = go
        since = "" if wanted.since is None else str(int(wanted.since.timestamp()))
        head = f"grokbot:purge:{int(go)}:{wanted.conversation_id or wanted.user_id}:{since}:"
        super().__init__(
            discord.ui.Button(
                label=str(GO if go else KEEP),
                style=discord.ButtonStyle.danger if go else discord.ButtonStyle.secondary,
                custom_id=head + _cut(reason, ID_LENGTH - len(head)),
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> PurgeButton:
        """Rebuilt from the button's id at every press."""
        since = datetime.fromtimestamp(int(match["since"]), UTC) if match["since"] else None
        user_id = int(match["user"]) if match["user"] else None
        return cls(PurgeRequest(match["conversation"], user_id, since), match["reason"], go=match["go"] == "1")

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Checks the person's rights again: the button may be old."""
        async with answering(interaction):
            await interaction.response.defer()
            who = await moderator_of(interaction, here=self.wanted.user_id is None)
            if not self.go:
                await redraw(interaction, PURGE_NOTHING)
                return
            plan = await interaction.client.engine.moderation.purge.run(who, **self.wanted.asked, reason=self.reason)
            await redraw(interaction, purging(0, len(plan.messages)))

            async def told(progress: DeletionProgress) -> None:
                await redrawn_if_possible(interaction, purging(progress.done, progress.of))

            done = await remove(interaction.client, plan.messages, told)
            await redrawn_if_possible(interaction, purged(plan.responses, done.deleted, done.left))


@mod.command(name="purge", description="Remove a conversation, or everything a person said; asks first")
@app_commands.describe(
    user="Remove what this person said everywhere (default: this conversation)",
    since="Since when: 3d, 2h, or a date such as 2026-11-23",
    reason="Why, for the audit log",
)
async def purge(
    interaction: discord.Interaction[Client],
    user: discord.User | None = None,
    since: app_commands.Range[str, 1, 40] | None = None,
    reason: app_commands.Range[str, 1, REASON_LENGTH] = "",
) -> None:
    """Says what would go and asks."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction, here=user is None)
        if user is None and since is not None:
            raise UserError(SINCE_OF_WHOM)  # otherwise the whole conversation would go, which is not what is meant
        if user is None:
            wanted = PurgeRequest((await here(interaction)).id)
        else:
            wanted = PurgeRequest(None, user.id, None if since is None else since_of(since, now()))
        plan = await interaction.client.engine.moderation.purge.plan(who, **wanted.asked)
        if not (plan.responses or plan.messages or plan.conversations or plan.background):
            raise UserError(NOTHING_TO_PURGE)
        numbers = (plan.conversations, plan.responses, plan.background, plan.shares, plan.stored)
        counts = [said(number) for said, number in zip(COUNTED, numbers, strict=True) if number]
        text = purge_question(wanted.what, counts, others=len(plan.messages), may_manage=_may_manage(interaction))
        buttons = [PurgeButton(wanted, reason, go=True), PurgeButton(wanted, "", go=False)]
        await show(interaction, text, view=row_of(buttons))


def _may_manage(interaction: discord.Interaction[Any]) -> bool:
    return interaction.app_permissions.manage_messages


def _cut(text: str, room: int) -> str:
    """As much as fits, counted in UTF-16 units."""
    kept = ""
    for character in text:
        room -= 2 if ord(character) > 0xFFFF else 1  # noqa: PLR2004 - the last character that takes one
        if room < 0:
            break
        kept += character
    return kept
