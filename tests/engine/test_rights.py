"""Who may do what with a conversation: each way of doing something, for each kind of actor.

Carol owns the thread; Alice asked what is answered last; Bob wrote in it before. Dan moderates there, Eve reads it.
Not here: what stands in everybody's way, a block or a pause (`test_every_way`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import pytest

from grokbot.conversation.errors import DiscordError, GrokbotError, NotAllowedError, NotFoundError
from grokbot.conversation.response import AS_THE_CONVERSATION, Author
from grokbot.engine.admission import Opening, nowhere
from grokbot.engine.turns import Question
from grokbot.policy.actor import Actor, ActorKind
from grokbot.sandbox.grok_server import Script

from .house import ALICE, BOB, CAROL, CHANNEL, GUILD, OPERATOR, living

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

DAN, EVE = Author(444, "dan"), Author(555, "eve")
ELSEWHERE = 1_000
"""How far from the thread the other channel is."""

MARKS: Mapping[str, type[GrokbotError]] = {"-": NotAllowedError, "0": NotFoundError, "?": DiscordError}
"""Of what refuses; "+" is for what is done."""


@dataclass
class Thread:
    """Two turns: Bob's, then Alice's, whose answer is shown in its second variant."""

    house: House
    channel: int
    id: str
    first: str
    answer: str
    asked: str


@dataclass(frozen=True)
class InDiscord:
    """Somebody in a channel."""

    who: Author
    channel: int = 0
    moderator: bool = False

    @property
    def actor(self) -> Actor:
        return Actor(
            id=self.who.id, name=self.who.name, guild_id=GUILD, channel_id=self.channel, moderator=self.moderator
        )


MEMBERS: dict[str, InDiscord] = {
    "owner": InDiscord(CAROL),
    "asker": InDiscord(ALICE),
    "writer": InDiscord(BOB),
    "moderator": InDiscord(DAN, moderator=True),
    "reader": InDiscord(EVE),
    "owner elsewhere": InDiscord(CAROL, ELSEWHERE),
    "asker elsewhere": InDiscord(ALICE, ELSEWHERE),
    "moderator elsewhere": InDiscord(DAN, ELSEWHERE, moderator=True),
    "owner taken out": InDiscord(CAROL, ELSEWHERE),
}
CALLERS: dict[str, Actor] = {
    "owner's key": Actor(id=CAROL.id, name=CAROL.name, kind=ActorKind.KEY),
    "asker's key": Actor(id=ALICE.id, name=ALICE.name, kind=ActorKind.KEY),
    "writer's key": Actor(id=BOB.id, name=BOB.name, kind=ActorKind.KEY),
    "moderator's key": Actor(id=DAN.id, name=DAN.name, kind=ActorKind.KEY),
    "reader's key": Actor(id=EVE.id, name=EVE.name, kind=ActorKind.KEY),
    "key of an owner taken out": Actor(id=CAROL.id, name=CAROL.name, kind=ActorKind.KEY),
    "owner's key, Discord away": Actor(id=CAROL.id, name=CAROL.name, kind=ActorKind.KEY),
    "operator": OPERATOR,
}

T = TypeVar("T")

Deed: TypeAlias = "Callable[[Thread, InDiscord], Awaitable[object]]"
Call: TypeAlias = "Callable[[Thread, Actor], Awaitable[object]]"


async def asks(thread: Thread, who: InDiscord) -> object:
    conversation = await thread.house.store.conversations.get(thread.id)
    assert conversation is not None
    question = Question(who.actor, "More?", next(thread.house.numbers), thread.channel)
    return await thread.house.engine.turns.ask(question, conversation)


async def broken(thread: Thread) -> str:
    """An answer to Alice that was stopped with something in it."""
    thread.house.grok.script(Script(text="one two three four five six seven eight", reasoning="", hang_after_tokens=4))
    running = await thread.house.begin("Third?", ALICE, thread.channel)
    while not running.text:
        await running.news(running.snapshot().revision)
    await thread.house.engine.answers.stop(running.id)
    return running.id


async def running(thread: Thread) -> str:
    """An answer to Alice that is under way."""
    return (await thread.house.begin_scripted(Script(hang_after_tokens=0), "Third?", thread.channel)).id


async def _then(before: Awaitable[T], deed: Callable[[T], Awaitable[object]]) -> object:
    return await deed(await before)


async def unshares(thread: Thread, who: Actor) -> object:
    alice = InDiscord(ALICE, thread.channel).actor
    token = await thread.house.engine.library.shares.add(thread.answer, alice, names=False)
    closed = await thread.house.engine.library.shares.close(thread.id, who)
    assert (await thread.house.engine.library.shares.shown(token) is None) == bool(closed)
    if not closed:
        raise NotAllowedError("only one's own")
    return closed


DEEDS: dict[str, tuple[Deed, str]] = {  # for each of MEMBERS, in their order
    "ask": (asks, "+++++ ++++"),
    "resample": (lambda t, w: t.house.engine.variants.resample(t.answer, w.actor), "++-+- ++00"),
    "select": (lambda t, w: t.house.engine.variants.select(t.answer, w.actor, -1), "++-+- ++00"),
    "retry": (lambda t, w: _then(broken(t), lambda i: t.house.engine.answers.retry(i, w.actor)), "++-+- ++00"),
    "continue": (
        lambda t, w: _then(broken(t), lambda i: t.house.engine.answers.go_on(i, w.actor)),
        "++-+- ++00",
    ),
    "stop": (lambda t, w: _then(running(t), lambda i: t.house.engine.answers.stop_by(i, w.actor)), "++-+- ++00"),
    "branch": (
        lambda t, w: t.house.engine.variants.branch(
            t.answer, w.actor, Opening(guild_id=GUILD, channel_id=t.channel + 500, owner_id=w.who.id)
        ),
        "++-+- ++00",
    ),
    "title": (lambda t, w: t.house.engine.library.title(t.id, "Mine", w.actor), "+--+- +-00"),
    "title by Grok": (lambda t, w: t.house.engine.titles.write(t.id, w.actor), "+--+- +-00"),
    "share": (
        lambda t, w: t.house.engine.library.shares.add(t.answer, w.actor, names=False),
        "++-+- ++00",
    ),
    "share with names": (
        lambda t, w: t.house.engine.library.shares.add(t.answer, w.actor, names=True),
        "+---- +-00",
    ),
    "unshare": (lambda t, w: unshares(t, w.actor), "++-+- ++00"),
    "info": (lambda t, w: t.house.engine.library.info(t.id, w.actor), "+++++ ++00"),
    "export": (
        lambda t, w: t.house.engine.library.transcripts.of_path(None, t.id, w.actor, names=True),
        "+++++ ++00",
    ),
    "delete": (lambda t, w: t.house.engine.library.delete(t.id, w.actor), "+--+- +-00"),
}

CALLS: dict[str, tuple[Call, str]] = {  # for each of CALLERS, in their order
    "say": (lambda t, w: t.house.engine.program_turns.say(t.id, w, "More?", t.answer), "+++000?+"),
    "stateful": (
        lambda t, w: t.house.engine.program_turns.stateful(
            w, "More?", response_id=t.answer, options=AS_THE_CONVERSATION, system_prompt=None
        ),
        "+++000?+",
    ),
    "resample": (lambda t, w: t.house.engine.variants.resample(t.answer, w), "++-000?+"),
    "replace an answer": (lambda t, w: t.house.engine.program_turns.replaced(t.answer, w, "By hand"), "++-000?+"),
    "replace a question": (lambda t, w: t.house.engine.program_turns.replaced(t.asked, w, "By hand"), "++-000?+"),
    "by hand": (
        lambda t, w: t.house.engine.program_turns.by_hand(t.id, w, "By hand", t.answer, partial=False),
        "+--000?+",
    ),
    "select": (lambda t, w: t.house.engine.variants.lead_to(t.first, w), "++-000?+"),
    "select a question": (lambda t, w: t.house.engine.variants.lead_to(t.asked, w), "++-000?+"),
    "stop": (lambda t, w: _then(running(t), lambda _: t.house.engine.answers.stop_in(t.id, w)), "++-000?+"),
    "branch": (lambda t, w: t.house.engine.variants.branch(t.answer, w, nowhere(w.id)), "++-000?+"),
    "title": (
        lambda t, w: t.house.engine.program_conversations.update(t.id, w, title="Mine", starred=False),
        "+--000?+",
    ),
    "star": (lambda t, w: t.house.engine.program_conversations.update(t.id, w, title="", starred=True), "+++000?+"),
    "title by Grok": (lambda t, w: t.house.engine.titles.write(t.id, w), "+--000?+"),
    "share": (lambda t, w: t.house.engine.program_conversations.share(t.id, t.answer, w), "++-000?+"),
    "unshare": (unshares, "++-000?+"),
    "read": (lambda t, w: t.house.engine.program_conversations.read(t.id, w), "+++000?+"),
    "watch": (lambda t, w: anext(t.house.engine.conversation_watch.watch(t.id, w)), "+++000?+"),
    "info": (lambda t, w: t.house.engine.library.info(t.id, w), "+++000?+"),
    "export": (lambda t, w: t.house.engine.library.transcripts.of_path(None, t.id, w, names=True), "+++000?+"),
    "delete": (lambda t, w: t.house.engine.library.delete(t.id, w), "+--000?+"),
}


@pytest.fixture
async def house(grok: GrokSandbox, file: Path) -> AsyncIterator[House]:
    async with living(grok, file, public_url="https://example.org") as alive:
        yield alive


async def begun(house: House, channel: int) -> Thread:
    await house.engine.turns.open(Opening(guild_id=GUILD, channel_id=channel, owner_id=CAROL.id))
    await house.answered("First?", BOB, channel)
    first = await house.answered("Second?", ALICE, channel)
    answer = await (await house.engine.variants.resample(first.id, InDiscord(ALICE, channel).actor)).end()
    return Thread(house, channel, first.conversation_id, first.id, answer.id, str(answer.parent_id))


async def outcome(thread: Thread, deed: Awaitable[object], who: str) -> str:
    if "taken out" in who:
        thread.house.people.unseen.add((CAROL.id, thread.channel))
    thread.house.people.away = "Discord away" in who
    try:
        await deed
    except GrokbotError as error:
        return next((mark for mark, kind in MARKS.items() if isinstance(error, kind)), repr(error))
    finally:
        thread.house.people.away = False
        for each in thread.house.engine.runner.running:
            await thread.house.engine.answers.stop(each.id)
    return "+"


@pytest.mark.parametrize("way", DEEDS)
async def test_what_somebody_in_discord_may_do(house: House, way: str) -> None:
    deed, expected = DEEDS[way]
    got = {}
    for channel, (name, who) in enumerate(MEMBERS.items(), CHANNEL):
        thread = await begun(house, channel)
        got[name] = await outcome(thread, deed(thread, replace(who, channel=channel + who.channel)), name)
    assert got == dict(zip(MEMBERS, expected.replace(" ", ""), strict=True))


@pytest.mark.parametrize("way", CALLS)
async def test_what_a_caller_may_do(house: House, way: str) -> None:
    call, expected = CALLS[way]
    got = {}
    for channel, (name, who) in enumerate(CALLERS.items(), CHANNEL):
        thread = await begun(house, channel)
        got[name] = await outcome(thread, call(thread, who), name)
    assert got == dict(zip(CALLERS, expected, strict=True))
