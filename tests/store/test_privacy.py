from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.history import ELSEWHERE
from grokbot.conversation.records import NOBODY
from grokbot.conversation.response import Mode, TitleBy

from .cases import ALICE, BOB, CHANNEL, GUILD, START, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.conversation.response import Author, Conversation
    from grokbot.store import Store

LATER = START + timedelta(hours=1)
MONTH = START.replace(day=1, hour=0)


async def turn(
    store: Store, number: int, author: Author, question: str, answer: str, begins: Conversation | None = None
) -> None:
    """One turn under the one before it: h1, m1, h2, m2 …"""
    above = f"m{number - 1}" if begins is None else None
    asked = human(f"h{number}", above, number, author, text=question)
    model = replace(pending(f"m{number}", asked.id, number), xai_id=f"x{number}")
    await store.turns.begin([asked], model, [ref(number, asked.id)], begins)
    kept = replace(ended(model, answer), reasoning=f"about {question}", stored_until=START + timedelta(days=30))
    await store.turns.end(kept, model.id, LATER)


def raw(place: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(place.parent.iterdir()))


async def test_one_person_is_taken_out_of_a_conversation_and_the_rest_still_hangs_together(
    store: Store, place: Path
) -> None:
    await turn(store, 1, ALICE, "alice's koala one", "koala two", conversation())
    await turn(store, 2, BOB, "bob's own", "bob is told: alice's koala one")
    await turn(store, 3, ALICE, "koala three is said by alice", "koala four")
    await store.conversations.set_title("c", "Of koalas", TitleBy.PERSON)
    erased = await store.erasure.take_person(ALICE.id, "c", LATER, system_prompt="")
    assert erased is not None
    assert (erased.whole, erased.responses, set(erased.xai_ids)) == (False, 4, {"x1", "x2", "x3"})
    assert [each.message_id for each in erased.messages] == [1, 3]
    path = await store.responses.path("m3")
    assert [each.message for each in path] == ["", "", "bob's own", "bob is told: […]", "", ""]
    assert [each.author for each in path if each.author] == [BOB]
    assert not any(each.reasoning or each.xai_id for each in path)
    kept = await store.conversations.get("c")
    assert kept is not None
    assert (kept.owner_id, kept.title) == (NOBODY, "")
    await store.file.rebuild()
    assert b"koala" not in raw(place)
    assert b"alice" not in raw(place)
    again = await store.erasure.take_person(ALICE.id, "c", LATER, system_prompt="")
    assert again is not None
    assert (again.responses, again.xai_ids) == (0, ())
    assert await store.erasure.take_person(ALICE.id, "unknown", LATER, system_prompt="") is None


async def test_an_answer_to_two_people_stays_for_the_other(store: Store) -> None:
    first, second = human("h1", None, 1, ALICE), human("h2", "h1", 2, BOB)
    await store.turns.begin([first, second], pending("m1", "h2", 3), [ref(1, "h1"), ref(2, "h2")], conversation())
    await store.turns.end(ended(pending("m1", "h2", 3), "to both"), "m1", LATER)
    await store.erasure.take_person(ALICE.id, "c", LATER, system_prompt="")
    assert [each.message for each in await store.responses.path("m1")] == ["", "a question", "to both"]


async def test_who_leaves_is_known_until_the_month_in_which_they_left_is_over(store: Store) -> None:
    await turn(store, 1, ALICE, "one", "two", conversation())
    await store.erasure.begin(ALICE.id, LATER)
    assert await store.erasure.under_way() == (ALICE.id,)
    assert await store.erasure.end(MONTH + timedelta(days=31)) == 0  # the words are not gone yet
    await store.erasure.take_rest(ALICE.id, MONTH)
    assert await store.erasure.under_way() == ()
    assert len((await store.privacy.kept_of(ALICE.id)).usage) == 1
    assert await store.erasure.end(MONTH) == 0
    assert await store.erasure.end(MONTH + timedelta(days=31)) == 1
    assert (await store.privacy.kept_of(ALICE.id)).usage == ()
    assert len((await store.privacy.kept_of(NOBODY)).usage) == 1


async def test_places_of_conversations_are_known_by_channel_and_server(store: Store) -> None:
    await turn(store, 1, ALICE, "one", "two", conversation())
    assert await store.listing.in_channel(CHANNEL) == await store.listing.in_guild(GUILD) == ("c",)
    assert await store.listing.in_channel(CHANNEL + 1) == await store.listing.in_guild(GUILD + 1) == ()
    assert await store.listing.of_person(ALICE.id) == ("c",)
    assert await store.listing.of_person(BOB.id) == ()
    assert await store.listing.guilds() == {GUILD}


async def test_words_are_dropped_where_xai_and_the_thread_have_them_and_only_there(store: Store, place: Path) -> None:
    begun = replace(conversation(), mode=Mode.STATEFUL)
    await turn(store, 1, ALICE, "dingo one", "dingo two", begun)
    assert await store.text_removal.due(LATER) == ()  # it does not stand in Discord to its end yet
    await store.messages.shown_whole("m1")
    assert await store.text_removal.due(LATER + timedelta(days=31)) == ()  # xAI has forgotten it
    assert await store.text_removal.due(LATER) == (("m1", "c"),)
    by_program = human("h2", "m1", 2, text="emu of a program")
    model = replace(pending("m2", "h2", 2), xai_id="x2")
    await store.turns.begin([by_program], model, [])
    await store.turns.end(replace(ended(model, "dingo three"), stored_until=START + timedelta(days=30)), "m2", LATER)
    await store.messages.shown_whole("m2")
    assert await store.text_removal.drop("m2", LATER)
    assert not await store.text_removal.drop("m2", LATER)
    assert [each.message for each in await store.responses.path("m2")] == [
        ELSEWHERE,
        ELSEWHERE,
        "emu of a program",
        ELSEWHERE,
    ]
    assert [each.xai_id for each in await store.responses.path("m2")] == [None, "x1", None, "x2"]
    await store.file.rebuild()
    assert b"dingo" not in raw(place)


async def test_words_of_stateless_conversations_stay(store: Store) -> None:
    await turn(store, 1, ALICE, "one", "two", conversation())
    await store.messages.shown_whole("m1")
    assert await store.text_removal.due(LATER) == ()
    assert not await store.text_removal.drop("m1", LATER)
