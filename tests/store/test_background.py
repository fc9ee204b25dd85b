"""What people said before the bot was called is read with the turn, and leaves no trace once it must go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records import AuditEntry
from grokbot.conversation.records.purge import PurgeScope
from grokbot.conversation.response import Author, Mode, Overheard, State
from grokbot.store.privacy import Whose

from .cases import ALICE, GUILD, START, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from grokbot.conversation.records import PurgePlan
    from grokbot.store import Store

LATER = START + timedelta(hours=1)
CAROL, DAVE = Author(333, "carol wombat"), Author(444, "dave")
HEARD = (
    Overheard(51, CAROL, START, "a wombat walked by, she said"),
    Overheard(52, DAVE, START + timedelta(minutes=1), "no quokka did"),
)


async def begun(store: Store, mode: Mode = Mode.STATELESS) -> None:
    """Alice asks, with the background; the answer, which xAI keeps, repeats some of it."""
    answer = replace(pending("m1", "h1", 1), xai_id="x1")
    asked = replace(human("h1", None, 1, ALICE), background=HEARD)
    await store.turns.begin([asked], answer, [ref(1, "h1")], replace(conversation(), mode=mode))
    said = replace(ended(answer, "carol: a wombat walked by, she said"), stored_until=START + timedelta(days=30))
    await store.turns.end(said, "m1", LATER)
    await store.messages.shown_whole("m1")


def entry(_: PurgePlan) -> AuditEntry:
    return AuditEntry(id="e", at=START, guild_id=GUILD, actor_id=3, action="purge")


async def heard(store: Store) -> list[str]:
    return [said.text for response in await store.responses.path("m1") for said in response.background]


async def test_it_is_read_with_the_message_however_that_is_read(store: Store) -> None:
    await begun(store)
    found = await store.responses.get("h1")
    assert found is not None
    assert found.background == HEARD
    assert (await store.responses.path("m1"))[0] == (await store.responses.path_as_stored("m1"))[0] == found
    assert (await store.responses.forest("c"))[0] == found
    about = await store.listing.info("c", ALICE.id)
    assert about is not None
    assert about.background == 2
    waiting = replace(human("h2", None, 2), state=State.PENDING, background=HEARD[:1])
    await store.queue.add(waiting, ref(2, "h2"))
    assert (await store.queue.of("c"))[0].background == HEARD[:1]
    taken_up = replace(waiting, state=State.DONE, parent_id="m1")
    await store.turns.begin([taken_up], pending("m2", "h2", 3), [])
    assert (await store.responses.path("m2"))[2].background == HEARD[:1]


async def message_gone(store: Store) -> None:
    assert await store.background.seen_in(Whose(message_id=51)) == ("c",)
    assert await store.background.take(Whose(message_id=51), LATER) == ("x1",)
    assert await heard(store) == ["no quokka did"]
    assert await store.background.take(Whose(author_id=DAVE.id), LATER) == ()
    assert await heard(store) == []


async def everything_deleted(store: Store) -> None:
    assert await store.erasure.quoted_in(CAROL.id) == ("c",)
    assert [row["text"] for row in (await store.privacy.kept_of(CAROL.id)).background] == [HEARD[0].text]
    erased = await store.erasure.take_quotes(CAROL.id, LATER)
    assert erased is not None
    assert erased.xai_ids == ("x1",)
    assert [each.message for each in await store.responses.path("m1")] == ["a question", "carol: […]"]
    assert (await store.privacy.kept_of(CAROL.id)).background == ()


async def purged(store: Store) -> None:
    elsewhere = PurgeScope(guild_id=GUILD + 1, user_id=CAROL.id)
    assert await store.purge.conversations(elsewhere) == ()
    of_carol = PurgeScope(guild_id=GUILD, user_id=CAROL.id)
    assert await store.purge.conversations(of_carol) == ("c",)
    assert (await store.purge.plan(of_carol, LATER)).background == 1
    went, xai_ids = await store.purge.run(of_carol, LATER, entry)
    assert (went.background, went.responses, xai_ids) == (1, 0, ("x1",))


async def asker_purged(store: Store) -> None:
    await store.purge.run(PurgeScope(guild_id=GUILD, user_id=ALICE.id), LATER, entry)


async def question_deleted(store: Store) -> None:
    await store.deletion.erase("h1", LATER)
    assert await heard(store) == []


async def asker_erased(store: Store) -> None:
    other = human("h2", "m1", 2, DAVE)
    await store.turns.begin([other], pending("m2", "h2", 3), [ref(2, "h2")])
    await store.erasure.take_person(ALICE.id, "c", LATER, system_prompt="")


async def conversation_deleted(store: Store) -> None:
    assert await store.retention.delete("c", LATER + timedelta(days=1), LATER) is not None


@pytest.mark.parametrize(
    "goes",
    [
        message_gone,
        everything_deleted,
        purged,
        asker_purged,
        question_deleted,
        asker_erased,
        conversation_deleted,
    ],
    ids=lambda goes: goes.__name__,
)
async def test_nothing_of_it_is_left_in_the_file(
    store: Store, place: Path, goes: Callable[[Store], Awaitable[None]]
) -> None:
    await begun(store)
    await goes(store)
    if goes in (message_gone, purged, question_deleted):  # a finished answer stays as people saw it
        await store.deletion.delete("c", LATER)
    await store.file.rebuild()
    raw = b"".join(file.read_bytes() for file in sorted(place.parent.iterdir()))
    assert b"wombat" not in raw


async def test_where_no_text_is_kept_it_goes_with_the_question(store: Store) -> None:
    await begun(store, Mode.STATEFUL)
    assert await store.text_removal.drop("m1", LATER)
    assert await heard(store) == []
    assert await store.background.seen_in(Whose(message_id=51)) == ()


def test_nobodys_is_never_everybodys() -> None:
    with pytest.raises(ValueError, match="a person"):
        _ = Whose(guild_id=GUILD).rows
