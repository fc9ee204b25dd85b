"""/chat persona: what Grok is told then, for as long as the conversation lasts; and that /info says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.personas import FUN, PERSONAS
from tests.discord_bot.simcord.commanding import FULL
from tests.discord_bot.simcord.house import House, private_words

if TYPE_CHECKING:
    from simcord.builders import ChannelHandle


def told_first(house: House) -> list[bool]:
    """Of every answer, whether Grok was told to be fun."""
    calls = [call for call in house.grok.requests if call.method == "GetCompletionChunk"]
    return [PERSONAS[FUN] in call.system_prompt for call in calls]


async def chatted(house: House, **options: str) -> ChannelHandle:
    await house.alice.slash(house.general, "chat", prompt="Why is the sky blue?", **options)
    return house.threads()[-1]


async def test_a_persona_is_told_to_grok_from_the_first_turn_on_and_after_a_restart(house: House) -> None:
    thread = await chatted(house, persona=FUN)
    await house.alice.send(thread, "And at sunset?")
    await house.restart()
    await house.alice.send(thread, "And at night?")
    assert told_first(house) == [True, True, True]


async def test_without_one_grok_is_told_nothing_of_it(house: House) -> None:
    thread = await chatted(house)
    await house.alice.send(thread, "And at sunset?")
    assert told_first(house) == [False, False]


async def test_in_direct_messages_it_holds_until_the_next_conversation(house: House) -> None:
    await house.alice.send_dm("Hello")
    await house.alice.user.slash("chat", prompt="Why is the sky blue?", persona=FUN)
    await house.env.advance_time(FULL)
    await house.alice.send_dm("And at sunset?")
    await house.alice.user.slash("new")
    await house.alice.send_dm("And at night?")
    assert told_first(house) == [False, True, True, False]


async def test_info_says_which_and_says_nothing_where_there_is_none(house: House) -> None:
    fun, plain = await chatted(house, persona=FUN), await chatted(house)
    assert "Persona: fun\n" in private_words(await house.alice.slash(fun, "info"))
    assert "Persona" not in private_words(await house.alice.slash(plain, "info"))
