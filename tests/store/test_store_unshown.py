from __future__ import annotations

from typing import TYPE_CHECKING

from .cases import conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from grokbot.store import Store


async def test_an_answer_is_unshown_from_its_end_until_it_is_noted_as_shown(store: Store) -> None:
    answer = pending("a", "h", 1)
    await store.turns.begin([human("h")], answer, [ref(1, "h")], conversation())
    assert await store.messages.unshown() == ()
    whole = ended(answer)
    await store.turns.end(whole, "a", whole.created_at)
    assert [response.id for response in await store.messages.unshown()] == ["a"]
    for _ in range(2):
        await store.messages.shown_whole("a")
        assert await store.messages.unshown() == ()
    await store.messages.shown_whole("nobody")
