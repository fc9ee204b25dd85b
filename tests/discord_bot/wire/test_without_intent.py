"""Discord does not grant the message-content intent: less works, and people and the operator are told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.bot import NO_INTENT
from grokbot.discord_bot.notices.texts.answer_text import MENTION_NEEDED
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play


@pytest.fixture
async def limited(begin: Callable[..., Awaitable[Play]], caplog: pytest.LogCaptureFixture) -> Play:
    play = await begin(message_content=False)
    assert NO_INTENT in caplog.text
    return play


async def test_mentions_are_answered_and_what_does_not_mention_is_left_alone(limited: Play) -> None:
    limited.grok.script(Script(text="First.", reasoning=""))
    thread = await limited.begin("one")
    await limited.until(lambda: sorted(limited.said(thread)) == sorted(["First.", MENTION_NEEDED]))
    await limited.bob.say(thread, "this the bot cannot read")
    await limited.quiet()
    assert len(limited.said(thread)) == 2
    limited.grok.script(Script(text="Second.", reasoning=""))
    await limited.bob.say(thread, "<@BOT> two")
    await limited.ends_with(thread, "Second.")
    assert limited.told() == ["Alice: one", "Bob: two"]
    assert limited.said(thread).count(MENTION_NEEDED) == 1


async def test_a_note_that_cannot_be_sent_spoils_no_answer(limited: Play) -> None:
    post = await limited.alice.post(limited.guild.create_forum_channel("questions"), "Title", "<@BOT> one")
    await limited.until(lambda: MENTION_NEEDED in limited.said(post) and len(limited.said(post)) == 2)


async def test_direct_messages_work_without_a_mention(limited: Play) -> None:
    channel = limited.alice.direct_messages()
    for text in ("one", "two"):
        limited.grok.script(Script(text=f"re {text}", reasoning=""))
        await limited.alice.say(channel, text)
        await limited.ends_with(channel, f"re {text}")
    assert limited.told() == ["one", "two"]
    assert MENTION_NEEDED not in limited.said(channel)


async def test_the_context_menu_reads_somebody_elses_message(limited: Play) -> None:
    bobs = await limited.bob.say(limited.general, "The sky is green.")
    result = await limited.alice.context_menu(bobs, "Ask Grok")
    assert result.acknowledged
    await limited.until(lambda: limited.asked)
    assert "The sky is green." in limited.told()[-1]
    await limited.until(lambda: limited.general.threads and len(limited.said(limited.general.threads[0])) >= 2)
