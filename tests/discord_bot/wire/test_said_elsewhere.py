"""What is said through the API in a conversation of a thread stands there before its answer: once, whatever happens."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from grokbot.discord_bot.notices.texts.answer_text import HIDDEN, NO_FILES_HERE, WHOLE_MESSAGE, WORDS_NOT_TAKEN
from grokbot.sandbox.discord_server import Permission, Rules
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually
from tests.program import program_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel
    from tests.program import Program

    from .play import Play

FIGS, PLUMS = "Figs grow on trees.", "Plums too."
SAID = "**alice** (API): And plums?"
LINE = "All work and no play makes this text a long one.\n"


@pytest.fixture
async def play(begin: Callable[..., Awaitable[Play]]) -> Play:
    return await begin(api=True, rules=Rules().unlimited())


@asynccontextmanager
async def at_the_api(play: Play) -> AsyncIterator[tuple[Program, str]]:
    """Alice's program, and the only conversation's id."""
    async with program_at(play.socket) as operator:
        program = await operator.of(play.alice.id, "alice")
        [conversation] = await program.conversations()
        yield program, conversation.conversation_id


async def asked(play: Play, text: str = "And plums?") -> Channel:
    """A thread with an answer, in which alice then says something through the API and is answered."""
    thread = await play.talk(FIGS)
    play.says(PLUMS)
    async with at_the_api(play) as (program, conversation_id):
        said = await program.say(conversation_id, text)
        assert said.answer is not None
        assert said.answer.message == PLUMS
    return thread


def database(play: Play, statement: str) -> list[tuple[Any, ...]]:
    """Between two runs of the daemon, or to look."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as file, file:
        return list(file.execute(statement))


def forget_the_last_question(play: Play) -> None:
    """As a kill leaves it that comes before the answer stands there, and before what was posted is noted."""
    play.was_killed(answered=True)
    newest = "(SELECT max(id) FROM responses WHERE sender = 'human')"
    database(play, f"DELETE FROM discord_messages WHERE response_id >= {newest}")  # noqa: S608 - no word from outside


async def test_it_stands_before_its_answer_and_the_answer_is_as_any_other(play: Play) -> None:
    thread = await asked(play)
    await play.reads(thread, FIGS, SAID, PLUMS)
    await play.whole(thread)
    assert play.told() == ["Alice: question 1", "alice: And plums?"]
    play.says("Pears do.")
    await play.bob.say(thread, "And pears?")
    await play.reads(thread, FIGS, SAID, PLUMS, "Pears do.")


async def test_nobody_is_pinged_by_it_and_its_markdown_stays(play: Play) -> None:
    text = f"@everyone <@{play.bob.id}> is **this** right?"
    thread = await asked(play, text)
    await play.reads(thread, FIGS, f"**alice** (API): {text}", PLUMS)  # the end of the play looks for pings


async def test_who_asked_through_the_api_is_not_called_to_a_late_answer(begin: Callable[..., Awaitable[Play]]) -> None:
    play = await begin(api=True, discord={"notice_after_seconds": 2.0})
    thread = await play.talk(FIGS)  # well within that, on a busy machine, too
    play.grok.script(Script(text=PLUMS, reasoning="", first_token_after=2.5))
    async with at_the_api(play) as (program, conversation_id):
        await program.say(conversation_id, "And plums?")
    await play.reads(thread, FIGS, SAID, PLUMS)
    await play.quiet()
    assert play.said(thread) == [FIGS, SAID, PLUMS]


async def test_a_long_text_takes_two_messages_and_is_whole_in_a_file(play: Play) -> None:
    thread = await asked(play, LINE * 200)
    await play.until(lambda: play.said(thread)[-1:] == [PLUMS])
    _, first, second, _ = play.messages(thread)
    assert first.content.startswith(f"**alice** (API): {LINE}")
    assert second.content.endswith(WHOLE_MESSAGE)
    [file] = second.attachments
    assert (file.file.name, file.file.data.decode()) == ("message.md", LINE * 200)


async def test_where_no_files_may_be_attached_a_sentence_says_so(play: Play) -> None:
    play.general.set_overwrite(play.discord.bot_user, deny=Permission.ATTACH_FILES)
    thread = await asked(play, LINE * 200)
    await play.until(lambda: play.said(thread)[-1:] == [PLUMS])
    assert play.said(thread)[2].endswith(NO_FILES_HERE)


