from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records import By, Spent
from grokbot.conversation.response import Response, Sender, State, Usage
from grokbot.store import RowRefusedError

from .cases import ALICE, BOB, CHANNEL, conversation, human, pending

if TYPE_CHECKING:
    from grokbot.conversation.response import Author
    from grokbot.store import Store

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
BEFORE, AFTER = MIDNIGHT - timedelta(microseconds=1), MIDNIGHT


async def answered(
    store: Store,
    name: str,
    usage: Usage | None,
    when: datetime,
    *,
    author: Author = ALICE,
    model: str | None = "grok",
    channel_id: int | None = CHANNEL,
    state: State = State.DONE,
) -> None:
    """One conversation with one answer in it."""
    begun = replace(conversation(name), channel_id=channel_id, owner_id=author.id)
    asked = replace(human(f"h-{name}", author=author), conversation_id=name)
    answer = replace(pending(f"a-{name}", asked.id), conversation_id=name)
    await store.turns.begin([asked], answer, [], begun)
    ended = replace(answer, state=state, message="an answer", usage=usage, model=model, finished_at=when)
    await store.turns.end(ended, answer.id, when)


@pytest.fixture
async def spent(store: Store) -> Store:
    await answered(store, "c1", Usage(10, 4, 20, 5, 1, 100), BEFORE)
    await answered(store, "c2", Usage(1, 0, 2, 0, 0, 7), AFTER, author=BOB, channel_id=CHANNEL + 1)
    await answered(store, "c3", None, AFTER, model=None, channel_id=None, state=State.FAILED)
    return store


TOTAL = Usage(11, 4, 22, 5, 1, 107)
NONE = Usage()


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        (By.NOTHING, [Spent("", 3, TOTAL)]),
        (
            By.DAY,
            [Spent("2026-11-23", 1, Usage(10, 4, 20, 5, 1, 100)), Spent("2026-11-24", 2, Usage(1, 0, 2, 0, 0, 7))],
        ),
        (By.PERSON, [Spent("111", 2, Usage(10, 4, 20, 5, 1, 100)), Spent("222", 1, Usage(1, 0, 2, 0, 0, 7))]),
        (
            By.CHANNEL,
            [
                Spent("900", 1, Usage(10, 4, 20, 5, 1, 100)),
                Spent("901", 1, Usage(1, 0, 2, 0, 0, 7)),
                Spent("", 1, NONE),
            ],
        ),
        (By.MODEL, [Spent("grok", 2, TOTAL), Spent("", 1, NONE)]),
        (
            By.CONVERSATION,
            [
                Spent("c1", 1, Usage(10, 4, 20, 5, 1, 100)),
                Spent("c2", 1, Usage(1, 0, 2, 0, 0, 7)),
                Spent("c3", 1, NONE),
            ],
        ),
    ],
)
async def test_what_was_spent_is_added_up_by(spent: Store, by: By, rows: list[Spent]) -> None:
    assert list(await spent.ledger.spent(by)) == rows


async def test_a_span_has_its_beginning_in_it_and_not_its_end(spent: Store) -> None:
    assert [each.answers for each in await spent.ledger.spent(By.NOTHING, BEFORE, AFTER)] == [1]
    assert [each.answers for each in await spent.ledger.spent(By.NOTHING, AFTER)] == [2]
    assert [each.answers for each in await spent.ledger.spent(By.NOTHING, until=BEFORE)] == [0]
    assert await spent.ledger.spent(By.DAY, until=BEFORE) == ()
    assert await spent.ledger.spent(By.NOTHING, until=BEFORE) == (Spent("", 0, NONE),)


async def test_a_persons_sums_hold_what_they_asked_for_alone(spent: Store) -> None:
    assert await spent.ledger.spent(By.PERSON, user_id=BOB.id) == (Spent("222", 1, Usage(1, 0, 2, 0, 0, 7)),)
    assert await spent.ledger.spent(By.NOTHING, user_id=333) == (Spent("", 0, NONE),)


async def test_what_is_deleted_stays_spent(spent: Store) -> None:
    await spent.deletion.delete("c1", AFTER)
    assert [each.tokens for each in await spent.ledger.spent(By.NOTHING)] == [TOTAL]


async def test_what_was_told_at_different_prices_adds_up_and_no_price_is_not_nothing(store: Store) -> None:
    await answered(store, "c1", Usage(1, 0, 1, 0, 0, None), AFTER)
    assert [each.tokens.cost_ticks for each in await store.ledger.spent(By.NOTHING)] == [None]
    await answered(store, "c2", Usage(1, 0, 1, 0, 0, 2**60), AFTER)
    await answered(store, "c3", Usage(1, 0, 1, 0, 0, 2**60), AFTER)
    assert [each.tokens.cost_ticks for each in await store.ledger.spent(By.NOTHING)] == [2**61]


async def test_an_answer_of_which_nothing_else_is_kept_is_put_to_its_askers_account_once(store: Store) -> None:
    answer = Response(
        id="s1", conversation_id="", parent_id=None, sender=Sender.MODEL, state=State.STOPPED, created_at=AFTER,
        model="grok", usage=Usage(3, 0, 4, 0, 0, 9),
    )  # fmt: skip
    await store.ledger.add_spent(answer, ALICE.id, AFTER)
    with pytest.raises(RowRefusedError):
        await store.ledger.add_spent(answer, ALICE.id, AFTER)
    assert await store.ledger.spent(By.CONVERSATION, user_id=ALICE.id) == (Spent("", 1, Usage(3, 0, 4, 0, 0, 9)),)
    assert await store.ledger.spent(By.CHANNEL) == (Spent("", 1, Usage(3, 0, 4, 0, 0, 9)),)
    assert await store.listing.count() == 0
