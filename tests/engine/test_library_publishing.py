from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError, NotFoundError, UserError
from grokbot.conversation.response import Query, Response, Sender, State, TitleBy
from grokbot.documents.as_json import from_json, to_json
from grokbot.documents.transcript import Transcript, TranscriptTurn
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, AS_BOB, AS_CAROL, AS_MODERATOR, BOB, CAROL, CHANNEL, at, living, opening, shown

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.conversation.response import Conversation
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

THERE = CHANNEL + 7
AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def texts(transcript: Transcript | None) -> list[str]:
    assert transcript is not None
    return [f"{turn.speaker}: {turn.text}" for turn in transcript.turns]


async def branch(house: House, response: Response, text: str) -> tuple[Conversation, str]:
    """What goes on from a response, with one message of bob's and an answer in it; and the answer's id."""
    begun = replace(await house.engine.turns.open(opening(THERE, BOB)), branched_from=response.id)
    begun = replace(begun, id=f"branch-of-{response.id}", leaf_id="y")
    asked = Response(
        id="x", conversation_id=begun.id, parent_id=None, sender=Sender.HUMAN, state=State.DONE, created_at=AT,
        author=BOB, message=text,
    )  # fmt: skip
    answer = replace(asked, id="y", parent_id="x", sender=Sender.MODEL, author=None, message=f"To {text}")
    await house.store.conversations.add_forest(begun, [asked, answer])
    return begun, answer.id


async def test_a_share_shows_the_path_up_to_its_answer_and_nothing_later(house: House) -> None:
    house.grok.script(Script(text="First answer.", reasoning=""))
    first = await house.answered("One")
    token = await house.engine.library.shares.add(first.id, AS_ALICE, names=False)
    assert len(token) == 22
    await house.answered("Two")
    assert texts(await house.engine.library.shares.shown(token)) == ["Person 1: One", "Grok: First answer."]


async def test_a_later_title_names_nobody_who_only_speaks_later(house: House) -> None:
    first = await house.answered("One")
    token = await house.engine.library.shares.add(first.id, AS_ALICE, names=False)
    await house.answered("Two", author=BOB)
    await house.engine.library.title((await house.held()).id, "What bob told alice", AS_ALICE)
    shared = await house.engine.library.shares.shown(token)
    assert shared is not None
    assert shared.title == "What someone told Person 1"


async def test_only_a_hash_of_the_token_is_kept(house: House, file: Path) -> None:
    answer = await house.answered("One")
    token = await house.engine.library.shares.add(answer.id, AS_ALICE, names=False)
    await house.store.close()
    assert token.encode() not in file.read_bytes()  # noqa: ASYNC240 - nothing else runs here


async def test_names_appear_only_where_the_owner_wants_them(house: House) -> None:
    house.grok.script(Script(text="Hello, bob.", reasoning=""), times=2)
    await house.answered("I am alice")
    answer = await house.answered("I am bob", author=BOB)
    library = house.engine.library
    hidden = texts(await library.shares.shown(await library.shares.add(answer.id, AS_BOB, names=False)))
    assert hidden == [
        "Person 1: I am Person 1",
        "Grok: Hello, Person 2.",
        "Person 2: I am Person 2",
        "Grok: Hello, Person 2.",
    ]
    named = texts(await library.shares.shown(await library.shares.add(answer.id, AS_ALICE, names=True)))
    assert named[2] == "bob: I am bob"
    for other in (AS_BOB, AS_MODERATOR):
        with pytest.raises(NotAllowedError, match="owner"):
            await library.shares.add(answer.id, other, names=True)
        with pytest.raises(NotAllowedError, match="owner"):
            await library.shares.preview(answer.id, other, names=True)
    assert texts(await library.shares.preview(answer.id, AS_BOB, names=False)) == hidden


async def test_the_asker_the_owner_and_moderators_share_and_nobody_else(house: House) -> None:
    await house.answered("One")
    answer = await house.answered("Two", author=BOB)
    library = house.engine.library
    for actor in (AS_ALICE, AS_BOB, AS_MODERATOR):
        assert await library.shares.shown(await library.shares.add(answer.id, actor, names=False))
    for actor, error in ((AS_CAROL, NotAllowedError), (at(AS_MODERATOR, THERE), NotFoundError)):
        with pytest.raises(error):
            await library.shares.add(answer.id, actor, names=False)


