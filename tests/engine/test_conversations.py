from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import (
    UNKNOWN_RESPONSE,
    ClosedError,
    GrokbotError,
    NotAllowedError,
    NotFoundError,
    UserError,
)
from grokbot.conversation.response import Sender, State, TitleBy
from grokbot.documents.transcript import Transcript, TranscriptTurn
from grokbot.engine.admission import nowhere
from grokbot.engine.admission.access import NOT_IN_IT
from grokbot.engine.library.titles import NOTHING_TO_NAME
from grokbot.engine.programs.conversations import NO_PAGES
from grokbot.policy.actor import Actor, ActorKind
from grokbot.sandbox.grok_server import Script

from .house import (
    ALICE,
    AS_ALICE,
    BOB,
    CALLING_ALICE,
    CALLING_BOB,
    CAROL,
    CHANNEL,
    OPERATOR,
    crash,
    eventually,
    living,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from grokbot.conversation.response import Conversation, Response
    from grokbot.engine.programs import Read
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

CALLING_CAROL = Actor(id=CAROL.id, name=CAROL.name, kind=ActorKind.KEY)
HANGS = Script(text="One two three four.", reasoning="", hang_after_tokens=2)


@pytest.fixture
async def published(grok: GrokSandbox, file: Path) -> AsyncIterator[House]:
    """A house that serves share pages."""
    async with living(grok, file, public_url="https://grok.example.org") as alive:
        yield alive


async def say(house: House, conversation: Conversation, message: str, parent_id: str | None = None) -> Response:
    running = await house.engine.program_turns.say(conversation.id, CALLING_ALICE, message, parent_id)
    return await running.end()


def said(read: Read) -> list[str]:
    return [response.message for response in read.responses]


async def test_a_conversation_begins_empty_and_nowhere_in_discord(house: House) -> None:
    forests = house.engine.program_conversations
    begun = await forests.begin(CALLING_ALICE)
    assert (begun.owner_id, begun.channel_id, begun.guild_id, begun.title) == (ALICE.id, None, None, "")
    assert begun.options.system_prompt == "Be brief."
    read = await forests.read(begun.id, CALLING_ALICE)
    assert (read.conversation, read.starred, read.responses, read.shared) == (begun, False, (), frozenset())
    assert [entry.conversation for entry in (await forests.listed(CALLING_ALICE)).entries] == [begun]
    assert await forests.count() == 1


# What a caller may ask of a conversation and one answer of it.
ASKED: dict[str, Callable[[House, str, str, Actor], Awaitable[object]]] = {
    "read": lambda house, this, _, caller: house.engine.program_conversations.read(this, caller),
    "info": lambda house, this, _, caller: house.engine.library.info(this, caller),
    "update": lambda house, this, _, caller: house.engine.program_conversations.update(
        this, caller, title="Mine", starred=True
    ),
    "write_title": lambda house, this, _, caller: house.engine.titles.write(this, caller),
    "write_title_to": lambda house, this, answer, caller: house.engine.titles.write(this, caller, leaf_id=answer),
    "share": lambda house, this, answer, caller: house.engine.program_conversations.share(this, answer, caller),
    "unshare": lambda house, this, _, caller: house.engine.library.shares.close(this, caller),
    "branch": lambda house, _, answer, caller: house.engine.variants.branch(answer, caller, nowhere(caller.id)),
    "transcript": lambda house, this, _, caller: house.engine.library.transcripts.of_path(
        None, this, caller, names=True
    ),
    "transcript_to": lambda house, this, answer, caller: house.engine.library.transcripts.of_path(
        answer, this, caller, names=False
    ),
    "delete": lambda house, this, _, caller: house.engine.library.delete(this, caller),
}


async def test_who_does_not_take_part_is_told_the_same_as_of_what_does_not_exist(published: House) -> None:
    forests = published.engine.program_conversations
    for number, (name, asked) in enumerate(ASKED.items()):
        answer = await published.answered("Hello", channel=CHANNEL + number)
        held = await published.held(CHANNEL + number)
        with pytest.raises(NotFoundError) as of_anothers:
            await asked(published, held.id, answer.id, CALLING_BOB)
        with pytest.raises(NotFoundError) as of_none:
            await asked(published, "no such conversation", "no such answer", CALLING_BOB)
        with pytest.raises(NotFoundError) as of_none_for_the_operator:
            await asked(published, "no such conversation", "no such answer", OPERATOR)
        told = {str(each.value) for each in (of_anothers, of_none, of_none_for_the_operator)}
        assert len(told) == 1, name
        unchanged = await forests.read(held.id, CALLING_ALICE)
        assert (unchanged.conversation, unchanged.shared) == (held, frozenset()), name
        await asked(published, held.id, answer.id, CALLING_ALICE)


async def test_who_reaches_everything_may_do_everything(published: House) -> None:
    for number, asked in enumerate(ASKED.values()):
        answer = await published.answered("Hello", channel=CHANNEL + number)
        await asked(published, answer.conversation_id, answer.id, OPERATOR)


async def test_who_wrote_in_anothers_conversation_sees_it_and_decides_nothing_about_it(published: House) -> None:
    await published.answered("Hello")
    answer = await published.answered("And me?", BOB)
    held, forests = await published.held(), published.engine.program_conversations
    assert len((await forests.read(held.id, CALLING_BOB)).responses) == 4
    assert [entry.conversation.id for entry in (await forests.listed(CALLING_BOB)).entries] == [held.id]
    assert await forests.share(held.id, answer.id, CALLING_BOB)  # what he asked himself
    for refused in (
        published.engine.library.delete(held.id, CALLING_BOB),
        forests.update(held.id, CALLING_BOB, title="Bob's", starred=True),
        published.engine.titles.write(held.id, CALLING_BOB),
    ):
        with pytest.raises(NotAllowedError):
            await refused
    assert not (await forests.read(held.id, CALLING_BOB)).starred


async def test_what_is_read_is_the_whole_forest_in_the_order_in_which_it_was_made(house: House) -> None:
    begun = await house.engine.program_conversations.begin(CALLING_ALICE)
    first = await say(house, begun, "One")
    second = await say(house, begun, "Two", first.id)
    another = await say(house, begun, "Not two", first.id)
    root = await say(house, begun, "Another beginning")
    read = await house.engine.program_conversations.read(begun.id, CALLING_ALICE)
    assert [r.message for r in read.responses if r.sender is Sender.HUMAN] == [
        "One", "Two", "Not two", "Another beginning",
    ]  # fmt: skip
    assert [r.id for r in read.responses if r.sender is Sender.MODEL] == [first.id, second.id, another.id, root.id]
    assert [r.id for r in read.responses] == sorted(r.id for r in read.responses)
    assert read.conversation.leaf_id == root.id


async def test_an_answer_under_way_is_there_as_far_as_it_has_come(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    await eventually(lambda: bool(running.snapshot().text))
    read = await house.engine.program_conversations.read((await house.held()).id, CALLING_ALICE)
    assert said(read) == ["One", running.snapshot().text]
    assert read.responses[-1].state is State.STREAMING


async def test_what_waits_and_what_came_to_nothing_is_left_out(house: House) -> None:
    house.grok.script(Script(fail="overloaded"))
    assert (await house.answered("One")).state is State.FAILED
    running = await house.begin_scripted(HANGS, "Two")
    assert await house.ask("Three") is None
    held = await house.held()
    read = await house.engine.program_conversations.read(held.id, CALLING_ALICE)
    assert [r.message for r in read.responses if r.sender is Sender.HUMAN] == ["One", "Two"]
    assert [r.id for r in read.responses if r.sender is Sender.MODEL] == [running.id]


async def test_what_a_crash_cut_off_is_there_as_far_as_it_was_written_down(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as before:
        running = await before.begin_scripted(HANGS, "One")
        await before.store.turns.journal(running.id, "One two", "")
        await crash(before)
    async with living(grok, file) as after:
        read = await after.engine.program_conversations.read((await after.held()).id, CALLING_ALICE)
        assert said(read) == ["One", "One two"]


async def test_a_branch_begins_with_the_path_that_it_goes_on_from(house: House) -> None:
    first = await house.answered("One")
    await house.answered("Two")
    forests = house.engine.program_conversations
    branch = await house.engine.variants.branch(first.id, CALLING_ALICE, nowhere(CALLING_ALICE.id))
    assert (branch.channel_id, branch.owner_id, branch.branched_from) == (None, ALICE.id, first.id)
    assert said(await forests.read(branch.id, CALLING_ALICE)) == ["One", first.message]
    answer = await say(house, branch, "Instead of two", first.id)
    read = await forests.read(branch.id, CALLING_ALICE)
    assert said(read) == ["One", first.message, "Instead of two", answer.message]
    assert [r.parent_id for r in read.responses] == [None, *(r.id for r in read.responses[:-1])]
    transcript = await house.engine.library.transcripts.of_path(None, branch.id, CALLING_ALICE, names=True)
    assert [turn.text for turn in transcript.turns] == said(read)


async def test_a_branch_of_what_was_deleted_holds_what_is_its_own(house: House) -> None:
    first = await house.answered("One")
    forests = house.engine.program_conversations
    branch = await house.engine.variants.branch(first.id, CALLING_ALICE, nowhere(CALLING_ALICE.id))
    answer = await say(house, branch, "Two", first.id)
    await house.engine.library.delete((await house.held()).id, CALLING_ALICE)
    read = await forests.read(branch.id, CALLING_ALICE)
    assert said(read) == ["Two", answer.message]
    assert read.responses[0].parent_id is None


async def test_title_and_star_are_set_as_sent_and_an_empty_title_leaves_the_title(house: House) -> None:
    forests = house.engine.program_conversations
    begun = await forests.begin(CALLING_ALICE)
    heard: list[str] = []
    house.watch_titles(lambda titled: heard.append(titled.title))

    async def updated(title: str, *, starred: bool) -> tuple[str, bool]:
        told = await forests.update(begun.id, CALLING_ALICE, title=title, starred=starred)
        read = await forests.read(begun.id, CALLING_ALICE)
        assert told.title == read.conversation.title
        return read.conversation.title, read.starred

    assert await updated("Of owls", starred=True) == ("Of owls", True)
    assert await updated("", starred=True) == ("Of owls", True)
    assert await updated(" \n", starred=False) == ("Of owls", False)
    assert await updated("Of owls", starred=True) == ("Of owls", True)
    assert await updated("Of\nfigs " + "x" * 200, starred=False) == ("Of figs " + "x" * 91 + "…", False)
    assert heard == ["Of owls", "Of figs " + "x" * 91 + "…"]


async def test_a_star_that_comes_with_groks_title_does_not_make_it_a_persons(house: House) -> None:
    await house.answered("One")
    held = await house.held()
    await house.store.conversations.set_title(held.id, "Of owls", TitleBy.GROK)
    await house.answered("Two", BOB)
    await house.engine.program_conversations.update(held.id, CALLING_BOB, title="Of owls", starred=True)
    assert (await house.held()).title_by is TitleBy.GROK
    assert (await house.engine.program_conversations.read(held.id, CALLING_BOB)).starred


async def test_a_title_is_written_for_the_path_that_is_named(house: House) -> None:
    forests = house.engine.program_conversations
    begun = await forests.begin(CALLING_ALICE)
    with pytest.raises(UserError, match=NOTHING_TO_NAME):
        await house.engine.titles.write(begun.id, CALLING_ALICE)
    figs = await say(house, begun, "Of figs")
    await say(house, begun, "Of owls")
    for leaf_id, in_it, not_in_it in ((figs.id, "Of figs", "Of owls"), (None, "Of owls", "Of figs")):
        house.grok.script_title(Script(text=f"About {in_it}"))
        assert await house.engine.titles.write(begun.id, CALLING_ALICE, leaf_id=leaf_id) == f"About {in_it}"
        asked = str(house.grok.requests[-1].request)
        assert in_it in asked
        assert not_in_it not in asked
    read = await forests.read(begun.id, CALLING_ALICE)
    assert (read.conversation.title, read.conversation.title_by) == ("About Of owls", TitleBy.PERSON)


async def test_a_response_of_another_conversation_is_not_in_this_one(published: House) -> None:
    mine = await published.answered("Mine")
    other = await published.answered("Other", channel=CHANNEL + 1)
    held, forests = await published.held(), published.engine.program_conversations
    assert mine.conversation_id == held.id
    for asked in (
        published.engine.titles.write(held.id, CALLING_ALICE, leaf_id=other.id),
        forests.share(held.id, other.id, CALLING_ALICE),
        published.engine.library.transcripts.of_path(other.id, held.id, CALLING_ALICE, names=False),
    ):
        with pytest.raises(UserError, match=NOT_IN_IT):
            await asked


async def test_whether_there_is_a_response_that_they_may_not_see_is_told_to_nobody(published: House) -> None:
    other = await published.answered("Other", BOB, CHANNEL + 1)
    await published.answered("Mine")
    held, forests = await published.held(), published.engine.program_conversations
    for named in (other.id, str(other.parent_id), "no such answer"):
        for asked in (
            published.engine.titles.write(held.id, CALLING_ALICE, leaf_id=named),
            forests.share(held.id, named, CALLING_ALICE),
            published.engine.library.transcripts.of_path(named, held.id, CALLING_ALICE, names=False),
        ):
            with pytest.raises(NotFoundError, match=UNKNOWN_RESPONSE):
                await asked


async def test_a_share_is_open_until_it_is_closed_and_shows_nobodys_name(published: House) -> None:
    answer = await published.answered("I am alice.")
    held, forests = await published.held(), published.engine.program_conversations
    token = await forests.share(held.id, answer.id, CALLING_ALICE)
    assert re.fullmatch(r"[\w-]{22}", token)
    assert (await forests.read(held.id, CALLING_ALICE)).shared == {answer.id}
    shown = await published.engine.library.shares.shown(token)
    assert shown is not None
    assert "alice" not in str(shown)
    assert await published.engine.library.shares.close(held.id, CALLING_ALICE) == 1
    assert (await forests.read(held.id, CALLING_ALICE)).shared == frozenset()
    assert await published.engine.library.shares.shown(token) is None


async def test_where_no_pages_are_served_nothing_is_shared(house: House) -> None:
    answer = await house.answered("One")
    held = await house.held()
    with pytest.raises(ClosedError, match=NO_PAGES):
        await house.engine.program_conversations.share(held.id, answer.id, CALLING_ALICE)
    assert await house.store.shares.of(held.id) == frozenset()


async def test_what_is_exported_and_imported_again_says_the_same(house: House) -> None:
    forests = house.engine.program_conversations
    begun = await forests.begin(CALLING_ALICE)
    await say(house, begun, "One")
    with_names = await house.engine.library.transcripts.of_path(None, begun.id, CALLING_ALICE, names=True)
    without = await house.engine.library.transcripts.of_path(None, begun.id, CALLING_ALICE, names=False)
    assert "alice" in {turn.speaker for turn in with_names.turns}
    assert "alice" not in {turn.speaker for turn in without.turns}
    brought = await house.engine.library.transcripts.imported(with_names, nowhere(CALLING_BOB.id), CALLING_BOB)
    assert (brought.owner_id, brought.channel_id) == (BOB.id, None)
    read = await forests.read(brought.id, CALLING_BOB)
    assert said(read) == [turn.text for turn in with_names.turns]
    assert all(response.manual for response in read.responses)
    with pytest.raises(NotFoundError):
        await forests.read(brought.id, CALLING_ALICE)  # she is in it by name alone


async def test_a_deleted_conversation_is_gone_with_what_ran_in_it(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    held, forests = await house.held(), house.engine.program_conversations
    await house.engine.library.delete(held.id, CALLING_ALICE)
    assert running.has_ended
    await house.grok.until(lambda: house.grok.running == 0)
    with pytest.raises(NotFoundError):
        await forests.read(held.id, CALLING_ALICE)
    assert await forests.count() == 0


async def test_the_operator_lists_everybodys_and_others_their_own(house: House) -> None:
    await house.answered("Of owls")
    await house.answered("Of figs", BOB, CHANNEL + 1)
    forests = house.engine.program_conversations
    everything = await forests.listed(OPERATOR)
    assert [entry.first_words for entry in everything.entries] == ["Of figs", "Of owls"]
    assert [entry.first_words for entry in (await forests.listed(CALLING_ALICE)).entries] == ["Of owls"]
    assert (await forests.listed(OPERATOR, search="figs")).total == 1
    assert (await forests.listed(CALLING_ALICE, search="figs")).total == 0
    assert (await forests.listed(CALLING_CAROL)).total == 0


async def test_a_star_of_somebody_who_only_looked_on_shows_them_nothing(house: House) -> None:
    await house.answered("Of owls")
    held, forests = await house.held(), house.engine.program_conversations
    await house.engine.library.stars.add(held.id, BOB.id)
    await house.engine.library.stars.add(held.id, ALICE.id)
    assert (await forests.listed(CALLING_BOB, starred=True)).total == 0
    assert (await forests.listed(CALLING_ALICE, starred=True, search="owls")).total == 1
    await house.answered("And I?", BOB)
    assert [entry.starred for entry in (await forests.listed(CALLING_BOB, starred=True)).entries] == [True]


# --- Conversations that are nowhere in Discord, under what Discord's side does ---


async def test_a_conversation_without_a_channel_is_nobodys_newest_and_stands_in_nothings_way(house: House) -> None:
    forests = house.engine.program_conversations
    begun = await forests.begin(CALLING_ALICE)
    answer = await say(house, begun, "One")
    assert await house.engine.places.conversation_in(CHANNEL) is None
    await house.engine.library.places_gone(channel_id=CHANNEL)
    assert house.engine.answers.running_in(CHANNEL, 1) is None
    listed = await house.engine.library.listed(ALICE.id)
    assert [entry.conversation.id for entry in listed.entries] == [begun.id]
    info = await house.engine.library.info(begun.id, AS_ALICE)
    assert (info.responses, info.conversation.channel_id) == (2, None)
    assert (await house.engine.library.title(begun.id, "Of owls", AS_ALICE)).title == "Of owls"
    assert await house.engine.library.shares.add(answer.id, AS_ALICE, names=True)
    _, shown = await house.engine.variants.on_path(answer.id)
    assert shown
    assert await house.engine.places.places_of(answer.id) == ()
    deleted = await house.engine.library.delete(begun.id, AS_ALICE, with_messages=True)
    assert deleted.messages == ()


async def test_a_restart_ends_what_ran_in_a_conversation_without_a_channel(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as before:
        begun = await before.engine.program_conversations.begin(CALLING_ALICE)
        before.grok.script(HANGS)
        running = await before.engine.program_turns.say(begun.id, CALLING_ALICE, "One", None)
        await before.grok.until(lambda: before.grok.scripts_left == 0)
        await before.store.turns.journal(running.id, "One two", "")
        await crash(before)
    async with living(grok, file) as after:
        await after.engine.recovery.recover()
        await after.engine.recovery.answer_waiting()
        kept = await after.kept(running.id)
        assert (kept.state, kept.message) == (State.INTERRUPTED, "One two")
        again = await say(after, await after.engine.program_conversations.begin(CALLING_ALICE), "Two")
        assert again.state is State.DONE


async def test_an_old_import_is_listed_by_when_it_was_brought(house: House) -> None:
    at = datetime(2020, 1, 1, tzinfo=UTC)
    turns = [
        TranscriptTurn(speaker="alice", sender=Sender.HUMAN, text="Why?", at=at),
        TranscriptTurn(speaker="Grok", sender=Sender.MODEL, text="Because.", at=at),
    ]
    brought = await house.engine.library.transcripts.imported(
        Transcript(title="Old", created_at=at, turns=tuple(turns), model="grok"), nowhere(ALICE.id), CALLING_ALICE
    )
    assert brought.created_at.year > at.year
    answer = await say(house, brought, "And now?", brought.leaf_id)
    read = await house.engine.program_conversations.read(brought.id, CALLING_ALICE)
    assert said(read) == ["Why?", "Because.", "And now?", answer.message]


async def test_a_hundred_readers_at_once_hold_up_no_answer(house: House) -> None:
    running = await house.begin_scripted(HANGS, "One")
    held, forests = await house.held(), house.engine.program_conversations
    reads = await asyncio.gather(*(forests.read(held.id, CALLING_ALICE) for _ in range(100)))
    assert {read.responses[0].message for read in reads} == {"One"}
    assert not running.has_ended
    await house.engine.answers.stop(running.id)


async def test_every_refusal_is_a_sentence_for_people(house: House) -> None:
    forests = house.engine.program_conversations
    for asked in (
        forests.read("x", CALLING_ALICE),
        house.engine.variants.branch("\0", CALLING_ALICE, nowhere(CALLING_ALICE.id)),
    ):
        with pytest.raises(GrokbotError) as caught:
            await asked
        assert str(caught.value).endswith(".")


async def test_what_is_nowhere_in_discord_is_not_waited_for_to_be_shown_there(house: House) -> None:
    begun = await house.engine.program_conversations.begin(CALLING_ALICE)
    first = await say(house, begun, "One")
    await house.engine.program_turns.by_hand(begun.id, CALLING_ALICE, "By hand.", first.parent_id, partial=False)
    await house.engine.variants.lead_to(first.id, CALLING_ALICE)
    await (await house.engine.variants.resample(first.id, CALLING_ALICE)).end()
    await house.quiet()
    assert not house.engine.runner.display._given
    assert list(await house.engine.recovery.recover()) == []
