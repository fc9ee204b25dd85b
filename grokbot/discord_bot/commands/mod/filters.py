"""/mod filter add, list, remove and try; the panel of filters, its presses and its form.

Not here: what the panel shows (`list_panels`), what patterns may look like and what filters do (`policy`), keeping them
(`engine`).
"""

from __future__ import annotations

import logging
from itertools import chain
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from grokbot.conversation.errors import UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.discord_bot.commands.mod.groups import filters
from grokbot.discord_bot.commands.mod.list_panels import (
    PATTERN_LENGTH,
    filter_form,
    filter_question,
    filters_panel,
)
from grokbot.discord_bot.members import moderator_of
from grokbot.discord_bot.notices import PanelItem, answering, modal_of, redraw, show, submitted, tell, view_of
from grokbot.discord_bot.notices.texts.moderator_text import NO_SUCH_FILTER, filter_added, filter_removed, tried
from grokbot.discord_bot.rate_limits import SEND_ERRORS, in_short
from grokbot.policy.filters import LONGEST_NAME, LONGEST_SAMPLE, Action, Where

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.discord_bot.client import Client
    from grokbot.policy.actor import Actor
    from grokbot.policy.filters import Filter

log = logging.getLogger(__name__)

LARGEST_LIST = 50_000
"""Bytes of an attached list of words: more would not fit into a server's filters."""
LAST = 999
"""A page past the end: the last one, where a new filter stands."""
ONE_OF_BOTH = Sentence("Give either a pattern or a list of words.")
LIST_TOO_LARGE = Sentence("This list is larger than {kilobytes} KB, the most I read. Attach a shorter one.")
LIST_UNREAD = Sentence("I could not download this list. Please try again.")
NO_TEXT = Sentence("This file is not text in UTF-8. Save it as plain text and try again.")

PLACES = [
    app_commands.Choice(name="what people ask", value=Where.PROMPTS.value),
    app_commands.Choice(name="what Grok answers", value=Where.ANSWERS.value),
    app_commands.Choice(name="both", value=Where.BOTH.value),
]
ACTIONS = [
    app_commands.Choice(name="refuse: not answered; an answer ends", value=Action.REFUSE.value),
    app_commands.Choice(name="spoiler: the match in an answer is hidden behind one", value=Action.SPOILER.value),
    app_commands.Choice(name="stop: an answer ends before the match", value=Action.STOP.value),
    app_commands.Choice(name="tell: only reported in the log channel", value=Action.TELL.value),
]


class FilterItem(
    PanelItem, template=r"grokbot:filter:(?P<what>add|page|remove|removed)(?::(?P<which>[0-9A-Za-z-]{1,40}))?"
):
    """A button of the panel: adds a filter, turns the page, or asks and then removes one."""

    async def callback(self, interaction: discord.Interaction[Client]) -> None:  # type: ignore[override] # our client
        """Redraws the panel, or opens the form."""
        async with answering(interaction):
            what, which = self.match["what"], self.match["which"] or ""
            who = await moderator_of(interaction)
            if what == "add":
                await interaction.response.send_modal(modal_of(filter_form()))
                return
            await interaction.response.defer()
            kept = interaction.client.engine.moderation.filters
            if what == "page":
                await redraw(interaction, view_of(filters_panel(await kept.held(who), kept.hits, page=int(which))))
                return
            one = await kept.find(who, which)
            if what == "remove" and one is not None:
                await redraw(interaction, view_of(filter_question(one)))
                return
            told = await _removed(interaction, who, one)
            await redraw(interaction, view_of(filters_panel(await kept.held(who), kept.hits, told=told)))


async def filter_submitted(interaction: discord.Interaction[Client]) -> None:
    """Adds what a submitted form says, if the person still moderates. Any other interaction is left alone."""
    given = submitted(interaction)
    if given.custom_id != "grokbot:filter:new":
        return
    async with answering(interaction):
        await interaction.response.defer()
        who, kept = await moderator_of(interaction), interaction.client.engine.moderation.filters
        pattern, name, sample = (given.text(each) for each in ("pattern", "name", "sample"))
        where, _, action = given.text("what").partition(":")
        if bool(pattern.strip()) == bool(given.files("words")):
            raise UserError(ONE_OF_BOTH)
        if pattern.strip():
            told = await _added(interaction, who, pattern, Where(where), Action(action), name, sample)
        else:
            words = await _words(interaction, given.files("words")[0])
            new = await kept.add_words(who, words, Where(where), Action(action), name)
            found = [await kept.tried(who, one.pattern.source, sample) for one in new] if sample else []
            told = filter_added(new, sample, sorted(chain.from_iterable(found), key=lambda span: span.start))
        await redraw(interaction, view_of(filters_panel(await kept.held(who), kept.hits, page=LAST, told=told)))


