"""What people said while nobody listened is answered once, in its order, and nothing of what was answered before."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from grokbot.discord_bot.bot import bot
from grokbot.discord_bot.connection import prompt_state
from grokbot.discord_bot.inbound.backlog import missed, sessions, shard_marks
from grokbot.sandbox.grok_server import Script

from .play import back_up, lose_database, restore

if TYPE_CHECKING:
    import pytest

    from .play import Play


async def test_what_came_while_the_bot_was_down_is_answered_before_what_came_just_after(play: Play) -> None:
    thread = await play.talk("One.")
    await play.stop()
    await play.bob.say(thread, "while it was down")
    play.says("Two.")
    play.says("Three.")
    await play.start()
    await play.bob.say(thread, "just after")
    await play.until(lambda: len(play.told()) >= 3 and "just after" in play.told()[-1])
    await play.reads(thread, "One.", "Two.", "Three.")
    assert play.told() == ["Alice: question 1", "Bob: while it was down", "Bob: just after"]


async def test_everywhere_where_somebody_called_while_nobody_listened_they_are_answered_once(play: Play) -> None:
    forum = play.guild.create_forum_channel("questions")
    quiet = play.guild.create_text_channel("quiet")
    away = play.guild.create_text_channel("away")
    direct = play.bob.direct_messages()
    play.says("Direct.")
    await play.bob.say(direct, "hello")
    await play.reads(direct, "Direct.")
    foreign = await play.alice.start_thread(await play.alice.say(away, "among us"), "people")
    thread = await play.talk("One.")
    heard = [await play.alice.say(quiet, f"chatter {number}") for number in range(3)]
    await play.quiet()
    await play.stop()
    before = len(play.asked)
    mention = await play.alice.say(play.general, "<@BOT> in a channel")
    await play.bob.say(play.general, "not for it")
    post = await play.bob.post(forum, "A title", "<@BOT> in a post")
    await play.bob.say(direct, "in private")
    await play.alice.say(thread, "in the thread")
    await play.alice.say(foreign, "<@BOT> among people")
    await play.alice.say(foreign, "not for it either")
    await play.start()
    await play.until(lambda: len(play.asked) == before + 5)
    await play.until(lambda: mention.thread is not None and play.said(mention.thread))
    for place, count in ((post, 1), (direct, 2), (thread, 2), (foreign, 1)):
        await play.until(lambda place=place, count=count: len(play.said(place)) == count)  # type: ignore[misc] # of this turn of the loop
    await play.quiet()
    assert len(play.asked) == before + 6  # with the witness's
    read = [call.path for call in play.discord.requests if call.method == "GET" and call.path.endswith("/messages")]
    assert heard[-1].channel.id == quiet.id
    assert len(read) == len(set(read)) + 1  # in the thread of others also what stands before the mention
    await asyncio.sleep(1.0)  # the next process does not know what this one has used of its second
    await play.restart()
    await play.quiet()
    assert len(play.asked) == before + 7


async def test_a_session_that_is_gone_is_caught_up_with_as_a_restart_is(play: Play) -> None:
    thread = await play.talk("One.")
    play.says("Two.")
    play.discord.disconnect(resumable=False)
    await play.bob.say(thread, "while it was away")
    mention = await play.bob.say(play.general, "<@BOT> hello")
    await play.until(lambda: play.discord.identified == 2)
    await play.bob.say(thread, "and now?")
    await play.until(lambda: mention.thread is not None and len(play.said(mention.thread)) == 1)
    await play.until(lambda: len(play.said(thread)) == 3)
    assert len(play.asked) == 4


async def test_a_refusal_is_not_told_again_after_a_restart(play: Play) -> None:
    await play.replies(await play.alice.say(play.general, "<@BOT>"))
    sent = play.said(play.general)
    for _ in range(2):
        play.discord.world.nonces.clear()  # some minutes pass
        await play.restart()
        await play.quiet()
    assert play.said(play.general) == sent


async def test_a_lost_database_answers_nothing_again_and_what_came_after_it_once(play: Play) -> None:
    thread = await play.talk("One.", "Two.")
    mention = await play.bob.say(play.general, "<@BOT> hello")
    await play.until(lambda: mention.thread is not None)
    assert mention.thread is not None
    await play.whole(mention.thread)
    await play.stop()
    asked = len(play.asked)
    lose_database(play)
    await play.start()
    await play.quiet()
    assert len(play.asked) == asked + 1
    await play.stop()
    lose_database(play)
    await play.alice.say(thread, "while it was down")
    later = await play.alice.say(play.general, "<@BOT> this, too")
    await play.start()
    await play.until(lambda: len(play.said(thread)) == 3)
    await play.until(lambda: later.thread is not None and play.said(later.thread))
    await play.quiet()
    assert len(play.asked) == asked + 4


async def test_a_restored_backup_answers_nothing_again_and_what_came_after_it_once(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shard_marks, "OVERTAKEN", 0)
    thread = await play.talk("One.")
    old = await play.bob.say(play.general, "<@BOT> before the backup")
    await play.until(lambda: old.thread is not None and play.said(old.thread))
    await play.stop()
    back_up(play)
    await play.start()
    for number in range(3):
        play.says(f"Later {number}.")
        await play.alice.say(thread, f"later {number}")
        await play.ends_with(thread, f"Later {number}.")
        new = await play.bob.say(play.general, f"<@BOT> after the backup {number}")
        await play.until(lambda new=new: new.thread is not None)  # type: ignore[misc] # of this turn of the loop
        assert new.thread is not None
        await play.whole(new.thread)
    await play.replies(await play.alice.say(play.general, "<@BOT>"))  # refused
    await play.stop()
    asked, said, refused = len(play.asked), play.said(thread), play.said(play.general)
    restore(play)
    play.discord.world.nonces.clear()
    await play.start()
    await play.quiet()
    assert (len(play.asked), play.said(thread), play.said(play.general)) == (asked + 1, said, refused)
    await play.stop()
    restore(play)
    await play.bob.say(thread, "while it was down")
    later = await play.bob.say(play.general, "<@BOT> this, too")
    await play.start()
    await play.until(lambda: len(play.said(thread)) == len(said) + 1)
    await play.until(lambda: later.thread is not None and play.said(later.thread))
    await play.quiet()
    assert len(play.asked) == asked + 4


async def test_a_first_start_answers_nothing_of_what_was_said_before_it(play: Play) -> None:
    await play.stop()
    lose_database(play)
    await play.alice.say(play.general, "<@BOT> is anybody there?")
    await play.start()
    await play.quiet()
    assert len(play.asked) == 1
    assert play.general.threads == []


async def test_who_comes_when_the_outage_is_over_finds_what_was_said_before(play: Play) -> None:
    """Discord's REST is away while the bot starts: what was missed is read once it is back."""
    thread = await play.talk("One.")
    await play.stop()
    play.says("Two.")
    await play.bob.say(thread, "while it was down")
    play.discord.faults.add("GET", f"/channels/{thread.id}/messages", status=503, times=3)
    await play.start()
    play.says("Three.")
    await play.bob.say(thread, "just after")
    await play.reads(thread, "One.", "Two.", "Three.")
    assert play.told() == ["Alice: question 1", "Bob: while it was down", "Bob: just after"]


