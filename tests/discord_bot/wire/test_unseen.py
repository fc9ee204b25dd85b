"""Answers that are silent while their place, or their message, goes away: what nobody can be shown is not paid for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server import Permission, Rules
from grokbot.sandbox.discord_server.rules.permission_bits import NEW_GUILD_EVERYONE
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.answers import tokens

from .play import CUT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel

    from .play import Play

LINES = "\n".join(f"Line {number} of an answer of several messages." for number in range(120))
IN_THE_SECOND = tokens.count(LINES[:3000])


async def silent(play: Play) -> Channel:
    play.grok.script(Script(text=LINES, reasoning="", hang_after_tokens=0))
    thread = await play.begin("go on")
    await play.thinks(thread)
    return thread


async def test_a_silent_answer_stops_when_the_bot_is_removed_from_the_server(play: Play) -> None:
    await silent(play)
    elsewhere = play.bob.direct_messages()
    play.grok.script(Script(text="Still here.", reasoning="", hang_after_tokens=1))
    await play.bob.say(elsewhere, "hello")
    await play.shown(elsewhere)
    play.broken_off = True
    play.guild.remove_member(play.discord.bot_user)
    await play.grok.until(lambda: play.grok.running == 1)
    await play.bob.press(play.messages(elsewhere)[-1], label="Stop")
    await play.has_ended(elsewhere, *CUT)
    # What was said in the server goes with it, as soon as its answer has ended.
    await play.until(lambda: [state for sender, state, _ in play.kept() if sender == "model"] == ["stopped"])


async def test_a_silent_answer_stops_when_the_bot_may_not_see_its_channel_any_more(play: Play) -> None:
    await silent(play)
    play.broken_off = True
    play.general.set_overwrite(play.bob, deny=Permission.VIEW_CHANNEL)  # not us
    await play.quiet()
    assert play.grok.running == 1
    play.general.set_overwrite(play.discord.bot_user, deny=Permission.VIEW_CHANNEL)
    await play.grok.until(lambda: play.grok.running == 0)


async def test_a_silent_answer_stops_when_a_role_takes_the_sight_away(play: Play) -> None:
    play.guild.set_permissions(play.guild.everyone, NEW_GUILD_EVERYONE & ~Permission.VIEW_CHANNEL)
    play.general.set_overwrite(play.alice, allow=Permission.VIEW_CHANNEL)
    await silent(play)
    play.broken_off = True
    play.guild.set_bot_permissions(Permission(0))
    await play.grok.until(lambda: play.grok.running == 0)


async def test_a_placeholder_that_is_deleted_comes_back_at_once_and_the_second_deletion_stops_the_answer(
    play: Play,
) -> None:
    thread = await silent(play)
    await play.moderator_deletes(play.messages(thread)[-1])
    again = await play.thinks(thread)
    assert play.labels(again) == ["Stop"]
    assert play.grok.running == 1
    await play.moderator_deletes(again)
    await play.grok.until(lambda: play.grok.running == 0)


async def test_a_closed_message_that_is_deleted_comes_back_while_the_answer_stands_still(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules().unlimited())
    play.grok.script(Script(text=LINES, reasoning="", hang_after_tokens=IN_THE_SECOND))
    thread = await play.begin("a lot")
    received = len("".join(tokens.split(LINES)[:IN_THE_SECOND]))
    await play.until(lambda: len("\n".join(play.said(thread))) > received - 20)
    before = play.said(thread)
    await play.moderator_deletes(play.messages(thread)[0])
    await play.reads(thread, *before)
    assert [play.labels(message) for message in play.messages(thread)] == [[], ["Stop"]]
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    await play.has_ended(thread, *CUT)
