"""/history, /info, /help and the choosing of a conversation: a person's own, private, and the same after a restart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grokbot.discord_bot.commands.library.history_panel import PAGE_SIZE
from grokbot.discord_bot.notices.texts.command_text import (
    NEWER,
    NO_SUCH_CONVERSATION,
    NOTHING_LISTED,
    NOTHING_STARRED,
    OLDER,
    SEVERAL_SUCH,
)
from grokbot.engine.admission import Opening
from grokbot.policy.actor import Actor
from tests.discord_bot.simcord.commanding import BLUE, SKY, asked, attached, conversation_id, labels, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import moderator, strip_roles
from tests.panel_words import panel_text

if TYPE_CHECKING:
    from simcord.results import ResponseMessage


async def many(house: House, number: int) -> None:
    """Conversations of Alice's, without the words that nobody looks at here."""
    alice = Actor(id=house.alice.id, name="", channel_id=house.general.id)
    for each in range(1, number + 1):
        opening = Opening(guild_id=house.guild.id, channel_id=house.general.id, owner_id=house.alice.id)
        conversation = await house.engine.turns.open(opening)
        await house.engine.library.title(conversation.id, f"Number {each}", alice)


def titles(message: ResponseMessage) -> list[str]:
    """Those that a page lists, without what escapes their Markdown."""
    lines = [line for line in panel_text(message.components).splitlines() if "**" in line]
    return [re.sub(r"^\[(.*)\]\(https:.*\)$", r"\1", line.split("**")[1]).replace("\\", "") for line in lines]


def turns(message: ResponseMessage) -> list[str]:
    """The buttons to other pages."""
    return [label for label in labels(message) if label in (NEWER, OLDER)]


async def test_history_is_empty_at_first_and_says_how_to_begin(house: House) -> None:
    assert NOTHING_LISTED in private_words(await house.alice.slash(house.general, "history"))
    assert NOTHING_STARRED in private_words(await house.alice.slash(house.general, "history", starred=True))


async def test_history_lists_ones_own_with_a_link_to_where_it_is_held_and_nobody_elses(house: House) -> None:
    thread = await asked(house)
    told = private_words(await house.alice.slash(house.general, "history"))
    assert f"[{SKY}](https://discord.com/channels/{house.guild.id}/{thread.id})" in told
    assert NOTHING_LISTED in private_words(await house.bob.slash(house.general, "history"))
    await house.bob.send(thread, "And at night?")
    assert str(thread.id) in private_words(await house.bob.slash(house.general, "history"))


async def test_history_of_direct_messages_links_there(house: House) -> None:
    await house.alice.send_dm("Hello")
    told = private_words(await house.alice.user.slash("history"))
    assert f"https://discord.com/channels/@me/{house.alice.user.dm_channel.id}" in told


async def test_history_finds_words_that_were_said_and_starred_ones(house: House) -> None:
    blue = await asked(house, question="Why is the sky blue?")
    green = await asked(house, question="Why is grass green?")
    found = private_words(await house.alice.slash(house.general, "history", search="GRASS"))
    assert str(green.id) in found
    assert str(blue.id) not in found
    await house.alice.slash(blue, "star")
    starred = private_words(await house.alice.slash(house.general, "history", starred=True))
    assert str(blue.id) in starred
    assert str(green.id) not in starred
    assert "None of" in private_words(await house.alice.slash(house.general, "history", search="elephant"))


async def test_pages_can_be_turned_also_after_a_restart(house: House) -> None:
    await many(house, 2 * PAGE_SIZE + 1)
    result = await house.alice.slash(house.general, "history")
    first = only(result)
    numbers = [f"Number {number}" for number in range(2 * PAGE_SIZE + 1, 0, -1)]
    assert titles(first) == numbers[:PAGE_SIZE]
    assert turns(first) == ["Older ▶"]
    await house.alice.click(first, label="Older ▶")
    middle = only(result)
    assert titles(middle) == numbers[PAGE_SIZE : 2 * PAGE_SIZE]
    assert "page 2 of 3" in panel_text(middle.components)
    assert turns(middle) == ["◀ Newer", "Older ▶"]
    await house.restart()
    await house.alice.click(middle, label="Older ▶")
    last = only(result)
    assert titles(last) == numbers[2 * PAGE_SIZE :]
    assert turns(last) == ["◀ Newer"]
    await house.alice.click(last, label="◀ Newer")
    assert titles(only(result)) == numbers[PAGE_SIZE : 2 * PAGE_SIZE]


async def test_turning_pages_keeps_what_was_searched_for(house: House) -> None:
    await many(house, PAGE_SIZE + 10)  # of the words, "Number 1" is in those with a 1 in front
    result = await house.alice.slash(house.general, "history", search="number 1")
    assert turns(only(result)) == ["Older ▶"]
    await house.alice.click(only(result), label="Older ▶")
    assert all(title.startswith("Number 1") for title in titles(only(result)))
    assert "number 1" in panel_text(only(result).components)


