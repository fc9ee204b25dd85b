"""Discord tells everybody of a new thread before it answers the request that opened it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.discord_bot.client import NewThreads

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from grokbot.sandbox.discord_server import Channel
    from tests.discord_bot.wire.play import Play

WAYS: dict[str, Callable[[Play, Channel], Coroutine[Any, Any, object]]] = {
    "a branch": lambda play, thread: play.alice.context_menu(play.messages(thread)[0], "Branch from here"),
    "/chat": lambda play, _: play.alice.slash(play.general, "chat", prompt="What is first?"),
}


@pytest.mark.parametrize("way", WAYS)
async def test_what_is_said_in_a_new_thread_before_we_hear_of_it_goes_on_in_its_conversation(
    play: Play, way: str
) -> None:
    thread = await play.talk("One.")
    before = len(play.guild.threads)
    play.discord.faults.add("POST", "/channels/*/threads", delay=0.7, times=1)
    opening = asyncio.create_task(WAYS[way](play, thread))
    await play.until(lambda: len(play.guild.threads) == before + 1)
    new = play.guild.threads[-1]
    await play.alice.say(new, "And I was here before you")
    await opening
    await play.until(lambda: any("And I was here before you" in text for text in play.said(new)))
    await play.whole(new)
    answer = play.said(new)[-1]
    assert "**2 questions**" in answer, "the early message was answered in a conversation of its own"


async def test_who_waits_for_new_threads_waits_for_those_of_now_in_that_channel() -> None:
    threads = NewThreads()
    await threads.settled(1)
    with threads.opened_under(2):
        await threads.settled(1)
        with threads.opened_under(1):
            waiting = asyncio.create_task(threads.settled(1))
            await asyncio.sleep(0)
            with pytest.raises(RuntimeError), threads.opened_under(1):
                raise RuntimeError
            assert not waiting.done()
        await waiting
    assert not threads._under
