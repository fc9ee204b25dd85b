from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.response import State
from grokbot.sandbox.grok_server import Script

from .house import AS_ALICE, previous, shown
from .trouble import read_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grokbot.conversation.response import Response

    from .house import House


async def turns(house: House, *texts: str) -> Sequence[Response]:
    answers = [await house.answered(text) for text in texts]
    assert [answer.state for answer in answers] == [State.DONE] * len(texts)
    return answers


def sent(house: House) -> list[tuple[str, int]]:
    """Of every request: on what it builds, and how many messages it brings."""
    return [(previous(call), len(shown(call))) for call in house.grok.requests]


async def test_only_what_is_new_is_sent_on_top_of_the_last_answer(stateful: House) -> None:
    one, two, _ = await turns(stateful, "one", "two", "three")
    assert sent(stateful) == [("", 2), (one.xai_id, 1), (two.xai_id, 1)]
    assert shown(stateful.grok.requests[-1]) == ["user: alice: three"]
    assert one.stored_until is not None
    assert timedelta(days=29) < one.stored_until - one.created_at < timedelta(days=31)


async def test_a_lost_response_is_made_up_for_by_the_whole_path_and_nobody_notices(stateful: House) -> None:
    one, two = await turns(stateful, "one", "two")
    stateful.grok.expire_all()
    (three,) = await turns(stateful, "three")
    assert [built for built, _ in sent(stateful)[2:]] == [two.xai_id, one.xai_id, ""]
    assert len(shown(stateful.grok.requests[-1])) == 6
    assert (await stateful.kept(one.id)).stored_until is None
    assert (await stateful.kept(two.id)).stored_until is None
    await turns(stateful, "four")  # stateful again, and no lost id is tried again
    assert sent(stateful)[5:] == [(three.xai_id, 1)]


async def test_an_older_response_that_is_still_there_is_built_on(stateful: House) -> None:
    one, two = await turns(stateful, "one", "two")
    assert two.xai_id is not None
    stateful.grok.expire(two.xai_id)
    await turns(stateful, "three")
    assert sent(stateful)[2:] == [(two.xai_id, 1), (one.xai_id, 3)]
    assert shown(stateful.grok.requests[-1]) == ["user: alice: two", f"assistant: {two.message}", "user: alice: three"]
    assert (await stateful.kept(one.id)).stored_until is not None


async def test_a_response_that_is_out_of_date_is_not_even_tried(stateful: House) -> None:
    await turns(stateful, "one")
    stateful.clock.ahead = timedelta(days=31)
    await turns(stateful, "two")
    assert sent(stateful) == [("", 2), ("", 4)]


@pytest.mark.parametrize("received", [0, 2])
async def test_after_a_failure_the_next_turn_builds_on_the_last_that_is_kept(stateful: House, received: int) -> None:
    (one,) = await turns(stateful, "one")
    stateful.grok.script(Script(text="half of it", reasoning="", fail="internal", fail_after_tokens=received))
    failed = await stateful.answered("two")
    assert failed.stored_until is None
    await turns(stateful, "three")
    assert sent(stateful)[-1] == (one.xai_id, 3 if received else 1)


async def test_a_stopped_answer_is_not_built_on(stateful: House) -> None:
    (one,) = await turns(stateful, "one")
    running = await stateful.begin_scripted(Script(text="half of it", reasoning="", hang_after_tokens=2), "two")
    while not running.snapshot().text:
        await running.news(running.snapshot().revision)
    await stateful.engine.answers.stop(running.id)
    await turns(stateful, "three")
    assert sent(stateful)[-1] == (one.xai_id, 3)


async def test_a_retry_builds_on_the_same_response_as_the_turn_it_repeats(stateful: House) -> None:
    (one,) = await turns(stateful, "one")
    stateful.grok.script(Script(fail="internal"))
    failed = await stateful.answered("two")
    again = await (await stateful.engine.answers.retry(failed.id, AS_ALICE)).end()
    assert again.state is State.DONE
    assert sent(stateful)[1:] == [(one.xai_id, 1), (one.xai_id, 1)]


async def test_a_loss_that_cannot_be_noted_does_not_keep_the_answer_from_coming(stateful: House) -> None:
    await turns(stateful, "one")
    stateful.grok.expire_all()
    stateful.grok.script(Script(text="still", first_token_after=0.0))
    running = await stateful.begin("two")
    async with read_only(stateful.store):
        ended = await running.end()
    assert (ended.state, ended.message) == (State.DONE, "still")


async def test_after_two_lost_responses_the_whole_path_is_sent_and_no_third_is_tried(stateful: House) -> None:
    kept = await turns(stateful, *map(str, range(8)))
    stateful.grok.expire_all()
    await turns(stateful, "what then?")
    assert [built for built, _ in sent(stateful)[8:]] == [kept[7].xai_id, kept[6].xai_id, ""]
    assert len(shown(stateful.grok.requests[-1])) == 18


@pytest.mark.parametrize("wording", ["stored_gone", "stored_gone_reported"])
async def test_a_lost_response_is_known_by_each_wording(stateful: House, wording: str) -> None:
    (one,) = await turns(stateful, "one")
    stateful.grok.script(Script(fail=wording))
    (two,) = await turns(stateful, "two")
    assert sent(stateful)[1:] == [(one.xai_id, 1), ("", 4)]
    await turns(stateful, "three")
    assert sent(stateful)[3:] == [(two.xai_id, 1)]
