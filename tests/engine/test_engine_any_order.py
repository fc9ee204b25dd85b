from __future__ import annotations

import asyncio
import itertools
import random
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import AlreadyKnownError, NotAllowedError, UserError
from grokbot.conversation.response import Sender, State
from grokbot.engine.turns import Question
from grokbot.policy.actor import somebody
from grokbot.sandbox.grok_server import Script
from tests.conversation.forest import children, path_to

from .house import ALICE, AS_MODERATOR, BOB, CAROL, CHANNEL, OPERATOR, crash, living, opening
from .wall import Wall

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from grokbot.conversation.response import Conversation, Response
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

CHANNELS = (CHANNEL, CHANNEL + 1, CHANNEL + 2)
LIVES = 2
STEPS = 25

SCRIPTS = (
    Script(text="whole"),
    Script(text="whole and a little longer", tokens_per_second=500),
    Script(text="half of it", reasoning="", fail="internal", fail_after_tokens=2),
    Script(text="half of it", reasoning="", hang_after_tokens=2),
    Script(hang_after_tokens=0),
    Script(fail="internal"),
    Script(fail="refused"),
    Script(text=""),
    Script(text="cut", finish="none"),
)


class Crowd:
    """People who do whatever comes to their minds, all at once. Remembers what was taken in and what was deleted."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.taken: dict[int, str] = {}
        self.unsure: set[int] = set()
        self.deleted: set[int] = set()
        self.edited: dict[int, set[str]] = {}
        self.lost_ends = False
        self._number = 0

    async def act(self, house: House) -> None:
        often = (self.ask, self.ask, self.ask, self.ask_and_go, self.replay, self.stop, self.delete, self.retry)
        house.grok.script(self.chance.choice(SCRIPTS))
        seldom = (self.resample, self.select, self.edit, self.say, self.say, self.write, self.choose, self.vary)
        await self.chance.choice((*often, *seldom))(house)

    def question(self, number: int) -> Question:
        rest = random.Random(number)
        return Question(
            somebody(rest.choice((ALICE, BOB, CAROL)), None), f"question {number}", number, rest.choice(CHANNELS)
        )

    async def ask(self, house: House) -> None:
        self._number += 1
        asked = self.question(self._number)
        held = await house.engine.places.conversation_in(asked.channel_id)
        await house.engine.turns.ask(asked, held or opening(asked.channel_id))
        self.taken[asked.message_id] = asked.text

    async def ask_and_go(self, house: House) -> None:
        self._number += 1
        asked = self.question(self._number)
        self.unsure.add(asked.message_id)
        asking = asyncio.create_task(house.engine.turns.ask(asked, opening(asked.channel_id)))
        for _ in range(self.chance.randrange(30)):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])

    async def replay(self, house: House) -> None:
        left = sorted(set(self.taken) - self.deleted)
        for number in self.chance.sample(left, min(len(left) // 2, 1)):
            asked = self.question(number)
            with pytest.raises(AlreadyKnownError):
                await house.engine.turns.ask(asked, opening(asked.channel_id))

    async def stop(self, house: House) -> None:
        for running in self.chance.sample(house.engine.runner.running, min(len(house.engine.runner.running), 1)):
            await house.engine.answers.stop(running.id)

    async def delete(self, house: House) -> None:
        number = self.chance.randint(1, self._number + 1)
        if number <= self._number:
            self.deleted.add(number)
        await house.engine.withdrawal.message_deleted(number)

    async def retry(self, house: House) -> None:
        conversation = await house.engine.places.conversation_in(self.chance.choice(CHANNELS))
        if conversation is None:
            return
        models = [r for r in await house.store.responses.forest(conversation.id) if r.sender is Sender.MODEL]
        for answer in models[-2:]:
            try:
                await house.engine.answers.retry(answer.id, AS_MODERATOR)
            except (NotAllowedError, UserError):
                continue

    async def resample(self, house: House) -> None:
        answer = await self.some_answer(house)
        if answer is not None:
            with suppress(NotAllowedError, UserError):
                await house.engine.variants.resample(answer.id, AS_MODERATOR)

    async def select(self, house: House) -> None:
        answer = await self.some_answer(house)
        if answer is not None:
            with suppress(NotAllowedError, UserError):
                await house.engine.variants.select(answer.id, AS_MODERATOR, self.chance.choice((-1, 1)))

    async def edit(self, house: House) -> None:
        numbers = sorted(set(self.taken) - self.deleted)
        if numbers:
            asked = self.question(self.chance.choice(numbers))
            text = self.chance.choice((asked.text, f"edited {self.chance.randrange(3)}"))
            with suppress(NotAllowedError, UserError):
                await house.engine.variants.edited(asked.message_id, replace(asked, text=text))
                self.edited.setdefault(asked.message_id, {asked.text}).add(text)

    async def say(self, house: House) -> None:
        """From elsewhere than Discord, under whatever there is; or what somebody said is answered once more."""
        where = await self.somewhere(house)
        if where is not None:
            text = self.chance.choice(("said elsewhere", ""))
            under = where[1].id if where[1] is not None else None
            with suppress(NotAllowedError, UserError):
                await house.engine.program_turns.say(where[0].id, OPERATOR, text, under)

    async def write(self, house: House) -> None:
        where = await self.somewhere(house)
        if where is not None:
            partial = self.chance.random() < 0.5
            under = where[1].id if where[1] is not None else None
            with suppress(NotAllowedError, UserError):
                await house.engine.program_turns.by_hand(where[0].id, OPERATOR, "by hand", under, partial=partial)

    async def choose(self, house: House) -> None:
        where = await self.somewhere(house)
        if where is not None and where[1] is not None:
            with suppress(NotAllowedError, UserError):
                await house.engine.variants.lead_to(where[1].id, OPERATOR)

    async def vary(self, house: House) -> None:
        where = await self.somewhere(house)
        if where is not None and where[1] is not None:
            growing, this = house.engine.program_turns, where[1].id
            with suppress(NotAllowedError, UserError):
                if self.chance.random() < 0.5:
                    await house.engine.variants.resample(this, OPERATOR)
                else:
                    await growing.replaced(this, OPERATOR, "replaced")

    async def somewhere(self, house: House) -> tuple[Conversation, Response | None] | None:
        """A conversation, and a response of it or its beginning."""
        conversation = await house.engine.places.conversation_in(self.chance.choice(CHANNELS))
        if conversation is None:
            return None
        return conversation, self.chance.choice([None, *await house.store.responses.forest(conversation.id)])

    async def some_answer(self, house: House) -> Response | None:
        conversation = await house.engine.places.conversation_in(self.chance.choice(CHANNELS))
        if conversation is None:
            return None
        models = [r for r in await house.store.responses.forest(conversation.id) if r.sender is Sender.MODEL]
        return self.chance.choice(models) if models else None


async def stop_all(house: House) -> None:
    """Ends what hangs, and what was waiting for that, until nothing is left."""
    house.grok.forget_scripts()
    async with asyncio.timeout(30):
        await house.settled()
        while house.engine.runner.running:
            for running in house.engine.runner.running:
                await house.engine.answers.stop(running.id)
            await house.settled()
    await house.quiet()


async def begun(house: House, wall: Wall) -> None:
    for given in await house.engine.recovery.recover():
        wall.show(given)
    await house.engine.recovery.answer_waiting()


async def lived(house: House, crowd: Crowd, wall: Wall) -> None:
    await begun(house, wall)
    for _ in range(STEPS):
        together = [asyncio.create_task(crowd.act(house)) for _ in range(crowd.chance.randint(1, 3))]
        async with asyncio.timeout(60):
            await asyncio.gather(*together)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_people_do_in_whatever_order_all_is_kept_once_and_nothing_hangs(
    grok: GrokSandbox, file: Path, seed: int
) -> None:
    crowd = Crowd(seed)
    says: dict[int, str] = {}
    posted: dict[int, str] = {}
    numbers = itertools.count(10_000)
    mode = ("stateless", "stateful")[seed % 2]
    for _ in range(LIVES):
        async with living(grok, file, mode) as house:
            wall = Wall(house, says, posted, numbers=numbers)
            await lived(house, crowd, wall)
            if crowd.chance.random() < 0.5:
                await house.engine.runner.locks.decided()
                await wall.leave()
                await crash(house)
            else:
                await house.engine.drain(0.0)
                await wall.still()
    grok.forget_scripts()
    async with living(grok, file, mode) as house:
        wall = Wall(house, says, posted, numbers=numbers)
        await begun(house, wall)
        await stop_all(house)
        await check_messages(house, crowd)
        for channel in CHANNELS:
            conversation = await house.engine.places.conversation_in(channel)
            if conversation is not None:
                check_forest(conversation, await house.store.responses.forest(conversation.id))
                await wall.check(channel)


async def check_messages(house: House, crowd: Crowd) -> None:
    """Every message that was taken in is there once, unless it was deleted before anybody answered it."""
    assert await house.store.turns.unended() == ()
    assert await house.store.queue.conversations() == ()
    responses: set[str] = set()
    for number, text in crowd.taken.items():
        human = await house.store.messages.response(number)
        if human is None:
            assert number in crowd.deleted
            continue
        assert human.state is State.DONE
        assert human.message in crowd.edited.get(number, {text}) or human.erased
        assert not human.erased or number in crowd.deleted
        responses.add(human.id)
    kept = [await house.store.messages.response(number) for number in crowd.taken | dict.fromkeys(crowd.unsure)]
    everybody = [h.id for h in kept if h is not None]
    in_forests: list[str] = []
    for channel in CHANNELS:
        conversation = await house.engine.places.conversation_in(channel)
        if conversation is not None:
            forest = await house.store.responses.forest(conversation.id)
            in_forests += [r.id for r in forest if r.sender is Sender.HUMAN]
            former = (await house.store.placement.get(conversation.id)).former
            humans = [r for r in forest if r.sender is Sender.HUMAN]
            elsewhere = [r.id for r in humans if r.author == OPERATOR.author]
            assert all(r.id in everybody or r.id in former or r.id in elsewhere for r in humans)
    assert set(everybody) <= set(in_forests)  # the rest is what messages held before they were edited
    assert len(everybody) == len(set(everybody))
    assert responses <= set(in_forests)


def check_forest(conversation: Conversation, forest: Sequence[Response]) -> None:
    """Every message leads to an answer or to the record of why there is none; the leaf is what people were told."""
    by_id = {response.id: response for response in forest}
    assert all(response.state.ended for response in forest)
    for response in forest:
        below = children(forest, response.id)
        if response.sender is Sender.HUMAN:
            assert below
            assert leads_to_answer(forest, response)
        else:
            asked = response.parent_id is not None and by_id[response.parent_id].sender is Sender.HUMAN
            assert asked or response.manual
            if not response.answered:
                assert below == ()  # nothing hangs under what nobody has seen
    if conversation.leaf_id is not None:
        assert by_id[conversation.leaf_id].answered
        assert all(r.sender is Sender.HUMAN or r.answered for r in path_to(forest, conversation.leaf_id))


def leads_to_answer(forest: Sequence[Response], human: Response) -> bool:
    response = human
    while response.sender is Sender.HUMAN:
        response = children(forest, response.id)[0]
    return True
