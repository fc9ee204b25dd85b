from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.records import Pause
from grokbot.store import Store

from .cases import ALICE, BOB, GUILD, at

if TYPE_CHECKING:
    import pytest

PAUSE = Pause(since=at(1), by=ALICE.id, reason='We are moving. Bäume, \N{OWL}, "quotes".')


async def test_a_pause_outlives_the_process(store: Store, url: str) -> None:
    assert await store.guild_settings.pause() is None
    await store.guild_settings.set_pause(PAUSE)
    await store.close()
    again = await Store.open(url)
    assert await again.guild_settings.pause() == PAUSE
    await again.guild_settings.set_pause(None)
    await again.close()
    last = await Store.open(url)
    assert await last.guild_settings.pause() is None
    await last.close()


async def test_a_later_pause_takes_the_place_of_the_one_that_holds(store: Store) -> None:
    later = Pause(since=at(2), by=BOB.id)
    await store.guild_settings.set_pause(PAUSE)
    await store.guild_settings.set_pause(later)
    assert await store.guild_settings.pause() == later
    await store.guild_settings.set_pause(None)
    await store.guild_settings.set_pause(None)
    assert await store.guild_settings.pause() is None


async def test_one_servers_pause_is_no_others(store: Store) -> None:
    await store.guild_settings.set_pause(PAUSE, GUILD)
    held = [await store.guild_settings.pause(guild_id) for guild_id in (0, GUILD, GUILD + 1)]
    assert held == [None, PAUSE, None]
    everywhere = Pause(since=at(3), by=BOB.id)
    await store.guild_settings.set_pause(everywhere)
    await store.guild_settings.set_pause(None, GUILD)
    assert [await store.guild_settings.pause(), await store.guild_settings.pause(GUILD)] == [everywhere, None]


async def test_what_cannot_be_kept_of_a_reason_does_not_keep_the_pause_from_beginning(store: Store) -> None:
    await store.guild_settings.set_pause(Pause(since=at(1), by=0, reason="a\0\ud800b"))
    kept = await store.guild_settings.pause()
    assert kept is not None
    assert (kept.reason[0], kept.reason[-1]) == ("a", "b")


async def test_a_trial_write_leaves_switches_alone(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    await store.guild_settings.set_pause(PAUSE)
    await store.file.check_writable()
    assert await store.guild_settings.pause() == PAUSE
    assert PAUSE.reason not in caplog.text
