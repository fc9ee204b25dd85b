"""/privacy: the notice at the first use, opting out and in, the export, and deleting everything."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.privacy_text import (
    ANOTHERS,
    DELETE_NOTHING,
    NOT_READ_NOW,
    OPTED_IN,
    OPTED_IN_ALREADY,
    OPTED_OUT,
    OPTED_OUT_ALREADY,
)
from grokbot.engine.admission import NOT_READ
from grokbot.engine.privacy.privacy import NOTICE as IN_LANGUAGES
from grokbot.settings.privacy import LINE
from grokbot.settings.privacy import NOTICE as NOTICE_SET
from tests.discord_bot.simcord.commanding import asked, labels, only
from tests.discord_bot.simcord.house import House, open_house, private_words

if TYPE_CHECKING:
    from pathlib import Path

NOTICE = "What you write is kept."


async def test_each_person_is_told_once_at_their_first_use_and_to_them_alone(tmp_path: Path) -> None:
    async with open_house(tmp_path, notice=NOTICE) as house:
        thread = await asked(house)
        [answer] = house.said(thread)
        line = LINE.replace("/privacy notice", house.bot.command_mention("privacy notice"))
        assert answer.endswith(f"\n-# {line}")
        await house.restart()
        await house.alice.send(thread, "And at sunset?")
        assert not house.said(thread)[-1].endswith(line)
        await house.bob.send(house.general, "Nothing for the bot")
        first = await house.bob.slash(thread, "star")
        assert [each.content for each in first.followups if each.ephemeral][-1] == NOTICE
        assert NOTICE not in private_words(await house.bob.slash(thread, "unstar"))
        assert private_words(await house.bob.slash(thread, "privacy notice")) == NOTICE


async def test_what_somebody_writes_who_opted_out_is_neither_read_nor_kept(house: House) -> None:
    thread = await asked(house)
    assert private_words(await house.bob.slash(thread, "privacy optin")) == OPTED_IN_ALREADY
    assert private_words(await house.bob.slash(thread, "privacy optout")) == OPTED_OUT
    assert private_words(await house.bob.slash(thread, "privacy optout")) == OPTED_OUT_ALREADY
    await house.restart()
    before = len(house.asked())
    said = await house.bob.send(thread, "Mumbojumbo one")
    await house.bob.edit(said, "Mumbojumbo two")
    answers = len(house.said(thread))
    await house.bob.send(thread, f"{house.mention} Mumbojumbo three")
    await house.bob.send(thread, f"{house.mention} Mumbojumbo four")
    assert house.said(thread)[answers:] == [NOT_READ]
    assert private_words(await house.bob.slash(house.general, "chat", prompt="Mumbojumbo?")) == NOT_READ
    assert private_words(await house.bob.slash(thread, "resample", instruction="mumbojumbo")) == NOT_READ
    assert private_words(await house.alice.context_menu(thread, "Ask Grok", said)) == ANOTHERS
    assert len(house.asked()) == before
    await house.alice.send(thread, "And now?", reply_to=said)
    assert "mumbojumbo" not in str(house.asked()).lower()
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    assert private_words(await house.bob.slash(thread, "privacy optin")) == OPTED_IN
    await house.bob.send(thread, "Back again")
    assert "Back again" in house.wanted()
    assert "mumbojumbo" not in str(house.asked()).lower()


async def test_what_was_missed_of_them_is_not_read_after_a_restart_either(house: House) -> None:
    thread = await asked(house)
    await house.engine.privacy.opt_out(house.bob.id)
    before = len(house.asked())
    house.env.backend.create_message(thread.id, house.bob.id, "While nobody listened")
    await house.restart()
    assert len(house.asked()) == before


async def test_the_title_of_who_opted_out_is_not_taken(house: House) -> None:
    thread = await asked(house)
    await house.engine.privacy.opt_out(house.alice.id)
    assert private_words(await house.alice.slash(thread, "title", text="Mumbojumbo")) == NOT_READ
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    assert conversation.title != "Mumbojumbo"


async def test_the_export_is_a_file_that_only_the_person_sees(house: House) -> None:
    thread = await asked(house)
    message = only(await house.alice.slash(thread, "privacy export"))
    [attached] = message.attachments
    with zipfile.ZipFile(io.BytesIO(await attached.read())) as archive:
        words = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Why is the sky blue?" in words


async def test_the_notice_has_buttons_that_do_what_the_commands_do(house: House) -> None:
    shown = only(await house.alice.slash(house.general, "privacy notice"))
    assert labels(shown) == ["Get my data", "Delete my data", "Stop reading me"]
    pressed = await house.alice.click(shown, label="Stop reading me")
    assert private_words(pressed) == OPTED_OUT
    again = only(await house.alice.slash(house.general, "privacy notice"))
    assert again.content.startswith(NOT_READ_NOW)
    assert labels(again) == ["Get my data", "Delete my data", "Read me again"]
    question = only(await house.alice.click(again, label="Delete my data"))
    assert labels(question) == ["Delete all my data", "Keep everything"]


def test_the_notice_in_other_languages_is_the_one_of_the_settings() -> None:
    assert str(IN_LANGUAGES) == NOTICE_SET


async def test_nothing_goes_when_the_answer_is_no(house: House) -> None:
    thread = await asked(house)
    question = only(await house.alice.slash(thread, "privacy delete"))
    assert labels(question) == ["Delete all my data", "Keep everything"]
    await house.alice.click(question, label="Keep everything")
    assert question.content == DELETE_NOTHING
    assert await house.engine.places.conversation_in(thread.id) is not None


async def test_it_works_in_direct_messages_too(house: House) -> None:
    await house.alice.send_dm("Hello")
    channel = house.alice.user.dm_channel
    assert private_words(await house.alice.user.slash("privacy optout")) == OPTED_OUT
    before = len(house.asked())
    await house.alice.send_dm("Hello?")
    assert len(house.asked()) == before
    assert house.said(channel)[-1] == NOT_READ
