"""Pictures and files of messages: kept with them, copied with them, and gone with them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.parts import AttachedFile, AttachmentKind, Detail
from grokbot.conversation.records.purge import PurgeScope
from grokbot.conversation.response import Mode, Response, Sender, State
from grokbot.conversation.text.quotations import composed, in_reply

from .cases import ALICE, BOB, GUILD, START, conversation, ended, human, pending, ref
from .test_delete import KEPT, LATER
from .test_purge import entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from grokbot.store import Store

SECRET = b"the bytes of a picture that nobody else has"


def picture(name: str = "secret-cat.png", *, author_id: int | None = None, data: bytes = SECRET) -> AttachedFile:
    return AttachedFile(
        kind=AttachmentKind.PICTURE, name=name, media_type="image/png", size=len(data), width=4, height=3,
        detail=Detail.LOW, tokens=256, author_id=author_id, channel_id=5, message_id=77, attachment_id=6, data=data,
    )  # fmt: skip


def with_picture(response: Response, *attachments: AttachedFile) -> Response:
    return replace(response, attachments=attachments or (picture(),))


async def keep(store: Store, said: Response, mode: Mode = Mode.STATELESS) -> None:
    """A turn that has ended, of a conversation with this message in it."""
    answer = pending("a1", said.id)
    await store.turns.begin([said], answer, [ref(1, said.id)], replace(conversation(), mode=mode))
    done = replace(ended(answer), xai_id="x", stored_until=KEPT) if mode is Mode.STATEFUL else ended(answer)
    await store.turns.end(done, "a1", START)
    await store.messages.shown_whole("a1")


async def test_attachments_come_back_in_order_without_their_data_and_with_it_when_asked(store: Store) -> None:
    await keep(store, with_picture(human("h1"), picture("a.png"), picture("b.png", data=b"other")))
    for found in (
        await store.responses.get("h1"),
        (await store.responses.path("a1"))[0],
        (await store.responses.forest("c"))[0],
        await store.messages.response(1),
    ):
        assert found is not None
        assert [(each.name, each.data, each.number) for each in found.attachments] == [
            ("a.png", None, 0),
            ("b.png", None, 1),
        ]
        assert found.attachments[0] == replace(picture("a.png"), data=None, response_id="h1")
        assert await store.attachments.loaded(found.attachments) == {("h1", 0): SECRET, ("h1", 1): b"other"}
    assert await store.attachments.loaded([]) == {}


async def test_a_message_that_is_asked_again_takes_its_pictures_along(store: Store) -> None:
    await keep(store, with_picture(human("h1")))
    first = await store.responses.get("h1")
    assert first is not None
    await store.turns.begin([replace(first, id="h2")], pending("a2", "h2"), [])
    await store.deletion.erase("h1", LATER)
    again = await store.responses.get("h2")
    assert again is not None
    assert await store.attachments.loaded(again.attachments) == {("h2", 0): SECRET}


async def test_a_waiting_message_has_its_pictures_and_an_edit_replaces_them(store: Store) -> None:
    await store.conversations.add(conversation())
    await store.queue.add(with_picture(human("h1", state=State.PENDING)), ref(1, "h1"))
    assert await store.queue.reword(1, ALICE, "changed", [picture("b.png", data=b"other")])
    (waiting,) = await store.queue.of("c")
    assert [each.name for each in waiting.attachments] == ["b.png"]
    await store.turns.begin([replace(waiting, state=State.DONE)], pending("a1", "h1"), [])
    assert await store.attachments.loaded(waiting.attachments) == {("h1", 0): b"other"}


async def erased(store: Store) -> None:
    await store.deletion.erase("h1", LATER)


async def deleted(store: Store) -> None:
    await store.deletion.delete("c", LATER)


async def retained_no_longer(store: Store) -> None:
    assert await store.retention.delete("c", LATER, LATER)


async def purged(store: Store) -> None:
    await store.purge.run(PurgeScope(guild_id=GUILD, user_id=ALICE.id), LATER, entry)


async def person_erased(store: Store) -> None:
    await store.erasure.take_person(ALICE.id, "c", LATER, system_prompt="")


@pytest.mark.parametrize("act", [erased, deleted, retained_no_longer, purged, person_erased])
async def test_pictures_are_in_no_file_of_the_database_after(
    store: Store, place: Path, act: Callable[[Store], Awaitable[None]]
) -> None:
    await keep(store, with_picture(human("h1")))
    await act(store)
    await store.close()
    left = b"".join(file.read_bytes() for file in place.parent.iterdir())
    assert SECRET not in left
    assert b"secret-cat" not in left


async def test_a_persons_picture_in_anothers_question_goes_with_the_person(store: Store) -> None:
    said = replace(
        with_picture(human("h1", author=BOB), picture(author_id=ALICE.id), picture("own.png")), quoted_id=ALICE.id
    )
    await keep(store, said)
    await store.erasure.take_quotes(ALICE.id, LATER)
    found = await store.responses.get("h1")
    assert found is not None
    assert found.sender is Sender.HUMAN
    assert [each.name for each in found.attachments] == ["own.png"]


async def test_a_purge_takes_what_others_quote_of_a_person_with_its_pictures_and_leaves_their_own_words(
    store: Store,
) -> None:
    quote = in_reply("Alice", "mumbojumbo")
    said = replace(
        with_picture(human("h1", author=BOB), picture(author_id=ALICE.id), picture("own.png")),
        quoted_id=ALICE.id,
        message=composed([quote], "and now?", ()),
    )
    await keep(store, said, Mode.STATEFUL)
    for scope, goes in (
        (PurgeScope(guild_id=GUILD + 1, user_id=ALICE.id), False),
        (PurgeScope(guild_id=GUILD, user_id=ALICE.id, since=LATER), False),
        (PurgeScope(guild_id=GUILD, user_id=ALICE.id, since=START), True),
    ):
        assert (await store.purge.conversations(scope) == ("c",)) is goes
        plan = await store.purge.plan(scope, LATER)
        assert (plan.background, plan.responses) == (goes, 0)
    _, xai_ids = await store.purge.run(scope, START, entry)
    assert xai_ids == ("x",)
    found = await store.responses.get("h1")
    assert found is not None
    assert [each.name for each in found.attachments] == ["own.png"]
    assert ("mumbojumbo" in found.message, "and now?" in found.message) == (False, True)


async def test_where_no_text_is_kept_the_data_goes_and_the_rest_stays(store: Store) -> None:
    await keep(store, with_picture(human("a0")), Mode.STATEFUL)
    assert await store.text_removal.drop("a1", START)
    found = await store.responses.get("a0")
    assert found is not None
    assert [each.name for each in found.attachments] == ["secret-cat.png"]
    assert await store.attachments.loaded(found.attachments) == {}
