"""Conversations that stand side by side in one channel: what a reply goes on with, and what it leaves alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import UserError
from grokbot.engine.library.library import NOT_YOURS_HERE
from grokbot.engine.turns import Question
from grokbot.policy.actor import somebody
from grokbot.sandbox.grok_server import Script

from .house import ALICE, BOB, CAROL, CHANNEL, GUILD, opening

if TYPE_CHECKING:
    from grokbot.conversation.response import Author, Conversation, Response
    from grokbot.engine.turns import RunningAnswer

    from .house import House

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def asks(house: House, author: Author, text: str, below: Response | None = None) -> RunningAnswer | None:
    """A reply to a response, or the beginning of a conversation beside the others."""
    question = Question(somebody(author, GUILD), text, next(house.numbers), CHANNEL)
    if below is None:
        return await house.engine.turns.ask(question, replace(opening(owner=author), in_channel=True))
    return await house.engine.turns.ask(question, await of(house, below), below.id)


async def of(house: House, response: Response) -> Conversation:
    found = await house.store.conversations.get(response.conversation_id)
    assert found is not None
    return found


async def answered(house: House, author: Author, text: str, below: Response | None = None) -> Response:
    house.grok.script(Script(text=f"re: {text}"))
    running = await asks(house, author, text, below)
    assert running is not None
    return await running.end()


async def told(house: House, answer: Response) -> list[str]:
    """What was on the way to an answer, with itself."""
    return [each.message for each in await house.store.responses.path(answer.id)]


async def test_a_reply_to_the_end_goes_on_and_one_to_anything_above_it_begins_a_branch_that_hides_nothing(
    house: House,
) -> None:
    one = await answered(house, ALICE, "one")
    two = await answered(house, BOB, "two", one)
    assert two.conversation_id == one.conversation_id
    three = await answered(house, CAROL, "three", one)
    assert three.conversation_id != one.conversation_id
    assert await told(house, three) == ["one", "re: one", "three", "re: three"]
    branch = await of(house, three)
    assert (branch.owner_id, branch.branched_from, branch.options.in_channel) == (CAROL.id, one.id, True)
    assert (await of(house, one)).leaf_id == two.id
    assert house.displays[two.id].aside is None
    # The same from the branch's own answers, and from a question: it goes on from the answer to it.
    four = await answered(house, ALICE, "four", three)
    assert four.conversation_id == branch.id
    [question] = await house.store.responses.some([two.parent_id or ""])
    five = await answered(house, ALICE, "five", question)
    assert (five.conversation_id, await told(house, five)) == (
        one.conversation_id,
        ["one", "re: one", "two", "re: two", "five", "re: five"],
    )


async def test_a_reply_to_a_running_answer_waits_for_it_and_one_to_an_earlier_answer_does_not(house: House) -> None:
    one = await answered(house, ALICE, "one")
    house.grok.script(Script(text="slow", hang_after_tokens=0))
    running = await asks(house, ALICE, "two", one)
    assert running is not None
    assert await asks(house, BOB, "three", running.response) is None
    other = await answered(house, CAROL, "four", one)
    assert await told(house, other) == ["one", "re: one", "four", "re: four"]


async def test_a_reply_to_an_answer_that_came_to_nothing_goes_on_from_the_last_that_did_not(house: House) -> None:
    house.grok.script(Script(fail="internal"))
    broken = await asks(house, ALICE, "one")
    assert broken is not None
    failed = await broken.end()
    assert not failed.answered
    again = await answered(house, ALICE, "again", failed)
    assert (again.conversation_id, await told(house, again)) == (failed.conversation_id, ["again", "re: again"])


async def test_a_person_goes_on_with_the_conversation_that_they_spoke_in_or_began_last(house: House) -> None:
    async def last(author: Author, after: int = 0, since: datetime = LONG_AGO) -> str | None:
        found = await house.engine.places.conversation_of(author.id, CHANNEL, after, since)
        return None if found is None else found.id

    mine, others = await answered(house, ALICE, "mine"), await answered(house, BOB, "others")
    assert [await last(author) for author in (ALICE, BOB, CAROL)] == [
        mine.conversation_id,
        others.conversation_id,
        None,
    ]
    await answered(house, ALICE, "joins", others)
    assert await last(ALICE) == others.conversation_id == (await house.engine.library.here(CHANNEL, ALICE.id)).id
    empty = await house.engine.turns.open(replace(opening(), in_channel=True))
    assert await last(ALICE) == empty.id
    assert await last(ALICE, after=10**6, since=datetime.now(UTC)) is None
    assert await house.engine.places.conversation_in(CHANNEL) is None
    with pytest.raises(UserError, match=str(NOT_YOURS_HERE)):
        await house.engine.library.here(CHANNEL, CAROL.id)
