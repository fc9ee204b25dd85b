"""/mod block, channels, pause and lock: what they do to people, who is told, and that it outlives a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.discord_bot.notices.texts.moderator_text import LOCKED, LOCKED_ALREADY, NAME_ONE, NOT_BLOCKED, NOT_PAUSED
from grokbot.policy.admission import LOCKED as IS_LOCKED
from tests.discord_bot.simcord.commanding import BLUE, RED, asked, only
from tests.discord_bot.simcord.house import House, private_words
from tests.discord_bot.simcord.moderating import audited, moderator, says, words

if TYPE_CHECKING:
    from simcord.builders import ChannelHandle


async def goes_on(house: House, thread: ChannelHandle, text: str = "And now?") -> bool:
    """Whether Grok is asked when Bob says something."""
    before = len(house.asked())
    await house.bob.send(thread, text)
    return len(house.asked()) > before


async def test_a_blocked_person_is_told_once_and_why_privately_and_others_go_on(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    answer = await says(mia, thread, "block", user=house.bob.user, time="2h", reason="spam @everyone")
    assert f"<@{house.bob.id}> is blocked until <t:" in answer
    before = len(house.said(thread))
    assert not await goes_on(house, thread)
    await house.restart()
    assert not await goes_on(house, thread, "Hello?")
    [told] = house.said(thread)[before:]
    assert "You cannot use Grok here until <t:" in told
    assert "spam" not in told
    for _ in range(2):  # a command is answered each time, to them alone
        told = private_words(await house.bob.slash(house.general, "chat", prompt="Me?"))
        assert "You cannot use Grok here until" in told
        assert "spam" in told
    await house.alice.send(thread, "And at sunset?")
    assert "And at sunset?" in house.wanted()
    assert (await audited(house, mia))[0] == (mia.id, "block", f"user:{house.bob.id}", "spam @everyone")


async def test_a_role_and_a_channel_can_be_blocked_listed_and_unblocked(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    role = house.guild.create_role("noisy")
    house.env.backend.guilds[house.guild.id].members[house.bob.id].role_ids.append(role.id)
    await says(mia, thread, "block", role=role, time="1d")
    assert not await goes_on(house, thread)
    listed = await says(mia, thread, "blocks")
    assert f"<@&{role.id}> until <t:" in listed
    assert f"by <@{mia.id}>" in listed
    assert "no longer blocked" in await says(mia, thread, "unblock", role=role)
    assert await goes_on(house, thread)
    await says(mia, thread, "block", channel=house.general, reason="quiet please")
    assert not await goes_on(house, thread)  # a channel stands for its threads
    assert await says(mia, thread, "unblock", user=house.bob.user) == NOT_BLOCKED
    assert await says(mia, thread, "block") == NAME_ONE
    assert await says(mia, thread, "block", user=house.bob.user, role=role) == NAME_ONE
    assert "2h" in await says(mia, thread, "block", user=house.bob.user, time="soon")


async def test_a_pause_ends_what_runs_and_tells_each_place_once_also_after_a_restart(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    assert await says(mia, thread, "unpause") == NOT_PAUSED
    assert "until `/mod unpause`" in await says(mia, thread, "pause", reason="cleaning")
    for _ in range(2):
        assert not await goes_on(house, thread)
    await house.restart()
    assert not await goes_on(house, thread)
    told = [text for text in house.said(thread) if "cleaning" in text]
    assert len(told) == 2  # once before the restart, and once after it: who was told what is not kept
    await says(mia, thread, "unpause")
    assert await goes_on(house, thread)
    assert [line[1] for line in await audited(house, mia)] == ["unpause", "pause"]


async def test_a_locked_conversation_is_told_and_goes_on_when_it_is_unlocked(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    assert await says(mia, thread, "lock", reason="heated") == LOCKED
    assert await says(mia, thread, "lock") == LOCKED_ALREADY
    await house.restart()
    assert not await goes_on(house, thread)
    assert house.said(thread)[-1] == IS_LOCKED
    assert private_words(await house.alice.slash(thread, "resample")) == IS_LOCKED
    await says(mia, thread, "unlock")
    assert await goes_on(house, thread)
    assert "no conversation" in (await says(mia, house.general, "lock")).lower()


async def test_rules_of_places_are_chosen_in_a_panel_and_hold_at_once(house: House) -> None:
    thread, mia = await asked(house, BLUE, RED), moderator(house)
    elsewhere = house.guild.create_text_channel("elsewhere")
    talkers = house.guild.create_role("talkers")
    panel = only(await mia.slash(house.general, "mod channels"))
    await mia.select(panel, ["only"], custom_id="grokbot:places:spread")
    assert "answers nowhere" in words(panel)
    await mia.select(panel, [elsewhere], custom_id="grokbot:places:channels")
    await house.restart()
    panel = only(await mia.slash(house.general, "mod channels"))
    assert "answers nowhere" not in words(panel)
    assert not await goes_on(house, thread)
    assert f"Ask me in <#{elsewhere.id}>" in house.said(thread)[-1]
    await mia.select(panel, ["everywhere"], custom_id="grokbot:places:spread")
    await mia.select(panel, [talkers], custom_id="grokbot:places:starter_role_ids")
    assert await goes_on(house, thread)  # who may not begin may still go on
    threads = len(house.threads())
    await house.bob.send(house.general, f"{house.mention} Hello")
    assert len(house.threads()) == threads
    assert f"<@&{talkers.id}>" in house.said(house.general)[-1]
    house.env.backend.guilds[house.guild.id].members[house.bob.id].role_ids.append(talkers.id)
    await house.bob.send(house.general, f"{house.mention} Hello")
    assert len(house.threads()) == threads + 1
    assert {line[1] for line in await audited(house, mia)} == {"channels"}


async def test_nothing_that_a_moderator_or_the_bot_says_of_it_pings_anybody(house: House) -> None:
    thread, mia = await asked(house), moderator(house)
    await says(mia, thread, "block", user=house.bob.user, reason="@everyone <@&1> @here")
    await says(mia, thread, "pause", reason="@everyone")
    await house.alice.send(thread, "And?")
    for message in [*house.written(thread), *house.written(house.general)]:
        assert not message.mention_everyone
        assert not message.mentions
        assert not message.role_mentions
