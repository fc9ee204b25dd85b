"""What /history and /help show: within Discord's limits whatever titles are, nothing of them read as markup."""

from __future__ import annotations

from dataclasses import replace

import pytest
from discord.app_commands import ContextMenu
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.conversation.records import ListedConversation, Page
from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.help_text import MORE, HelpFor, heading_of, help_panel
from grokbot.discord_bot.commands.library.history import PageButton
from grokbot.discord_bot.commands.library.history_panel import (
    LONGEST_SEARCH,
    NOT_HERE,
    PAGE_SIZE,
    HistoryPage,
    card,
    history_panel,
    searched,
)
from grokbot.discord_bot.commands.metadata import description_of, single
from grokbot.discord_bot.notices import Panel, view_of
from grokbot.discord_bot.notices.panel import MOST_CHARACTERS, MOST_COMPONENTS
from grokbot.discord_bot.notices.texts import command_text
from grokbot.sandbox.discord_server.rules.protocol import COMPONENTS_V2
from grokbot.sandbox.discord_server.rules.validation import check_message
from tests.discord_bot.test_command_text import AT, NASTY, conversation, entry, info
from tests.panel_words import panel_labels, panel_text

WHEN = f"<t:{int(AT.timestamp())}:R>"


def said(panel: Panel) -> str:
    """What it says; Discord would take it."""
    made = view_of(panel).to_components()  # type: ignore[no-untyped-call] # as it is written there
    check_message({"components": made}, flags=COMPONENTS_V2)
    assert panel.components <= MOST_COMPONENTS
    assert panel.characters <= MOST_CHARACTERS
    return panel_text(made)


def rows(*entries: ListedConversation) -> tuple[ListedConversation, ...]:
    """Each with an id of its own."""
    return tuple(
        replace(each, conversation=replace(each.conversation, id=f"{n:026}")) for n, each in enumerate(entries)
    )


def labels(panel: Panel) -> list[str]:
    return panel_labels(view_of(panel).to_components())  # type: ignore[no-untyped-call] # as above


@settings(max_examples=30)
@given(titles=st.lists(NASTY, min_size=1, max_size=PAGE_SIZE), search=st.text(max_size=LONGEST_SEARCH))
def test_a_full_page_fits_one_message_whatever_the_titles_are(titles: list[str], search: str) -> None:
    page = Page(rows(*(entry(title, title, starred=True) for title in titles)), 999_999, unknown=3)
    shown = said(history_panel(page, HistoryPage(starred=True, offset=99_992, search=search)))
    assert shown.count(f"12,345 messages · {WHEN}") == len(titles)


@given(search=st.text(max_size=LONGEST_SEARCH), starred=st.booleans(), offset=st.integers(0, 999_999))
def test_a_pages_button_holds_its_state_in_an_id_that_discord_takes(search: str, starred: bool, offset: int) -> None:
    custom_id = HistoryPage(starred, offset, search).custom_id
    assert len(custom_id.encode("utf-16-le", "surrogatepass")) // 2 <= 100
    found = PageButton.__discord_ui_compiled_template__.fullmatch(custom_id)
    assert found is not None
    assert (found["search"], found["starred"] == "1", int(found["offset"])) == (search, starred, offset)


def test_a_page_says_how_many_there_are_where_they_are_and_which_page_it_is() -> None:
    page = Page(rows(entry("Blue sky", starred=True), entry("", "Hello")), 18)
    shown = history_panel(page, HistoryPage(offset=8))
    link = f"https://discord.com/channels/{2**63}/{2**63 - 1}"
    assert said(shown).splitlines() == [
        "### Your conversations",
        "-# 18 conversations · page 2 of 3",
        f"⭐ **[Blue sky]({link})**",
        f"-# 12,345 messages · {WHEN}",
        f"**[Hello]({link})**",
        f"-# 12,345 messages · {WHEN}",
    ]
    assert labels(shown) == ["More…", "More…", "◀ Newer", "Older ▶", "🔍 Search", "⭐ Starred only"]


@pytest.mark.parametrize(
    ("search", "starred", "nothing", "offered"),
    [
        ("", False, command_text.NOTHING_LISTED, []),
        ("", True, command_text.NOTHING_STARRED, ["🔍 Search", "Show all"]),
        (
            "*x*",
            False,
            "None of your conversations contains “\\*x\\*”.",
            ["🔍 Search", "⭐ Starred only", "✕ Clear search"],
        ),
    ],
)
def test_an_empty_list_says_why_and_offers_the_way_back(
    search: str, starred: bool, nothing: str, offered: list[str]
) -> None:
    shown = history_panel(Page((), 0), HistoryPage(starred, 0, search))
    assert nothing in said(shown)
    assert labels(shown) == offered


def test_a_conversation_that_was_begun_elsewhere_says_so_and_what_one_can_do_with_it() -> None:
    elsewhere = conversation("Figs", guild_id=None, channel_id=None, persona="fun")
    row = ListedConversation(conversation=elsewhere, starred=False, responses=1, first_words="How do figs grow?")
    assert f"**Figs**\n-# 1 message · {WHEN} · not in Discord" in said(history_panel(Page((row,), 1), HistoryPage()))
    one = card(info(conversation=elsewhere, starred=False))
    assert NOT_HERE in said(one)
    assert labels(one) == ["⭐ Star", "Details and cost", "Share", "Save as text", "Save as JSON", "Delete…"]


@given(title=NASTY)
def test_one_conversation_fits_too_and_opens_where_it_is_held(title: str) -> None:
    one = card(info(title))
    assert said(one)
    assert labels(one)[:2] == ["Open", "Remove star"]


def mention(name: str) -> str:
    return f"</{name}:{2**63}>"


def test_help_names_each_command_on_one_page_as_something_to_click() -> None:
    everybodys = [command for command in COMMANDS if getattr(command, "default_permissions", None) is None]
    moderators = [command for command in COMMANDS if command not in everybodys]
    for page, listed in ((HelpFor.ALL, everybodys), (HelpFor.MODERATORS, moderators)):
        commands = list(single(listed))
        shown = "\n".join(said(help_panel(page, commands, mention, moderator=True, part=part)) for part in range(3))
        for command in commands:
            named = (
                f"Apps → **{command.name}**" if isinstance(command, ContextMenu) else mention(command.qualified_name)
            )
            assert f"{named} {description_of(command)}" in shown
    assert labels(help_panel(HelpFor.ALL, (), mention, moderator=True)) == ["For everyone", "For moderators"]
    assert labels(help_panel(HelpFor.ALL, (), mention, moderator=False)) == []


def test_every_command_stands_under_a_heading_of_its_own_kind() -> None:
    assert [command.name for command in single(COMMANDS) if heading_of(command) is MORE] == ["help"]


def test_a_help_of_several_pages_has_no_two_buttons_of_one_id() -> None:
    commands = [*single(COMMANDS)] * 2
    for page in HelpFor:
        for part in range(3):
            said(help_panel(page, commands, mention, moderator=True, part=part))


@pytest.mark.parametrize(
    ("typed", "words"),
    [(" two  words\n", "two words"), ("\u202e \u200b", ""), ("\x00", ""), ("x" * 50, "x" * LONGEST_SEARCH)],
)
def test_a_search_for_what_nobody_sees_is_none(typed: str, words: str) -> None:
    assert searched(typed) == words
