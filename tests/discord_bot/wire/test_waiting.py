"""⏳ stands on a message from when it has to wait until it is taken up, or is not answered after all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server.rules.permission_bits import Permission
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel

    from .play import Play

HANGS = Script(text="One and more.", reasoning="", hang_after_tokens=1)


def marked(play: Play, thread: Channel) -> list[str]:
    """The texts of the messages with the mark, which is the bot's alone."""
    bot = play.discord.bot_user.id
    return [message.content for message in thread.messages if message.reactions.get("⏳") == {bot}]


def reacted(play: Play) -> list[str]:
    return [call.method for call in play.discord.requests if "/reactions/" in call.path]


async def stopped(play: Play, thread: Channel) -> None:
    await play.alice.press(next(m for m in reversed(play.messages(thread)) if "Stop" in play.labels(m)), label="Stop")


async def hangs(play: Play) -> Channel:
    play.grok.script(HANGS)
    thread = await play.begin("one")
    await play.until(lambda: play.grok.running == 1 and play.said(thread))
    return thread


async def test_it_goes_when_the_message_is_taken_up_or_not_answered_after_all(play: Play) -> None:
    thread = await hangs(play)
    await play.bob.say(thread, "two")
    gone = await play.bob.say(thread, "three")
    await play.until(lambda: marked(play, thread) == ["two", "three"])
    await play.bob.delete(gone)
    play.says("Two.")
    await stopped(play, thread)
    await play.ends_with(thread, "Two.")
    await play.until(lambda: marked(play, thread) == [])
    assert not any(message.reactions for message in thread.messages)
    assert reacted(play).count("PUT") == 2
    play.says("Three.")
    await play.alice.say(thread, "four")
    await play.ends_with(thread, "Three.")
    await play.quiet()
    assert reacted(play).count("PUT") == 2  # who does not wait gets none


async def test_it_goes_after_a_restart_and_stays_away_where_we_may_not_react(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(drain_seconds=0.1)
    thread = await hangs(play)
    await play.bob.say(thread, "two")
    await play.until(lambda: marked(play, thread) == ["two"])
    play.says("Two.")
    await play.restart()
    await play.until(lambda: "Two." in play.said(thread)[-1] and marked(play, thread) == [])
    play.general.set_overwrite(play.discord.bot_user, deny=Permission.ADD_REACTIONS)
    before = len(reacted(play))
    play.grok.script(HANGS)
    await play.alice.say(thread, "three")
    await play.until(lambda: play.grok.running == 1)
    await play.bob.say(thread, "four")
    await play.quiet()
    play.says("Four.")
    await stopped(play, thread)
    await play.ends_with(thread, "Four.")
    assert len(reacted(play)) == before
