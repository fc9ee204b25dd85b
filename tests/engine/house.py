"""An engine with its real store and its real client, in front of a loopback Grok; and short ways to ask it things.

Not here: what is proved with it.
"""

from __future__ import annotations

import asyncio
import inspect
import itertools
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr

from grokbot.conversation.errors import DiscordError
from grokbot.conversation.records.moderator_events import MODERATOR_EVENTS
from grokbot.conversation.response import Author, Conversation, Response, TitleBy
from grokbot.engine.admission import NOT_ASKED, Membership, Opening
from grokbot.engine.context import Context, id_maker
from grokbot.engine.engine import Engine
from grokbot.engine.library import TitleChanged
from grokbot.engine.turns import AnswerGiven, Question
from grokbot.policy.actor import Actor, ActorKind, somebody
from grokbot.settings import ConversationSettings, DiscordSettings, Settings, StoreSettings, WebSettings, XaiSettings
from grokbot.store import Store
from grokbot.wire.xai import chat_pb2
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from grokbot.conversation.records import Happened
    from grokbot.display import Shown
    from grokbot.engine.turns import RunningAnswer
    from grokbot.sandbox.grok_server import GrokSandbox, RecordedCall, Script

ALICE = Author(111, "alice")
BOB = Author(222, "bob")
CAROL = Author(333, "carol")
CHANNEL = 900
GUILD = 800
PARENT, CATEGORY = 850, 840
"""What every channel lies in."""

AS_ALICE, AS_BOB, AS_CAROL = (replace(somebody(author, GUILD), channel_id=CHANNEL) for author in (ALICE, BOB, CAROL))
AS_MODERATOR = Actor(id=999, name="moderator", guild_id=GUILD, channel_id=CHANNEL, moderator=True)

CALLING_ALICE, CALLING_BOB = (Actor(id=author.id, name=author.name, kind=ActorKind.KEY) for author in (ALICE, BOB))
OPERATOR = Actor(id=998, name="operator", kind=ActorKind.OPERATOR)


def at(actor: Actor, channel: int | None) -> Actor:
    """The same person in another channel."""
    return replace(actor, channel_id=channel)


ROLES = {chat_pb2.ROLE_SYSTEM: "system", chat_pb2.ROLE_USER: "user", chat_pb2.ROLE_ASSISTANT: "assistant"}


@dataclass
class Clock:
    """The time, which a test may move."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class People:
    """Discord, as far as it is asked who sees what: everybody sees everything, but for what a test says."""

    unseen: set[tuple[int, int]] = field(default_factory=set)
    """(user, channel)"""
    roles: dict[int, frozenset[int]] = field(default_factory=dict)
    away: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)

    async def __call__(self, user_id: int, guild_id: int, channel_id: int) -> Actor | None:
        self.asked.append((user_id, channel_id))
        if self.away:
            raise DiscordError(NOT_ASKED)
        if (user_id, channel_id) in self.unseen:
            return None
        return Actor(
            id=user_id,
            name="",
            guild_id=guild_id,
            channel_id=channel_id,
            parent_id=PARENT,
            category_id=CATEGORY,
            role_ids=self.roles.get(user_id, frozenset()),
        )


@dataclass
class House:
    grok: GrokSandbox
    client: GrokClient
    store: Store
    engine: Engine
    clock: Clock
    numbers: itertools.count[int]
    people: People
    displays: dict[str, Shown] = field(default_factory=dict)
    """How each answer was to be shown when it was given last, by id."""

    def __post_init__(self) -> None:
        self.engine.events.subscribe(AnswerGiven, lambda event: self.displays.update({event.running.id: event.shown}))

    async def ask(
        self,
        text: str,
        author: Author = ALICE,
        channel: int = CHANNEL,
        message_id: int | None = None,
        quoted_id: int | None = None,
    ) -> RunningAnswer | None:
        """As the Discord side asks: in the conversation that is held in the channel, or with how one begins."""
        held = await self.engine.places.conversation_in(channel)
        number = next(self.numbers) if message_id is None else message_id
        question = Question(
            actor=somebody(author, None), text=text, message_id=number, channel_id=channel, quoted_id=quoted_id
        )
        return await self.engine.turns.ask(question, held or opening(channel, author))

    async def begin(self, text: str, author: Author = ALICE, channel: int = CHANNEL) -> RunningAnswer:
        """Asks what is answered at once."""
        running = await self.ask(text, author, channel)
        assert running is not None
        return running

    async def begin_scripted(self, script: Script, text: str, channel: int = CHANNEL) -> RunningAnswer:
        """Asks what is answered so; the script is this answer's and cannot fall to a later one."""
        self.grok.script(script)
        running = await self.begin(text, channel=channel)
        await self.grok.until(lambda: self.grok.scripts_left == 0)
        return running

    async def answered(self, text: str, author: Author = ALICE, channel: int = CHANNEL) -> Response:
        """Asks, waits for the end, and notes that it was shown, as the Discord side does."""
        answer = await (await self.begin(text, author, channel)).end()
        await self.engine.places.shown_whole(answer.id)
        return answer

    async def held(self, channel: int = CHANNEL) -> Conversation:
        conversation = await self.store.conversations.newest_in(channel)
        assert conversation is not None
        return conversation

    async def path(self, channel: int = CHANNEL) -> list[str]:
        """What the path says, root to leaf."""
        return [response.message for response in await self.store.responses.path((await self.held(channel)).leaf_id)]

    async def path_ids(self, channel: int = CHANNEL) -> list[str]:
        return [response.id for response in await self.store.responses.path((await self.held(channel)).leaf_id)]

    async def kept(self, response_id: str) -> Response:
        """A response as the database has it."""
        response = await self.store.responses.get(response_id)
        assert response is not None
        return response

    async def has_kept(self, response_id: str, text: str) -> bool:
        return (await self.kept(response_id)).message == text

    def watch(self, begun: Callable[[RunningAnswer], object]) -> None:
        """`begun` is called with every answer that is to be shown from now on."""
        self.engine.events.subscribe(AnswerGiven, lambda event: begun(event.running))

    def watch_titles(self, titled: Callable[[Conversation], object]) -> None:
        """`titled` is called with every conversation that gets another title, but by its thread's name."""
        self.engine.events.subscribe(TitleChanged, _unless_by_thread(titled))

    def watch_moderators(self, told: Callable[[Happened], object]) -> None:
        """`told` is called with all that moderators are told of."""
        for kind in MODERATOR_EVENTS:
            self.engine.events.subscribe(kind, told)

    async def quiet(self) -> None:
        """Nothing is under way any more, and no lock is left behind."""
        await self.settled()
        while self.engine.runner.running:
            for running in self.engine.runner.running:
                await running.end()
            await self.settled()
        await self.settled()  # one that was just ending may still have looked for what waits
        assert len(self.engine.runner.locks) == 0

    async def settled(self) -> None:
        """Whoever holds a lock now has let go of it."""
        for key in list(self.engine.runner.locks._locks):
            async with self.engine.runner.locks.held(key):
                pass


