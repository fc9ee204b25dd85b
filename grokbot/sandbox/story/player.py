"""Plays a story onto the world, in real time: each step waits for the very answer that it causes.

Here: finding who, where and which message a step means, and when it is done. Not here: the file (parser.py), what is
seen of it (film.py, the page, pictures).
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from grokbot.sandbox.discord_server import BadOptionError, CommandNotOfferedError, RefusedError
from grokbot.sandbox.discord_server.state import commands
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.story import messages, values
from grokbot.sandbox.story.furniture import elsewhere
from grokbot.sandbox.story.names import StoryNames
from grokbot.sandbox.story.nodes import StoryError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, InteractionResult, Message, Person
    from grokbot.sandbox.grok_server import GrokSandbox
    from grokbot.sandbox.page import Insight
    from grokbot.sandbox.page.trouble import Troubles
    from grokbot.sandbox.story.values import Story, StoryStep

Painter: TypeAlias = "Callable[[StoryStep, Person, Channel, list[Message]], Awaitable[None]]"
"""Paints what a person sees: the step, the person, the channel, its messages."""

PATIENCE_SECONDS = 60.0
"""How long one answer may take here."""

TITLE_SECONDS = 8.0
"""How long it is waited for the name that Grok gives a conversation."""

SETTLED_SECONDS = 1.8
"""Longer than two edits are apart: a picture is made once nothing has changed for so long, unless Grok writes."""

ENDED = re.compile(r"grokbot:(?:ask:)?(?:resample|retry|continue):([0-9A-Z]{26})")
"""A button of an answer that has come to its end."""


class Player:
    """Plays a story in a world that was furnished for it.

    Args:
        story: What happens.
        discord: Where.
        grok: Who answers as the story says; None where the real one is asked, which answers as it likes.
        bot: The bot.
        troubles: The switches that cause trouble.
        paint: Makes the story's pictures; None leaves them out.
    """

    def __init__(
        self,
        story: Story,
        discord: DiscordSandbox,
        grok: GrokSandbox | None,
        bot: Insight,
        troubles: Troubles,
        paint: Painter | None = None,
    ) -> None:
        self._story, self._discord, self._grok, self._bot, self._troubles = story, discord, grok, bot, troubles
        self._paint = paint
        self._guild = next(each for each in discord.world.guilds.values() if each.name == story.server)
        self._channels = {channel.name: channel for channel in self._guild.channels}
        self._names = StoryNames(discord, self._channels)
        self._here = self._channels[story.channels[0]]
        self._thread: Channel | None = None
        self._who = discord.people[story.people[0].name]
        self._asked = self._hangs = False
        self._form: InteractionResult | None = None
        self._open: set[str] | None = None
        self._changed = asyncio.Event()
        self.answers = 0
        discord.on_change(self._changed.set)

    async def play(self) -> None:
        """Plays all steps.

        Raises:
            StoryError: A step cannot be done; the text says which and why.
            TimeoutError: An answer did not come to its end.
        """
        for step in self._story.steps:
            await self.play_step(step)

    async def play_step(self, step: StoryStep) -> None:
        """Plays one step, to its end.

        Raises:
            StoryError: It cannot be done; the text says which and why.
            TimeoutError: An answer did not come to its end.
        """
        try:
            if step.act in {"wait", "picture", "trouble"}:
                await self._other(step)
            else:
                await self._acted(step)
        except RefusedError as refused:
            raise self._fault(step, f"Discord refused that: {refused}") from None
        except (BadOptionError, CommandNotOfferedError) as error:
            raise self._fault(step, str(error)) from None

    def _fault(self, step: StoryStep, told: str) -> StoryError:
        return StoryError(f"{self._story.file}:{step.line}: {told.rstrip('.')}.")

    async def _other(self, step: StoryStep) -> None:
        if step.act == "trouble":
            if not await self._troubles.turn(step.what, on=step.on):
                raise self._fault(step, "this trouble is for the loopback Grok")
        elif step.act == "wait":
            await (self._answered(step) if step.seconds is None else asyncio.sleep(step.seconds))
        elif self._paint is not None:
            await self._picture(self._paint, step)

    # pictures

    async def _picture(self, paint: Painter, step: StoryStep) -> None:
        if self._open is None or self._hangs:
            await self.settle()
        who = self._discord.people[step.who] if step.who else self._who
        channel = self._place(step) if step.place else self._here
        shown = messages.seen(channel, who)
        if step.message:
            start = max((at for at, message in enumerate(shown) if step.message in messages.words(message)), default=0)
            shown = shown[start:]
        await paint(step, who, channel, shown[-step.last :] if step.last else shown)

    async def settle(self) -> None:
        """Waits until nothing has changed for a while."""
        while True:
            self._changed.clear()
            try:
                async with asyncio.timeout(SETTLED_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                return

    # what people do

    async def _acted(self, step: StoryStep) -> None:
        await self._discord.until(lambda: self._bot.state != "starting", PATIENCE_SECONDS)
        ended, shown = self._ended(), {message.id for message in self._showing(step.until)}
        if step.place == values.NEW_THREAD and self._asked:
            await self._until(step, self._has_new_thread)
        self._direct(step)
        self._hangs = any(script.hang_after_tokens is not None for script in step.scripts)
        self._asked = step.act in {"presses", "chooses", "calls"}
        self._who = self._discord.people[step.who]
        await self._do(step, self._who)
        if step.answered:
            self._open = ended
        if step.until:
            await self._until(step, lambda: any(m.id not in shown for m in self._showing(step.until)))
            self._here = next(m.channel for m in self._showing(step.until) if m.id not in shown)
        elif step.answered:
            await self._answered(step)

    def _has_new_thread(self) -> bool:
        """Whether the bot has opened a thread after the one where it answered last, and begun it."""
        newest = self._guild.threads[-1] if self._guild.threads else None
        return newest is not None and newest is not self._thread and bool(newest.messages)

    def _direct(self, step: StoryStep) -> None:
        if self._grok is None:
            return
        for script in step.scripts:
            self._grok.script(script)
        if step.title:
            self._grok.script_title(Script(text=step.title))

    async def _do(self, step: StoryStep, who: Person) -> None:
        text = self._names.written(step.what)
        place = self._place(step)
        self._here = place
        match step.act:
            case "says":
                await who.say(place, text, attachments=step.uploads())
            case "replies":
                message = self._message(step, place)
                await who.say(place, text, reply_to=message, attachments=step.uploads())
            case "posts":
                self._here = self._thread = await who.post(place, step.what, self._names.written(step.options["text"]))
            case "edits":
                await who.edit(self._message(step, place, mine=who), text)
            case "deletes":
                await who.delete(self._message(step, place, mine=who, words=step.what))
            case "reacts":
                await who.react(self._message(step, place), step.what)
            case "renames":
                await who.rename(place, step.what)
            case _:
                await self._asks(step, who, place)

    async def _asks(self, step: StoryStep, who: Person, place: Channel) -> None:
        """What the bot responds to."""
        match step.act:
            case "presses":
                message = self._message(step, place, label=step.what)
                custom_id = messages.custom_id(message, step.what)
                result = await who.press(message, custom_id=custom_id, values=step.values)
            case "chooses":
                result = await who.context_menu(self._message(step, place), step.what)
            case "calls":
                line = step.what.removeprefix("/")
                kinds = commands.kinds_of(who.offered(place), line) or {}
                options = {name: self._names.option(value, kinds.get(name)) for name, value in step.options.items()}
                result = await who.slash(place, line, **options)
            case _:
                result = await self._submitted(step, who)
        if not result.acknowledged:
            raise self._fault(step, "the bot did not respond")
        self._form = result if result.modal is not None else self._form
        await self._until(step, lambda: not any(message.loading for message in result.messages))

    async def _submitted(self, step: StoryStep, who: Person) -> InteractionResult:
        form = self._form
        if form is None or form.modal is None:
            raise self._fault(step, "the bot has shown no form")
        ids = messages.inputs(form.modal)
        unknown = [label for label in step.options if label not in ids]
        if unknown:
            raise self._fault(step, f"the form has no {unknown[0]!r}; it has {', '.join(ids)}")
        return await who.submit(
            form,
            {ids[label]["custom_id"]: messages.field_value(ids[label], text) for label, text in step.options.items()},
        )

    # finding

    def _place(self, step: StoryStep) -> Channel:
        match step.place:
            case "":
                return self._here
            case values.DIRECT:
                return (self._discord.people[step.who] if step.who else self._who).direct_messages()
            case values.ELSEWHERE:
                return elsewhere(self._discord)
            case values.NEW_THREAD if self._guild.threads:
                return self._guild.threads[-1]
            case values.THREAD if self._thread is not None:
                return self._thread
            case name if name in self._channels:
                return self._channels[name]
        raise self._fault(step, "there is no thread yet")

    def _message(
        self, step: StoryStep, place: Channel, *, mine: Person | None = None, label: str = "", words: str = ""
    ) -> Message:
        """The newest message there that a step can mean."""
        words = words or step.message
        author = mine or (None if words else self._discord.bot_user)
        for message in reversed(messages.seen(place, self._discord.people[step.who])):
            if (
                (not label or messages.custom_id(message, label))
                and words in messages.words(message)
                and (author is None or message.author is author)
            ):
                return message
        told = f" with {words!r}" if words else ""
        raise self._fault(step, f"there is no message{told}{f' with a button {label!r}' if label else ''} here")

    # waiting

    async def _answered(self, step: StoryStep) -> None:
        """Waits for the end of the answer that was begun."""
        known = self._open
        if known is None:
            return
        await self._until(step, lambda: self._ended() - known)
        self._open = None
        self.answers += 1
        (new, *_) = self._ended() - known
        self._here = self._thread = next(
            message.channel for message in self._messages() for custom_id in messages.ids(message) if new in custom_id
        )
        thread, title = self._thread, step.title
        if title and thread.is_thread and thread.owner_id == self._discord.bot_user.id:
            with suppress(TimeoutError):  # Discord may let a thread's new name wait
                await self._discord.until(lambda: thread.name == title, TITLE_SECONDS)

    async def _until(self, step: StoryStep, condition: Callable[[], object]) -> None:
        """Waits for something that the bot does.

        Raises:
            StoryError: The bot does not run.
            TimeoutError: It did not happen.
        """
        await self._discord.until(lambda: condition() or self._bot.state == "stopped", PATIENCE_SECONDS)
        if not condition():
            raise self._fault(step, "the bot does not run, so this never happens")

    def _messages(self) -> Iterator[Message]:
        return messages.of_bot(self._discord)

    def _ended(self) -> set[str]:
        """Answers that have come to an end, by their buttons."""
        ids = (ENDED.fullmatch(each) for message in self._messages() for each in messages.ids(message))
        return {found[1] for found in ids if found is not None}

    def _showing(self, words: str) -> list[Message]:
        return [message for message in self._messages() if words in messages.words(message)] if words else []