FAULTS: dict[str, dict[str, Any]] = {
    "refused for now": {"status": 503},
    "failed inside but done": {"status": 500, "applied": True},
    "unavailable but done": {"status": 503, "applied": True},
    "cut before": {"reset": "before"},
    "cut after": {"reset": "after"},
    "cut after, twice": {"reset": "after", "times": 2},
    "limited": {"status": 429, "retry_after": 1.0},
}


async def test_no_fault_on_the_way_loses_or_doubles_it(play: Play) -> None:
    play.injected_429 = True
    threads = {name: await play.talk(FIGS) for name in FAULTS}
    for name, fault in FAULTS.items():
        play.discord.faults.add("POST", f"/channels/{threads[name].id}/messages", **fault)
    async with program_at(play.socket) as operator:
        for conversation in await operator.conversations():
            play.says(PLUMS)
            await operator.say(conversation.conversation_id, "And plums?")
    for name, thread in threads.items():
        await play.until(lambda thread=thread: len(play.said(thread)) == 3)  # type: ignore[misc] # the thread of this turn of the loop
        assert play.said(thread) == [FIGS, "**operator** (API): And plums?", PLUMS], name


async def test_what_discord_never_takes_is_replaced_by_a_sentence(play: Play) -> None:
    thread = await play.talk(FIGS)
    play.discord.faults.add("POST", f"/channels/{thread.id}/messages", status=400, code=50035, message="no")
    play.says(PLUMS)
    async with at_the_api(play) as (program, conversation_id):
        await program.say(conversation_id, "And plums?")
        assert (await program.texts(conversation_id))[2] == "And plums?"
    await play.reads(thread, FIGS, f"**alice** (API): {WORDS_NOT_TAKEN}", PLUMS)


async def test_an_archived_thread_is_opened_for_it(play: Play) -> None:
    thread = await play.talk(FIGS)
    thread.archive()
    play.says(PLUMS)
    async with at_the_api(play) as (program, conversation_id):
        await program.say(conversation_id, "And plums?")
    await play.reads(thread, FIGS, SAID, PLUMS)
    assert not thread.archived


async def test_where_the_bot_may_not_write_the_answer_is_stopped_and_the_program_is_told(play: Play) -> None:
    thread = await play.talk(FIGS)
    thread.archive(locked=True)
    async with at_the_api(play) as (program, conversation_id):
        with pytest.raises(grpc.aio.AioRpcError) as stopped:
            await program.say(conversation_id, "And plums? !wait 60")
    assert stopped.value.code() is grpc.StatusCode.CANCELLED
    assert play.said(thread) == [FIGS]
    await play.quiet()
    assert play.said(play.alice.direct_messages()) == []


async def test_what_a_kill_left_unsaid_is_said_at_the_next_start_before_its_answer(play: Play) -> None:
    thread = await asked(play)
    _, question, answer = await play.reads(thread, FIGS, SAID, PLUMS)
    await play.stop()
    forget_the_last_question(play)
    play.discord.world.nonces.clear()
    for message in (question, answer):
        await play.moderator_deletes(message)
    await play.start()
    await play.reads(thread, FIGS, SAID, PLUMS)
    await play.whole(thread)


async def test_what_was_sent_before_a_kill_and_could_not_be_noted_is_found_and_not_said_twice(play: Play) -> None:
    thread = await asked(play)
    _, question, answer = await play.reads(thread, FIGS, SAID, PLUMS)
    await play.stop()
    forget_the_last_question(play)
    await play.moderator_deletes(answer)
    play.discord.world.nonces.clear()
    await play.start()
    await play.reads(thread, FIGS, SAID, PLUMS)
    await play.whole(thread)
    noted = database(play, "SELECT message FROM responses JOIN discord_messages ON response_id = id ORDER BY id")
    assert ("And plums?",) in noted
    assert play.messages(thread)[1] is question


