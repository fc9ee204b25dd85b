"""While the operator pauses the answers: each place is told once, nothing is opened, and afterwards all goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.send import NOT_THE_WRITER
from grokbot.policy.admission import PAUSED, PAUSED_FOR
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.simcord.commanding import BLUE, asked
from tests.discord_bot.simcord.house import House, private_words

if TYPE_CHECKING:
    from simcord.builders import ChannelHandle

MAINTENANCE = PAUSED_FOR.format(reason="maintenance")


def told(house: House, channel: ChannelHandle) -> int:
    """How often a channel was told of the pause."""
    return [text in (PAUSED, MAINTENANCE) for text in house.said(channel)].count(True)


async def test_a_thread_is_told_once_however_much_is_written_and_goes_on_afterwards(house: House) -> None:
    thread = await asked(house)
    await house.engine.pauses.pause(0)
    for text in ("And at sunset?", "Hello?", "Anybody?"):
        await house.bob.send(thread, text)
    assert house.said(thread) == [BLUE, PAUSED]
    assert len(house.asked()) == 1
    refusal = house.written(thread)[-1]
    assert private_words(await house.bob.click(refusal, label="Try again")) == PAUSED
    await house.engine.pauses.unpause()
    assert private_words(await house.alice.click(refusal, label="Try again")) == NOT_THE_WRITER
    house.grok.script(Script(text="Red."))
    await house.bob.click(refusal, label="Try again")
    assert house.wanted() == "Bob: And at sunset?"
    assert house.said(thread) == [BLUE, "Red."]  # the refusal is gone


async def test_no_thread_is_opened_and_each_channel_is_told_for_itself(house: House) -> None:
    await house.engine.pauses.pause(0, "maintenance")
    other = house.guild.create_text_channel("other")
    for channel in (house.general, other, house.general):
        await house.alice.send(channel, f"{house.mention} Why is the sky blue?")
    assert [told(house, channel) for channel in (house.general, other)] == [1, 1]
    assert not house.threads()
    assert not house.threads(other)


async def test_another_reason_is_told_and_a_direct_message_too(house: House) -> None:
    await house.engine.pauses.pause(0)
    await house.alice.send_dm("Hello")
    await house.engine.pauses.pause(0, "maintenance")
    await house.alice.send_dm("Hello?")
    await house.alice.send_dm("Hello??")
    assert house.said(house.alice.user.dm_channel) == [PAUSED, MAINTENANCE]


async def test_commands_and_buttons_say_it_every_time_to_who_uses_them(house: House) -> None:
    thread = await asked(house)
    await house.engine.pauses.pause(0)
    for _ in range(2):
        assert private_words(await house.alice.slash(house.general, "chat", prompt="Why?")) == PAUSED
        assert private_words(await house.alice.slash(thread, "resample")) == PAUSED
        assert private_words(await house.alice.click(house.written(thread)[-1], label="Resample")) == PAUSED
    assert "Why is the sky blue?" in private_words(await house.alice.slash(house.general, "history"))
    assert len(house.threads()) == 1
    assert len(house.asked()) == 1
