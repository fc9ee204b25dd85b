"""/help: what one does first, then every command in one line; a page for everybody and one for moderators.

Not here: what the commands say of themselves (beside each command).
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

from discord import app_commands

from grokbot.conversation.text import Sentence
from grokbot.discord_bot.commands.metadata import description_of, single
from grokbot.discord_bot.members import actor_of, bot_is_here
from grokbot.discord_bot.notices import (
    ButtonStyle,
    PanelButton,
    PanelButtons,
    PanelItem,
    PanelText,
    answering,
    paged,
    redraw,
    show,
    view_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import discord

    from grokbot.discord_bot.client import Client
    from grokbot.discord_bot.commands.metadata import AnyCommand
    from grokbot.discord_bot.notices import Panel


class HelpFor(StrEnum):
    """Whose page it is; the values stand in the buttons' ids."""

    ALL = "all"
    MODERATORS = "moderators"


TITLES = {HelpFor.ALL: Sentence("What you can do here"), HelpFor.MODERATORS: Sentence("What moderators can do")}
PAGES = {HelpFor.ALL: Sentence("For everyone"), HelpFor.MODERATORS: Sentence("For moderators")}
FIRST = {
    HelpFor.ALL: Sentence(
        "**Mention me** in a channel and I answer in a thread: go on writing there. In direct messages, just write.\n"
        "✏️ Edit your message to change the question, 🗑️ delete it to take it back. Buttons under an answer do more.\n"
        "Right-click or hold a message, then **Apps**, for commands about that message."
    ),
    HelpFor.MODERATORS: Sentence(
        "Start with {settings} and {channels}: how I answer, and where. {limits} sets what it may cost, "
        "and {log} where I report what happens."
    ),
}
ELSEWHERE = Sentence(
    "I am not a member here: you brought me, as an app of your account. {ask} answers on the spot, only for you if you "
    "like, and goes on by a button.\nRight-click or hold a message, then **Apps**, to ask about that message."
)
"""In place of the first lines where the bot is not."""
MENU = Sentence("Apps → **{name}** {text}")

ASK, ANSWERS, YOURS = Sentence("Ask"), Sentence("Answers"), Sentence("Your conversations")
PRIVACY, MORE = Sentence("Privacy"), Sentence("More")
SET_UP, BOUNDS = Sentence("Set up"), Sentence("Limits, blocks and filters")
AT_ONCE, RECORDS = Sentence("Step in"), Sentence("Look back")

GROUPS: Mapping[str, Sentence] = {
    **dict.fromkeys(("ask", "chat", "new", "imagine", "summarize", "Ask Grok"), ASK),
    **dict.fromkeys(("resample", "stop", "continue", "branch", "set"), ANSWERS),
    **dict.fromkeys(("Resample", "Branch from here", "Answer menu", "Answer info"), ANSWERS),
    **dict.fromkeys(("history", "title", "star", "unstar", "share", "unshare", "Share up to here"), YOURS),
    **dict.fromkeys(("info", "export", "import", "delete"), YOURS),
    "privacy": PRIVACY,
    **dict.fromkeys(("setup", "mod settings", "mod channels", "mod log", "mod persona"), SET_UP),
    **dict.fromkeys(("mod limits", "mod block", "mod unblock", "mod blocks", "mod filter"), BOUNDS),
    **dict.fromkeys(("mod pause", "mod unpause", "mod lock", "mod unlock", "mod stop", "mod purge"), AT_ONCE),
    **dict.fromkeys(("mod usage", "mod audit"), RECORDS),
}
"""Under which heading a command stands, and in which order, by its name or that of its group; others at the end."""


def help_panel(
    page: HelpFor,
    commands: Iterable[AnyCommand],
    mention: Callable[[str], str],
    *,
    moderator: bool,
    here: bool = True,
    part: int = 0,
) -> Panel:
    """A page of the help.

    Args:
        page: Whose.
        commands: Those that it lists.
        mention: A command that people can click, by its name.
        moderator: Whether the reader may see both pages.
        here: Whether the bot itself is in the place; else only the reader's app is.
        part: Which part of a page that is too long for one message.
    """
    groups: dict[Sentence, list[str]] = {}
    for command in sorted(commands, key=_place):
        groups.setdefault(heading_of(command), []).append(_line(command, mention))
    named = {name: mention(f"mod {name}") for name in ("settings", "channels", "log")}
    first = FIRST[page] if here else ELSEWHERE
    first_lines = first.format(**named, limits=mention("mod limits set"), ask=mention("ask"))
    texts = [first_lines, *("\n".join([f"**{heading}**", *lines]) for heading, lines in groups.items())]
    below = [PanelButtons(tuple(_button(each, shown=each is page) for each in HelpFor))] if moderator else []
    return paged(
        str(TITLES[page]), [*map(PanelText, texts)], turn=lambda at: f"grokbot:help:{page}:{at}", page=part, below=below
    )


class HelpButton(PanelItem, template=re.compile(r"grokbot:help:(?P<page>all|moderators)(?::(?P<part>\d{1,2}))?")):
    """Turns to another page of the help."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Replaces this page, if the person may see the other one."""
        async with answering(interaction):
            await interaction.response.defer()
            panel = await _panel(interaction, HelpFor(self.match["page"]), int(self.match["part"] or 0))
            await redraw(interaction, view_of(panel))


@app_commands.command(name="help", description="Show what you can do here")
async def help_(interaction: discord.Interaction[Client]) -> None:
    """Lists the commands that this bot has now."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        await show(interaction, view_of(await _panel(interaction, HelpFor.ALL)))


async def _panel(interaction: discord.Interaction[Client], page: HelpFor, part: int = 0) -> Panel:
    bot = interaction.client
    moderator, here = (await actor_of(interaction)).moderator, bot_is_here(interaction)
    page = page if moderator else HelpFor.ALL
    commands = [
        command
        for command in bot.tree.get_commands()
        if command is not help_
        and (here or command.allowed_installs is None)
        and (page is HelpFor.MODERATORS) == (getattr(command, "default_permissions", None) is not None)
    ]
    return help_panel(page, single(commands), bot.command_mention, moderator=moderator, here=here, part=part)


def heading_of(command: AnyCommand) -> Sentence:
    """Under which heading a command stands."""
    return GROUPS.get(_listed(command), MORE)


def _listed(command: AnyCommand) -> str:
    """Its name in GROUPS, or that of its group."""
    name = command.qualified_name
    return name if name in GROUPS else name.rpartition(" ")[0]


def _place(command: AnyCommand) -> int:
    name = _listed(command)
    return [*GROUPS].index(name) if name in GROUPS else len(GROUPS)


def _line(command: AnyCommand, mention: Callable[[str], str]) -> str:
    text = Sentence(description_of(command))
    if isinstance(command, app_commands.ContextMenu):
        return MENU.format(name=Sentence(command.name), text=text)
    return f"{mention(command.qualified_name)} {text}"


def _button(page: HelpFor, *, shown: bool) -> PanelButton:
    style = ButtonStyle.MAIN if shown else ButtonStyle.PLAIN
    return PanelButton(PAGES[page], f"grokbot:help:{page}", style, disabled=shown)
