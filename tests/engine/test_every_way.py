"""Every way of changing a conversation, against everything that can stand in its way: refused, and nothing has changed.

Stopping an answer, starring, sharing what stands there, and deleting one's own are ways that a lock or a pause leaves
open: they begin nothing and say nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import GrokbotError, LimitReachedError, NotAllowedError
from grokbot.conversation.response import AS_THE_CONVERSATION, Mode
from grokbot.engine.admission import BlockedError, Opening, nowhere
from grokbot.engine.turns import Question
from grokbot.policy import blocks
from grokbot.policy.admission import LockedError, PausedError
from grokbot.policy.budgets import Counted, Scope
from grokbot.policy.places import NotHereError, PlaceRules, Spread
from grokbot.sandbox.grok_server import Script

from .house import ALICE, CALLING_ALICE, CHANNEL, GUILD, PARENT
from .moderators import MODERATOR, ROLE, person

if TYPE_CHECKING:
    from pathlib import Path

    from .house import House

AS_ALICE = person(ALICE, ROLE)


@dataclass
class Talk:
    """A conversation in which two variants were answered, and then a third answer was broken off."""

    house: House
    id: str
    first: str
    second: str
    broken: str
    asked: int
    """The message of the first question."""
    file: Path


Way = Callable[[Talk], Awaitable[object]]


def question(text: str, message_id: int) -> Question:
    return Question(person(ALICE, ROLE), text, message_id, CHANNEL)


async def ask(talk: Talk) -> object:
    where = await talk.house.held()
    return await talk.house.engine.turns.ask(question("More?", 999), where)


WAYS: dict[str, Way] = {
    "ask": ask,
    "edit": lambda t: t.house.engine.variants.edited(t.asked, question("Reworded", t.asked)),
    "retry": lambda t: t.house.engine.answers.retry(t.broken, AS_ALICE),
    "continue": lambda t: t.house.engine.answers.go_on(t.broken, AS_ALICE),
    "resample": lambda t: t.house.engine.variants.resample(t.second, AS_ALICE),
    "previous": lambda t: t.house.engine.variants.select(t.second, AS_ALICE, -1),
    "branch": lambda t: t.house.engine.variants.branch(
        t.second, AS_ALICE, Opening(guild_id=GUILD, channel_id=77, owner_id=ALICE.id)
    ),
    "title by Grok": lambda t: t.house.engine.titles.write(t.id, AS_ALICE),
    "api say": lambda t: t.house.engine.program_turns.say(t.id, CALLING_ALICE, "More?", t.second),
    "api stateful": lambda t: t.house.engine.program_turns.stateful(
        CALLING_ALICE, "More?", response_id=t.second, options=AS_THE_CONVERSATION, system_prompt=None
    ),
    "api resample": lambda t: t.house.engine.variants.resample(t.second, CALLING_ALICE),
    "api replace": lambda t: t.house.engine.program_turns.replaced(t.second, CALLING_ALICE, "By hand"),
    "api by hand": lambda t: t.house.engine.program_turns.by_hand(
        t.id, CALLING_ALICE, "By hand", t.second, partial=False
    ),
    "api select": lambda t: t.house.engine.variants.lead_to(t.first, CALLING_ALICE),
    "api branch": lambda t: t.house.engine.variants.branch(t.second, CALLING_ALICE, nowhere(ALICE.id)),
    "api title by Grok": lambda t: t.house.engine.titles.write(t.id, CALLING_ALICE),
}
TITLES: dict[str, Way] = {
    "title": lambda t: t.house.engine.library.title(t.id, "Mine", AS_ALICE),
    "api title": lambda t: t.house.engine.program_conversations.update(
        t.id, CALLING_ALICE, title="Mine", starred=False
    ),
}
"""They begin no answer, so that a pause and a closed place leave them open."""


async def block_user(talk: Talk) -> None:
    await talk.house.engine.moderation.blocks.add(MODERATOR, blocks.BlockKind.USER, ALICE.id, until=None, reason="")


async def block_role(talk: Talk) -> None:
    await talk.house.engine.moderation.blocks.add(MODERATOR, blocks.BlockKind.ROLE, ROLE, until=None, reason="")


async def block_channel(talk: Talk) -> None:
    await talk.house.engine.moderation.blocks.add(MODERATOR, blocks.BlockKind.CHANNEL, PARENT, until=None, reason="")


async def pause_here(talk: Talk) -> None:
    await talk.house.engine.moderation.controls.pause(MODERATOR)


async def pause_all(talk: Talk) -> None:
    await talk.house.engine.pauses.pause(1, "")


async def lock(talk: Talk) -> None:
    await talk.house.engine.moderation.controls.lock(MODERATOR, talk.id)


async def close_place(talk: Talk) -> None:
    await talk.house.engine.moderation.settings.set_places(
        MODERATOR, PlaceRules(spread=Spread.ALL_BUT, channel_ids=frozenset({PARENT}))
    )


OBSTACLES: dict[Callable[[Talk], Awaitable[None]], type[GrokbotError]] = {
    block_user: BlockedError,
    block_role: BlockedError,
    block_channel: BlockedError,
    pause_here: PausedError,
    pause_all: PausedError,
    lock: LockedError,
    close_place: NotHereError,
}
FOR_TITLES = (block_user, block_role, block_channel, lock)


@pytest.fixture
async def talk(house: House, file: Path) -> Talk:
    house.people.roles[ALICE.id] = frozenset({ROLE})
    opening = Opening(guild_id=GUILD, channel_id=CHANNEL, owner_id=ALICE.id, mode=Mode.STATELESS)
    running = await house.engine.turns.ask(question("One?", 501), opening)
    assert running is not None
    first = await running.end()
    second = await (await house.engine.variants.resample(first.id, AS_ALICE)).end()
    return Talk(house, first.conversation_id, first.id, second.id, second.id, 501, file)


async def broken_off(talk: Talk) -> None:
    """What can be tried again or continued: the shown variant, stopped in mid-stream."""
    house = talk.house
    house.grok.script(Script(text="one two three four five six seven eight", reasoning="", hang_after_tokens=4))
    running = await house.engine.variants.resample(talk.second, AS_ALICE)
    await house.grok.until(lambda: house.grok.scripts_left == 0)
    while not running.text:
        await running.news(running.snapshot().revision)
    await house.engine.answers.stop(running.id)
    talk.broken = running.id


def everything(talk: Talk) -> dict[str, list[tuple[object, ...]]]:
    """All that is kept but what is put to account, and what is noted of refusals."""
    with closing(sqlite3.connect(talk.file)) as database:
        return {
            table: sorted(database.execute(f"SELECT * FROM {table}"), key=repr)  # noqa: S608 - a name of ours
            for table in ("conversations", "responses", "discord_messages", "reservations", "stars", "shares")
        }


def calls(talk: Talk) -> int:
    return len(talk.house.grok.requests)


async def refused(talk: Talk, way: Way, error: type[GrokbotError]) -> None:
    before, asked = everything(talk), calls(talk)
    with pytest.raises(error) as raised:
        await way(talk)
    assert str(raised.value).strip()
    await talk.house.quiet()
    assert everything(talk) == before
    assert calls(talk) == asked


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("way", WAYS)
async def test_every_way_meets_every_obstacle(
    talk: Talk, way: str, obstacle: Callable[[Talk], Awaitable[None]]
) -> None:
    if way in ("retry", "continue"):
        await broken_off(talk)
    await obstacle(talk)
    await refused(talk, WAYS[way], OBSTACLES[obstacle])


@pytest.mark.parametrize("obstacle", FOR_TITLES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("way", TITLES)
async def test_a_title_with_a_text_meets_those_that_hold_for_it(
    talk: Talk, way: str, obstacle: Callable[[Talk], Awaitable[None]]
) -> None:
    await obstacle(talk)
    await refused(talk, TITLES[way], OBSTACLES[obstacle])


SPENDS = ("ask", "edit", "retry", "continue", "resample", "title by Grok", "api say", "api stateful", "api resample")


@pytest.mark.parametrize("way", SPENDS)
async def test_every_way_that_costs_meets_the_limits(talk: Talk, way: str) -> None:
    if way in ("retry", "continue"):
        await broken_off(talk)
    await talk.house.engine.moderation.limits.set(MODERATOR, Scope.ROLE, ROLE, Counted.COST_A_DAY, 0)
    await refused(talk, WAYS[way], (LimitReachedError, NotAllowedError))  # type: ignore[arg-type] # pytest takes several


async def test_a_name_given_to_a_locked_conversations_thread_by_hand_is_not_its_title(talk: Talk) -> None:
    await lock(talk)
    await talk.house.engine.titles.named(CHANNEL, "By hand")
    assert (await talk.house.held()).title == ""
