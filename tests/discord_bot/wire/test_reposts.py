"""Bots that let people speak under other names post their messages again: those are the writers', no others are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.privacy_text import OPTED_OUT
from grokbot.policy.admission import NOTHING_TO_READ
from grokbot.sandbox.discord_server.acts import messages
from grokbot.sandbox.discord_server.acts.drafts import MessageDraft
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Channel, Message

    from .play import Play


def posted(play: Play, channel: Channel, text: str) -> Message:
    text = text.replace("<@BOT>", play.discord.bot_user.mention)
    return messages.by_webhook(play.discord.world, channel, "Captain Alice", MessageDraft({"content": text}))


@pytest.mark.parametrize("first", ["delete", "post"])
async def test_a_mention_that_is_posted_again_is_answered_once_and_is_its_writers(play: Play, first: str) -> None:
    message = await play.alice.say(play.general, "<@BOT> why?")
    if first == "delete":
        await play.alice.delete(message)
    again = posted(play, play.general, "<@BOT> why?")
    if first == "post":
        await play.alice.delete(message)
    await play.until(lambda: [thread for thread in play.general.threads if play.said(thread)])
    await play.quiet()
    [thread] = [thread for thread in play.general.threads if play.said(thread)]
    assert play.told(0) == ["Alice: why?"]
    assert len(play.asked) == 2  # one is the witness's
    await play.alice.say(thread, "go on")
    await play.until(lambda: len(play.said(thread)) == 2)
    assert again.id


@pytest.mark.parametrize("first", ["delete", "post"])
async def test_an_answer_under_way_goes_on_when_its_question_is_posted_again(play: Play, first: str) -> None:
    thread = await play.talk("one")
    play.grok.script(Script(text="slow " * 60, reasoning="", tokens_per_second=30.0))
    message = await play.alice.say(thread, "and then?")
    await play.until(lambda: len(play.said(thread)) == 2)
    if first == "delete":
        await play.alice.delete(message)
        await asyncio.sleep(0.3)
    again = posted(play, thread, "and then?")
    if first == "post":
        await asyncio.sleep(0.3)
        await play.alice.delete(message)
    await play.until(lambda: len(play.said(thread)) == 2 and play.said(thread)[1] == ("slow " * 60).strip())
    await play.whole(thread)
    assert len(play.asked) == 2
    assert [text for sender, _, text in play.kept() if sender == "human"] == ["question 1", "and then?"]
    messages.delete(play.discord.world, play.discord.world.owner, again)
    await play.quiet()
    assert "and then?" not in [text for _, _, text in play.kept()]


async def test_whose_message_it_is_decides_who_may(play: Play) -> None:
    """Somebody who opted out, or is blocked, is not heard under another name either."""
    result = await play.bob.slash(play.general, "privacy optout")
    await play.until(lambda: [message.content for message in result.messages] == [OPTED_OUT])
    message = await play.bob.say(play.general, "<@BOT> why?")
    await play.bob.delete(message)
    posted(play, play.general, "<@BOT> why?")
    await play.quiet()
    assert play.general.threads == []


async def test_all_other_webhooks_stay_unheard(play: Play) -> None:
    thread = await play.talk("one")
    posted(play, thread, "hello")
    posted(play, play.general, "<@BOT> hello")
    other = await play.alice.say(play.general, "<@BOT>")
    await play.reads(play.general, NOTHING_TO_READ)
    await play.alice.delete(other)
    posted(play, play.general, "<@BOT> something else")
    stays = await play.alice.say(thread, f"{play.bob.mention} do you think so?")
    posted(play, thread, f"{play.bob.mention} do you think so?")
    await asyncio.sleep(0.5)
    elsewhere = await play.alice.say(play.general, "to nobody")
    await play.alice.delete(elsewhere)
    posted(play, thread, "to nobody")
    await play.quiet()
    assert len(play.asked) == 2  # one is the witness's
    assert play.said(thread) == ["one"]
    assert stays.id


async def test_who_deletes_what_they_have_just_written_has_it_deleted(play: Play) -> None:
    thread = await play.talk("one")
    play.grok.script(Script(text="slow " * 400, reasoning="", tokens_per_second=30.0))
    message = await play.alice.say(thread, "my secret")
    await play.until(lambda: len(play.said(thread)) == 2)
    await play.alice.delete(message)
    await play.grok.until(lambda: play.grok.running == 0)
    await play.quiet()
    assert "my secret" not in [text for _, _, text in play.kept()]
