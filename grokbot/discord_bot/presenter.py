"""Which answers are being shown, one after the other in a channel, side by side in different ones.

Not here: how one answer is shown (`live`).
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import discord

from grokbot.conversation.response import State
from grokbot.discord_bot.insisting import insisted
from grokbot.discord_bot.live import Barred, LiveAnswer
from grokbot.discord_bot.pacing import Kind, Rank
from grokbot.discord_bot.replies import UNEXPECTED, answer_broke_off, answer_is_there, cannot_finish
from grokbot.discord_bot.trouble import SEND_ERRORS, Fate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.discord_bot.traffic import Traffic
    from grokbot.engine.engine import Engine
    from grokbot.engine.running import RunningAnswer
    from grokbot.settings import DiscordSettings

log = logging.getLogger(__name__)

TOLD: Mapping[State, Callable[[int], str]] = {State.DONE: answer_is_there, State.FAILED: answer_broke_off}
"""What the asker is told at the end of an answer that took long; the other ends are not told."""


class Presenter:
    """Shows every answer that begins, whoever asked for it.

    Args:
        client: The connection to Discord.
        engine: Whose answers they are.
        settings: How long an answer may become, and how long people wait before they are told of its end.
        traffic: What may be sent, and when.
    """

    def __init__(self, client: discord.Client, engine: Engine, settings: DiscordSettings, traffic: Traffic) -> None:
        self._client = client
        self._engine = engine
        self._settings = settings
        self._traffic = traffic
        self._newest: dict[int, asyncio.Task[None]] = {}
        self._showing: set[asyncio.Task[None]] = set()

    def show(self, running: RunningAnswer) -> None:
        """Begins to show an answer, once the one before it in its channel stands there to its end."""
        channel_id = running.conversation.channel_id
        if channel_id is None:
            return
        before = self._newest.get(channel_id)
        task = asyncio.create_task(self._show(running, channel_id, before), name=f"show {running.id}")
        self._newest[channel_id] = task
        self._showing.add(task)
        task.add_done_callback(lambda done: self._forget(channel_id, done))

    async def settle(self, seconds: float) -> None:
        """Waits until everything that has ended stands in Discord.

        To be called when nothing more will be shown: what takes longer is given up. Only here may an edit that is under
        way be cancelled, for no other follows that it could get in the way of.
        """
        if not self._showing:
            return
        _, late = await asyncio.wait(set(self._showing), timeout=seconds)
        if late:
            log.warning("presenter.unsettled answers=%d", len(late))
            for task in late:
                task.cancel()
            await asyncio.wait(late)

    async def _show(self, running: RunningAnswer, channel_id: int, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        guild_id = running.conversation.guild_id
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        traffic = self._traffic.channel(channel_id)
        clock = asyncio.get_running_loop().time
        begun, was_running = clock(), not running.has_ended
        most, may_attach = self._settings.answer_messages, self._may_attach(guild_id, channel_id)
        live = LiveAnswer(
            running, channel, lambda: self._reopen(channel_id), traffic, self._engine, most, may_attach=may_attach
        )
        try:
            await live.run()
            if was_running and 0 < self._settings.notice_after_seconds <= clock() - begun:
                await self._tell_asker(running, channel)
        except Barred as barred:
            log.warning("answer.barred response=%s fate=%s", running.id, barred.fate.name)
            await self._engine.stop(running.id)
            if barred.fate in (Fate.BARRED, Fate.ARCHIVED) and running.asker_id is not None:
                await self._write_privately(running.asker_id, cannot_finish(channel_id), running.id)
        except Exception:
            log.exception("presenter.failed response=%s", running.id)
            await self._say(channel, UNEXPECTED, running.id)
        await self._engine.shown_whole(running.id)  # not where a stop gave it up: the next start goes on with it

    async def _tell_asker(self, running: RunningAnswer, channel: discord.PartialMessageable) -> None:
        """One small reply to whoever waited long, and to nobody else. Who stopped the answer need not be told.

        Of an answer that a restart interrupted nobody is told: then all are, and at once.
        """
        words = TOLD.get((await running.end()).state)
        if running.asker_id is None or words is None:
            return
        asker = discord.Object(running.asker_id)
        only = discord.AllowedMentions(everyone=False, roles=False, users=[asker], replied_user=False)
        question = next((ref for ref in reversed(running.answers) if ref.channel_id == channel.id), None)
        under: dict[str, Any] = {}
        if question is not None:
            message = channel.get_partial_message(question.message_id)
            under["reference"] = message.to_reference(fail_if_not_exists=False)
        await self._traffic.channel(channel.id).turn(Kind.SEND, rank=lambda: Rank.OTHER)
        nonce = f"{running.id[-20:]}-told"
        try:
            await insisted(
                lambda: channel.send(words(asker.id), allowed_mentions=only, nonce=nonce, **under),
                "notice",
            )
        except SEND_ERRORS as error:
            log.warning("discord.untold response=%s error=%s", running.id, error)

    def _may_attach(self, guild_id: int | None, channel_id: int) -> bool:
        """As far as is known: of a thread that was archived when we came, nothing is. An edit may not tell us."""
        guild = self._client.get_guild(guild_id) if guild_id is not None else None
        channel = guild.get_channel_or_thread(channel_id) if guild is not None else None
        if guild is None or channel is None or (isinstance(channel, discord.Thread) and channel.parent is None):
            return True
        return channel.permissions_for(guild.me).attach_files

    async def _reopen(self, channel_id: int) -> None:
        channel = await self._client.fetch_channel(channel_id)
        if isinstance(channel, discord.Thread):
            await channel.edit(archived=False)

    async def _write_privately(self, user_id: int, text: str, response_id: str) -> None:
        await self._traffic.urgent(user_id, Kind.OTHER)  # no channel is known yet; it counts for the bot
        try:
            channel = await insisted(lambda: self._client.create_dm(discord.Object(user_id)), "direct channel")
        except SEND_ERRORS as error:
            log.warning("discord.untold response=%s error=%s", response_id, error)
        else:
            await self._say(channel, text, response_id)

    async def _say(self, channel: discord.PartialMessageable | discord.DMChannel, text: str, response_id: str) -> None:
        none, nonce = discord.AllowedMentions.none(), f"{response_id[-20:]}-say"
        await self._traffic.urgent(channel.id, Kind.SEND)
        try:
            await insisted(lambda: channel.send(text, allowed_mentions=none, nonce=nonce), "sentence")
        except SEND_ERRORS as error:
            log.warning("discord.untold response=%s error=%s", response_id, error)

    def _forget(self, channel_id: int, task: asyncio.Task[None]) -> None:
        self._showing.discard(task)
        if self._newest.get(channel_id) is task:
            del self._newest[channel_id]
