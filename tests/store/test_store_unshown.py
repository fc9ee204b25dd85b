from __future__ import annotations

from typing import TYPE_CHECKING

from .cases import CHANNEL, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from grokbot.store import Store


async def test_an_answer_is_unshown_from_its_end_until_it_is_noted_as_shown(store: Store) -> None:
    answer = pending("a", "h", 1)
    await store.begin_turn([human("h")], answer, [ref(1, "h")], conversation())
    assert await store.unshown() == ()
    whole = ended(answer)
    await store.end_turn(whole, "a", whole.created_at)
    assert [response.id for response in await store.unshown()] == ["a"]
    for _ in range(2):
        await store.shown_whole("a")
        assert await store.unshown() == ()
    await store.shown_whole("nobody")


async def test_the_newest_message_of_a_person_in_a_channel_is_what_was_last_heard(store: Store) -> None:
    assert await store.last_heard(CHANNEL) is None
    await store.begin_turn([human("h")], pending("a", "h", 1), [ref(5, "h")], conversation())
    await store.add_message(ref(9, "a"))
    assert await store.last_heard(CHANNEL) == 5
    assert await store.last_heard(CHANNEL + 1) is None
