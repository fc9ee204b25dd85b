"""/export and /import: what was said comes out whole, goes in again, and what is no export is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from grokbot.discord_bot.commands.library.export_import import IMPORT_BYTES
from grokbot.discord_bot.notices import Format
from grokbot.discord_bot.notices.texts.answer_text import MENTION_NEEDED, NO_THREADS_HERE
from grokbot.discord_bot.notices.texts.command_text import FILE_TOO_LARGE, FILE_UNREAD, NO_JSON
from grokbot.engine.admission import GONE
from tests.discord_bot.simcord.commanding import BLUE, RED, SKY, SUNSET, asked, attached, conversation_id
from tests.discord_bot.simcord.house import House, private_words

if TYPE_CHECKING:
    import pytest


async def test_export_holds_all_that_the_thread_shows_in_each_format(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    for kind in Format:
        name, text = await attached(await house.alice.slash(thread, "export", format=kind.value))
        assert name.endswith(f".{kind.value}")
        places = [text.rindex(said) for said in (SKY, BLUE, SUNSET, RED)]
        assert places == sorted(places)
        assert "Alice" in text


async def test_export_is_markdown_if_nothing_else_is_said_and_of_the_conversation_that_was_chosen(house: House) -> None:
    thread = await asked(house)
    wanted = await conversation_id(house, thread)
    name, text = await attached(await house.alice.slash(house.general, "export", conversation=wanted))
    assert name.endswith(".md")
    assert BLUE in text


async def test_who_took_no_part_gets_nothing_from_elsewhere(house: House) -> None:
    thread = await asked(house)
    wanted = await conversation_id(house, thread)
    assert private_words(await house.bob.slash(house.general, "export", conversation=wanted)) == GONE
    name, _ = await attached(await house.bob.slash(thread, "export"))  # what is read there can be read as a file
    assert name


async def test_an_export_goes_in_again_in_a_thread_that_knows_all_of_it(house: House) -> None:
    thread = await asked(house, BLUE, RED)
    await house.alice.slash(thread, "title", text="Colours of the sky")
    _, text = await attached(await house.alice.slash(thread, "export", format="json"))
    result = await house.bob.slash(house.general, "import", file=("sky.json", text.encode()))
    other = house.threads()[-1]
    assert private_words(result) == f"Continue in {other.mention}"
    assert other.name == "Colours of the sky"
    [starter] = [said for said in house.said(other) if said != MENTION_NEEDED]
    assert starter.startswith("**Bob** imported a conversation of 4 messages.")
    await house.bob.send(other, "And at night?")
    texts = [message.content[0].text for message in house.asked()[-1].messages][1:]
    assert texts == [f"Alice: {SKY}", BLUE, f"Alice: {SUNSET}", RED, "Bob: And at night?"]


async def test_in_direct_messages_an_imported_conversation_takes_the_place_of_the_one_before(house: House) -> None:
    thread = await asked(house)
    _, text = await attached(await house.alice.slash(thread, "export", format="json"))
    await house.bob.send_dm("Hello")
    told = private_words(await house.bob.user.slash("import", file=("sky.json", text.encode())))
    assert told.startswith("**Bob** imported a conversation of 2 messages.")
    await house.bob.send_dm("And at night?")
    said = [message.content[0].text for message in house.asked()[-1].messages][1:]
    assert len(said) == 3
    assert SKY in said[0]
    assert said[1] == BLUE


NO_EXPORTS = [
    (b"\xff\xfe\x00binary", NO_JSON),
    (b"", None),
    (b"not json", None),
    (b'{"format": "something else"}', None),
    (json.dumps({"format": "grokbot-conversation", "version": 1}).encode(), None),
    (b" " * (IMPORT_BYTES + 1), FILE_TOO_LARGE),
]


async def test_what_is_no_export_is_told_and_opens_nothing(house: House) -> None:
    for content, reason in NO_EXPORTS:
        told = private_words(await house.alice.slash(house.general, "import", file=("x.json", content)))
        assert told
        assert "log has the cause" not in told
        assert reason is None or told == reason
    assert not house.threads()


async def test_where_no_thread_is_possible_nothing_is_imported(house: House) -> None:
    voice = house.guild.create_voice_channel("voice")
    assert private_words(await house.alice.slash(voice, "import", file=("x.json", b"{}"))) == NO_THREADS_HERE


async def test_a_thread_in_which_no_conversation_could_begin_is_closed_again(house: House) -> None:
    thread = await asked(house)
    _, text = await attached(await house.alice.slash(thread, "export", format="json"))
    house.env.inject_error("POST", "/channels/*/messages", status=403, code=50013, times=None)
    result = await house.bob.slash(house.general, "import", file=("sky.json", text.encode()))
    house.env.backend.faults.clear()
    assert private_words(result)
    closed = house.env.backend.channels[house.threads()[-1].id].thread_metadata
    assert closed is not None
    assert closed.archived


async def test_a_file_that_discord_does_not_give_is_told(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(house.env.backend.cdn), "get", lambda *_: None)
    told = private_words(await house.alice.slash(house.general, "import", file=("x.json", b"{}")))
    assert told == FILE_UNREAD
    assert not house.threads()
