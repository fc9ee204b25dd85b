"""The gateway breaks while people talk: nothing is lost, and nothing is answered twice."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.bot import bot
from grokbot.sandbox.discord_server.rules.protocol import GUILD_MESSAGES
from grokbot.sandbox.discord_server.state import payloads
from grokbot.sandbox.discord_server.state.world import Event
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play

TEXT = " ".join(f"word{number}" for number in range(70))


async def test_the_bot_is_ready_as_soon_as_every_server_is_there(
    begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(bot, "GUILD_QUIET_SECONDS", 60.0)
    play = await begin()
    await play.until(lambda: "discord.ready" in caplog.text)
    await play.until(lambda: "discord.commands_synced" in caplog.text)  # meanwhile
    monkeypatch.setattr(bot, "GUILD_QUIET_SECONDS", 0.3)
    await play.stop()
    play.discord.outage(play.guild)  # it is waited for, but not for ever
    caplog.clear()
    await play.start()
    assert "discord.ready" not in caplog.text
    await play.until(lambda: "discord.ready" in caplog.text)


@pytest.mark.parametrize("how", [{}, {"abort": True}, {"code": 1006, "abort": True}], ids=["asked", "cut", "closed"])
async def test_a_session_that_is_resumed_in_mid_stream_loses_nothing(play: Play, how: dict[str, Any]) -> None:
    play.grok.script(Script(text=TEXT, reasoning="", tokens_per_second=100.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    play.discord.disconnect(**how)
    play.grok.script(Script(text="Heard.", reasoning=""))
    await play.bob.say(thread, "said while the bot was away")
    await play.reads(thread, TEXT, "Heard.")
    assert play.discord.identified == 1
    assert play.told() == ["Alice: go on", "Bob: said while the bot was away"]
    assert len(play.asked) == 2


async def test_a_session_that_is_gone_in_mid_stream_ends_the_answer_and_hears_what_comes_after(play: Play) -> None:
    play.grok.script(Script(text=TEXT, reasoning="", tokens_per_second=100.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    play.discord.disconnect(resumable=False)
    await play.until(lambda: play.discord.identified == 2)
    play.grok.script(Script(text="Heard.", reasoning=""))
    await play.bob.say(thread, "and now?")
    await play.reads(thread, TEXT, "Heard.")
    assert len(play.asked) == 2


async def test_an_event_that_comes_twice_is_answered_once(play: Play) -> None:
    play.grok.script(Script(text="Once.", reasoning=""))
    message = await play.alice.say(play.general, "<@BOT> hello")
    await play.until(lambda: message.thread is not None and play.said(message.thread))
    assert message.thread is not None
    play.grok.script(Script(text="Second.", reasoning=""))
    turn = await play.bob.say(message.thread, "go on")
    await play.reads(message.thread, "Once.", "Second.")
    for again in (message, turn, message):
        data = payloads.message_event(again)
        play.discord.world.publish(Event("MESSAGE_CREATE", data, GUILD_MESSAGES, play.guild.id, again))
    await play.quiet()
    assert play.said(message.thread) == ["Once.", "Second."]
    assert play.said(play.general) == []
    assert len(play.asked) == 3  # two turns and the witness's