async def test_a_question_at_the_moment_of_the_stop_is_not_lost(play: Play) -> None:
    play.grok.script(Script(text="One.", reasoning=""))
    mention = await play.alice.say(play.general, "<@BOT> hello")
    await play.restart()
    await play.until(lambda: mention.thread is not None and play.said(mention.thread))
    await play.quiet()
    assert mention.thread is not None
    assert len(play.said(mention.thread)) == 1
    assert len(play.asked) <= 3


async def test_what_is_taken_back_before_what_was_missed_is_known_does_not_stay(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    thread = await play.talk("One.")
    await play.stop()
    monkeypatch.setattr(bot, "GUILD_QUIET_SECONDS", 0.5)
    monkeypatch.setattr(prompt_state, "LAST_SECONDS", 0.5)
    await play.start()
    message = await play.alice.say(thread, "oops")
    await asyncio.sleep(0.05)
    await play.alice.delete(message)
    await play.until(lambda: len(play.asked) == 2)
    await play.until(lambda: [text for sender, _, text in play.kept() if sender == "human"] == ["question 1", ""])


async def test_a_thread_that_cannot_be_read_holds_nobody_up_who_calls_elsewhere(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed, "OWN_READ_SECONDS", 0.2)
    thread = await play.talk("One.")
    foreign = await play.alice.start_thread(await play.alice.say(play.general, "among us"), "people")
    await play.stop()
    await play.bob.say(thread, "while it was down")
    await play.bob.say(foreign, "not for it")
    mention = await play.alice.say(play.general, "<@BOT> hello")
    play.discord.faults.add("GET", f"/channels/{thread.id}/messages", status=503, times=None)
    await play.start()
    await play.alice.say(foreign, "<@BOT> just after")
    await play.shown(foreign)
    await play.until(lambda: mention.thread is not None)
    assert len(play.said(thread)) == 1
    play.discord.faults.clear()
    await play.until(lambda: len(play.said(thread)) == 2)


async def test_a_server_that_was_away_is_caught_up_with_once_it_is_back(play: Play) -> None:
    thread = await play.talk("One.")
    for number, restarts in enumerate((False, True)):
        play.discord.outage(play.guild)
        await play.bob.say(thread, "while it was away")
        if restarts:
            await play.restart()
        mention = await play.bob.say(play.general, "<@BOT> hello")
        await play.quiet()
        assert mention.thread is None
        play.discord.outage(play.guild, over=True)
        await play.alice.say(thread, "just after")
        await play.until(lambda: mention.thread is not None and len(play.said(mention.thread)) == 1)  # noqa: B023 - of this turn of the loop
        await play.until(lambda: len(play.said(thread)) == 3 + 2 * number)  # noqa: B023 - as above
    await play.quiet()
    assert len(play.asked) == 1 + 2 * 3 + 3
    asked = max((play.told(number) for number in range(len(play.asked))), key=len)
    assert asked[1:] == ["Bob: while it was away", "Alice: just after"] * 2


async def test_a_connection_that_is_never_called_ready_is_not_deaf(
    play: Play, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    thread = await play.talk("One.")
    await play.stop()
    caplog.clear()
    monkeypatch.setattr(bot, "GUILD_QUIET_SECONDS", 5.0)
    monkeypatch.setattr(prompt_state, "LAST_SECONDS", 5.0)
    monkeypatch.setattr(sessions, "GREETED_AFTER", 0.2)
    await play.start()
    await play.alice.say(thread, "hello?")
    await play.until(lambda: len(play.said(thread)) == 2)
    assert "discord.ready" not in caplog.text
    for _ in range(100):  # discord.py does not end its own wait with the connection
        await asyncio.sleep(0.1)
        if "discord.ready" in caplog.text:
            break
