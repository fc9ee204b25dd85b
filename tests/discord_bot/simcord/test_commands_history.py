"""/history, /info, /help and the choosing of a conversation: a person's own, private, and the same after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.library.history import PAGE_SIZE
from grokbot.discord_bot.commands.metadata import description_of, single
from grokbot.discord_bot.notices.texts.command_text import (
    NO_SUCH_CONVERSATION,
    NOTHING_LISTED,
    NOTHING_STARRED,
    SEVERAL_SUCH,
)
from grokbot.engine.admission import Opening
from grokbot.policy.actor import Actor
from tests.discord_bot.simcord.commanding import SKY, asked, conversation_id, labels, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import moderator

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
    return [line.split("**")[1] for line in message.content.splitlines()[1:]]


async def test_history_is_empty_at_first_and_says_how_to_begin(house: House) -> None:
    assert private_words(await house.alice.slash(house.general, "history")) == NOTHING_LISTED
    assert private_words(await house.alice.slash(house.general, "history", starred=True)) == NOTHING_STARRED


async def test_history_lists_ones_own_with_a_link_to_where_it_is_held_and_nobody_elses(house: House) -> None:
    thread = await asked(house)
    told = private_words(await house.alice.slash(house.general, "history"))
    assert f"[open](https://discord.com/channels/{house.guild.id}/{thread.id})" in told
    assert "Why is the sky blue?" in told
    assert private_words(await house.bob.slash(house.general, "history")) == NOTHING_LISTED
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
    assert labels(first) == ["Older ▶"]
    await house.alice.click(first, label="Older ▶")
    middle = only(result)
    assert titles(middle) == numbers[PAGE_SIZE : 2 * PAGE_SIZE]
    assert "page 2 of 3" in middle.content
    assert labels(middle) == ["◀ Newer", "Older ▶"]
    await house.restart()
    await house.alice.click(middle, label="Older ▶")
    last = only(result)
    assert titles(last) == numbers[2 * PAGE_SIZE :]
    assert labels(last) == ["◀ Newer"]
    await house.alice.click(last, label="◀ Newer")
    assert titles(only(result)) == numbers[PAGE_SIZE : 2 * PAGE_SIZE]


async def test_turning_pages_keeps_what_was_searched_for(house: House) -> None:
    await many(house, PAGE_SIZE + 10)  # of the words, "Number 1" is in those with a 1 in front
    result = await house.alice.slash(house.general, "history", search="number 1")
    assert labels(only(result)) == ["Older ▶"]
    await house.alice.click(only(result), label="Older ▶")
    assert all(title.startswith("Number 1") for title in titles(only(result)))
    assert "number 1" in only(result).content


async def test_a_page_that_is_not_there_any_more_becomes_the_last_one(house: House) -> None:
    await many(house, PAGE_SIZE + 1)
    result = await house.alice.slash(house.general, "history")
    page = await house.engine.library.listed(house.alice.id, limit=PAGE_SIZE)
    for entry in page.entries:
        await house.engine.library.delete(entry.conversation.id, Actor(id=house.alice.id, name=""))
    await house.alice.click(only(result), label="Older ▶")
    assert titles(only(result)) == ["Number 1"]
    assert labels(only(result)) == []


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


async def test_help_names_every_command_with_its_text_in_servers_and_direct_messages(house: House) -> None:
    await house.alice.send_dm("Hello")
    for result in (await house.alice.user.slash("help"), await house.alice.slash(house.general, "help")):
        given = [m for m in (result.response, *result.followups) if m is not None]
        assert all(message.ephemeral for message in given)
        text = "\n".join(message.content for message in given)
        everybodys = [command for command in single(COMMANDS) if not command.qualified_name.startswith("mod ")]
        assert all(description_of(command) in text for command in everybodys)
        assert "/mod" not in text


async def test_help_names_the_commands_of_moderators_to_them(house: House) -> None:
    result = await moderator(house).slash(house.general, "help")
    text = "\n".join(m.content for m in (result.response, *result.followups) if m is not None)
    assert all(description_of(command) in text for command in single(COMMANDS))
