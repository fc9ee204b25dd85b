"""People in a loopback server who ask, each in a thread of their own, and what they get to see.

Here: the two loopback servers of the bench, threads that are open already, asking in the measured way, looking until
all is there. Not here: arithmetic on what was seen (`freshness`), the daemon (`stream`).
"""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from grokbot.engine.admission import Opening, opened
from grokbot.engine.context import id_maker
from grokbot.sandbox.discord_server import DiscordSandbox
from grokbot.sandbox.stage import Stage
from grokbot.settings.privacy import LINE
from grokbot.store import Store
from tests.bench.freshness import Course, joined, looks
from tests.bench.timed_grok import TimedGrok, question

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel, Message, Person, Rules
    from grokbot.sandbox.grok_server import GrokRules

SMALL_PRINT = f"\n-# {LINE.partition('/')[0]}"
"""The line under a first answer up to the command in it, which people can click: everybody asks for the first time, as
people do after an announcement."""

LOOK_SECONDS = 0.1
QUIET_SECONDS = 2.0
"""Nothing more comes when Discord was asked for nothing in this time: longer than ordinary edits are apart."""

GUILD_THREADS = 1000
"""Threads that may be active in one guild (Discord's documentation)."""


@dataclass(slots=True)
class Seat:
    """One person, with what they asked and where. Times are `time.monotonic()`."""

    number: int
    person: Person
    place: Channel
    """Where they write: their thread, or the channel in which one is to be opened."""
    asked: float = 0.0
    asked_with: int = 0

    @property
    def thread(self) -> Channel | None:
        """The thread with the answer; the one under a message has the message's id."""
        return self.place if self.place.is_thread else self.place.world.channels.get(self.asked_with)

    def answer(self) -> Sequence[Message]:
        """The bot's messages since the question."""
        thread = self.thread
        if thread is None:
            return ()
        bot = thread.world.bot_user
        return [message for message in thread.messages if message.author is bot and message.id > self.asked_with]

    def shown(self) -> str:
        """The answer as it stands there now, without the small print of a first one."""
        return joined([message.content for message in self.answer()]).partition(SMALL_PRINT)[0]

    @property
    def told(self) -> bool:
        """Whether the line of a first answer stands there."""
        return any(SMALL_PRINT in message.content for message in self.answer())


class Audience:
    """Everybody who asks, and both servers."""

    def __init__(self, stage: Stage, grok: TimedGrok) -> None:
        self.stage = stage
        self.grok = grok
        self.seats: list[Seat] = []

    def take_seats(self, number: int) -> None:
        """Makes so many people. Before the daemon starts.

        Raises:
            ValueError: Discord has no room for so many threads.
        """
        if number > GUILD_THREADS:
            raise ValueError(f"a guild has at most {GUILD_THREADS} active threads")
        for index in range(number):
            self.seats.append(Seat(index, self.stage.discord.create_user(f"person{index}"), self.stage.general))

    async def open_threads(self, folder: Path) -> None:
        """Threads under people's messages, and in the daemon's database a conversation that is held in each."""
        settings = self.stage.settings(folder)
        new_id = id_maker()
        store = await Store.open(settings.store.url)
        try:
            for seat in self.seats:
                begun = await seat.person.say(self.stage.general, "Here we talk.")
                seat.place = await seat.person.start_thread(begun, f"Talk {seat.number}")
                guild = seat.place.guild
                opening = Opening(
                    guild_id=guild.id if guild is not None else None,
                    channel_id=seat.place.id,
                    owner_id=seat.person.id,
                )
                await store.conversations.add(opened(opening, settings, new_id(), datetime.now(UTC)))
        finally:
            await store.close()

    async def ask(self, seats: Sequence[Seat], ramp: float) -> None:
        """Everybody asks, one after the other evenly through `ramp` seconds; all at once for 0."""
        begin = time.monotonic()
        for order, seat in enumerate(seats):
            await asyncio.sleep(begin + order * ramp / len(seats) - time.monotonic())
            mention = "" if seat.place.is_thread else "<@BOT> "
            seat.asked = time.monotonic()
            seat.asked_with = (await seat.person.say(seat.place, mention + question(seat.number))).id

    async def wait_for_answers(self, seats: Sequence[Seat], patience: float) -> None:
        """Waits until every answer stands there in full and nothing more comes, or until patience ends."""
        until = time.monotonic() + patience
        open_seats = list(seats)
        while open_seats and time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
            open_seats = [seat for seat in open_seats if seat.shown() != self.grok.text(seat.number)]
        await self.quiet()

    async def quiet(self) -> None:
        """Waits until Discord was asked for nothing for a while, however long that takes."""
        while (left := self._last_request() + QUIET_SECONDS - time.monotonic()) > 0:  # noqa: ASYNC110 - for nothing to happen there is no event
            await asyncio.sleep(left)

    def complete(self, seat: Seat) -> bool:
        """Whether the answer stands there, word for word, and was sent as it was scripted."""
        text = self.grok.text(seat.number)
        told = self.grok.told.get(seat.number)
        return told is not None and told.text == text and seat.shown() == text

    def course(self, seat: Seat, latency: float) -> Course | None:
        """What was sent of an answer and what could be seen of it, when. None if nothing was sent.

        People see a text when the gateway has told them, which takes the latency.
        """
        told = self.grok.told.get(seat.number)
        if told is None or not told.pieces:
            return None
        versions = [message.versions for message in seat.answer()]
        seen = looks(self.grok.text(seat.number), versions, latency)
        return Course(seat.asked, tuple(told.pieces), seen, until=time.monotonic())

    def _last_request(self) -> float:
        requests = self.stage.discord.requests
        return requests[-1].at if requests else 0.0


@asynccontextmanager
async def audience(rules: Rules, grok_rules: GrokRules, tokens: int) -> AsyncIterator[Audience]:
    """Both servers, with nobody there yet."""
    async with DiscordSandbox(rules) as discord, TimedGrok(grok_rules, tokens) as grok:
        guild = discord.create_guild("The bench")
        general = guild.create_text_channel("general")
        alice, bob = discord.create_user("alice"), discord.create_user("bob")
        yield Audience(Stage(discord, grok, general, alice, bob), grok)
