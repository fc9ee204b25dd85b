from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.response import State
from grokbot.engine.variants.stop_and_retry import GO_ON
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, AS_BOB, AS_CAROL, AS_MODERATOR, BOB, shown

if TYPE_CHECKING:
    from grokbot.conversation.response import Response

    from .house import House


async def stopped(house: House) -> Response:
    """An answer that alice asked for and stopped in the middle."""
    script = Script(text="The first half and the second", reasoning="", hang_after_tokens=3)
    running = await house.begin_scripted(script, "Tell me all")
    await house.grok.until(lambda: house.grok.requests[-1].tokens_sent == 3)
    while not running.snapshot().text:
        await running.news(running.snapshot().revision)
    await house.engine.answers.stop_by(running.id, AS_ALICE)
    return await running.end()


async def test_a_stop_by_the_asker_keeps_what_was_received_and_ends_the_call(house: House) -> None:
    answer = await stopped(house)
    assert answer.state is State.STOPPED
    assert answer.message
    assert "The first half and the second".startswith(answer.message)
    assert house.grok.requests[-1].cancelled
    assert house.grok.running == 0
    await house.quiet()


async def test_only_the_asker_the_owner_and_moderators_may_stop(house: House) -> None:
    await house.answered("I own this")
    script = Script(text="a b c d e f", reasoning="", hang_after_tokens=2)
    house.grok.script(script)
    running = await house.begin("and I ask", author=BOB)
    with pytest.raises(NotAllowedError):
        await house.engine.answers.stop_by(running.id, AS_CAROL)
    assert not running.has_ended
    await house.engine.answers.stop_by(running.id, AS_MODERATOR)
    assert (await running.end()).state is State.STOPPED
    with pytest.raises(UserError, match="ended already"):
        await house.engine.answers.stop_by(running.id, AS_BOB)
    await house.quiet()


async def test_a_stopped_answer_is_continued_below_it_and_the_model_sees_both(house: House) -> None:
    first = await stopped(house)
    house.grok.script(Script(text="half of it."))
    running = await house.engine.answers.go_on(first.id, AS_ALICE)
    second = await running.end()
    assert second.message == "half of it."
    path = await house.store.responses.path(second.id)
    assert [response.message for response in path] == ["Tell me all", first.message, GO_ON, "half of it."]
    assert path[2].manual
    assert path[2].author == ALICE
    assert (await house.held()).leaf_id == second.id
    assert shown(house.grok.requests[-1])[-3:] == [
        "user: alice: Tell me all",
        f"assistant: {first.message}",
        f"user: alice: {GO_ON}",
    ]
    with pytest.raises(NotAllowedError, match="moved on"):
        await house.engine.answers.go_on(first.id, AS_ALICE)
    await house.quiet()


async def test_continue_is_refused_for_what_is_complete_and_for_others(house: House) -> None:
    done = await house.answered("one")
    with pytest.raises(UserError, match="complete"):
        await house.engine.answers.go_on(done.id, AS_ALICE)
    broken = await stopped(house)
    with pytest.raises(NotAllowedError, match="Only the person"):
        await house.engine.answers.go_on(broken.id, AS_BOB)
    with pytest.raises(UserError, match="no longer exists"):
        await house.engine.answers.go_on("01ARZ3NDEKTSV4RRFFQ69G5FAV", AS_ALICE)
    await house.quiet()


async def test_a_stopped_answer_can_be_tried_again_instead(house: House) -> None:
    first = await stopped(house)
    house.grok.script(Script(text="All of it at once."))
    second = await (await house.engine.answers.retry(first.id, AS_ALICE)).end()
    assert second.parent_id == first.parent_id
    assert await house.path() == ["Tell me all", "All of it at once."]
    await house.quiet()
