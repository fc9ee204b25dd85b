"""Gives a thread the title of its conversation, and hears when a person gives it a name.

Discord takes two new names of a thread in ten minutes, its headers do not tell, and a request that it refuses would
keep every other change of the thread waiting, opening it again too. So nothing is sent here that would be refused: what
comes too early waits, in a task of its own, and nobody waits for it. Not here: what the title is (`engine`).
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.response import TitleBy
from grokbot.conversation.titles import LONGEST_OF_PERSON, cut_at_word, one_line
from grokbot.discord_bot.content import thread_name
from grokbot.discord_bot.rate_limits import SEND_ERRORS, Fate, Kind, Rank, doubtful, fate_of
from grokbot.discord_bot.threads.threads import FALLBACK_NAME

if TYPE_CHECKING:
    from grokbot.conversation.response import Conversation
    from grokbot.discord_bot.rate_limits import Traffic
    from grokbot.engine.engine import Engine

log = logging.getLogger(__name__)

RENAMES = 2
WINDOW_SECONDS = 600.0
"""So many new names a thread takes in so long (seen by the community; Discord does not document it)."""

MARGIN_SECONDS = 5.0
"""Clocks differ, and it is not known when exactly Discord begins to count."""

AGAIN_SECONDS = 30.0
"""The pause after a request that did not get through."""

LONGEST_WAIT = 900.0
"""Seconds after which a name that could not be given is given up: it would only surprise by then."""


@dataclass(slots=True)
class Naming:
    """What is known of the names of one thread. Times are in seconds on the monotonic clock."""

    asked_at: list[float] = field(default_factory=list)
    """When it got a name from us, or may have."""
    given: str = ""
    """The last name that it got from us, as Discord has it."""
    untold: set[str] = field(default_factory=set)
    """Names from us of which Discord has not told yet that the thread has them."""
    wanted: Conversation | None = None
    """Whose title it is to get next."""
    wanted_at: float = 0.0
    not_before: float = 0.0
    doubted: bool = False
    """Whether Discord has refused the last one, and was not believed."""
    task: asyncio.Task[None] | None = None
    hearing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a name is dealt with that somebody gave: the last one is to win."""
    back: asyncio.Event | None = None
    """Set when the request that is under way has come back; None where none is."""

    def pause(self, now: float) -> float:
        """Seconds until another name may be asked for; nothing or less: at once."""
        span = WINDOW_SECONDS + MARGIN_SECONDS
        self.asked_at = [at for at in self.asked_at if now - at < span]
        full = self.asked_at[-RENAMES] + span if len(self.asked_at) >= RENAMES else now
        return max(full, self.not_before) - now

    def forgettable(self, now: float) -> bool:
        """Whether nothing would be lost without it."""
        return self.task is None and self.pause(now) <= 0 and not self.asked_at and not self.hearing.locked()


