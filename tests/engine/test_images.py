"""Answers that are images: what they reserve and cost, whatever their end; and that nothing of them stays behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import GrokError, GrokFailure, LimitReachedError
from grokbot.conversation.response import State, TurnOptions
from grokbot.engine.turns import Question
from grokbot.policy.budgets import Counted, Scope
from grokbot.sandbox.grok_server import ScriptedImages
from grokbot.wire.xai.image_pb2 import GenerateImageRequest

from .house import ALICE, AS_ALICE, AS_BOB, AS_MODERATOR, BOB, CHANNEL

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.engine.turns import RunningAnswer

    from .house import House

CENT = 10**8
FOX = "a fox in the snow"


async def drawn(house: House, images: int = 1) -> RunningAnswer:
    options = TurnOptions(image_model="grok-imagine-image", image_count=images)
    question = Question(AS_ALICE, FOX, next(house.numbers), CHANNEL)
    return await house.engine.turns.draw(question, await house.held(), options)


def asked_for_images(house: House) -> int:
    return sum(isinstance(call.request, GenerateImageRequest) for call in house.grok.requests)


async def counted_today(house: House) -> int:
    """What counts against a limit of dollars, in ticks."""
    [limit] = await house.engine.budgets.standing(AS_ALICE)
    return limit.used


async def test_images_cost_what_xai_says_and_a_stop_counts_them_as_made(house: House) -> None:
    assert await house.engine.prices.look()
    await house.engine.moderation.limits.set(AS_MODERATOR, Scope.MEMBER, 0, Counted.COST_A_DAY, 10**11)
    await house.answered("hello")
    before = await counted_today(house)
    answer = await (await drawn(house, 3)).end()
    assert (answer.state, len(answer.attachments)) == (State.DONE, 3)
    assert await counted_today(house) - before == 6 * CENT
    house.grok.script_images(ScriptedImages(seconds=20.0))
    running = await drawn(house, 2)
    await house.grok.until(lambda: asked_for_images(house) == 2)
    await house.engine.answers.stop_by(running.id, AS_ALICE)
    assert (await running.end()).state is State.STOPPED
    house.grok.script_images(ScriptedImages(withheld=1))
    declined = await drawn(house)
    assert (await declined.end()).state is State.FAILED
    trouble = declined.snapshot().trouble
    assert isinstance(trouble, GrokError)
    assert trouble.kind is GrokFailure.REFUSED
    house.grok.script_images(ScriptedImages(fail="overloaded"))
    assert (await (await drawn(house)).end()).state is State.FAILED
    await house.quiet()
    assert await counted_today(house) - before == (6 + 4 + 2) * CENT


async def test_more_than_is_left_is_not_begun_and_leaves_no_message(house: House) -> None:
    assert await house.engine.prices.look()
    await house.answered("hello")
    before = await house.path()
    await house.engine.moderation.limits.set(AS_MODERATOR, Scope.MEMBER, 0, Counted.COST_A_DAY, 5 * CENT)
    with pytest.raises(LimitReachedError, match=r"this would cost \$0\.06"):
        await drawn(house, 3)
    assert await house.path() == before
    assert not asked_for_images(house)


@pytest.mark.parametrize("way", ["deleted", "purged", "forgotten"])
async def test_an_image_goes_with_its_answer_and_leaves_nothing_in_the_file(house: House, file: Path, way: str) -> None:
    await house.answered("hello", BOB)
    answer = await (await drawn(house)).end()
    await house.engine.places.shown_whole(answer.id)
    await house.quiet()
    [attached] = answer.attachments
    assert attached.data is not None
    piece = attached.data[-200:-150]
    stored = (await house.kept(answer.id)).attachments
    assert list((await house.store.attachments.loaded(stored)).values()) == [attached.data]
    assert piece in left(file)
    match way:
        case "deleted":
            await house.engine.library.delete(answer.conversation_id, AS_BOB)
        case "purged":
            await house.engine.moderation.purge.run(AS_MODERATOR, user_id=ALICE.id)
        case _:
            await house.engine.privacy.delete_everything(ALICE.id)
            assert piece not in left(file)
    assert not await house.store.attachments.loaded(stored)


def left(file: Path) -> bytes:
    return b"".join(each.read_bytes() for each in file.parent.iterdir() if each.is_file())
