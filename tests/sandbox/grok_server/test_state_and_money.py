"""Stored responses, the prompt cache and the bill, over real gRPC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.grok_server import MODELS, GrokRules, GrokSandbox, Script
from grokbot.sandbox.grok_server.answers import tokens
from grokbot.sandbox.grok_server.prices import TOOL_CALL_TICKS, Consumption, cost_ticks, find
from grokbot.wire.xai.chat_pb2 import (
    Content,
    DeleteStoredCompletionRequest,
    GetStoredCompletionRequest,
    ImageDetail,
    ImageUrlContent,
    Message,
    Tool,
    WebSearch,
)

from .asking import ASSISTANT, SYSTEM, USER, Client, asked, client_of, said, text_of

if TYPE_CHECKING:
    from .conftest import WallClock

DAY = 86_400.0


async def _stored(client: Client, question: str, previous: str | None = None) -> str:
    more = {"previous_response_id": previous} if previous else {}
    chunks = await client.chunks(asked(question, store_messages=True, **more))
    return chunks[-1].id


async def test_a_stateful_turn_sees_all_turns_before_it(client: Client) -> None:
    first = await _stored(client, "one")
    second = await _stored(client, "two", first)
    text = text_of(await client.chunks(asked("three", previous_response_id=second)))
    assert "**3 questions**, 2 answers" in text


async def test_two_branches_grow_from_one_stored_response(client: Client) -> None:
    root = await _stored(client, "one")
    left, right = await _stored(client, "left", root), await _stored(client, "right", root)
    assert left != right
    for branch in (left, right):
        assert "**3 questions**" in text_of(await client.chunks(asked("on", previous_response_id=branch)))


async def test_a_stored_response_lives_thirty_days(client: Client, wall_clock: WallClock) -> None:
    kept = await _stored(client, "one")
    wall_clock.seconds += 30 * DAY - 1
    assert (await client.refusal(asked("on", previous_response_id=kept)))[0] == "OK"
    wall_clock.seconds += 1
    gone = ("NOT_FOUND", f"Response with id={kept} not found.")
    assert await client.refusal(asked("on", previous_response_id=kept)) == gone


async def test_what_hangs_under_an_expired_response_still_knows_it(client: Client, wall_clock: WallClock) -> None:
    first = await _stored(client, "one")
    wall_clock.seconds += 20 * DAY
    second = await _stored(client, "two", first)
    wall_clock.seconds += 20 * DAY
    assert (await client.refusal(asked("on", previous_response_id=first)))[0] == "NOT_FOUND"
    assert "**3 questions**" in text_of(await client.chunks(asked("on", previous_response_id=second)))


async def test_expired_deleted_and_never_stored_look_alike(grok: GrokSandbox, client: Client) -> None:
    expired, deleted = await _stored(client, "a"), await _stored(client, "b")
    unstored = (await client.chunks(asked("c")))[-1].id
    unstored_whole = (await client.whole(asked("d"))).id
    assert grok.expire(expired)
    assert not grok.expire(expired)
    await client.stub.DeleteStoredCompletion(
        DeleteStoredCompletionRequest(response_id=deleted), metadata=client.metadata()
    )
    for response_id in (expired, deleted, unstored, unstored_whole, "never"):
        assert await client.refusal(asked("on", previous_response_id=response_id)) == (
            "NOT_FOUND",
            f"Response with id={response_id} not found.",
        )


async def test_all_stored_responses_can_vanish_at_once(grok: GrokSandbox, client: Client) -> None:
    kept = [await _stored(client, "a"), await _stored(client, "b")]
    grok.expire_all()
    refused = [await client.refusal(asked("on", previous_response_id=each)) for each in kept]
    assert [code for code, _ in refused] == ["NOT_FOUND", "NOT_FOUND"]


async def test_a_stored_answer_is_the_streamed_one(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="the answer", reasoning="the thought", citations=("https://example.com/",)))
    streamed = await client.chunks(asked("?", store_messages=True, temperature=0.5))
    request = GetStoredCompletionRequest(response_id=streamed[-1].id)
    kept = await client.stub.GetStoredCompletion(request, metadata=client.metadata())
    assert (kept.id, kept.outputs[0].message.content) == (streamed[-1].id, "the answer")
    assert kept.outputs[0].message.reasoning_content == "the thought"
    assert kept.usage == streamed[-1].usage
    assert list(kept.citations) == list(streamed[-1].citations) == ["https://example.com/"]
    assert not any(chunk.citations for chunk in streamed[:-1])
    assert kept.settings.store_messages
    assert kept.settings.temperature == 0.5


async def test_a_stopped_answer_is_not_stored(grok: GrokSandbox, client: Client) -> None:
    grok.script(Script(text="one two three", hang_after_tokens=2))
    call = client.stream(asked("?", store_messages=True))
    response_id = (await call.read()).id
    call.cancel()
    await grok.until(lambda: grok.running == 0)
    assert (await client.refusal(asked("on", previous_response_id=response_id)))[0] == "NOT_FOUND"


async def test_storing_images_may_be_forbidden() -> None:
    picture = Content(image_url=ImageUrlContent(image_url="https://example.com/1.png"))
    message = Message(role=USER, content=[picture])
    async with GrokSandbox(GrokRules(store_images=False)) as grok, client_of(grok) as client:
        assert (await client.refusal(asked(message, "!fast", store_messages=True)))[0] == "INVALID_ARGUMENT"
        assert (await client.refusal(asked(message, "!fast")))[0] == "OK"


async def test_the_cache_finds_the_longest_common_beginning(grok: GrokSandbox, client: Client) -> None:
    persona, question, answer = said(SYSTEM, "Be kind."), said(USER, "Why?"), said(ASSISTANT, "Because.")

    async def cached(*messages: Message, conversation: str = "talk") -> tuple[int, int]:
        usage = (await client.whole(asked(*messages), conversation)).usage
        return usage.prompt_text_tokens, usage.cached_prompt_text_tokens

    first, nothing = await cached(persona, question)
    assert nothing == 0
    grown = await cached(persona, question, answer, said(USER, "Really?"))
    assert grown[1] == first
    other_branch = await cached(persona, question, answer, said(USER, "No!"))
    assert other_branch[1] == first + tokens.PER_MESSAGE + tokens.count("Because.")
    changed_persona = await cached(said(SYSTEM, "Be cruel."), question, answer)
    assert changed_persona[1] == 0
    elsewhere = await cached(persona, question, conversation="another")
    assert elsewhere[1] == 0
    unnamed = await cached(persona, question, conversation="")
    assert unnamed[1] == 0
    grok.forget_cache()
    assert (await cached(persona, question))[1] == 0


async def test_every_token_and_call_is_on_the_bill(grok: GrokSandbox, client: Client) -> None:
    for _ in range(2):
        grok.script(Script(text="one two three", reasoning="four five", queries=["figs"]))
    request = asked("Why?", tools=[Tool(web_search=WebSearch())])
    first = (await client.whole(request, "talk")).usage
    usage = (await client.whole(request, "talk")).usage
    assert (usage.completion_tokens, usage.reasoning_tokens) == (3, 2)
    assert usage.total_tokens == usage.prompt_tokens + 5
    # The prompt is read twice, the second time from the cache and with what was thought before the search.
    prompt, thought = grok.requests[0].prompt_tokens, 1
    assert (first.prompt_text_tokens, first.cached_prompt_text_tokens) == (2 * prompt + thought, prompt)
    assert (usage.prompt_text_tokens, usage.cached_prompt_text_tokens) == (2 * prompt + thought, 2 * prompt)
    answer = 5 * 60_000 + TOOL_CALL_TICKS
    assert first.cost_in_usd_ticks == (prompt + thought) * 20_000 + prompt * 5_000 + answer
    assert usage.cost_in_usd_ticks == thought * 20_000 + 2 * prompt * 5_000 + answer
    assert usage.num_sources_used == 2


async def test_images_are_counted_by_detail(client: Client) -> None:
    def shown(detail: ImageDetail.ValueType) -> Message:
        image = ImageUrlContent(image_url="https://example.com/1.png", detail=detail)
        return Message(role=USER, content=[Content(text="See."), Content(image_url=image)])

    low = (await client.whole(asked(shown(ImageDetail.DETAIL_LOW)))).usage
    high = (await client.whole(asked(shown(ImageDetail.DETAIL_HIGH)))).usage
    assert (low.prompt_image_tokens, high.prompt_image_tokens) == (tokens.IMAGE_LOW, tokens.IMAGE_HIGH)
    assert low.prompt_tokens == low.prompt_text_tokens + low.prompt_image_tokens


async def test_a_prompt_beyond_the_context_is_refused(client: Client) -> None:
    code, text = await client.refusal(asked("word " * 500_001))
    assert code == "INVALID_ARGUMENT"
    assert "maximum prompt length is 500000" in text
    assert (await client.refusal(asked("word " * 500_001, model="grok-4.3")))[0] == "OK"


@pytest.mark.parametrize(
    ("model", "used", "dollars"),
    [
        ("grok-4.7", Consumption(prompt_text=1_000), 0.002),
        ("grok-4.7", Consumption(prompt_text=1_000, cached=1_000), 0.0005),
        ("grok-4.7", Consumption(completion=1_000), 0.006),
        ("grok-4.7", Consumption(reasoning=1_000), 0.006),
        ("grok-4.5", Consumption(prompt_text=1_000, cached=1_000), 0.0003),
        ("grok-4.3", Consumption(prompt_text=1_000, completion=1_000), 0.00375),
        ("grok-4.3", Consumption(tool_calls=1_000), 5.0),
        ("grok-4.7", Consumption(prompt_text=199_999), 0.399998),
        ("grok-4.7", Consumption(prompt_text=200_000), 0.8),
        ("grok-4.7", Consumption(prompt_text=150_000, prompt_images=50_000, completion=1_000, tool_calls=1), 0.817),
    ],
)
def test_prices_are_those_of_the_table(model: str, used: Consumption, dollars: float) -> None:
    facts = find(MODELS, model)
    assert facts is not None
    assert cost_ticks(facts, used) == round(dollars * 10**10)