async def test_a_page_that_is_not_there_any_more_becomes_the_last_one(house: House) -> None:
    await many(house, PAGE_SIZE + 1)
    result = await house.alice.slash(house.general, "history")
    page = await house.engine.library.listed(house.alice.id, limit=PAGE_SIZE)
    for entry in page.entries:
        await house.engine.library.delete(entry.conversation.id, Actor(id=house.alice.id, name=""))
    await house.alice.click(only(result), label="Older ▶")
    assert titles(only(result)) == ["Number 1"]
    assert turns(only(result)) == []


async def test_info_is_shown_to_those_who_are_there_and_to_those_who_take_part(house: House) -> None:
    thread = await asked(house)
    told = private_words(await house.bob.slash(thread, "info"))
    assert "Mode: stateless" in told
    assert "Messages: 2 with 1 person" in told
    wanted = await conversation_id(house, thread)
    assert "Mode: stateless" in private_words(await house.alice.slash(house.general, "info", conversation=wanted))
    refused = private_words(await house.bob.slash(house.general, "info", conversation=wanted))
    assert "Mode" not in refused


async def test_a_conversation_can_be_chosen_while_typing_from_ones_own(house: House) -> None:
    thread = await asked(house)
    offered = await house.alice.autocomplete(house.general, "info", "conversation", "sky")
    wanted = await conversation_id(house, thread)
    assert [(choice["name"], choice["value"]) for choice in offered] == [(SKY, wanted)]
    assert await house.bob.autocomplete(house.general, "info", "conversation", "") == []
    assert await house.alice.autocomplete(house.general, "info", "conversation", "elephant") == []


async def test_at_most_25_are_offered_newest_first(house: House) -> None:
    await many(house, 27)
    offered = await house.alice.autocomplete(house.general, "delete", "conversation", "")
    assert [choice["name"] for choice in offered] == [f"Number {number}" for number in range(27, 2, -1)]


async def test_words_in_place_of_a_choice_are_taken_where_they_fit_one_conversation(house: House) -> None:
    await many(house, 2)
    assert "Number 2" in private_words(await house.alice.slash(house.general, "info", conversation="number 2"))
    assert private_words(await house.alice.slash(house.general, "info", conversation="number")) == SEVERAL_SUCH
    for words in ("elephant", " "):
        assert private_words(await house.alice.slash(house.general, "info", conversation=words)) in (
            NO_SUCH_CONVERSATION,
            SEVERAL_SUCH,
        )


async def test_choices_while_the_database_is_closed_are_none_and_a_command_says_why(house: House) -> None:
    await house.rooms.aclose()
    assert await house.alice.autocomplete(house.general, "info", "conversation", "") == []
    assert private_words(await house.alice.slash(house.general, "history"))


async def test_help_shows_moderators_another_page_and_nobody_else(house: House) -> None:
    await house.alice.send_dm("Hello")
    for result in (await house.alice.user.slash("help"), await house.alice.slash(house.general, "help")):
        assert "**Mention me**" in private_words(result)
        assert house.bot.command_mention("history") in private_words(result)
        assert "/mod" not in private_words(result)
        assert labels(only(result)) == []
    mia = moderator(house)
    page = only(await mia.slash(house.general, "help"))
    await house.restart()
    await mia.click(page, label="For moderators")
    assert house.bot.command_mention("mod usage") in panel_text(page.components)
    strip_roles(house, mia)
    await mia.click(page, label="For everyone")
    assert labels(page) == []  # whoever does not moderate any more sees no way back


async def test_one_conversation_of_the_list_is_starred_saved_shared_and_deleted_by_its_buttons(house: House) -> None:
    thread = await asked(house)
    result = await house.alice.slash(house.general, "history")
    await house.restart()
    opened = only(await house.alice.click(only(result), label="More…"))
    await house.alice.click(opened, label="⭐ Star")
    assert "### ⭐ " in panel_text(opened.components)
    assert "Model: grok" in private_words(await house.alice.click(opened, label="Details and cost"))
    name, text = await attached(await house.alice.click(opened, label="Save as text"))
    assert name.endswith(".md")
    assert BLUE in text
    assert (await attached(await house.alice.click(opened, label="Share")))[0].endswith(".html")
    await house.alice.click(only(result), label="⭐ Starred only")
    assert titles(only(result)) == [SKY]
    question = only(await house.alice.click(opened, label="Delete…"))
    await house.alice.click(question, label="Delete it")
    assert await house.engine.places.conversation_in(thread.id) is None


async def test_a_search_typed_into_the_list_replaces_it(house: House) -> None:
    await many(house, 3)
    result = await house.alice.slash(house.general, "history")
    await house.restart()
    form = await house.alice.click(only(result), label="🔍 Search")
    await house.alice.submit_modal(form, {"words": "  number   2 "})
    assert titles(only(result)) == ["Number 2"]
    await house.alice.click(only(result), label="✕ Clear search")
    assert len(titles(only(result))) == 3
