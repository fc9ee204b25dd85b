"""Names of threads: discord.py itself against the loopback Discord with its limits, an engine with its database."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import discord
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from grokbot.conversation.response import TitleBy
from grokbot.discord_bot.rate_limits import Traffic
from grokbot.discord_bot.threads import Renaming, rename
from grokbot.discord_bot.threads.threads import FALLBACK_NAME
from grokbot.engine.admission import Opening
from grokbot.engine.library import TitleChanged
from grokbot.sandbox.discord_server import DiscordSandbox, Rules
from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.discord_server.rules.rules import BucketRule
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox
from tests.engine.house import AS_ALICE, eventually, living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.conversation.response import Conversation
    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.discord_server.state.model import User
    from tests.engine.house import House

WINDOW = 0.6
"""Seconds in which two names are taken here."""


class Bot(discord.Client):
    """Hears of names, as the bot does."""

    renaming: Renaming | None = None

    async def on_thread_update(self, before: discord.Thread, after: discord.Thread) -> None:
        if before.name != after.name and self.renaming is not None:
            await self.renaming.thread_renamed(after.id, after.name)


@dataclass
class Scene:
    discord: DiscordSandbox
    house: House
    bot: Bot
    renaming: Renaming
    first: Message

    @property
    def world_owner(self) -> User:
        """Who owns the server, and may rename whatever is there."""
        return self.discord.world.owner

    async def thread(self, name: str = "How do figs grow?", *, owner: str = "", mention_only: bool = False) -> Channel:
        """A thread of the bot's, or of another person's, in which a conversation is held."""
        if owner:
            thread = await self.discord.create_user(owner).start_thread(self.first, name)
        else:
            [channel] = [c for c in self.bot.get_all_channels() if isinstance(c, discord.TextChannel)]
            made = await channel.create_thread(name=name, type=discord.ChannelType.public_thread)
            thread = self.discord.world.channels[made.id]
        guild_id = thread.guild.id if thread.guild is not None else None
        opening = Opening(guild_id=guild_id, channel_id=thread.id, owner_id=111, mention_only=mention_only)
        await self.house.engine.turns.open(opening)
        await eventually(lambda: self.bot.get_channel(thread.id) is not None)
        return thread

    async def titled(self, thread: Channel, title: str, by: TitleBy = TitleBy.GROK) -> Conversation:
        """A title is kept, and whoever watches is told."""
        held = await self.held(thread)
        await self.house.store.conversations.set_title(held.id, title, by)
        held = await self.held(thread)
        self.house.engine.events.publish(TitleChanged(held))
        return held

    async def held(self, thread: Channel) -> Conversation:
        held = await self.house.engine.places.conversation_in(thread.id)
        assert held is not None
        return held

    async def called(self, thread: Channel, *names: str) -> None:
        """Waits until these are all the names that a thread has had."""
        await self.discord.until(lambda: thread.names == list(names), 10.0)

    def person_names(self, thread: Channel, name: str) -> None:
        threads.modify(self.discord.world, self.world_owner, thread, {"name": name})

    def person_archives(self, thread: Channel) -> None:
        threads.modify(self.discord.world, self.world_owner, thread, {"archived": True})

    async def quiet(self) -> None:
        """No name is under way, and none waits."""
        await eventually(lambda: all(naming.task is None for naming in self.renaming._threads.values()))

    def renames(self) -> list[int]:
        """The status of every request for a name so far."""
        calls = [c for c in self.discord.requests if c.method == "PATCH" and c.path.count("/") == 2]
        return [c.status for c in calls if isinstance(c.body, dict) and "name" in c.body]

    def latest(self, thread: Channel) -> str:
        return thread.names[-1]


@pytest.fixture
async def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(rename, "WINDOW_SECONDS", WINDOW)
    monkeypatch.setattr(rename, "MARGIN_SECONDS", 0.05)
    monkeypatch.setattr(rename, "AGAIN_SECONDS", 0.05)
    rules = replace(Rules().unlimited(), rename=BucketRule(2, WINDOW, "fixed"), channel_edit=Rules().channel_edit)
    async with AsyncExitStack() as stack:
        sandbox = await stack.enter_async_context(DiscordSandbox(rules))
        monkeypatch.setattr(Route, "BASE", sandbox.api_url)
        monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
        grok = await stack.enter_async_context(GrokSandbox(GrokRules(tokens_per_second=math.inf)))
        house = await stack.enter_async_context(living(grok, tmp_path / "grokbot.sqlite3"))
        first = await sandbox.create_user("bob").say(sandbox.create_guild("G").create_text_channel("general"), "hello")
        bot = await _connected(sandbox, stack)
        bot.renaming = Renaming(bot, house.engine, Traffic())
        stack.push_async_callback(bot.renaming.close)
        house.engine.events.subscribe(TitleChanged, partial(_renamed, bot.renaming))
        made = Scene(sandbox, house, bot, bot.renaming, first)
        yield made
        assert sandbox.crashes == []
        assert sandbox.unknown_routes == []


def _renamed(renaming: Renaming, event: TitleChanged) -> None:
    """As the bot does."""
    if event.renames:
        renaming.rename(event.conversation)


async def _connected(sandbox: DiscordSandbox, stack: AsyncExitStack) -> Bot:
    intents = discord.Intents.none()
    intents.guilds = True
    bot = Bot(intents=intents, guild_ready_timeout=0.02, max_ratelimit_timeout=60.0)
    await bot.login(sandbox.token)
    connection = asyncio.create_task(bot.connect())
    stack.push_async_callback(asyncio.wait, [connection])
    stack.push_async_callback(bot.close)
    async with asyncio.timeout(10):
        await bot.wait_until_ready()
    return bot


async def test_the_thread_is_called_as_its_conversation_is(scene: Scene) -> None:
    thread = await scene.thread()
    await scene.titled(thread, "Figs at home")
    await scene.called(thread, "How do figs grow?", "Figs at home")
    await scene.quiet()
    assert (await scene.held(thread)).title_by is TitleBy.GROK  # our own name was not taken for a person's
    assert scene.discord.count_429 == 0


async def test_a_third_name_waits_and_the_newest_one_is_given_and_nothing_is_refused(scene: Scene) -> None:
    thread = await scene.thread("0")
    for title in ("1", "2"):
        await scene.titled(thread, title, TitleBy.PERSON)
        await eventually(lambda title=title: scene.latest(thread) == title)  # type: ignore[misc] # a default of a lambda
    held = await scene.held(thread)
    for title in ("3", "4", "5"):
        scene.renaming.rename(replace(held, title=title))
    await scene.called(thread, "0", "1", "2", "5")
    await scene.quiet()
    assert scene.renames() == [200, 200, 200]
    assert scene.discord.count_429 == 0


async def test_a_waiting_name_hinders_nothing_else_of_the_thread(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rename, "WINDOW_SECONDS", 600.0)
    thread, other = await scene.thread("0"), await scene.thread("other")
    for title in ("1", "2", "3"):
        await scene.titled(thread, title, TitleBy.PERSON)
        if title != "3":
            await eventually(lambda title=title: scene.latest(thread) == title)  # type: ignore[misc] # as above
    await scene.titled(other, "Another thread")
    await scene.called(other, "other", "Another thread")
    async with asyncio.timeout(5):
        found = scene.bot.get_channel(thread.id)
        assert isinstance(found, discord.Thread)
        await found.send("an answer")
        await found.edit(archived=True)
        await found.edit(archived=False)
    assert scene.latest(thread) == "2"
    async with asyncio.timeout(5):
        await scene.renaming.settle(60.0)  # a stop waits for no name
    await scene.quiet()
    assert scene.renames() == [200, 200, 200]


async def test_what_waits_too_long_is_given_up(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rename, "WINDOW_SECONDS", 600.0)
    monkeypatch.setattr(rename, "LONGEST_WAIT", 1.0)
    caplog.set_level(logging.INFO, logger="grokbot")
    thread = await scene.thread("0")
    for title in ("1", "2", "3"):
        await scene.titled(thread, title, TitleBy.PERSON)
        await scene.quiet()
    assert thread.names == ["0", "1", "2"]
    assert f"thread.rename_given_up thread={thread.id}" in [record.getMessage() for record in caplog.records]


async def test_a_name_that_a_person_gives_is_the_title_and_is_never_written_over(scene: Scene) -> None:
    thread = await scene.thread()
    scene.person_names(thread, "Alice's own")
    await eventually(lambda: _by(scene, thread, TitleBy.PERSON))
    held = await scene.titled(thread, "Grok's own")  # which the Store refuses
    assert (held.title, held.title_by) == ("Alice's own", TitleBy.PERSON)
    await scene.quiet()
    assert thread.names == ["How do figs grow?", "Alice's own"]


async def test_of_two_quick_names_the_last_is_the_title(scene: Scene) -> None:
    thread = await scene.thread("0")
    names = [f"name {number}" for number in range(20)]
    await asyncio.gather(*(scene.renaming.thread_renamed(thread.id, name) for name in names))
    assert (await scene.held(thread)).title == names[-1]


async def test_a_person_is_heard_after_a_name_of_ours_too_also_with_an_earlier_one(scene: Scene) -> None:
    thread = await scene.thread("Grok 1")
    await scene.titled(thread, "Grok 2")
    await scene.called(thread, "Grok 1", "Grok 2")
    await scene.quiet()
    scene.person_names(thread, "Alice's own")
    await eventually(lambda: _called(scene, thread, "Alice's own"))
    scene.person_names(thread, "Grok 2")
    await eventually(lambda: _called(scene, thread, "Grok 2"))
    assert (await scene.held(thread)).title_by is TitleBy.PERSON


async def test_a_persons_name_drops_ours_that_waits(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rename, "WINDOW_SECONDS", 600.0)
    thread = await scene.thread("0")
    for title in ("1", "2"):
        await scene.titled(thread, title)
        await eventually(lambda title=title: scene.latest(thread) == title)  # type: ignore[misc] # as above
    await scene.titled(thread, "3")
    naming = scene.renaming._threads[thread.id]
    assert naming.wanted is not None
    scene.person_names(thread, "Alice's own")
    await eventually(lambda: _called(scene, thread, "Alice's own"))
    assert naming.wanted is None


async def test_a_persons_name_that_ours_crosses_is_put_back(scene: Scene) -> None:
    thread = await scene.thread("0")
    scene.discord.faults.add("PATCH", f"/channels/{thread.id}", delay=0.3)
    await scene.titled(thread, "Grok's own")
    naming = scene.renaming._threads[thread.id]
    await eventually(lambda: naming.back is not None)
    # Discord has taken theirs before ours, and both before ours has come back.
    await scene.renaming.thread_renamed(thread.id, "Alice's own")
    await scene.called(thread, "0", "Grok's own", "Alice's own")
    await scene.quiet()
    held = await scene.held(thread)
    assert (held.title, held.title_by) == ("Alice's own", TitleBy.PERSON)


async def test_other_changes_of_a_thread_are_no_names(scene: Scene) -> None:
    thread = await scene.thread()
    threads.modify(scene.discord.world, scene.world_owner, thread, {"rate_limit_per_user": 5})
    scene.person_names(await scene.thread("witness"), "Alice's own")
    await eventually(lambda: "Alice's own" in [c.name for g in scene.bot.guilds for c in g.threads])
    assert (await scene.held(thread)).title_by is None


async def test_threads_of_others_and_direct_messages_keep_their_names(scene: Scene) -> None:
    theirs = await scene.thread("Carol's thread", owner="carol")
    mentioned = await scene.thread("dave", mention_only=True)
    for thread in (theirs, mentioned):
        await scene.titled(thread, "Grok's own", TitleBy.PERSON)
    direct = replace(await scene.held(theirs), guild_id=None)
    scene.renaming.rename(direct)
    scene.renaming.rename(replace(direct, channel_id=None))
    await scene.quiet()
    assert scene.renames() == []


async def test_an_archived_thread_is_not_opened_for_a_name(scene: Scene) -> None:
    known, unknown = await scene.thread("known"), await scene.thread("unknown")
    for thread in (known, unknown):
        scene.person_archives(thread)
    found = scene.bot.get_channel(known.id)
    assert isinstance(found, discord.Thread)  # the bot has not heard of it yet
    await scene.titled(known, "Grok's own")
    await eventually(lambda: scene.bot.get_channel(unknown.id) is None)
    await scene.titled(unknown, "Grok's own")
    await scene.quiet()
    assert known.archived
    assert unknown.archived
    assert (known.names, unknown.names) == (["known"], ["unknown"])


async def test_a_missing_permission_is_told_once_and_a_thread_that_is_gone_not_at_all(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    gone, locked, too = await scene.thread("gone"), await scene.thread("locked"), await scene.thread("locked too")
    threads.remove(scene.discord.world, scene.world_owner, gone)
    for thread in (locked, too):
        threads.modify(scene.discord.world, scene.world_owner, thread, {"locked": True})
    with caplog.at_level(logging.WARNING):
        for thread in (gone, locked, too):
            await scene.titled(thread, "Grok's own")
            await scene.quiet()
    told = [record.getMessage().split()[0] for record in caplog.records if record.name.startswith("grokbot")]
    assert told == ["thread.may_not_rename"]


@pytest.mark.parametrize("fault", [{"status": 503}, {"reset": "before"}])
async def test_what_passes_by_itself_is_tried_again(scene: Scene, fault: dict[str, object]) -> None:
    thread = await scene.thread("0")
    scene.discord.faults.add("PATCH", f"/channels/{thread.id}", **fault)  # type: ignore[arg-type] # a row of a table
    await scene.titled(thread, "Figs")
    await scene.called(thread, "0", "Figs")


async def test_what_discord_makes_of_our_name_is_not_taken_for_a_persons(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = threads.modify

    def trimming(world: object, actor: object, channel: Channel, body: dict[str, object]) -> Channel:
        if isinstance(body.get("name"), str):
            body = body | {"name": str(body["name"]).replace("bad", "***")}
        return known(world, actor, channel, body)  # type: ignore[arg-type] # passed on as it came

    monkeypatch.setattr(threads, "modify", trimming)
    thread = await scene.thread("0")
    await scene.titled(thread, "A bad title")
    await scene.called(thread, "0", "A *** title")
    await scene.quiet()
    await eventually(lambda: not scene.renaming._threads[thread.id].untold)  # the event has come
    held = await scene.held(thread)
    assert (held.title, held.title_by) == ("A bad title", TitleBy.GROK)


async def test_after_a_restart_a_name_that_somebody_gave_meanwhile_stays(scene: Scene) -> None:
    """The process before this one opened the thread, and nobody told this one what happened to its name."""
    thread = await scene.thread("How do figs grow?")
    same = await scene.thread("How do figs grow?")
    for held_in in (thread, same):
        await scene.house.answered("How do figs grow?", channel=held_in.id)
    scene.bot.renaming = None
    scene.person_names(thread, "Alice's own")
    await eventually(lambda: getattr(scene.bot.get_channel(thread.id), "name", "") == "Alice's own")
    later = Renaming(scene.bot, scene.house.engine, Traffic())
    later._began = discord.utils.utcnow() + timedelta(seconds=1)
    try:
        for held_in in (thread, same):
            held = await scene.held(held_in)
            await scene.house.store.conversations.set_title(held.id, "Grok's own", TitleBy.GROK)
            later.rename(await scene.held(held_in))
        await eventually(lambda: all(naming.task is None for naming in later._threads.values()))
        assert (scene.latest(thread), scene.latest(same)) == ("Alice's own", "Grok's own")
        kept = await scene.held(thread)
        assert (kept.title, kept.title_by) == ("Alice's own", TitleBy.PERSON)
    finally:
        await later.close()


async def test_a_name_that_may_be_made_of_deleted_words_is_not_taken_for_a_persons_after_a_restart(
    scene: Scene,
) -> None:
    thread = await scene.thread("My secret is figs")
    await scene.house.ask("My secret is figs", channel=thread.id, message_id=4711)
    await scene.house.quiet()
    scene.bot.renaming = None
    later = Renaming(scene.bot, scene.house.engine, Traffic())
    later._began = discord.utils.utcnow() + timedelta(seconds=1)  # the thread is older than the process
    try:
        await scene.house.engine.withdrawal.message_deleted(4711)
        await scene.house.store.conversations.set_title((await scene.held(thread)).id, "A garden", TitleBy.GROK)
        later.rename(await scene.held(thread))
        await eventually(lambda: scene.latest(thread) == "A garden")
        assert (await scene.held(thread)).title_by is TitleBy.GROK
    finally:
        await later.close()


async def test_a_thread_whose_title_was_taken_back_bears_its_words_no_longer(scene: Scene) -> None:
    thread = await scene.thread("My secret is figs")
    await scene.house.ask("My secret is figs", channel=thread.id, message_id=4711)
    await scene.house.quiet()
    assert scene.bot.renaming is not None
    scene.bot.renaming.rename(await scene.held(thread))
    await eventually(lambda: scene.latest(thread) == FALLBACK_NAME)


async def test_a_limit_that_the_process_before_used_up_is_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scene.bot.http, "max_ratelimit_timeout", 0.01)  # any wait is too long to be slept through
    rules = scene.discord.world.rules
    scene.discord.world.rules = replace(rules, channel_edit=replace(rules.channel_edit, mode="off"))
    thread = await scene.thread("0")
    scene.bot.renaming = None
    for name in ("1", "2"):
        found = scene.bot.get_channel(thread.id)
        assert isinstance(found, discord.Thread)
        await found.edit(name=name)
    await scene.titled(thread, "3", TitleBy.PERSON)
    await scene.called(thread, "0", "1", "2", "3")
    assert scene.renames() == [200, 200, 429, 200]


async def test_idle_threads_are_forgotten(scene: Scene) -> None:
    first, second = await scene.thread("0"), await scene.thread("1")
    await scene.titled(first, "Figs")
    await scene.called(first, "0", "Figs")
    await scene.quiet()
    await eventually(lambda: scene.renaming._threads[first.id].pause(_now()) <= 0 and not _asked(scene, first))
    await scene.titled(second, "Plums")
    assert first.id not in scene.renaming._threads


async def test_a_title_written_for_a_person_names_the_thread(scene: Scene) -> None:
    thread = await scene.thread("0")
    await scene.house.answered("How do figs grow?", channel=thread.id)
    title = await scene.house.engine.titles.write((await scene.held(thread)).id, AS_ALICE)
    await scene.called(thread, "0", title)


def _now() -> float:
    return asyncio.get_running_loop().time()


def _asked(scene: Scene, thread: Channel) -> list[float]:
    return scene.renaming._threads[thread.id].asked_at


async def _by(scene: Scene, thread: Channel, by: TitleBy) -> bool:
    return (await scene.held(thread)).title_by is by


async def _called(scene: Scene, thread: Channel, title: str) -> bool:
    return (await scene.held(thread)).title == title
