"""The real daemon between the two loopback servers, and what tests look at: who said what where, what Grok was asked.

Not here: what is proven.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
import tempfile
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from grokbot import daemon
from grokbot.discord_bot.notices.texts.answer_text import THINKING
from grokbot.process.sd_notify import Notifier
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.discord_server.acts import messages
from grokbot.sandbox.discord_server.server import most_in_a_second
from grokbot.sandbox.grok_server import GrokRules, Script
from grokbot.sandbox.stage import stage
from grokbot.settings import ApiSettings, MonitoringSettings
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest, MessageRole

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox, Message, Person
    from grokbot.sandbox.discord_server.state.interactions import InteractionResult
    from grokbot.sandbox.discord_server.state.model import Guild
    from grokbot.sandbox.grok_server import GrokSandbox
    from grokbot.sandbox.stage import Stage
    from grokbot.settings import Settings

WAIT = 20.0
"""Seconds until a condition that never comes true fails its test."""
LAST_LIFE = 20
"""Requests of one second that matter to a daemon that is started in the same second."""

BROKEN = ("Continue", "Retry", "More…")
"""The buttons of an answer that broke off."""
CUT = ("Continue", "Retry", "Resample", "More…")
"""The buttons of an answer that somebody stopped."""
WHOLE = ("Resample", "More…")
"""The buttons of an answer that came to its own end and has no other variant."""


def arrows(number: int, of: int) -> tuple[str, ...]:
    """The buttons of such an answer where there are other variants."""
    return ("‹", f"{number}/{of}", "›", *WHOLE)  # noqa: RUF001 - as the buttons say


EDITED = ("PATCH", "/channels/*/messages/*")

THINKS = re.compile(re.escape(THINKING) + r" \(started <t:(\d+):R>\)")


@dataclass
class Play:
    """One daemon on one stage. `injected_429` is set by tests that put a limit in the bot's way themselves.

    What else a test expects of the end of its play is in the attributes: nothing of it is expected otherwise.
    """

    stage: Stage
    settings: Settings
    folder: Path
    injected_429: bool = False
    noticed: list[tuple[Person, Callable[[int], str]]] = field(default_factory=list)
    """Who was told of an answer's end by a mention, and with which sentence. Nobody else was ever pinged."""
    broken_off: bool = False
    """Discord did not let the bot give some answer its end: there the Stop button stays."""
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None

    @property
    def discord(self) -> DiscordSandbox:
        return self.stage.discord

    @property
    def grok(self) -> GrokSandbox:
        return self.stage.grok

    @property
    def general(self) -> Channel:
        return self.stage.general

    @property
    def socket(self) -> str:
        """Where programs reach the daemon."""
        return self.settings.api.listen[0]

    @property
    def guild(self) -> Guild:
        assert self.general.guild is not None
        return self.general.guild

    @property
    def alice(self) -> Person:
        return self.stage.alice

    @property
    def bob(self) -> Person:
        return self.stage.bob

    # the daemon

    async def start(self) -> None:
        assert self._task is None
        if most_in_a_second(self.discord.requests[-LAST_LIFE:]) == LAST_LIFE:
            await asyncio.sleep(1.0)  # no process comes back in the same second; this one knows nothing of the last
        self._stop = asyncio.Event()
        self._task = asyncio.create_task(daemon.run(self.settings, Notifier(None), self._stop), name="daemon")
        before, known = self.discord.identified, self.discord.world.commands

        def is_up() -> bool:
            return self.discord.connected and self.discord.identified > before and bool(known.all_for(None))

        connected = asyncio.ensure_future(self.discord.until(is_up, WAIT))
        await asyncio.wait([self._task, connected], return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            connected.cancel()
            task, self._task = self._task, None
            task.result()
        await connected

    def begin_to_stop(self) -> None:
        """As SIGTERM does."""
        self._stop.set()

    async def stop(self) -> None:
        self._stop.set()
        await self.ended()

    async def ended(self) -> None:
        """Waits until the daemon has ended, and raises what it raises."""
        if self._task is not None:
            task, self._task = self._task, None
            async with asyncio.timeout(WAIT):
                await task

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    # what people do

    async def begin(self, text: str, person: Person | None = None, channel: Channel | None = None) -> Channel:
        """Somebody mentions the bot in a channel; the thread that comes of it."""
        channel = channel or self.general
        message = await (person or self.alice).say(channel, f"<@BOT> {text}")
        await self.until(lambda: message.thread is not None)
        assert message.thread is not None
        return message.thread

    async def until(self, condition: Callable[[], object]) -> None:
        """Waits until something is true in Discord; a daemon that has ended meanwhile says why."""

        def true_or_over() -> object:
            if self._task is not None and self._task.done():
                self._task.result()
            return condition()

        await self.discord.until(true_or_over, WAIT)

    async def presses_late(self, person: Person, drawn: Message, label: str, sentence: str) -> None:
        """Somebody presses a button that is gone, and is told so; `drawn` is a copy of the message before that."""
        await self.privately(await person.press(drawn, label=label), sentence)

    async def privately(self, result: InteractionResult, sentence: str) -> None:
        """Waits for the one sentence that answers somebody's press, which nobody else sees."""
        assert result.acknowledged
        await self.until(lambda: [message.content for message in result.messages] == [sentence])
        assert all(message.ephemeral for message in result.messages)

    async def moderator_deletes(self, message: Message) -> None:
        """Who owns the server may delete whatever is said there."""
        messages.delete(self.discord.world, self.discord.world.owner, message)
        await asyncio.sleep(0)

    # what can be seen

    def said(self, channel: Channel) -> list[str]:
        """What the bot's messages in a channel say now, in order."""
        return [message.content for message in self.messages(channel)]

    def messages(self, channel: Channel) -> list[Message]:
        return [m for m in channel.messages if m.author is self.discord.bot_user and m.kind in {0, 19, 20, 23}]

    def says(self, text: str) -> None:
        """What Grok answers next."""
        self.grok.script(Script(text=text, reasoning=""))

    async def talk(self, *answers: str) -> Channel:
        """A thread with these answers, one after the other."""
        self.says(answers[0])
        thread = await self.begin("question 1")
        await self.reads(thread, answers[0])
        for number, text in enumerate(answers[1:], 2):
            self.says(text)
            await self.alice.say(thread, f"question {number}")
            await self.reads(thread, *answers[:number])
        await self.whole(thread)
        return thread

    async def reads(self, channel: Channel, *texts: str) -> list[Message]:
        """Waits until the bot's messages in a channel are exactly these."""
        await self.until(lambda: self.said(channel) == list(texts))
        return self.messages(channel)

    async def replies(self, message: Message) -> list[Message]:
        """Waits until the bot has replied to this very message."""

        def found() -> list[Message]:
            own = self.messages(message.channel)
            return [m for m in own if m.reference is not None and m.reference.message_id == message.id]

        await self.until(found)
        return found()

    async def shown(self, channel: Channel) -> None:
        """Waits until an answer of Grok's stands last in a channel, however much of it: answers alone have buttons."""
        await self.until(lambda: self.said(channel) and self.labels(self.messages(channel)[-1]))

    async def has_ended(self, channel: Channel, *labels: str) -> list[Message]:
        """Waits until the last of the bot's messages has exactly these buttons, none of which is Stop."""

        def there() -> bool:
            return bool(self.said(channel)) and self.labels(self.messages(channel)[-1]) == list(labels)

        await self.until(there)
        return self.messages(channel)

    async def whole(self, channel: Channel) -> list[Message]:
        """Waits until the last of the bot's messages has the buttons of an answer that came to its own end."""
        return await self.has_ended(channel, *WHOLE)

    async def menu(self, person: Person, message: Message) -> Message:
        """What a person is shown who opens the menu of an answer: below it, or if it has no buttons by its own menu."""
        if self.labels(message):
            result = await person.press(message, label="More…")
        else:
            result = await person.context_menu(message, "Answer menu")
        await self.until(lambda: result.messages and result.messages[0].buttons())
        [menu] = result.messages
        assert menu.ephemeral
        return menu

    async def resamples_above(self, person: Person, message: Message, sentence: str) -> None:
        """Somebody resamples an answer above others, and says yes to the sentence that asks whether to hide those."""
        asked = await person.context_menu(message, "Resample")
        await self.until(lambda: [each.content for each in asked.messages] == [sentence])
        [question] = asked.messages
        assert question.ephemeral
        await person.press(question, label="Resample")

    @staticmethod
    def labels(message: Message) -> list[str]:
        """What the buttons under a message say."""
        return [str(button["label"]) for button in message.buttons() if "label" in button]

    async def thinks(self, channel: Channel) -> Message:
        """Waits until the last of the bot's messages says nothing but that Grok thinks, and since when."""
        await self.until(lambda: self.said(channel) and THINKS.fullmatch(self.said(channel)[-1]))
        return self.messages(channel)[-1]

    async def ends_with(self, channel: Channel, text: str) -> Message:
        """Waits until the last of the bot's messages ends so."""
        await self.until(lambda: self.said(channel) and self.said(channel)[-1].endswith(text))
        return self.messages(channel)[-1]

    def kept(self) -> list[tuple[str, str, str]]:
        """(sender, state, message) of every response in the database, in creation order."""
        with closing(sqlite3.connect(self.folder / "grokbot.sqlite3")) as database:
            return list(database.execute("SELECT sender, state, message FROM responses ORDER BY id"))

    def turns(self) -> list[str]:
        """The ids of all answers."""
        with closing(sqlite3.connect(self.folder / "grokbot.sqlite3")) as database:
            return [row[0] for row in database.execute("SELECT id FROM responses WHERE sender = 'model' ORDER BY id")]

    def was_killed(self, *, answered: bool = False, text: str | None = None) -> None:
        """Leaves the newest answer in the database as a kill would have left it. Between two runs of the daemon.

        Args:
            answered: The kill came when the answer had ended and did not stand in Discord yet, not in mid-stream.
            text: What had been written down of it; all of it, if left out.
        """
        with closing(sqlite3.connect(self.folder / "grokbot.sqlite3")) as database, database:
            [(newest,)] = database.execute("SELECT max(id) FROM responses WHERE sender = 'model'")
            database.execute("INSERT OR IGNORE INTO unshown (response_id) VALUES (?)", (newest,))
            if not answered:
                database.execute(
                    "UPDATE responses SET state = 'streaming', failure = NULL, finished_at = NULL,"
                    " message = coalesce(?, message) WHERE id = ?",
                    (text, newest),
                )
                database.execute("DELETE FROM usage_ledger WHERE response_id = ?", (newest,))

    def closed_stay_closed(self, channel: Channel) -> None:
        """Once the next message of an answer is there, the one before it is not edited again."""
        calls = [(c.method, c.path) for c in self.discord.requests if c.path.startswith(f"/channels/{channel.id}/m")]
        sent = [i for i, (method, _) in enumerate(calls) if method == "POST"]
        shown = [m for m in channel.log if m.author is self.discord.bot_user]
        assert len(sent) == len(shown)
        for message, followed in zip(shown, sent[1:], strict=False):
            edit = ("PATCH", f"/channels/{channel.id}/messages/{message.id}")
            assert edit not in calls[followed:], message.content

    # what Grok was asked

    @property
    def asked(self) -> list[GetCompletionsRequest]:
        calls = [call.request for call in self.grok.requests if call.method == "GetCompletionChunk"]
        return [request for request in calls if isinstance(request, GetCompletionsRequest)]

    def told(self, number: int = -1) -> list[str]:
        """What people said, as a request shows it to Grok, without the parts before it."""
        return [
            message.content[-1].text for message in self.asked[number].messages if message.role == MessageRole.ROLE_USER
        ]

    async def quiet(self) -> None:
        """Waits until the bot has dealt with all that was said: a direct message comes after it, and is answered.

        Discord's events arrive in order, and what the bot leaves alone it leaves alone at once.
        """
        witness = self.discord.create_user(f"witness{len(self.discord.people)}")
        channel = witness.direct_messages()
        await witness.say(channel, "!fast")
        await self.until(lambda: self.said(channel) and "I was shown" in self.said(channel)[-1])


def lose_database(play: Play) -> None:
    """Between two runs of the daemon."""
    for path in play.folder.glob("grokbot.sqlite3*"):
        path.unlink()


def back_up(play: Play) -> None:
    """A copy of the database, as it is now."""
    with (
        closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as here,
        closing(sqlite3.connect(play.folder / "backup")) as there,
    ):
        here.backup(there)


def restore(play: Play) -> None:
    """The copy takes the database's place. Between two runs of the daemon."""
    lose_database(play)
    shutil.copy(play.folder / "backup", play.folder / "grokbot.sqlite3")


@asynccontextmanager
async def playing(
    folder: Path,
    *,
    rules: Rules | None = None,
    tokens_per_second: float = 5000.0,
    query_seconds: float = 0.05,
    store_images: bool = True,
    message_content: bool = True,
    start: bool = True,
    discord: dict[str, Any] | None = None,
    api: bool = False,
    **settings: Any,
) -> AsyncIterator[Play]:
    """A stage with the daemon on it; at the end, what must be true whatever the play was about.

    With `api`, programs reach it at `Play.socket`, and its metrics at the socket beside that.
    """
    async with AsyncExitStack() as stack:
        grok_rules = GrokRules(
            tokens_per_second=tokens_per_second, query_seconds=query_seconds, store_images=store_images
        )
        here = await stack.enter_async_context(stage(rules or Rules(), grok_rules))
        here.discord.set_intents_allowed(message_content=message_content)
        wanted = here.settings(folder, **settings)
        own = type(wanted.discord).model_validate(wanted.discord.model_dump() | (discord or {}))
        # A socket's path has 107 bytes at most, and a test's own folder may have more.
        private = stack.enter_context(tempfile.TemporaryDirectory(prefix="play-"))
        listen = ApiSettings(listen=(f"unix:{private}/api.sock",) if api else ())
        watch = MonitoringSettings(listen=f"unix:{private}/monitoring.sock" if api else "")
        play = Play(here, wanted.model_copy(update={"discord": own, "api": listen, "monitoring": watch}), folder)
        try:
            if start:
                await play.start()
            yield play
        finally:
            await play.stop()
        assert here.discord.unknown_routes == []
        assert here.discord.crashes == []
        opened = [call.path for call in here.discord.requests if call.path == "/users/@me/channels"]
        assert opened == [], "nobody is written to privately who did not write so first"
        assert most_in_a_second(here.discord.requests) <= here.discord.world.rules.everything.limit
        if not play.injected_429:
            assert here.discord.count_429 == 0
        by_bot = [m for m in here.discord.world.messages.values() if m.author is here.discord.bot_user]
        pinged = [(m.content, *m.pinged) for m in by_bot if m.pinged]
        assert sorted(pinged) == sorted(
            (content, person.id) for person, notice in play.noticed for content in [notice(person.id)]
        )
        if not play.broken_off:
            shown = [m for m in by_bot if not m.deleted and not m.channel.deleted]
            assert [m.content for m in shown if "Stop" in play.labels(m)] == []
        assert here.grok.running == 0