def opening(channel: int = CHANNEL, owner: Author = ALICE) -> Opening:
    return Opening(guild_id=GUILD, channel_id=channel, owner_id=owner.id)


def settings_of(
    grok: GrokSandbox,
    file: Path,
    mode: str = "stateless",
    *,
    titles: bool = False,
    steering: str = "asker",
    public_url: str = "",
) -> Settings:
    return Settings(
        discord=DiscordSettings(token=SecretStr("t")),
        xai=XaiSettings(api_key=SecretStr(grok.api_key), target=grok.target, insecure=True),
        store=StoreSettings(url=str(file)),
        conversation=ConversationSettings.model_validate(
            {"mode": mode, "system_prompt": "Be brief.", "titles": titles, "steering": steering}
        ),
        web=WebSettings(listen="127.0.0.1:0", public_url=public_url or None),
    )


@asynccontextmanager
async def living(
    grok: GrokSandbox,
    file: Path,
    mode: str = "stateless",
    tries: int = 1,
    *,
    titles: bool = False,
    steering: str = "asker",
    public_url: str = "",
    outage_seconds: float = 0.0,
) -> AsyncIterator[House]:
    """One life of the daemon's inner half. What still runs at the end is interrupted, as in a stop in a hurry."""
    settings = settings_of(grok, file, mode, titles=titles, steering=steering, public_url=public_url)
    first_number = 1_001 if file.exists() else 1  # noqa: ASYNC240 - a look at one file; ids of two lives differ
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.store.url)
        stack.push_async_callback(store.close)
        await store.identifiers.load()
        client = GrokClient(settings.xai, tries=tries, first_pause=0.01, outage_seconds=outage_seconds)
        stack.push_async_callback(client.close)
        clock = Clock()
        people = People()
        engine = Engine(Context(settings, store, client, clock, id_maker()), Membership(people))
        stack.push_async_callback(engine.drain, 0.0)
        yield House(grok, client, store, engine, clock, itertools.count(first_number), people)


async def crash(house: House) -> None:
    """From here on nothing of this life reaches the database: what a killed process leaves behind is what is there."""
    await house.store.close()


async def eventually(condition: Callable[[], bool | Awaitable[bool]]) -> None:
    """Returns when the condition holds; it is looked at again and again, for what is looked at tells nobody."""
    async with asyncio.timeout(20):
        while True:
            holds = condition()
            if await holds if inspect.isawaitable(holds) else holds:
                return
            await asyncio.sleep(0.002)


def asked_last(grok: GrokSandbox) -> RecordedCall:
    """The newest request for an answer: what is deleted at xAI is asked for beside it, whenever there is time."""
    return next(call for call in reversed(grok.requests) if isinstance(call.request, chat_pb2.GetCompletionsRequest))


def shown(call: RecordedCall) -> list[str]:
    """What a request shows the model, as lines of `role: text`."""
    request = call.request
    assert isinstance(request, chat_pb2.GetCompletionsRequest)
    return [f"{ROLES[message.role]}: {message.content[0].text}" for message in request.messages]


def previous(call: RecordedCall) -> str:
    """Which stored response a request builds on; "" for none."""
    request = call.request
    assert isinstance(request, chat_pb2.GetCompletionsRequest)
    return request.previous_response_id


def _unless_by_thread(titled: Callable[[Conversation], object]) -> Callable[[TitleChanged], None]:
    def heard(event: TitleChanged) -> None:
        if event.renames or event.conversation.title_by is TitleBy.GROK:
            titled(event.conversation)

    return heard
