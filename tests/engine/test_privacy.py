"""What people decide about what is kept of them, and that what they delete is nowhere any more."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError, UserError
from grokbot.conversation.records import NOBODY, By
from grokbot.conversation.response import Author, MessageRef, Sender, TitleBy, TurnOptions
from grokbot.conversation.text import about
from grokbot.conversation.text.quotations import GONE, in_reply
from grokbot.documents.as_json import from_json
from grokbot.engine.admission import Opening
from grokbot.policy.actor import Actor, ActorKind, somebody
from grokbot.sandbox.grok_server import Script
from grokbot.store.privacy.erase_in_conversation import LEFT_OUT
from grokbot.wire.xai.chat_pb2 import DeleteStoredCompletionRequest

from .house import AS_BOB, BOB, CHANNEL, GUILD, eventually, living, opening, shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

MARY = Author(444_555_666, "Mary Markword")
AS_MARY = somebody(MARY, None)
WORDS = "zanzibar-one is my secret"
ANSWER = "quokka-two is the answer to it"


def found(file: Path, words: Iterable[str]) -> set[str]:
    """Which of these words stand in any file beside the database, in whatever coding."""
    raw = b"".join(each.read_bytes() for each in file.parent.iterdir() if each.is_file())
    return {word for word in words if word.encode() in raw or word.encode("utf-16-le") in raw}


async def said(house: House, text: str, answer: str, author: Author = MARY, channel: int = CHANNEL) -> str:
    house.grok.script(Script(text=answer, reasoning=f"thinking of {text}"))
    response = await house.answered(text, author, channel)
    await house.engine.places.shown(MessageRef(10_000 + next(house.numbers), channel, response.id))
    return response.id


async def test_everything_of_a_person_goes_from_rows_and_files_and_others_keep_theirs(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file, mode="stateful") as house:
        privacy, library = house.engine.privacy, house.engine.library
        own = await said(house, WORDS, ANSWER, channel=CHANNEL + 1)
        await library.title((await house.held(CHANNEL + 1)).id, "Of wombat-three", AS_MARY)
        await library.shares.add(own, AS_MARY, names=True)
        await house.engine.api_keys.make(MARY.id, MARY.name)
        bobs = await said(house, "bob asks about figs", "Figs are fruit.", BOB)
        shared = await house.held()
        marys = await said(house, "in the thread: ibex-four, says she", "To her: jackal-five.")
        after = await said(house, "bob again", "Said was: in the thread: ibex-four, says she", BOB)
        await library.stars.add(shared.id, MARY.id)
        await library.stars.add(shared.id, BOB.id)
        assert await house.store.conversations.set_title(shared.id, "Figs and ibex-four", TitleBy.GROK)
        words = ["zanzibar", "quokka", "wombat", "ibex", "jackal", "Mary Markword", str(MARY.id)]
        assert found(file, words[:-1]) == set(words[:-1])
        stored = {(await house.kept(each)).xai_id for each in (own, marys, after)}

        gone = await privacy.delete_everything(MARY.id)
        assert found(file, words[:-1]) == set()
        assert gone.clean
        assert (gone.responses, gone.conversations, gone.stars, gone.shares, gone.keys) == (4, 1, 1, 1, 1)
        assert {ref.channel_id for ref in gone.messages} == {CHANNEL, CHANNEL + 1}
        assert len(gone.messages) == 4

        assert (await house.kept(bobs)).message == "Figs are fruit."
        assert (await house.kept(after)).message == f"Said was: {LEFT_OUT}"
        assert (await house.kept(marys)).erased
        assert (await house.held()).title == ""
        assert await house.store.stars.has(BOB.id, shared.id)
        assert [part for part in await house.path() if part] == [
            "bob asks about figs",
            "Figs are fruit.",
            "bob again",
            f"Said was: {LEFT_OUT}",
        ]
        await eventually(lambda: house.engine.xai_deletion.left == 0)
        calls = [call.request for call in grok.requests if call.method == "DeleteStoredCompletion"]
        deleted = {call.response_id for call in calls if isinstance(call, DeleteStoredCompletionRequest)}
        assert deleted == stored

        await said(house, "and now, bob?", "Well.", BOB)
        assert not [line for line in shown(grok.requests[-1]) if "ibex" in line or "Mary" in line]


async def test_what_was_spent_stays_spent_and_this_months_counts_until_it_is_over(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file) as house:
        await house.answered("long ago", MARY)
        house.clock.ahead = timedelta(days=40)
        await house.answered("now", MARY)
        before = (await house.store.ledger.spent(By.NOTHING))[0].tokens
        await house.engine.privacy.delete_everything(MARY.id)
        by_person = {spent.key: spent.answers for spent in await house.store.ledger.spent(By.PERSON)}
        assert by_person == {str(NOBODY): 1, str(MARY.id): 1}
        await house.engine.privacy.look()
        assert {spent.key for spent in await house.store.ledger.spent(By.PERSON)} == {str(NOBODY), str(MARY.id)}
    async with living(grok, file) as house:
        house.clock.ahead = timedelta(days=80)
        await house.engine.privacy.look()
        assert {spent.key for spent in await house.store.ledger.spent(By.PERSON)} == {str(NOBODY)}
        assert (await house.store.ledger.spent(By.NOTHING))[0].tokens == before
        with closing(sqlite3.connect(file)) as database:
            dump = "\n".join(database.iterdump())
        assert str(MARY.id) not in dump


async def test_an_answer_to_the_person_is_stopped_and_what_waits_is_dropped(house: House, file: Path) -> None:
    await said(house, "figs?", "Figs.", BOB)
    house.grok.script(Script(text="okapi-one " * 50, reasoning="", hang_after_tokens=20))
    running = await house.ask("okapi-two please, and a lot of it", MARY)
    assert running is not None
    await house.ask("okapi-three too", MARY)
    await house.ask("and mine?", BOB)
    await eventually(lambda: "okapi-one" in running.snapshot().text)
    running_shown = asyncio.create_task(shown_when_ended(house, running.id))
    await house.engine.privacy.delete_everything(MARY.id)
    await running_shown
    await house.quiet()
    await house.store.file.rebuild()
    assert found(file, ["okapi-one", "okapi-two", "okapi-three", MARY.name]) == set()
    assert (await house.path())[-2] == "and mine?"


async def shown_when_ended(house: House, response_id: str) -> None:
    """As the Discord side does."""
    running = next(each for each in house.engine.runner.running if each.id == response_id)
    await running.end()
    await house.engine.places.shown_whole(response_id)


async def test_an_answer_to_somebody_else_goes_on_and_keeps_nothing_of_what_went(stateful: House, file: Path) -> None:
    await said(stateful, "the gnu-one lives in a tree", "Does it?")
    stateful.grok.script(
        Script(
            text="She said: the gnu-one lives in a tree. " + "word " * 40, reasoning="the gnu-one", hang_after_tokens=30
        )
    )
    running = await stateful.ask("bob: what did she say?", BOB)
    assert running is not None
    await eventually(lambda: "word" in running.snapshot().text)
    await stateful.engine.privacy.delete_everything(MARY.id)
    assert not running.has_ended
    await stateful.engine.answers.stop(running.id)
    await stateful.quiet()
    kept = await stateful.kept(running.id)
    assert kept.message.startswith(f"She said: {LEFT_OUT}. word")
    assert (kept.reasoning, kept.xai_id) == ("", None)
    await stateful.store.file.rebuild()
    assert found(file, ["gnu-one"]) == set()


async def test_a_thread_of_the_persons_stays_for_others_and_is_nobodys(house: House, file: Path) -> None:
    await said(house, "mary begins with llama-one", "Llama-two.")
    await said(house, "bob goes on", "Yes.", BOB)
    conversation = await house.held()
    await house.engine.privacy.delete_everything(MARY.id)
    assert (await house.held()).owner_id == NOBODY
    assert (await house.store.listing.info(conversation.id, BOB.id)) is not None
    assert [entry.conversation.id for entry in (await house.engine.library.listed(BOB.id)).entries] == [conversation.id]
    assert (await house.engine.library.listed(MARY.id)).total == 0
    await said(house, "bob once more", "Still here.", BOB)
    assert (await house.path())[-1] == "Still here."
    assert found(file, ["llama-one", "Llama-two", MARY.name]) == set()


async def test_what_others_quoted_goes_and_what_they_said_themselves_stays(stateful: House, file: Path) -> None:
    house = stateful
    house.grok.script(Script(text="She means: the emu-one runs away.", reasoning="the emu-one"))
    text = f"{in_reply(MARY.name, 'the emu-one runs away')}\n\nbob: what does she mean?"
    running = await house.ask(text, BOB, quoted_id=MARY.id)
    assert running is not None
    await running.end()
    house.grok.script(Script(text="A bird.", reasoning="", hang_after_tokens=1))
    pointing = await house.ask(about(MARY.name, "the emu-one\nruns away"), BOB, CHANNEL + 1, quoted_id=MARY.id)
    assert pointing is not None
    await house.grok.until(lambda: house.grok.scripts_left == 0)
    assert (await house.engine.privacy.delete_everything(MARY.id)).clean
    await house.engine.answers.stop(pointing.id)
    await house.quiet()
    await house.store.file.rebuild()
    assert found(file, ["emu-one", MARY.name]) == set()
    assert await house.path() == [f"{GONE}bob: what does she mean?", f"She means: {LEFT_OUT}."]
    assert (await house.path(CHANNEL + 1))[0] == "What do you say to this message, which its writer has deleted?"
    assert (await house.kept(running.id)).xai_id is None
    assert (await house.kept(pointing.id)).xai_id is None


async def test_what_somebody_types_that_only_looks_like_a_quote_is_theirs(house: House) -> None:
    text = f"{in_reply(MARY.name, 'the emu-one runs away')}\n\nbob made this up"
    await house.ask(text, BOB)
    await house.quiet()
    await house.engine.privacy.delete_everything(MARY.id)
    assert (await house.path())[0] == text


async def test_threads_called_by_what_went_are_told(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await said(house, "mary alone: yak-one", "Yes.", channel=CHANNEL + 1)
        await said(house, "mary begins: yak-two", "Yes.")
        await said(house, "and bob", "Yes.", BOB)
        await said(house, "bob begins", "Yes.", BOB, channel=CHANNEL + 2)
        await said(house, "mary goes on", "Yes.", channel=CHANNEL + 2)
        gone = await house.engine.privacy.delete_everything(MARY.id)
        assert {(each.channel_id, each.title) for each in gone.unnamed} == {(CHANNEL, ""), (CHANNEL + 1, "")}


async def test_a_branch_of_somebody_elses_does_not_keep_what_went(house: House, file: Path) -> None:
    answer = await said(house, "mary knows panda-one", "Panda-two.")
    await said(house, "bob too", "Yes.", BOB)
    branch = await house.engine.variants.branch(
        answer,
        replace(AS_BOB, guild_id=GUILD, moderator=True),
        Opening(guild_id=GUILD, channel_id=CHANNEL + 5, owner_id=BOB.id),
    )
    await said(house, "bob in the branch", "Here, too.", BOB, channel=CHANNEL + 5)
    await house.store.conversations.set_title(branch.id, "Of panda-one", TitleBy.GROK)
    await house.engine.privacy.delete_everything(MARY.id)
    assert found(file, ["panda-one", "Panda-two", MARY.name]) == set()
    assert (await house.path(CHANNEL + 5))[-2:] == ["bob in the branch", "Here, too."]


async def test_a_stop_in_between_is_made_up_for_by_the_next_start(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await said(house, "mary leaves tapir-one", "Tapir-two.")
        await house.store.erasure.begin(MARY.id, house.clock())
    async with living(grok, file) as house:
        await house.engine.privacy.resume()
        assert found(file, ["tapir-one", "Tapir-two", MARY.name]) == set()
        assert await house.store.erasure.under_way() == ()
        await house.engine.privacy.resume()


async def test_deleting_twice_at_once_and_with_nothing_there_is_harmless(house: House) -> None:
    await said(house, "once", "Yes.")
    first, second = await asyncio.gather(*(house.engine.privacy.delete_everything(MARY.id) for _ in range(2)))
    assert first.responses + second.responses == 2
    nothing = await house.engine.privacy.delete_everything(BOB.id)
    assert (nothing.messages, nothing.responses, nothing.clean) == ((), 0, True)
    with pytest.raises(UserError):
        await house.engine.privacy.delete_everything(0)


async def test_a_system_prompt_and_a_program_of_the_persons_go_too(house: House, file: Path) -> None:
    calling = Actor(id=MARY.id, name=MARY.name, kind=ActorKind.KEY)
    running = await house.engine.program_turns.stateful(
        calling,
        "numbat-one says the program",
        response_id=None,
        options=TurnOptions(),
        system_prompt="Be a numbat-two.",
    )
    await running.end()
    await house.engine.program_turns.say(
        running.conversation.id, replace(AS_BOB, kind=ActorKind.OPERATOR), "bob too", running.id
    )
    await house.quiet()
    await house.engine.privacy.delete_everything(MARY.id)
    assert found(file, ["numbat-one", "numbat-two", MARY.name]) == set()


# --- Opting out, and the notice ---


async def test_who_opted_out_is_known_after_a_restart_and_may_come_back(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        privacy = house.engine.privacy
        assert not await privacy.opted_out(MARY.id)
        assert [await privacy.opt_out(MARY.id), await privacy.opt_out(MARY.id)] == [True, False]
        assert await privacy.opted_out(MARY.id)
        assert not await privacy.opted_out(BOB.id)
        await privacy.delete_everything(MARY.id)  # deleting is not opting in
    async with living(grok, file) as house:
        privacy = house.engine.privacy
        assert await privacy.opted_out(MARY.id)
        assert [await privacy.opt_in(MARY.id), await privacy.opt_in(MARY.id)] == [True, False]
        assert not await privacy.opted_out(MARY.id)


async def test_what_was_written_while_somebody_was_opted_out_stays_unread(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        privacy = house.engine.privacy
        before, hour = house.clock(), timedelta(hours=1)
        await privacy.opt_out(MARY.id)
        house.clock.ahead = 2 * hour
        await privacy.opt_in(MARY.id)
    async with living(grok, file) as house:
        privacy = house.engine.privacy
        written = [await privacy.opted_out(MARY.id, before + hours * hour) for hours in (-1, 1, 3)]
        assert written == [False, True, False]
        assert not await privacy.opted_out(MARY.id)
        assert (await house.store.privacy.kept_of(MARY.id)).opted_out is None
        house.clock.ahead = timedelta(days=3)
        await privacy.look()  # nothing from then is read any more, and so nothing need be known
        assert await house.store.privacy.opt_outs() == ()


async def test_an_opt_out_goes_by_the_clock_of_the_messages_whatever_ours_says(house: House) -> None:
    privacy, hour = house.engine.privacy, timedelta(hours=1)
    theirs = house.clock() - 5 * hour
    await privacy.opt_out(MARY.id, theirs)
    await privacy.opt_in(MARY.id, theirs + hour)
    written = [await privacy.opted_out(MARY.id, theirs + minutes * hour / 60) for minutes in (-1, 30, 61)]
    assert written == [False, True, False]


async def test_who_opted_out_is_not_heard_through_the_api_either(house: House) -> None:
    mary = Actor(id=MARY.id, name=MARY.name, kind=ActorKind.KEY)
    conversation = await house.engine.program_conversations.begin(mary)
    await house.engine.privacy.opt_out(MARY.id)
    with pytest.raises(NotAllowedError, match="opted out"):
        await house.engine.program_turns.say(conversation.id, mary, "peacock-one", None)
    with pytest.raises(NotAllowedError, match="opted out"):
        await house.engine.program_turns.by_hand(conversation.id, mary, "peacock-two", None, partial=False)
    with pytest.raises(NotAllowedError, match="opted out"):
        [piece async for piece in house.engine.stateless.sample(mary, [(Sender.HUMAN, "peacock-three")])]
    assert house.grok.requests == []
    await house.engine.privacy.opt_in(MARY.id)
    assert await house.engine.program_turns.say(conversation.id, mary, "Now?", None) is not None


async def test_the_notice_is_due_once_and_again_after_everything_was_deleted(house: House) -> None:
    privacy = house.engine.privacy
    assert "until somebody deletes them" in privacy.notice
    assert await privacy.notice_due(MARY.id)
    await privacy.noticed(MARY.id)
    await privacy.noticed(MARY.id)
    assert not await privacy.notice_due(MARY.id)
    assert await privacy.notice_due(BOB.id)
    await privacy.delete_everything(MARY.id)
    assert await privacy.notice_due(MARY.id)


# --- The export ---


async def test_an_export_holds_what_is_kept_of_a_person_and_nothing_of_others(house: House) -> None:
    privacy = house.engine.privacy
    await said(house, WORDS, ANSWER, channel=CHANNEL + 1)
    await house.engine.library.title((await house.held(CHANNEL + 1)).id, "My own", AS_MARY)
    await said(house, "bob's gazelle-one", "Bob's gazelle-two", BOB)
    answer = await said(house, "mary in the thread", "To her.")
    await house.engine.library.shares.add(answer, AS_MARY, names=False)
    await house.engine.library.stars.add((await house.held()).id, MARY.id)
    _, secret = await house.engine.api_keys.make(MARY.id, MARY.name)
    await privacy.opt_out(MARY.id)
    with zipfile.ZipFile(io.BytesIO(await privacy.export(MARY.id))) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {name.rpartition(".")[2] for name in files} == {"txt", "md", "json"}
    everything = "".join(files.values())
    assert not [each for each in ("gazelle", BOB.name, secret) if each in everything]
    document = json.loads(files["everything.json"])
    assert document["user_id"] == str(MARY.id)
    said_so = [each.get("text") for part in document["conversations"] for each in part["responses"]]
    assert sorted(said_so) == sorted([WORDS, ANSWER, "mary in the thread", "To her."])
    assert [len(document[name]) for name in ("stars", "shares", "keys", "blocks", "usage")] == [1, 1, 1, 0, 2]
    assert document["opted_out_since"]
    for part in (WORDS, ANSWER, "To her.", "Opted out: 20"):
        assert part in files["everything.md"]
    [again] = [text for name, text in files.items() if name.startswith("conversations/") and name.endswith("json")]
    assert [turn.text for turn in from_json(again).turns] == [WORDS, ANSWER]


async def test_an_export_of_nobody_is_a_small_one(house: House) -> None:
    with zipfile.ZipFile(io.BytesIO(await house.engine.privacy.export(12345))) as archive:
        assert archive.namelist() == ["README.txt", "everything.md", "everything.json"]


# --- What Discord deletes ---


async def test_what_was_held_in_a_server_that_was_left_goes_and_the_rest_stays(house: House, file: Path) -> None:
    await said(house, "here is lynx-one", "Lynx-two.")
    other = await house.engine.turns.open(replace(opening(CHANNEL + 9), guild_id=GUILD + 1))
    assert await house.engine.library.guilds() == {GUILD, GUILD + 1}
    await house.engine.library.places_gone(guild_id=GUILD)
    assert await house.engine.library.guilds() == {GUILD + 1}
    assert await house.store.conversations.get(other.id) is not None
    await house.store.file.rebuild()
    assert found(file, ["lynx-one", "Lynx-two"]) == set()
