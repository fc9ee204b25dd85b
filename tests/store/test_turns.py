from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from grokbot.conversation.errors import AlreadyKnownError
from grokbot.conversation.response import Response, State
from grokbot.store import NotStoredError, RowRefusedError
from grokbot.store.tables.budgets import usage_ledger
from tests.conversation.forest import variants

from . import cases
from .cases import ALICE, BOB, at, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.store import Store


async def ledger(store: Store) -> list[Mapping[str, Any]]:
    return [dict(row) for row in await store._database.rows(select(usage_ledger))]


async def everything(store: Store) -> tuple[object, ...]:
    """All that a turn could leave behind."""
    found = [await store.responses.get(i) for i in ("h", "a", "h2", "a2", "w")]
    shown = [await store.messages.response(i) for i in (1, 2, 3)]
    return (await store.conversations.get("c"), *found, *shown, await ledger(store))


async def begun(store: Store) -> Response:
    answer = pending("a", "h", 1)
    await store.turns.begin([human("h")], answer, [ref(1, "h")], conversation())
    return answer


async def test_a_turn_begins_with_everything_it_needs_in_one_go(store: Store) -> None:
    answer = await begun(store)
    assert await store.conversations.get("c") == conversation()
    assert await store.responses.path("a") == (human("h"), answer)
    assert await store.messages.of("h") == (ref(1, "h"),)
    assert await store.turns.unended() == (answer,)


async def test_a_message_that_is_known_begins_no_turn_and_writes_nothing(store: Store) -> None:
    await begun(store)
    before = await everything(store)
    with pytest.raises(AlreadyKnownError):
        await store.turns.begin(
            [human("h2", "a")], pending("a2", "h2"), [ref(2, "h2"), ref(1, "h2")], conversation("other")
        )
    assert await everything(store) == before
    assert await store.conversations.get("other") is None


