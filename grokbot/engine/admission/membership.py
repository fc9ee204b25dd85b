"""Whether somebody may see a place in Discord now: Discord is asked, and its answer holds for minutes.

Having written in a conversation once gives no lasting right: people leave, are kicked, lose roles, are removed from
threads. Not here: asking Discord (`discord_bot`), what is asked about and when (`access`).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import DiscordError
from grokbot.conversation.text import Sentence

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.policy.actor import Actor

    Ask: TypeAlias = Callable[[int, int, int], Awaitable[Actor | None]]
    """Takes a user, a server and a channel or thread; gives the person there, or None if they do not see it.
    Raises DiscordError.
    """

SEEN_SECONDS = 120.0
"""How long a "yes" is cached."""

UNSEEN_SECONDS = 20.0
"""How long a "no" is cached: a person who is let in again need not wait long."""

MOST_KEPT = 20_000
AT_ONCE = 8
"""Requests to Discord at the same time for one person's list."""

NOT_ASKED = Sentence("I cannot check with Discord right now whether you may see this. Try again in a minute.")


@dataclass(frozen=True, slots=True)
class _Known:
    person: Actor | None
    until: float


class Membership:
    """One for the process.

    Args:
        ask: Asks Discord. Raises DiscordError if there is none.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: OrderedDict[tuple[int, int], _Known] = OrderedDict()
        self._asking: dict[tuple[int, int], asyncio.Task[Actor | None]] = {}

    def forget(self) -> None:
        """Permissions have changed somewhere: drops all answers, also those under way."""
        self._known.clear()
        self._asking.clear()

    async def person(self, user_id: int, guild_id: int, channel_id: int) -> Actor | None:
        """A person in a channel or thread now, with their roles; None: they do not see it.

        Args:
            user_id: Discord's.
            guild_id: The channel's server.
            channel_id: Of the channel or thread.

        Raises:
            DiscordError: Discord could not be asked.
        """
        key = (user_id, channel_id)
        known = self._known.get(key)
        if known is not None and asyncio.get_running_loop().time() < known.until:
            return known.person
        if key not in self._asking:
            asking = asyncio.create_task(self._asked(user_id, guild_id, channel_id), name="membership")
            self._asking[key] = asking
            asking.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(self._asking[key])  # cancelling a caller never cuts off a request to Discord

    async def seen(self, user_id: int, places: Sequence[tuple[int, int]]) -> tuple[frozenset[int], int]:
        """The channels and threads of these that somebody sees, and the number with an unknown result."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def sees(guild_id: int, channel_id: int) -> bool | None:
            async with gate:
                try:
                    return await self.person(user_id, guild_id, channel_id) is not None
                except DiscordError:
                    return None

        found = await asyncio.gather(*(sees(*place) for place in places))
        seen = (channel_id for (_, channel_id), sees in zip(places, found, strict=True) if sees)
        return frozenset(seen), sum(sees is None for sees in found)

    async def _asked(self, user_id: int, guild_id: int, channel_id: int) -> Actor | None:
        person = await self._ask(user_id, guild_id, channel_id)
        seconds = UNSEEN_SECONDS if person is None else SEEN_SECONDS
        key = (user_id, channel_id)
        if self._asking.get(key) is not asyncio.current_task():  # its answer is from before `forget`
            return person
        self._known[key] = _Known(person, asyncio.get_running_loop().time() + seconds)
        self._known.move_to_end(key)
        if len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)
        return person

    def _done(self, key: tuple[int, int], asking: asyncio.Task[Actor | None]) -> None:
        if self._asking.get(key) is asking:
            del self._asking[key]
        if not asking.cancelled():
            asking.exception()  # the caller may be gone
