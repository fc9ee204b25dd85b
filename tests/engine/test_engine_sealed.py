"""Reasoning that xAI sealed and does not open any more: it is dropped once, and the conversation goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from grokbot.conversation.response import State
from grokbot.sandbox.grok_server import Script, ScriptedQuery

from .house import AS_ALICE, CHANNEL, living, opening, previous

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox
    from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest

    from .house import House


def sealed(house: House) -> list[int]:
    """Of every request: how many of its messages bring something sealed."""
    requests = [cast("GetCompletionsRequest", call.request) for call in house.grok.requests]
    return [sum(1 for message in request.messages if message.encrypted_content) for request in requests]


async def test_what_cannot_be_opened_is_dropped_once_and_never_sent_again(house: House) -> None:
    for text in ("one", "two"):
        await house.answered(text)
    house.grok.forget_seals()
    assert (await house.answered("three and more words")).state is State.DONE
    assert sealed(house) == [0, 1, 2, 0]
    assert (await house.answered("four")).state is State.DONE
    assert sealed(house)[4:] == [1]  # only what was sealed since


async def test_it_is_not_sent_again_after_a_restart_either_nor_for_another_variant(house: House) -> None:
    await house.answered("one")
    house.grok.forget_seals()
    two = await house.answered("two")
    kept = [response for response in await house.store.responses.path(two.id) if response.encrypted_content]
    assert [response.id for response in kept] == [two.id]
    again = await (await house.engine.variants.resample(two.id, AS_ALICE)).end()
    assert again.state is State.DONE
    assert sealed(house)[-1] == 0


async def test_searches_go_with_what_was_sealed_of_them_and_their_words_stay(house: House) -> None:
    house.grok.script(Script(text="found", reasoning="let me see", queries=(ScriptedQuery("figs"),)))
    one = await house.answered("one")
    house.grok.forget_seals()
    assert (await house.answered("two")).state is State.DONE
    kept = await house.kept(one.id)
    assert (kept.message, kept.reasoning, kept.encrypted_content, kept.steps) == ("found", one.reasoning, "", ())
    assert [query.text for query in kept.queries] == ["figs"]


async def test_what_xai_itself_keeps_and_cannot_open_is_as_good_as_lost(stateful: House) -> None:
    one = await stateful.answered("one")
    stateful.grok.script(Script(fail="sealed"))
    assert (await stateful.answered("two")).state is State.DONE
    assert [previous(call) for call in stateful.grok.requests] == ["", one.xai_id, ""]


async def test_a_refusal_that_stays_is_told(house: House) -> None:
    await house.answered("one")
    house.grok.script(Script(fail="sealed"), times=9)
    failed = await house.answered("two")
    assert (failed.state, failed.failure) == (State.FAILED, "sealed")
    assert sealed(house) == [0, 1, 0]


async def test_where_nothing_was_sealed_a_refusal_costs_no_second_try(house: House) -> None:
    house.grok.script(Script(fail="sealed"), times=9)
    assert (await house.answered("one")).state is State.FAILED
    assert sealed(house) == [0]


@pytest.mark.parametrize("mode", ["stateless", "stateful"])
async def test_a_branch_from_there_does_not_pay_the_refusal_again(grok: GrokSandbox, file: Path, mode: str) -> None:
    async with living(grok, file, mode=mode) as house:
        one = await house.answered("one")
        grok.forget_seals()
        grok.expire_all()
        assert (await house.answered("two")).state is State.DONE
        before = len(grok.requests)
        await house.engine.variants.branch(one.id, AS_ALICE, opening(CHANNEL + 1))
        assert (await house.answered("three", channel=CHANNEL + 1)).state is State.DONE
        assert sealed(house)[before:] == [0]
