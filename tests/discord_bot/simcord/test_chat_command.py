"""/chat in servers: where the conversation is opened, who sees it, what is asked, what the person is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
import pytest
from simcord.backend.errors import OptionError

from grokbot.conversation.response import Mode
from grokbot.discord_bot.bot import PERMISSIONS
from grokbot.discord_bot.notices.texts.answer_text import NO_PRIVATE_THREADS, NO_THREADS_HERE
from grokbot.policy.admission import NOTHING_TO_READ
from tests.discord_bot.simcord.house import House, private_words

if TYPE_CHECKING:
    from simcord.builders import ChannelHandle

QUESTION = "Why is the sky blue?"


async def test_chat_opens_a_public_thread_shows_the_question_and_answers_there(house: House) -> None:
    result = await house.alice.slash(house.general, "chat", prompt=QUESTION)
    [thread] = house.threads()
    assert thread.name == QUESTION
    question, answer = house.said(thread)
    assert question == f"**Alice** asks:\n> {QUESTION}"
    assert "I was shown **1 question**" in answer
    assert house.wanted() == f"Alice: {QUESTION}"
    assert private_words(result) == f"Continue in {thread.mention}"
    assert thread.history(viewer=house.bob)


async def test_what_is_written_in_the_thread_goes_on_with_the_conversation(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt=QUESTION)
    [thread] = house.threads()
    await house.bob.send(thread, "And at sunset?")
    assert len(house.asked()) == 2
    texts = [message.content[0].text for message in house.asked()[1].messages][1:]
    assert texts[0] == f"Alice: {QUESTION}"
    assert texts[1] == house.said(thread)[1]
    assert texts[2] == "Bob: And at sunset?"
    assert len(house.said(thread)) == 3


async def test_a_private_chat_is_seen_by_the_asker_and_nobody_else(house: House) -> None:
    result = await house.alice.slash(house.general, "chat", prompt="Between us", private=True)
    [thread] = house.threads()
    channel = house.env.backend.channels[thread.id]
    assert channel.type == discord.ChannelType.private_thread.value
    assert set(channel.thread_members) == {house.bot.user.id, house.alice.id}  # type: ignore[union-attr] # logged in
    assert thread.history(viewer=house.alice)
    with pytest.raises(Exception, match="cannot read"):
        thread.history(viewer=house.bob)
    assert private_words(result) == f"Continue in {thread.mention}"
    assert len(house.said(thread)) == 2


async def test_mode_and_model_are_those_that_were_chosen(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt=QUESTION, mode=Mode.STATEFUL.value, model="grok-4.6")
    [request] = house.asked()
    assert (request.model, request.store_messages) == ("grok-4.6", True)
    [thread] = house.threads()
    conversation = await house.engine.places.conversation_in(thread.id)
    assert conversation is not None
    assert (conversation.mode, conversation.model, conversation.owner_id) == (
        Mode.STATEFUL,
        "grok-4.6",
        house.alice.id,
    )
    await house.alice.send(thread, "More")
    second = house.asked()[1]
    assert second.previous_response_id == house.grok.requests[-2].response_id
    assert [message.content[0].text for message in second.messages] == ["Alice: More"]


async def test_left_out_mode_and_model_are_those_of_the_settings(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt=QUESTION)
    [request] = house.asked()
    assert (request.model, request.store_messages) == (house.settings.xai.model, False)


async def test_chat_in_a_thread_opens_a_sibling_under_the_same_channel(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt="First")
    [first] = house.threads()
    await house.alice.slash(first, "chat", prompt="Second")
    [_, second] = house.threads()
    assert house.env.backend.channels[second.id].parent_id == house.general.id
    assert second.name == "Second"
    assert len(house.said(first)) == 2
    assert house.asked()[1].messages[1].content[0].text == "Alice: Second"


async def test_a_private_chat_in_an_announcement_channel_is_refused_with_the_reason(house: House) -> None:
    news = house.guild.create_news_channel("news")
    result = await house.alice.slash(news, "chat", prompt=QUESTION, private=True)
    assert private_words(result) == NO_PRIVATE_THREADS
    assert not house.threads(news)


async def test_chat_where_no_threads_are_possible_says_where_they_are(house: House) -> None:
    places: list[ChannelHandle] = [house.guild.create_voice_channel("voice"), house.guild.create_stage_channel("stage")]
    for place in places:
        assert private_words(await house.alice.slash(place, "chat", prompt=QUESTION)) == NO_THREADS_HERE
    assert not house.asked()


async def test_a_question_of_the_full_length_is_asked_whole_and_shown_cut(house: House) -> None:
    prompt = "word " * 1199 + "last!"
    assert len(prompt) == 6000
    await house.alice.slash(house.general, "chat", prompt=prompt)
    [thread] = house.threads()
    assert house.wanted() == f"Alice: {prompt}"
    assert len(house.said(thread)[0]) == 2000
    assert house.said(thread)[0].endswith("…")


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": ""},
        {"prompt": "x" * 6001},
        {"prompt": "x", "model": "y" * 101},
        {"prompt": "x", "mode": "forgetful"},
        {"prompt": "x", "persona": "y" * 41},
        {"prompt": "x", "effort": "extreme"},
        {"prompt": "x", "temperature": 2.1},
        {"prompt": "x", "length": 0},
        {"prompt": "x", "private": "perhaps"},
        {},
    ],
)
async def test_discord_itself_refuses_what_the_commands_texts_do_not_allow(
    house: House, options: dict[str, object]
) -> None:
    with pytest.raises(OptionError):
        await house.alice.slash(house.general, "chat", **options)
    assert not house.threads()


async def test_a_question_without_anything_to_read_is_told_and_opens_nothing(house: House) -> None:
    result = await house.alice.slash(house.general, "chat", prompt="\u200b\u2060 \u200e")
    assert private_words(result) == NOTHING_TO_READ
    assert not house.threads()


async def test_a_question_with_mentions_pings_nobody(house: House) -> None:
    await house.alice.slash(house.general, "chat", prompt=f"@everyone {house.bob.mention} ask yourselves")
    sent = [call for call in house.env.http_requests if call.path.endswith("/messages") and call.method == "POST"]
    assert len(sent) >= 2
    assert all(call.json["allowed_mentions"] == {"parse": []} for call in sent if isinstance(call.json, dict))


async def test_the_permissions_that_the_invitation_asks_for_are_enough(house: House) -> None:
    guild = house.env.backend.guilds[house.guild.id]
    everyone, own = guild.everyone_role, guild.roles[guild.members[house.env.backend.bot_user.id].role_ids[0]]
    for role, permissions in ((everyone, discord.Permissions.none()), (own, PERMISSIONS)):
        role.permissions = permissions.value
        house.env.backend.emit(
            "GUILD_ROLE_UPDATE",
            {"guild_id": str(guild.id), "role": {**ROLE, "id": str(role.id), "permissions": str(role.permissions)}},
        )
    speaking = house.guild.create_role("speaking", permissions=discord.Permissions.all_channel())
    carol = house.guild.add_member(house.env.create_user("carol"), roles=[speaking])
    for private in (False, True):
        assert "Continue in" in private_words(
            await carol.slash(house.general, "chat", prompt=QUESTION, private=private)
        )
    await carol.send(house.general, f"{house.env.bot.user.mention} and here?")  # type: ignore[union-attr] # logged in
    assert [len(house.said(thread)) for thread in house.threads()] == [2, 2, 1]


ROLE = {"name": "role", "color": 0, "hoist": False, "position": 0, "managed": False, "mentionable": False, "flags": 0}