async def test_everyone_shares_where_that_is_set(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file, steering="everyone") as house:
        answer = await house.answered("One")
        assert await house.engine.library.shares.add(answer.id, AS_CAROL, names=False)
        with pytest.raises(NotAllowedError, match="owner"):
            await house.engine.library.shares.add(answer.id, AS_CAROL, names=True)


async def test_only_an_answer_with_something_in_it_is_shared(house: House) -> None:
    running = await house.begin_scripted(Script(text="a b c d", reasoning="", hang_after_tokens=2), "One")
    for response_id in (running.id, running.response.parent_id or ""):
        with pytest.raises(UserError, match="can be shared"):
            await house.engine.library.shares.add(response_id, AS_ALICE, names=False)
    with pytest.raises(UserError, match="no longer exists"):
        await house.engine.library.shares.add("nobody", AS_ALICE, names=False)
    await house.engine.answers.stop(running.id)


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "A" * 10_000, "../../etc", "\0", "\ud800", "ö", "%00"])
async def test_a_token_that_was_never_given_shows_nothing(house: House, token: str) -> None:
    answer = await house.answered("One")
    await house.engine.library.shares.add(answer.id, AS_ALICE, names=False)
    assert await house.engine.library.shares.shown(token) is None


async def test_owners_close_every_share_and_others_their_own(house: House) -> None:
    await house.answered("One")
    answer = await house.answered("Two", author=BOB)
    library, held = house.engine.library, await house.held()
    alices, bobs = [await library.shares.add(answer.id, actor, names=False) for actor in (AS_ALICE, AS_BOB)]
    assert await library.shares.close(held.id, AS_CAROL) == 0
    with pytest.raises(NotFoundError):
        await library.shares.close(held.id, at(AS_MODERATOR, THERE))
    assert await library.shares.close(held.id, AS_BOB) == 1
    assert await library.shares.shown(bobs) is None
    assert await library.shares.shown(alices) is not None
    assert await library.shares.close(held.id, AS_ALICE) == 1
    assert await library.shares.close(held.id, AS_ALICE) == 0
    assert await library.shares.shown(alices) is None


async def test_what_was_erased_is_not_shown_and_a_share_of_nothing_else_is_none(house: House) -> None:
    house.grok.script(Script(text="Noted.", reasoning=""), times=2)
    first, second = await house.answered("my secret"), await house.answered("Two")
    library = house.engine.library
    of_first, of_second = [await library.shares.add(each.id, AS_ALICE, names=False) for each in (first, second)]
    await house.store.deletion.erase(first.parent_id or "", AT)
    assert await library.shares.shown(of_first) is None
    assert texts(await library.shares.shown(of_second)) == ["Grok: Noted.", "Person 1: Two", "Grok: Noted."]


async def test_sharing_what_is_being_deleted_is_either_done_or_refused_clearly(house: House) -> None:
    for _ in range(5):
        answer = await house.answered("One")
        library, held = house.engine.library, await house.held()
        shares = [library.shares.add(answer.id, AS_ALICE, names=False) for _ in range(4)]
        deleting = library.delete(held.id, AS_ALICE)
        told = await asyncio.gather(*shares[:2], deleting, *shares[2:], return_exceptions=True)
        for each in (*told[:2], *told[3:]):
            assert isinstance(each, (str, UserError))
            if isinstance(each, str):
                assert await library.shares.shown(each) is None


async def test_a_branch_is_read_and_shared_through_what_it_goes_on_from(house: House) -> None:
    house.grok.script(Script(text="First answer.", reasoning=""))
    first = await house.answered("One")
    begun, leaf = await branch(house, first, "Two")
    library = house.engine.library
    whole = ["Person 1: One", "Grok: First answer.", "Person 2: Two", "Grok: To Two"]
    assert texts(await library.transcripts.of_path(None, begun.id, AS_BOB, names=False)) == whole
    assert texts(await library.transcripts.of_path(first.id, begun.id, AS_BOB, names=False)) == whole[:2]
    token = await library.shares.add(leaf, AS_BOB, names=False)
    assert texts(await library.shares.shown(token)) == whole
    with pytest.raises(NotAllowedError, match="owner"):  # bob owns the branch, not what alice said before it
        await library.shares.add(leaf, AS_BOB, names=True)
    await library.delete((await house.held()).id, AS_ALICE)
    assert texts(await library.shares.shown(token)) == ["Person 1: Two", "Grok: To Two"]