class Renaming:
    """All threads that get names.

    Args:
        client: The connection to Discord.
        engine: Whose conversations are held in them.
        traffic: What may be sent, and when.
    """

    def __init__(self, client: discord.Client, engine: Engine, traffic: Traffic) -> None:
        self._client = client
        self._engine = engine
        self._traffic = traffic
        self._threads: dict[int, Naming] = {}
        self._began, self._began_at = discord.utils.utcnow(), time.monotonic()
        self._barred: set[int] = set()
        self._closed = False

    def rename(self, conversation: Conversation) -> None:
        """The thread is to be called as its conversation is, soon. A newer title takes the place of one that waits.

        Where the title was taken back with the words that it was made of, the thread gets the name of one without any.

        Nothing happens in direct messages, which have no name, and in threads that were somebody else's first.
        """
        thread_id = conversation.channel_id
        if thread_id is None or conversation.guild_id is None or conversation.options.mention_only:
            return
        if self._closed:
            return
        naming = self._naming(thread_id)
        naming.wanted, naming.wanted_at = conversation, time.monotonic()
        if naming.task is None:
            naming.task = asyncio.create_task(self._name(thread_id, naming), name=f"rename {thread_id}")

    async def thread_renamed(self, thread_id: int, name: str) -> None:
        """A thread has another name. If it is none of ours a person gave it: it is the title, and ours is dropped.

        Raises:
            StoreError: It could not be kept.
        """
        naming = self._naming(thread_id)
        raced = naming.back is not None
        async with naming.hearing:
            while naming.back is not None:  # then it is known what Discord made of our name
                await naming.back.wait()
            if _plain(name) in naming.untold:
                naming.untold.remove(_plain(name))
                return
            naming.wanted = None
            await self._engine.titles.named(thread_id, name)
            if raced and (conversation := await self._engine.places.conversation_in(thread_id)) is not None:
                self.rename(conversation)  # ours may have come after theirs, and is not to stay

    async def settle(self, seconds: float) -> None:
        """Lets requests under way come back, for `seconds`. What waits is dropped, and nothing begins any more."""
        self._closed = True
        under_way = []
        for naming in self._threads.values():
            naming.wanted = None
            if naming.task is not None and naming.back is not None:
                under_way.append(naming.task)
            elif naming.task is not None:
                naming.task.cancel()
        if under_way:
            await asyncio.wait(under_way, timeout=seconds)

    async def close(self) -> None:
        """Ends everything at once; to be called when the connection ends."""
        self._closed = True
        tasks = [naming.task for naming in self._threads.values() if naming.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _naming(self, thread_id: int) -> Naming:
        if thread_id not in self._threads:
            now = time.monotonic()
            for idle in [i for i, naming in self._threads.items() if naming.forgettable(now)]:
                del self._threads[idle]
            # What the process before this one named is not known. It names a thread once, so once is what is counted.
            earlier = discord.utils.snowflake_time(thread_id) < self._began
            self._threads[thread_id] = Naming(asked_at=[self._began_at] if earlier else [])
        return self._threads[thread_id]

    async def _name(self, thread_id: int, naming: Naming) -> None:
        """Gives the thread whatever name is wanted when one may be given, until none is."""
        try:
            while naming.wanted is not None:
                pause = naming.pause(time.monotonic())
                if time.monotonic() + pause > naming.wanted_at + LONGEST_WAIT:
                    log.info("thread.rename_given_up thread=%d", thread_id)
                    return
                if pause > 0:
                    await asyncio.sleep(pause)
                    continue
                await self._traffic.channel(thread_id).turn(Kind.OTHER, rank=lambda: Rank.OTHER)
                await self._try(thread_id, naming)
        except Exception:
            log.exception("thread.rename_failed thread=%d", thread_id)
        finally:
            naming.wanted = naming.task = None

    async def _try(self, thread_id: int, naming: Naming) -> None:
        """One attempt at what is wanted now. Where it may work later it is wanted still, unless something newer is."""
        conversation, naming.wanted = naming.wanted, None
        if conversation is None:  # a person was faster
            return
        try:
            await self._give(thread_id, conversation, naming)
        except discord.RateLimited as limited:  # the process before this one has used it up
            self._later(conversation, naming, limited.retry_after + MARGIN_SECONDS)
        except SEND_ERRORS as error:
            doubted, naming.doubted = naming.doubted, doubtful(error)
            match fate_of(error):
                case Fate.AGAIN:
                    self._later(conversation, naming, AGAIN_SECONDS)
                case _ if naming.doubted and not doubted:
                    self._later(conversation, naming, AGAIN_SECONDS)
                case Fate.BARRED:
                    self._tell_barred(conversation)
                case fate:
                    log.info("thread.not_renamed thread=%d fate=%s", thread_id, fate.name)

    async def _give(self, thread_id: int, conversation: Conversation, naming: Naming) -> None:
        """Sends the name, if the thread is one that is to have it.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: It did not get through.
        """
        name = cut_at_word(one_line(conversation.title), LONGEST_OF_PERSON) or FALLBACK_NAME
        thread = self._client.get_channel(thread_id) or await self._client.fetch_channel(thread_id)
        if not isinstance(thread, discord.Thread) or _plain(thread.name) == _plain(name):
            return
        own_id = self._client.user.id if self._client.user is not None else None
        if thread.archived or thread.owner_id != own_id:  # not opened again for that; another's is another's to name
            return
        if conversation.title_by is TitleBy.GROK and await self._named_while_away(thread, conversation, naming):
            await self._engine.titles.named(thread_id, thread.name)
            return
        naming.back = asyncio.Event()
        try:
            renamed = await thread.edit(name=name)
            naming.given = _plain(renamed.name)
            naming.untold.add(naming.given)
            log.info("thread.renamed thread=%d", thread_id)
        finally:
            naming.asked_at.append(time.monotonic())
            naming.back.set()
            naming.back = None

    async def _named_while_away(self, thread: discord.Thread, conversation: Conversation, naming: Naming) -> bool:
        """Whether a thread from before this process has a name that we did not give it: nobody told us of a new one."""
        if discord.utils.snowflake_time(thread.id) >= self._began or _plain(thread.name) == naming.given:
            return False
        words = await self._engine.titles.opened_with(conversation)
        if not words:  # they were erased: whether the name was made of them cannot be told, so it does not stay
            return False
        return _plain(thread.name) != _plain(thread_name(words, FALLBACK_NAME))

    def _later(self, conversation: Conversation, naming: Naming, seconds: float) -> None:
        naming.not_before = time.monotonic() + seconds
        if naming.wanted is None and not self._closed:
            naming.wanted = conversation

    def _tell_barred(self, conversation: Conversation) -> None:
        """Once for each server: it will be so for every thread there."""
        if conversation.guild_id is not None and conversation.guild_id not in self._barred:
            self._barred.add(conversation.guild_id)
            log.warning("thread.may_not_rename guild=%d", conversation.guild_id)


def _plain(name: str) -> str:
    """As names are compared: Discord may trim them and join spaces."""
    return " ".join(name.split())
