"""Gives a thread the title of its conversation, and notices when a person renames it.

Discord accepts two new names of a thread in ten minutes, its headers do not tell, and a refused request would hold up
every other change of the thread, even reopening it. So nothing is sent that would be refused: an early rename waits, in
its own task, and nobody waits for it. Not here: what the title is (`engine`).
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
"""Seconds in which a thread accepts RENAMES new names (observed by the community; Discord does not document it)."""

MARGIN_SECONDS = 5.0
"""Clocks differ, and nobody knows when exactly Discord begins to count."""

AGAIN_SECONDS = 30.0
"""The pause after a failed request."""

LONGEST_WAIT = 900.0
"""Seconds after which a pending rename is given up: by then it would only surprise."""


@dataclass(slots=True)
class Naming:
    """The known names of one thread. Times are in seconds on the monotonic clock."""

    asked_at: list[float] = field(default_factory=list)
    """When we renamed it, or may have."""
    given: str = ""
    """The last name that we gave, as Discord has it."""
    untold: set[str] = field(default_factory=set)
    """Names of ours whose event Discord has not sent yet."""
    wanted: Conversation | None = None
    """The conversation whose title comes next."""
    wanted_at: float = 0.0
    not_before: float = 0.0
    doubted: bool = False
    """Whether Discord refused the last name, and was not believed."""
    task: asyncio.Task[None] | None = None
    hearing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a person's new name is handled: the last one should win."""
    back: asyncio.Event | None = None
    """Set when the current request has come back; None if there is none."""

    def pause(self, now: float) -> float:
        """Seconds until another rename is allowed; 0 or less: at once."""
        span = WINDOW_SECONDS + MARGIN_SECONDS
        self.asked_at = [at for at in self.asked_at if now - at < span]
        full = self.asked_at[-RENAMES] + span if len(self.asked_at) >= RENAMES else now
        return max(full, self.not_before) - now

    def forgettable(self, now: float) -> bool:
        """Whether it can be dropped without loss."""
        return self.task is None and self.pause(now) <= 0 and not self.asked_at and not self.hearing.locked()


class Renaming:
    """Renames threads.

    Args:
        client: The connection to Discord.
        engine: Knows the threads' conversations.
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
        """Gives the thread the conversation's title, soon. A newer title replaces a waiting one.

        If the title was erased with the words that it came from, the thread gets the name for no title.

        Does nothing in direct messages, which have no name, in channels, and in threads that were somebody else's
        first.
        """
        thread_id = conversation.channel_id
        if thread_id is None or conversation.guild_id is None or conversation.options.mention_only:
            return
        if self._closed or conversation.options.in_channel:
            return
        naming = self._naming(thread_id)
        naming.wanted, naming.wanted_at = conversation, time.monotonic()
        if naming.task is None:
            naming.task = asyncio.create_task(self._name(thread_id, naming), name=f"rename {thread_id}")

    async def thread_renamed(self, thread_id: int, name: str) -> None:
        """A thread has a new name. If it is not one of ours, a person gave it: it becomes the title, ours is dropped.

        Raises:
            StoreError: It could not be stored.
        """
        naming = self._naming(thread_id)
        raced = naming.back is not None
        async with naming.hearing:
            while naming.back is not None:  # after that, Discord's result for our name is known
                await naming.back.wait()
            if _plain(name) in naming.untold:
                naming.untold.remove(_plain(name))
                return
            naming.wanted = None
            await self._engine.titles.named(thread_id, name)
            if raced and (conversation := await self._engine.places.conversation_in(thread_id)) is not None:
                self.rename(conversation)  # ours may have come after theirs, and must not stay

    async def settle(self, seconds: float) -> None:
        """Waits up to `seconds` for current requests. Drops waiting ones, and starts no more."""
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
        """Cancels everything; call it when the connection ends."""
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
            # The last process's renames are unknown. It names a thread once, so one is counted.
            earlier = discord.utils.snowflake_time(thread_id) < self._began
            self._threads[thread_id] = Naming(asked_at=[self._began_at] if earlier else [])
        return self._threads[thread_id]

    async def _name(self, thread_id: int, naming: Naming) -> None:
        """Gives the thread its pending names as soon as each is allowed, until none is left."""
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
        """Tries the pending name once. If a later try may work it stays pending, unless there is a newer one."""
        conversation, naming.wanted = naming.wanted, None
        if conversation is None:  # a person was faster
            return
        try:
            await self._give(thread_id, conversation, naming)
        except discord.RateLimited as limited:  # the last process has used up the limit
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
        """Sends the name, if the thread should have it.

        Raises:
            discord.DiscordException, aiohttp.ClientError, OSError: The request failed.
        """
        name = cut_at_word(one_line(conversation.title), LONGEST_OF_PERSON) or FALLBACK_NAME
        thread = self._client.get_channel(thread_id) or await self._client.fetch_channel(thread_id)
        if not isinstance(thread, discord.Thread) or _plain(thread.name) == _plain(name):
            return
        own_id = self._client.user.id if self._client.user is not None else None
        if thread.archived or thread.owner_id != own_id:  # not reopened for that; others name their own threads
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
        """Whether an older thread has a name that we did not give: nobody reported a rename while we were away."""
        if discord.utils.snowflake_time(thread.id) >= self._began or _plain(thread.name) == naming.given:
            return False
        words = await self._engine.titles.opened_with(conversation)
        if not words:  # erased words: the name may come from them, so it does not stay
            return False
        return _plain(thread.name) != _plain(thread_name(words, FALLBACK_NAME))

    def _later(self, conversation: Conversation, naming: Naming, seconds: float) -> None:
        naming.not_before = time.monotonic() + seconds
        if naming.wanted is None and not self._closed:
            naming.wanted = conversation

    def _tell_barred(self, conversation: Conversation) -> None:
        """Logs it once per server: it applies to every thread there."""
        if conversation.guild_id is not None and conversation.guild_id not in self._barred:
            self._barred.add(conversation.guild_id)
            log.warning("thread.may_not_rename guild=%d", conversation.guild_id)


def _plain(name: str) -> str:
    """A name for comparison: Discord may trim names and join spaces."""
    return " ".join(name.split())
