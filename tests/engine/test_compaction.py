"""Conversations that grow past what the model reads: they go on, and nothing that was said is lost."""

from __future__ import annotations

import asyncio
import math
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records.compaction import SUMMARY_OF_EARLIER, TASK
from grokbot.conversation.response import State
from grokbot.sandbox.grok_server import MODELS, GrokRules, GrokSandbox, Script
from grokbot.wire.xai import chat_pb2

from .house import ALICE, AS_ALICE, BOB, CHANNEL, living, opening

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from grokbot.conversation.response import Response
    from grokbot.wire.xai.chat_pb2 import Message

    from .house import House

CONTEXT = 1_500
LONG = "the gate is open and the garden is green " * 24
"""About 220 tokens."""
MODES = pytest.mark.parametrize("mode", ["stateless", "stateful"])


def author(conversation: Sequence[Message]) -> Script | None:
    """Short answers; a summary names what it was made of."""
    if conversation[0].role == chat_pb2.ROLE_SYSTEM and conversation[0].content[0].text == TASK:
        return Script(text=f"SUMMARY with {'alpha' if 'alpha' in conversation[-1].content[0].text else 'nothing'}")
    return Script(text="I see. " * 10, reasoning="")


@asynccontextmanager
async def narrow(file: Path, mode: str, context: int = CONTEXT, *, sealed: bool = False) -> AsyncIterator[House]:
    """An engine whose model reads little. Unless `sealed`, xAI compacts nothing for it."""
    models = (replace(MODELS[0], context=context), *MODELS[1:])
    rules = GrokRules(tokens_per_second=math.inf, tokens_per_chunk=64, query_seconds=0.0, models=models)
    async with GrokSandbox(rules) as grok, living(grok, file, mode=mode) as house:
        grok.answers_by(author)
        if not sealed:
            grok.script_compaction(Script(fail="unknown_model"))
        await house.engine.prices.look()
        yield house


async def grown(house: House, turns: int = 7) -> Sequence[Response]:
    """A conversation about alpha that is longer than the model's context."""
    answers = [await house.answered(f"alpha {LONG}" if n == 0 else f"{n} {LONG}") for n in range(turns)]
    assert [answer.state for answer in answers] == [State.DONE] * turns
    return answers


def asked(house: House) -> list[chat_pb2.GetCompletionsRequest]:
    """The requests for answers."""
    calls = [call.request for call in house.grok.requests]
    requests = [request for request in calls if isinstance(request, chat_pb2.GetCompletionsRequest)]
    return [request for request in requests if not request.HasField("max_tokens")]


def texts(request: chat_pb2.GetCompletionsRequest) -> str:
    return "\n".join(part.text for message in request.messages for part in message.content)


def begins_compacted(request: chat_pb2.GetCompletionsRequest) -> bool:
    """Whether xAI's sealed form stands for all that came before, with the system prompt below it."""
    first = request.messages[0]
    return bool(first.role == chat_pb2.ROLE_USER and first.encrypted_content and not first.content)


@MODES
@pytest.mark.parametrize("sealed", [False, True], ids=["summary", "xai"])
async def test_a_conversation_grows_past_the_context_and_goes_on(file: Path, mode: str, *, sealed: bool) -> None:
    async with narrow(file, mode, sealed=sealed) as house:
        answers = await grown(house)
        assert 1 <= [answer.compacted for answer in answers].count(True) <= 4
        if sealed:
            request = next(each for each in asked(house) if begins_compacted(each))
            assert [message.role for message in request.messages[:2]] == [chat_pb2.ROLE_USER, chat_pb2.ROLE_SYSTEM]
        else:
            request = next(each for each in asked(house) if SUMMARY_OF_EARLIER in texts(each))
            assert request.messages[0].role == chat_pb2.ROLE_SYSTEM
            assert "SUMMARY with alpha" in texts(request)
        assert f"alpha {LONG}" not in texts(request)
        assert len(await house.path()) == 14  # nothing that was said is lost
        assert [(await house.kept(each.id)).compacted for each in answers] == [each.compacted for each in answers]
        if mode == "stateful":  # the next turn builds on it as ever
            assert sum(1 for each in asked(house) if each.previous_response_id) >= 4


