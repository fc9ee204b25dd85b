"""/mod audit: the audit log, filtered, page by page, and as CSV.

A page's state lives in its buttons' ids, so paging works after a restart. Not here: keeping the log (`store`), who may
read it (`engine`), how a line is written (`notices.texts.audit_text`).
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.records import AuditFilter
from grokbot.conversation.text import Sentence
from grokbot.discord_bot.commands.mod.groups import mod, now
from grokbot.discord_bot.commands.mod.groups import since as since_of
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import FILE_BYTES, answering, redraw, row_of, show
from grokbot.discord_bot.notices.texts.audit_text import ACTS, audit_listed
from grokbot.discord_bot.notices.texts.command_text import NEWER, OLDER
from grokbot.discord_bot.notices.texts.moderator_text import TOO_LARGE
from grokbot.documents.tables_csv import csv_lines, to_csv

if TYPE_CHECKING:
    import re

    from grokbot.conversation.records import AuditEntry
    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor

PAGE_SIZE = 10
COLUMNS = ("time", "who", "action", "target", "reason", "details")

OLDEST_FIRST = Sentence("The audit log as a table, oldest first.")


@dataclass(frozen=True, slots=True)
class Sought:
    """A filter of log lines, as a button's id holds it."""

    actor_id: int = 0
    user_id: int = 0
    action: str = ""
    since: int = 0

    @property
    def wanted(self) -> AuditFilter:
        """The filter as the engine takes it."""
        return AuditFilter(
            actor_id=self.actor_id or None,
            target=f"user:{self.user_id}" if self.user_id else None,
            action=self.action or None,
            since=datetime.fromtimestamp(self.since, UTC) if self.since else None,
        )


class AuditButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]],
    template=r"grokbot:audit:(?P<actor>\d{1,20}):(?P<user>\d{1,20}):(?P<action>[a-z._]{0,24}):(?P<since>\d{1,12})"
    r":(?P<offset>\d{1,9})",
):
    """Turns to another page of the log."""

    def __init__(self, label: str, sought: Sought, offset: int) -> None:
        self.sought = sought
        self.offset = offset
        parts = (sought.actor_id, sought.user_id, sought.action, sought.since, offset)
        super().__init__(
            discord.ui.Button(
                label=str(label),
                style=discord.ButtonStyle.secondary,
                custom_id=f"grokbot:audit:{':'.join(map(str, parts))}",
            )
        )

    @classmethod
    async def from_custom_id(
        cls, _interaction: discord.Interaction[Any], _item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> AuditButton:
        """Rebuilt from the button's id at every press."""
        sought = Sought(int(match["actor"]), int(match["user"]), match["action"], int(match["since"]))
        return cls("…", sought, int(match["offset"]))

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Replaces this page with the other one, if the person may still moderate."""
        async with answering(interaction):
            await interaction.response.defer()
            who = await moderator_of(interaction)
            text, view = await _page(interaction, who, self.sought, self.offset)
            await redraw(interaction, text, view)


@mod.command(name="audit", description="Show what moderators did in this server, to whom and why")
@app_commands.describe(
    by="Only by this moderator",
    user="Only about this person",
    action="Only this kind of act",
    since="Since when: 3d, 2h, or a date such as 2026-11-23",
    csv="Everything as a CSV table instead",
)
@app_commands.choices(action=[app_commands.Choice(name=label, value=name) for name, (label, _) in ACTS.items()])
async def audit(
    interaction: discord.Interaction[Client],
    by: discord.User | None = None,
    user: discord.User | None = None,
    action: str = "",
    since: app_commands.Range[str, 1, 40] | None = None,
    csv: bool = False,
) -> None:
    """Newest first."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        begun = 0 if since is None else int(since_of(since, now()).timestamp())
        sought = Sought(by.id if by is not None else 0, user.id if user is not None else 0, action, begun)
        if csv:
            await show(interaction, OLDEST_FIRST, files=[await _table(interaction, who, sought)])
            return
        text, view = await _page(interaction, who, sought, 0)
        await show(interaction, text, view=view)


async def _page(
    interaction: discord.Interaction[Client], who: Actor, sought: Sought, offset: int
) -> tuple[str, discord.ui.View | None]:
    page = await interaction.client.engine.moderation.records.audit(who, sought.wanted, offset=offset, limit=PAGE_SIZE)
    buttons: list[AuditButton] = []
    if offset:
        buttons.append(AuditButton(NEWER, sought, max(0, offset - PAGE_SIZE)))
    if offset + len(page.entries) < page.total:
        buttons.append(AuditButton(OLDER, sought, offset + PAGE_SIZE))
    return audit_listed(page, offset=offset, size=PAGE_SIZE), row_of(buttons) if buttons else None


async def _table(interaction: discord.Interaction[Client], who: Actor, sought: Sought) -> discord.File:
    """The whole log.

    Raises:
        UserError: It is larger than Discord accepts.
    """
    most = interaction.guild.filesize_limit if interaction.guild is not None else FILE_BYTES
    pieces, size = [to_csv(COLUMNS, ())], 0
    async for entries in interaction.client.engine.moderation.records.audit_all(who, sought.wanted):
        pieces.append(csv_lines(map(_row, entries)))
        size += len(pieces[-1])
        if size > most:
            raise UserError(TOO_LARGE)
    return discord.File(io.BytesIO(b"".join(pieces)), "audit.csv")


def _row(entry: AuditEntry) -> tuple[datetime | str, ...]:
    """Ids as text: a spreadsheet would round numbers of that length."""
    details = json.dumps(dict(entry.details), ensure_ascii=False) if entry.details else ""
    return entry.at, str(entry.actor_id), entry.action, entry.target, entry.reason, details
