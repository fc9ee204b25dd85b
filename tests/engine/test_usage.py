from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.records import By

from .house import ALICE, BOB, CALLING_ALICE, CALLING_BOB, CHANNEL, OPERATOR

if TYPE_CHECKING:
    from .house import House


async def test_who_reaches_everything_sees_what_all_spent_and_others_what_they_did(house: House) -> None:
    spending = house.engine.spending
    mine = await house.answered("One")
    theirs = await house.answered("Two", BOB, CHANNEL + 1)
    assert mine.usage is not None
    assert theirs.usage is not None
    (everything,) = await spending.spent(OPERATOR, By.NOTHING)
    assert everything.answers == 2
    assert everything.tokens.prompt_tokens == mine.usage.prompt_tokens + theirs.usage.prompt_tokens
    assert {each.key for each in await spending.spent(OPERATOR, By.PERSON)} == {str(ALICE.id), str(BOB.id)}
    assert [(each.key, each.tokens) for each in await spending.spent(CALLING_ALICE, By.PERSON)] == [
        (str(ALICE.id), mine.usage)
    ]
    assert [each.tokens for each in await spending.spent(CALLING_BOB, By.CONVERSATION)] == [theirs.usage]


async def test_a_span_of_time(house: House) -> None:
    await house.answered("One")
    between = house.clock() + timedelta(hours=1)
    house.clock.ahead = timedelta(days=1)
    await house.answered("Two")
    days = [(each.key, each.answers) for each in await house.engine.spending.spent(CALLING_ALICE, By.DAY)]
    assert [answers for _, answers in days] == [1, 1]
    assert days == sorted(days)
    spent = house.engine.spending.spent
    assert [each.answers for each in await spent(CALLING_ALICE, By.NOTHING, since=between)] == [1]
    assert [each.answers for each in await spent(CALLING_ALICE, By.NOTHING, until=between)] == [1]
    assert [each.answers for each in await spent(CALLING_ALICE, By.NOTHING, between, between)] == [0]