async def test_a_sealed_form_that_xai_opens_no_more_is_dropped_and_the_turn_goes_on(file: Path) -> None:
    async with narrow(file, "stateless", sealed=True) as house:
        last = (await grown(house))[-1]
        house.grok.forget_seals()
        assert (await house.answered("what now?")).state is State.DONE
        (kept,) = (await house.store.responses.path_to_show(last.id))[1]
        assert kept.created_at > last.created_at
        assert (await house.answered("and then?")).state is State.DONE


@MODES
async def test_a_prompt_that_xai_refuses_as_too_long_is_shortened_and_sent_again_once(file: Path, mode: str) -> None:
    async with narrow(file, mode, context=500_000) as house:
        await grown(house, 4)
        house.grok.script(Script(fail="too_long"), times=2)
        assert (await house.answered("then?")).failure == "too_long"
        house.grok.script(Script(fail="too_long"))
        answer = await house.answered("and now?")
        assert (answer.state, SUMMARY_OF_EARLIER in texts(asked(house)[-1])) == (State.DONE, True)


@MODES
async def test_a_branch_from_before_and_a_variant_above_see_what_was_said(file: Path, mode: str) -> None:
    async with narrow(file, mode) as house:
        answers = await grown(house)
        house.grok.expire_all()
        await house.engine.variants.branch(answers[1].id, AS_ALICE, opening(CHANNEL + 1))
        assert (await house.answered("what then?", channel=CHANNEL + 1)).state is State.DONE
        assert f"alpha {LONG}" in texts(asked(house)[-1])
        await house.engine.variants.branch(answers[-1].id, AS_ALICE, opening(CHANNEL + 2))
        branched = await house.answered("and then?", channel=CHANNEL + 2)
        assert (branched.state, SUMMARY_OF_EARLIER in texts(asked(house)[-1])) == (State.DONE, True)
        again = await (await house.engine.variants.resample(answers[-1].id, AS_ALICE)).end()
        assert (again.state, again.compacted) == (State.DONE, False)


async def test_it_goes_with_the_words_in_it_from_the_database_file_too(file: Path) -> None:
    async with narrow(file, "stateless") as house:
        answers = await grown(house)
        assert (await house.store.responses.path_to_show(answers[-1].id))[1]
        await house.engine.withdrawal.message_deleted(1)
        assert not (await house.store.responses.path_to_show(answers[-1].id))[1]
        assert b"SUMMARY with" not in file.read_bytes()  # noqa: ASYNC240 - a look at one file
        assert (await house.answered("go on")).state is State.DONE
        assert "alpha" not in texts(asked(house)[-1])


async def test_what_is_erased_while_one_is_made_is_not_sent(file: Path) -> None:
    async with narrow(file, "stateless") as house:
        await grown(house, 3)
        house.grok.answers_by(lambda said: replace(author(said) or Script(), first_token_after=0.1))
        before = len(house.grok.requests)
        turn = asyncio.create_task(house.answered(LONG))
        await house.grok.until(lambda: any(call.method == "GetCompletion" for call in house.grok.requests[before:]))
        await house.engine.withdrawal.message_deleted(1)
        assert (await turn).state is State.DONE
        assert "alpha" not in texts(asked(house)[-1])


async def test_whose_message_asks_for_it_pays_for_it_beside_the_answer(file: Path) -> None:
    async with narrow(file, "stateless") as house:
        await grown(house, 3)
        while not (await house.answered(f"more {LONG}", BOB)).compacted:
            pass
        rows = await house.store.privacy.kept_of(BOB.id)
        beside = [row["cost_ticks"] for row in rows.usage if row["kind"] == "title" and row["state"] == "done"]
        assert [ticks > 0 for ticks in beside] == [True]
        assert not any(row["kind"] == "title" for row in (await house.store.privacy.kept_of(ALICE.id)).usage)


async def test_a_message_that_is_too_long_in_itself_is_refused_as_ever_and_costs_no_summary(file: Path) -> None:
    async with narrow(file, "stateless") as house:
        failed = await house.answered(LONG * 10)
        assert (failed.state, failed.failure) == (State.FAILED, "too_long")
        await house.answered("short")
        assert (await house.answered(LONG * 10)).failure == "too_long"
        asked_for = [call.method for call in house.grok.requests if not call.method.startswith("List")]
        assert asked_for == ["GetCompletionChunk"] * 3
