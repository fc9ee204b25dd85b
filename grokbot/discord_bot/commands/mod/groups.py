"""The groups of the moderators' commands, and what these share.

Discord shows them to members who may manage messages; a server's owner can show them to others in its settings. That is
only a hint: each handler checks again (`permissions.moderator_of`). Not here: any command.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import is_endless, moment_of
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from grokbot.conversation.text import OthersText

IN_SERVERS = app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False)
ADDED = app_commands.AppInstallationType(guild=True, user=False)

NOT_YET = Sentence("That is in the future.")
FIRST = datetime(2015, 1, 1, tzinfo=UTC)
"""Discord's own first day: nothing is older."""
REASON_LENGTH = 200
"""Characters of a reason."""

mod = app_commands.Group(
    name="mod",
    description="Moderate Grok in this server",
    default_permissions=discord.Permissions(manage_messages=True),
    allowed_contexts=IN_SERVERS,
    allowed_installs=ADDED,
)
filters = app_commands.Group(
    name="filter", description="Patterns that prompts and answers are checked against", parent=mod
)
personas = app_commands.Group(name="persona", description="Ways of speaking that people can choose", parent=mod)
limits = app_commands.Group(name="limits", description="How much people can ask, and what it may cost", parent=mod)


def now() -> datetime:
    """The time that durations count from, in UTC."""
    return datetime.now(UTC)


def since(text: OthersText, now: datetime) -> datetime:
    """Reads a start time, which must be in the past.

    Raises:
        UserError: It is not a time, or in the future.
    """
    moment = FIRST if is_endless(text) else moment_of(text, now)
    if moment > now:
        raise UserError(NOT_YET)
    return max(moment, FIRST)