async def test_of_two_turns_for_the_same_message_one_wins(store: Store) -> None:
    await store.conversations.add(conversation())
    outcomes = await asyncio.gather(
        store.turns.begin([human("h")], pending("a", "h"), [ref(1, "h")]),
        store.turns.begin([human("h2")], pending("a2", "h2"), [ref(1, "h2")]),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [tuple, AlreadyKnownError]
    assert [r.id for r in await store.responses.forest("c")] == ["h", "a"]


async def test_a_turn_that_names_a_missing_parent_writes_nothing(store: Store) -> None:
    with pytest.raises(RowRefusedError):
        await store.turns.begin([human("h", "nobody")], pending("a", "h"), [ref(1, "h")], conversation())
    assert await everything(store) == (None,) * 9 + ([],)


async def test_a_parent_in_another_conversation_is_refused(store: Store) -> None:
    await begun(store)
    stranger = replace(pending("a2", "h"), conversation_id="d")
    with pytest.raises(RowRefusedError):
        await store.turns.begin([], stranger, [], conversation("d"))
    assert await store.conversations.get("d") is None


@pytest.mark.parametrize(
    ("humans", "answer"),
    [
        ([], ended(pending("a", None))),
        ([], human("a")),
        ([human("h", state=State.PENDING)], pending("a", "h")),
        ([pending("h", None)], pending("a", "h")),
    ],
)
async def test_a_turn_begins_only_with_done_humans_and_a_pending_answer(
    store: Store, humans: list[Response], answer: Response
) -> None:
    with pytest.raises(RowRefusedError):
        await store.turns.begin(humans, answer, [], conversation())
    assert await store.conversations.get("c") is None


async def test_a_second_answer_under_the_same_parent_is_a_variant(store: Store) -> None:
    await begun(store)
    await store.turns.begin([], pending("a2", "h", 2), [])
    assert [r.id for r in variants(await store.responses.forest("c"), pending("a", "h"))] == ["a", "a2"]


async def test_waiting_humans_are_given_oldest_first_and_are_not_in_the_forest(store: Store) -> None:
    await begun(store)
    later, earlier = human("w2", tick=9, state=State.PENDING), human("w", tick=5, state=State.PENDING, author=BOB)
    await store.queue.add(later, ref(3, "w2"))
    await store.queue.add(earlier, ref(2, "w"))
    assert await store.queue.of("c") == (earlier, later)
    assert [r.id for r in await store.responses.forest("c")] == ["h", "a"]
    assert await store.messages.response(2) == earlier
    assert [r.id for r in await store.turns.unended()] == ["a"]


async def test_conversations_in_which_somebody_waits_come_first_come_first(store: Store) -> None:
    for name, waits_as, tick in (("c1", "w2", 3), ("c2", "w1", 7), ("c3", "", 1)):  # the clock was set back between
        await store.conversations.add(conversation(name))
        if waits_as:
            waits = replace(human(waits_as, tick=tick, state=State.PENDING), conversation_id=name)
            await store.queue.add(waits, ref(tick, waits.id))
    assert await store.queue.conversations() == ("c2", "c1")


async def test_a_message_waits_only_once(store: Store) -> None:
    await store.conversations.add(conversation())
    waits = human("w", state=State.PENDING)
    await store.queue.add(waits, ref(2, "w"))
    with pytest.raises(AlreadyKnownError):
        await store.queue.add(replace(waits, id="w2"), ref(2, "w2"))
    assert await store.queue.of("c") == (waits,)


@pytest.mark.parametrize("wrong", [human("w"), pending("w", None), human("w", "h", state=State.PENDING)])
async def test_only_a_pending_human_without_a_parent_can_wait(store: Store, wrong: Response) -> None:
    await begun(store)
    with pytest.raises(RowRefusedError):
        await store.queue.add(wrong, ref(2, "w"))
    assert await store.responses.get("w") is None


async def test_a_turn_takes_up_who_waited_and_leaves_their_messages(store: Store) -> None:
    answer = await begun(store)
    await store.queue.add(human("w", tick=2, state=State.PENDING), ref(2, "w"))
    await store.turns.end(ended(answer), "a", at(3))
    asked = human("w", "a", tick=2)
    await store.turns.begin([asked], pending("a2", "w", 4), [])
    assert await store.queue.of("c") == ()
    assert await store.queue.conversations() == ()
    assert await store.responses.path("a2") == (human("h"), ended(answer), asked, pending("a2", "w", 4))
    assert await store.messages.of("w") == (ref(2, "w"),)


async def test_who_waited_may_hang_under_an_answer_that_is_younger(store: Store) -> None:
    await begun(store)
    await store.queue.add(human("w", tick=2, state=State.PENDING), ref(2, "w"))
    await store.turns.begin([], pending("a2", "h", 5), [])  # a variant, begun while w waits
    await store.turns.begin([human("w", "a2", tick=2)], pending("a3", "w", 6), [])
    assert [r.id for r in await store.responses.forest("c")] == ["h", "a", "a2", "w", "a3"]


async def test_a_turn_does_not_change_a_human_response_that_is_done(store: Store) -> None:
    await begun(store)
    with pytest.raises(RowRefusedError):
        await store.turns.begin([human("h", text="other words")], pending("a2", "h"), [])
    assert await store.responses.get("h") == human("h")


async def test_a_message_that_is_deleted_before_its_turn_is_forgotten(store: Store) -> None:
    await begun(store)
    await store.queue.add(human("w", state=State.PENDING), ref(2, "w"))
    assert await store.queue.drop(2) is True
    assert await store.queue.of("c") == ()
    assert await store.messages.of("w") == ()
    assert await store.queue.drop(2) is False


async def test_a_message_whose_turn_has_begun_is_not_dropped(store: Store) -> None:
    await begun(store)
    assert await store.queue.drop(1) is False
    assert await store.queue.drop(77) is False
    assert await store.responses.get("h") == human("h")


async def test_the_journal_keeps_the_text_so_far(store: Store) -> None:
    answer = await begun(store)
    await store.turns.journal("a", "once", "hm")
    await store.turns.journal("a", "once upon", "hm, yes")
    kept = replace(answer, state=State.STREAMING, message="once upon", reasoning="hm, yes")
    assert await store.responses.get("a") == kept
    assert await store.turns.unended() == (kept,)


async def test_the_journal_changes_nothing_that_has_ended_or_is_a_humans(store: Store) -> None:
    answer = await begun(store)
    await store.queue.add(human("w", state=State.PENDING), ref(2, "w"))
    await store.turns.end(ended(answer), "a", at(3))
    before = await everything(store)
    for response_id in ("a", "h", "w", "nobody"):
        await store.turns.journal(response_id, "late", "late")
    assert await everything(store) == before


@pytest.mark.parametrize("state", cases.ENDED)
async def test_a_turn_ends_with_the_whole_answer_the_leaf_and_the_account(store: Store, state: State) -> None:
    answer = await begun(store)
    await store.turns.journal("a", "some", "")
    last = ended(answer, "all of it", state)
    await store.turns.end(last, "a", at(3))
    assert await store.responses.get("a") == last
    assert await store.conversations.get("c") == replace(conversation(), leaf_id="a", modified_at=at(3))
    assert await store.turns.unended() == ()
    assert await ledger(store) == [
        {
            "response_id": "a",
            "kind": "answer",
            "conversation_id": "c",
            "guild_id": cases.GUILD,
            "channel_id": cases.CHANNEL,
            "user_id": ALICE.id,
            "model": "grok",
            "state": state.value,
            "prompt_tokens": 10,
            "cached_prompt_tokens": 4,
            "completion_tokens": 20,
            "reasoning_tokens": 5,
            "tool_calls": 1,
            "cost_ticks": 123,
            "at": at(3),
            "began_at": None,
            "counted_tokens": None,
            "counted_ticks": None,
        }
    ]


async def test_an_answer_is_put_to_the_account_of_who_asked(store: Store) -> None:
    await store.turns.begin([human("h", author=BOB)], pending("a", "h"), [], conversation())
    await store.turns.end(ended(pending("a", "h")), "a", at(1))
    await store.turns.begin([], pending("a2", None), [])
    await store.turns.end(ended(pending("a2", None)), "a", at(2))
    assert {row["response_id"]: row["user_id"] for row in await ledger(store)} == {"a": BOB.id, "a2": ALICE.id}


async def test_an_unknown_cost_is_accounted_as_unknown(store: Store) -> None:
    answer = await begun(store)
    await store.turns.end(replace(ended(answer, state=State.INTERRUPTED), usage=None), None, at(3))
    (row,) = await ledger(store)
    assert row["prompt_tokens"] is None
    assert row["cost_ticks"] is None


async def test_an_answer_ends_once(store: Store) -> None:
    answer = await begun(store)
    await store.turns.end(ended(answer), "a", at(3))
    before = await everything(store)
    with pytest.raises(RowRefusedError):
        await store.turns.end(ended(answer, "another end", State.STOPPED), None, at(4))
    assert await everything(store) == before


@pytest.mark.parametrize(
    ("answer", "leaf_id", "error"),
    [
        (ended(pending("nobody", "h")), None, NotStoredError),
        (replace(ended(pending("a", "h")), conversation_id="d"), None, NotStoredError),
        (pending("a", "h"), None, RowRefusedError),
        (ended(pending("a", "h")), "nobody", RowRefusedError),
        (ended(pending("a", "h")), "elsewhere", RowRefusedError),
        (replace(human("h"), message="not an answer"), None, RowRefusedError),
    ],
)
async def test_a_wrong_end_is_refused_and_writes_nothing(
    store: Store, answer: Response, leaf_id: str | None, error: type[Exception]
) -> None:
    await begun(store)
    await store.turns.begin([], replace(pending("elsewhere", None), conversation_id="d"), [], conversation("d"))
    before = await everything(store)
    with pytest.raises(error):
        await store.turns.end(answer, leaf_id, at(3))
    assert await everything(store) == before


async def test_what_xai_has_lost_is_no_longer_counted_on(store: Store) -> None:
    answer = await begun(store)
    kept = replace(ended(answer), xai_id="x1", stored_until=at(50))
    await store.turns.end(kept, "a", at(3))
    await store.turns.lost_at_xai("x2")
    assert await store.responses.get("a") == kept
    await store.turns.lost_at_xai("x1")
    assert await store.responses.get("a") == replace(kept, stored_until=None)


async def test_calls_are_done_in_the_order_in_which_they_were_made(store: Store) -> None:
    answer = await begun(store)
    texts = ["x" * n for n in range(1, 20)]
    await asyncio.gather(
        *(store.turns.journal("a", text, "") for text in texts), store.turns.end(ended(answer), "a", at(3))
    )
    assert await store.responses.get("a") == ended(answer)