async def test_a_post_does_not_keep_the_bot_from_hearing_what_was_written_while_it_was_down(play: Play) -> None:
    thread = await asked(play)
    _, question, answer = await play.reads(thread, FIGS, SAID, PLUMS)
    await play.stop()
    forget_the_last_question(play)
    play.discord.world.nonces.clear()
    for message in (question, answer):
        await play.moderator_deletes(message)
    await play.bob.say(thread, "And pears?")
    play.says("Pears do.")
    await play.start()
    await play.reads(thread, FIGS, SAID, PLUMS, "Pears do.")


async def test_who_deletes_it_takes_the_words_out_of_the_conversation(play: Play) -> None:
    thread = await asked(play, "A secret: " + LINE * 200)
    await play.until(lambda: play.said(thread)[-1:] == [PLUMS])
    await play.whole(thread)
    await play.moderator_deletes(play.messages(thread)[2])
    await play.reads(thread, FIGS, PLUMS)  # the other half of the text is gone too
    async with at_the_api(play) as (program, conversation_id):
        assert "secret" not in str(await program.read(conversation_id))
    play.says("Pears do.")
    await play.bob.say(thread, "And pears?")
    await play.reads(thread, FIGS, PLUMS, "Pears do.")
    assert "secret" not in str(play.told())


async def test_who_deletes_it_while_it_is_being_answered_stops_the_answer(play: Play) -> None:
    thread = await play.talk(FIGS)
    play.grok.script(Script(text=LINE, reasoning="", hang_after_tokens=3))
    async with at_the_api(play) as (program, conversation_id):
        saying = asyncio.create_task(program.say(conversation_id, "And plums?"))
        await play.until(lambda: len(play.said(thread)) == 3)
        await play.moderator_deletes(play.messages(thread)[1])
        said = await saying
    assert said.answer is not None
    assert said.answer.partial
    await eventually(lambda: play.grok.running == 0)


async def test_a_second_program_is_told_that_an_answer_runs_and_nothing_of_it_is_posted(play: Play) -> None:
    thread = await play.talk(FIGS)
    play.grok.script(Script(text=PLUMS, reasoning="", first_token_after=0.5))
    await play.bob.say(thread, "And plums?")
    await play.grok.until(lambda: play.grok.running == 1)
    async with at_the_api(play) as (program, conversation_id):
        with pytest.raises(grpc.aio.AioRpcError) as busy:
            await program.say(conversation_id, "And pears?")
    assert busy.value.code() is grpc.StatusCode.ABORTED
    await play.reads(thread, FIGS, PLUMS)


async def test_what_is_said_under_an_earlier_answer_stands_at_the_end_and_the_way_left_is_set_aside(play: Play) -> None:
    thread = await play.talk(FIGS, PLUMS)
    async with at_the_api(play) as (program, conversation_id):
        said = (await program.read(conversation_id)).responses
        play.says("Pears do.")
        await program.say(conversation_id, "And pears?", said[1].response_id)
        pears = "**alice** (API): And pears?"
        await play.reads(thread, FIGS, HIDDEN, pears, "Pears do.")
        await program.select(said[3].response_id)
        await play.reads(thread, FIGS, PLUMS, pears, HIDDEN)
        play.says("As I said.")
        await play.bob.say(thread, "Go on")
        await play.reads(thread, FIGS, PLUMS, pears, HIDDEN, "As I said.")
    assert play.told() == ["Alice: question 1", "Alice: question 2", "Bob: Go on"]


async def test_what_a_person_resamples_in_discord_was_asked_through_the_api(play: Play) -> None:
    thread = await asked(play)
    *_, answer = await play.reads(thread, FIGS, SAID, PLUMS)
    await play.whole(thread)
    play.says("Plums do too.")
    await play.alice.press(answer, label="Resample")
    await play.reads(thread, FIGS, SAID, "Plums do too.")
    assert play.told() == ["Alice: question 1", "alice: And plums?"]


async def test_a_conversation_that_stands_nowhere_posts_nothing(play: Play) -> None:
    async with program_at(play.socket) as operator:
        program = await operator.of(play.alice.id, "alice")
        conversation_id = await program.begin()
        play.says(FIGS)
        said = await program.say(conversation_id, "How do figs grow?", "")
        assert said.text == FIGS
    await play.quiet()
    assert play.said(play.general) == []
    assert play.said(play.alice.direct_messages()) == []
