"""/mod purge: shows what would go, asks once, and takes it from the database and from Discord."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest
from simcord.backend.errors import SetupError

from grokbot.discord_bot.notices.texts.moderator_text import NOTHING_TO_PURGE, PURGE_NOTHING
from tests.discord_bot.simcord.commanding import BLUE, RED, asked, labels, only
from tests.discord_bot.simcord.moderating import moderator, says

if TYPE_CHECKING:
    from tests.discord_bot.simcord.house import House

REMOVE, KEEP = "Remove permanently", "Keep everything"


def may_delete(house: House) -> None:
    """Lets the bot manage messages."""
    role = house.guild.create_role("bots", permissions=discord.Permissions(manage_messages=True))
    house.env.backend.guilds[house.guild.id].members[house.env.backend.bot_user.id].role_ids.append(role.id)


def deletions(house: House) -> list[str]:
    """Requests that delete messages, oldest first."""
    found = []
    for call in house.env.http_requests:
        if call.method == "DELETE" and "/messages/" in call.path:
            found.append("one")
        elif call.path.endswith("/bulk-delete"):
            found.append("many")
    return found


async def test_nothing_goes_before_the_question_is_answered_nor_when_the_answer_is_no(house: House) -> None:
    thread, mia = await asked(house, BLUE, RED), moderator(house)
    question = only(await mia.slash(thread, "mod purge"))
    assert "- 4 messages that I keep" in question.content
    assert labels(question) == [REMOVE, KEEP]
    await mia.click(question, label=KEEP)
    assert question.content == PURGE_NOTHING
    assert await house.engine.places.conversation_in(thread.id) is not None
    assert deletions(house) == []
    with pytest.raises(SetupError):
        await mia.click(question, label=REMOVE)


async def test_all_that_a_person_said_goes_and_what_others_said_stays(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    may_delete(house)
    await house.bob.send(thread, "What is a quasar?")
    assert await says(mia, thread, "purge", user=mia.user) == NOTHING_TO_PURGE
    result = await mia.slash(thread, "mod purge", user=house.bob.user, since="1d")
    assert f"everything of <@{house.bob.id}> since <t:" in only(result).content
    await mia.click(only(result), label=REMOVE)
    assert not [each for each in thread.history() if each.author.id == house.bob.id]
    assert BLUE in house.said(thread)
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    await house.alice.send(thread, "Go on")
    assert not any("quasar" in part.text for each in house.asked()[-1].messages for part in each.content)


async def test_a_time_that_is_none_is_told(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    assert "`3d`" in await says(mia, thread, "purge", user=house.bob.user, since="last spring")
