"""Members who ask in every way there is, and press what there is to press. Not here: what becomes of it (`count`)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from grokbot.sandbox.discord_server import BadOptionError, CommandNotOfferedError, RefusedError

from .books import Way
from .questions import numbers_of, question, words_in

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from random import Random

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Message, Person

    from .books import Asked, Books

VARIANTS = ("Retry", "Resample")
PRESSED = {"Stop": 1, "Retry": 6, "Continue": 6, "Resample": 1}
"""How often a button is pressed, among all that could be."""


class Crowd:
    """Members of one server, each a life of its own.

    Args:
        discord: Where they are.
        channels: Where they mention the bot; forums too.
        books: Told of every question.
        random: Decides all that they do.
        pause: Seconds between two acts of one member, on average.
    """

    def __init__(
        self, discord: DiscordSandbox, channels: list[Channel], books: Books, random: Random, pause: float
    ) -> None:
        self._discord = discord
        self._channels = channels
        self._books = books
        self._random = random
        self._pause = pause
        self._members: list[Person] = []
        self._lives: list[asyncio.Task[None]] = []
        self._acts: set[asyncio.Task[None]] = set()

    async def gather(self, members: int) -> None:
        """So many members come, and each writes privately: a bot that was away finds only channels that it knows."""
        for _ in range(members):
            person = self._discord.create_user(f"member{len(self._discord.people)}")
            await self._write(person, person.direct_messages())
            self._members.append(person)
        bot = self._discord.bot_user
        direct = [person.direct_messages() for person in self._members]
        await self._discord.until(lambda: all(any(m.author is bot for m in d.messages) for d in direct), 30.0)

    def begin(self) -> None:
        """Lets every member live."""
        for person in self._members:
            self._lives.append(asyncio.create_task(self._live(person)))

    async def end(self) -> None:
        """Nobody begins anything any more; what was begun comes to its end."""
        for life in self._lives:
            life.cancel()
        await asyncio.gather(*self._lives, return_exceptions=True)
        self._lives.clear()
        if self._acts:
            await asyncio.wait(set(self._acts))

    async def _live(self, person: Person) -> None:
        while True:
            await asyncio.sleep(self._random.expovariate(1 / self._pause))
            task = asyncio.create_task(self._act(person))  # a command waits for its acknowledgement
            self._acts.add(task)
            task.add_done_callback(self._acts.discard)

    async def _act(self, person: Person) -> None:
        with suppress(RefusedError, CommandNotOfferedError, BadOptionError):  # their client says so; nothing was sent
            await self._chosen(person)

    def _chosen(self, person: Person) -> Awaitable[object]:
        drawn = self._random.random()
        threads = self._threads()
        if drawn < 0.4 and threads:
            return self._write(person, self._random.choice(threads))
        if drawn < 0.6:
            return self._mention(person)
        if drawn < 0.75:
            return self._write(person, person.direct_messages())
        if drawn < 0.88:
            return self._command(person)
        return self._press()

    def _threads(self) -> list[Channel]:
        """Where conversations are held, the newest ones: people go on with what is new."""
        places = [self._books.place_of(asked) for asked in list(self._books.asked.values())[-60:]]
        threads = {place.id: place for place in places if place is not None and place.is_thread}
        return list(threads.values())[-12:]

    async def _mention(self, person: Person) -> None:
        channel = self._random.choice(self._channels)
        forum = channel.kind == 15
        asked = self._books.enter(Way.POST if forum else Way.MENTION, person)
        text = f"<@BOT> {question(asked.number)}"
        if forum:
            asked.place = await person.post(channel, f"Post {asked.number}", text)
            asked.message = asked.place.messages[0]
        else:
            asked.message = await person.say(channel, text)

    async def _write(self, person: Person, place: Channel) -> None:
        asked = self._books.enter(Way.DIRECT if place.is_direct else Way.THREAD, person)
        asked.place = place
        mention = "<@BOT> " if place.parent is not None and place.parent.kind == 15 else ""
        asked.message = await person.say(place, mention + question(asked.number))

    async def _command(self, person: Person) -> None:
        channel = self._random.choice([channel for channel in self._channels if channel.kind == 0])
        asked = self._books.enter(Way.COMMAND, person)
        asked.command = await person.slash(channel, "chat", prompt=question(asked.number))

    async def _press(self) -> None:
        pressable = [(message, asked, label) for message, asked in self._answers() for label in _labels(message)]
        if pressable:
            weights = [PRESSED[label] for _, _, label in pressable]
            [(message, asked, label)] = self._random.choices(pressable, weights)
            await asked.person.press(message, label=label)

    def _answers(self) -> list[tuple[Message, Asked]]:
        """Newest answers with buttons, and the member who may press them.

        Not where something was asked since: another variant above sets aside what answers that, which is no loss.
        """
        found = []
        for asked in list(self._books.asked.values())[-20:]:
            place = self._books.place_of(asked)
            if place is not None:
                ours = [m for m in place.messages if m.author is self._discord.bot_user and m.buttons()]
                newest = next(n for n, one in reversed(self._books.asked.items()) if self._books.place_of(one) is place)
                found += [(message, asked) for message in ours[-1:] if _answers_last(message, newest)]
        return found


def _answers_last(message: Message, newest: int) -> bool:
    """Whether it answers the newest question, or has no words yet by which that could be told."""
    numbers = {number for key, _ in words_in(message.content) for number in numbers_of(key)}
    return newest in numbers if numbers else not any(label in VARIANTS for label in _labels(message))


def _labels(message: Message) -> list[str]:
    return [label for button in message.buttons() if (label := str(button.get("label"))) in PRESSED]
