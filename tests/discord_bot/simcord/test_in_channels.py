"""Commands and buttons in a channel where conversations stand side by side, without threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.commands.chat import EACH_MENTION, NEW_IN_CHANNEL
from grokbot.discord_bot.commands.mod.settings.panel import NEEDS_CONTENT
from grokbot.discord_bot.notices.texts.answer_text import ONLY_IN_DIRECT_MESSAGES
from grokbot.discord_bot.threads import channel_ways
from grokbot.engine.library.library import NOT_YOURS_HERE
from grokbot.policy.places import PlaceRules, Spread
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.house import House, open_house, private_words
from tests.discord_bot.simcord.moderating import acting, moderator, says

if TYPE_CHECKING:
    from pathlib import Path


async def switched_on(house: House, *names: str) -> None:
    mia = moderator(house)
    for name in names:
        await house.engine.moderation.settings.choose(acting(house, mia), name, True, channel_id=house.general.id)


async def test_commands_mean_the_conversation_that_the_person_has_spoken_in_last(house: House) -> None:
    await switched_on(house, "in_channel")
    house.grok.script(Script(text="Blue.", reasoning=""))
    await house.alice.send(house.general, f"{house.mention} Why is the sky blue?")
    house.grok.script(Script(text="Green.", reasoning=""))
    await house.bob.send(house.general, f"{house.mention} Why is grass green?")
    carol = house.guild.add_member(house.env.create_user("carol"))
    assert private_words(await carol.slash(house.general, "title", text="Mine now")) == NOT_YOURS_HERE
    for person in (house.alice, house.bob):
        await person.slash(house.general, "title", text=f"Of {person.name}")
    titles = [
        (await house.engine.library.listed(person.id)).entries[0].conversation.title
        for person in (house.alice, house.bob)
    ]
    assert titles == ["Of alice", "Of bob"]
    house.grok.script(Script(text="Very blue.", reasoning=""))
    await house.alice.slash(house.general, "resample", instruction="longer")
    assert house.said(house.general) == ["Very blue.", "Green."]
    house.grok.script(Script(text="Grey.", reasoning=""))
    await house.alice.slash(house.general, "chat", prompt="And in winter?")
    question, answer = house.written(house.general)[-2:]
    assert "And in winter?" in question.content
    assert (answer.content, answer.reference and answer.reference.message_id) == ("Grey.", question.id)
    assert house.general.name == "general"
    assert not house.threads()
    # A branch gets a thread all the same; what is written there goes on without a mention, as in any other.
    await house.alice.slash(house.general, "branch")
    [thread] = house.threads()
    await house.bob.send(thread, "So?")
    assert [m.content[-1].text for m in house.asked()[-1].messages[-3:]] == [
        "Alice: And in winter?",
        "Grey.",
        "Bob: So?",
    ]


async def test_new_begins_a_conversation_only_where_the_last_one_would_go_on(house: House) -> None:
    assert private_words(await house.alice.slash(house.general, "new")) == ONLY_IN_DIRECT_MESSAGES
    await switched_on(house, "in_channel")
    assert private_words(await house.alice.slash(house.general, "new")) == EACH_MENTION
    await switched_on_more(house)
    for text in ("A fine name.", "I do not know."):
        house.grok.script(Script(text=text, reasoning=""))
    await house.alice.send(house.general, "My cat is called Tom.")
    assert private_words(await house.alice.slash(house.general, "new")) == NEW_IN_CHANNEL
    await house.alice.send(house.general, "What is he called?")
    told = [[message.content[-1].text for message in request.messages][1::2] for request in house.asked()]
    assert told == [["Alice: My cat is called Tom."], ["Alice: What is he called?"]]


async def test_what_one_scope_keeps_in_private_threads_no_other_answers_for_all_to_see(house: House) -> None:
    channel, mia = house.bot.get_channel(house.general.id), moderator(house)
    choose = house.engine.moderation.settings.choose
    await choose(acting(house, mia), "in_channel", True)
    assert (await channel_ways(house.engine, channel)).in_channel
    await choose(acting(house, mia), "private", True, channel_id=house.general.id)
    assert not (await channel_ways(house.engine, channel)).in_channel
    await choose(acting(house, mia), "private", False, channel_id=house.general.id)
    await choose(acting(house, mia), "private", True)
    assert (await channel_ways(house.engine, channel)).in_channel


async def test_who_may_not_begin_a_conversation_is_told_so_only_if_they_mentioned_the_bot(house: House) -> None:
    await switched_on_more(house)
    mia = moderator(house)
    here = frozenset({house.general.id})
    for rules, told in (
        (PlaceRules(spread=Spread.ALL_BUT, channel_ids=here), "I do not answer in this channel"),
        (PlaceRules(starter_role_ids=here), "can start a conversation with Grok here"),
    ):
        await house.engine.moderation.settings.set_places(acting(house, mia), rules)
        before = len(house.said(house.general))
        await house.alice.send(house.general, "Anybody?")
        assert len(house.said(house.general)) == before
        await house.alice.send(house.general, f"{house.mention} Anybody?")
        assert told in house.said(house.general)[-1]
    assert not house.asked()


async def switched_on_more(house: House) -> None:
    mia = moderator(house, "mel")
    choose = house.engine.moderation.settings.choose
    await choose(acting(house, mia), "every_message", True, channel_id=house.general.id)


async def test_a_moderator_is_told_where_discord_does_not_show_every_message(tmp_path: Path) -> None:
    async with open_house(tmp_path, message_content=False) as house:
        mia = moderator(house)
        await switched_on_more(house)
        assert str(NEEDS_CONTENT) in await says(mia, house.general, "settings", channel=house.general)
        await house.alice.send(house.general, "Anybody?")
        assert not house.asked()