async def _words(interaction: discord.Interaction[Client], file: Mapping[str, Any]) -> str:
    """The text of an attached list."""
    if int(file.get("size", 0)) > LARGEST_LIST:
        raise UserError(LIST_TOO_LARGE.later(kilobytes=LARGEST_LIST // 1_000))
    try:
        return (await interaction.client.http.get_from_cdn(str(file.get("url", "")))).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UserError(NO_TEXT) from None
    except SEND_ERRORS as error:
        log.info("discord.list_not_read error=%s", in_short(error))
        raise UserError(LIST_UNREAD) from None


async def _added(
    interaction: discord.Interaction[Client],
    who: Actor,
    pattern: str,
    where: Where,
    action: Action,
    name: str,
    sample: str,
) -> str:
    """Tries the pattern on the sample first; an invalid one is not saved."""
    kept = interaction.client.engine.moderation.filters
    found = await kept.tried(who, pattern, sample)
    return filter_added([await kept.add(who, pattern, where, action, name)], sample, found)


async def _removed(interaction: discord.Interaction[Client], who: Actor, one: Filter | None) -> str:
    """Removes a filter; says so."""
    if one is None or not await interaction.client.engine.moderation.filters.remove(who, one.id):
        raise UserError(NO_SUCH_FILTER)
    return filter_removed(one)


@filters.command(name="add", description="Add a pattern to check prompts or answers against")
@app_commands.describe(
    pattern="A regular expression without look-around and back-references; letters match in both cases",
    where="What to check",
    action="What to do on a match; each match is posted to the log channel",
    sample="A text to try it on before it is saved",
    name="What you want to call it; it also gets a number",
)
@app_commands.choices(where=PLACES, action=ACTIONS)
async def add(
    interaction: discord.Interaction[Client],
    pattern: app_commands.Range[str, 1, PATTERN_LENGTH],
    where: str,
    action: str,
    sample: app_commands.Range[str, 1, LONGEST_SAMPLE] | None = None,
    name: app_commands.Range[str, 1, LONGEST_NAME] | None = None,
) -> None:
    """Says the filter's number."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        told = await _added(interaction, who, pattern, Where(where), Action(action), name or "", sample or "")
        await tell(interaction, told)


@filters.command(name="list", description="Show this server's filters, add and remove them")
async def list_(interaction: discord.Interaction[Client]) -> None:
    """A panel whose changes take effect at once."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        kept = interaction.client.engine.moderation.filters
        await show(interaction, view_of(filters_panel(await kept.held(who), kept.hits)))


@filters.command(name="remove", description="Remove a filter")
@app_commands.describe(name="Its number or name")
async def remove(interaction: discord.Interaction[Client], name: app_commands.Range[str, 1, 100]) -> None:
    """Text that it hid in old answers stays hidden."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        one = await interaction.client.engine.moderation.filters.find(who, name)
        await tell(interaction, await _removed(interaction, who, one))


@remove.autocomplete("name")
async def _names(interaction: discord.Interaction[Client], current: str) -> list[app_commands.Choice[str]]:
    """For moderators only, like the list."""
    try:
        who = await moderator_of(interaction)
        kept = await interaction.client.engine.moderation.filters.held(who)
    except Exception:  # noqa: BLE001 - choices are only a convenience; the command itself says what is wrong
        return []
    named = [(f"#{one.number} {one.name}".strip() + f" · {one.pattern.source} · {one.where}", one.id) for one in kept]
    return [
        app_commands.Choice(name=shown[:100], value=filter_id)
        for shown, filter_id in named
        if current.casefold() in shown.casefold()
    ][:25]


@filters.command(name="try", description="Test a pattern on a text without saving it")
@app_commands.describe(pattern="The pattern", sample="The text")
async def try_(
    interaction: discord.Interaction[Client],
    pattern: app_commands.Range[str, 1, PATTERN_LENGTH],
    sample: app_commands.Range[str, 1, LONGEST_SAMPLE],
) -> None:
    """Shows what the filter finds, only to the person who tries it."""
    async with answering(interaction):
        await interaction.response.defer(ephemeral=True)
        who = await moderator_of(interaction)
        found = await interaction.client.engine.moderation.filters.tried(who, pattern, sample)
        await tell(interaction, tried(sample, found))