async def test_a_transcript_is_for_those_who_stand_there_or_take_part(house: House) -> None:
    await house.answered("One")
    await house.answered("elsewhere", channel=THERE, author=CAROL)
    library, held = house.engine.library, await house.held()
    assert texts(await library.transcripts.of_path(None, held.id, AS_CAROL, names=True))[0] == "alice: One"
    for actor in (at(AS_CAROL, None), at(AS_CAROL, THERE), at(AS_MODERATOR, THERE)):
        with pytest.raises(UserError, match="no longer exists"):
            await library.transcripts.of_path(None, held.id, actor, names=True)


async def test_a_transcript_ends_with_a_response_of_its_own_conversation_only(house: House) -> None:
    await house.answered("One")
    other = await house.answered("my secret", channel=THERE, author=BOB)
    held = await house.held()
    with pytest.raises(UserError, match="This answer no longer exists"):
        await house.engine.library.transcripts.of_path(other.id, held.id, AS_ALICE, names=True)
    with pytest.raises(UserError, match="no longer exists"):
        await house.engine.library.transcripts.of_path("nobody", held.id, AS_ALICE, names=True)


async def test_there_is_no_transcript_of_nothing(house: House) -> None:
    empty = await house.engine.turns.open(opening())
    with pytest.raises(UserError, match="Nothing has been said"):
        await house.engine.library.transcripts.of_path(None, empty.id, AS_ALICE, names=True)


async def test_what_is_imported_reads_as_what_was_exported_and_goes_on(house: House) -> None:
    house.grok.script(Script(text="First answer.", reasoning=""))
    await house.answered("One")
    house.grok.script(Script(text="Second answer.", reasoning=""))
    await house.answered("Two", author=BOB)
    library, held = house.engine.library, await house.held()
    await library.title(held.id, "Of numbers", AS_ALICE)
    exported = await library.transcripts.of_path(None, held.id, AS_ALICE, names=True)
    brought = await library.transcripts.imported(from_json(to_json(exported)), opening(THERE, CAROL), AS_CAROL)
    assert (brought.title, brought.title_by, brought.owner_id) == ("Of numbers", TitleBy.PERSON, CAROL.id)
    again = await library.transcripts.of_path(None, brought.id, AS_CAROL, names=True)
    assert replace(again, created_at=exported.created_at) == exported
    assert await ids_of(house, ALICE.id) == [held.id]  # who is quoted takes no part
    await house.answered("Three", channel=THERE, author=CAROL)
    assert shown(house.grok.requests[-1])[1:] == [
        "user: alice: One", "assistant: First answer.", "user: bob: Two", "assistant: Second answer.",
        "user: carol: Three",
    ]  # fmt: skip
    assert all(response.manual for response in (await house.store.responses.path(brought.leaf_id)))


async def ids_of(house: House, user_id: int) -> list[str]:
    return [entry.conversation.id for entry in (await house.engine.library.listed(user_id)).entries]


async def test_an_import_keeps_what_answers_rest_on_and_leaves_out_what_is_empty(house: House) -> None:
    answer = TranscriptTurn(
        speaker="Grok", sender=Sender.MODEL, text="Yes.", at=datetime(2999, 1, 1, tzinfo=UTC), model="grok-old",
        citations=("https://example.org",), reasoning="Hm.", queries=(Query("web", "owls"),),
    )  # fmt: skip
    asked = TranscriptTurn(speaker="alice", sender=Sender.HUMAN, text="Owls?", at=AT)
    blank = replace(asked, text=" \n")
    given = Transcript(title="", created_at=AT, turns=(asked, blank, answer), model="grok-old")
    brought = await house.engine.library.transcripts.imported(given, opening(THERE), AS_ALICE)
    question, said = await house.store.responses.path(brought.leaf_id)
    assert (said.citations, said.queries, said.reasoning, said.model) == (
        answer.citations, answer.queries, "Hm.", "grok-old",
    )  # fmt: skip
    assert question.message == "Owls?"
    assert said.created_at <= brought.created_at  # nothing was said after it was brought
    assert brought.title_by is None
    with pytest.raises(UserError, match="no messages to import"):
        await house.engine.library.transcripts.imported(replace(given, turns=(blank,)), opening(THERE), AS_ALICE)
