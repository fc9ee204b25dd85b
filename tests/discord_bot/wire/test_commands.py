"""Commands over real HTTP: while an answer streams, with real files, with Discord's limits and a slow database."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.discord_bot.notices.texts.answer_text import HIDES, NEW_CONVERSATION
from grokbot.discord_bot.notices.texts.answer_text import STOPPED as STOPPED_LINE
from grokbot.discord_bot.notices.texts.command_text import STOPPED
from grokbot.engine.admission import GONE
from grokbot.sandbox.discord_server import Upload
from grokbot.sandbox.discord_server.rules.protocol import walk
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.discord_server.state.interactions import InteractionResult

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(40))


def shown(message: Message) -> str:
    """What a message or a panel says, from top to bottom, with its buttons' labels, and its files' names."""
    parts = [part.get("content") or part.get("label") or "" for part in walk(message.components)]
    return "\n".join([message.content, *parts, *(each.file.name for each in message.attachments)]).strip()


async def told(play: Play, result: InteractionResult) -> Message:
    """The private message that answers a command, once it stands there."""
    assert result.acknowledged
    await play.until(lambda: result.messages and shown(result.messages[0]))
    assert result.messages[0].ephemeral
    return result.messages[0]


async def streaming(play: Play) -> Channel:
    """A thread in which an answer is being written that would not end."""
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=10))
    thread = await play.begin("go on")
    await play.until(lambda: any("word" in text for text in play.said(thread)))
    return thread


async def answered(play: Play, question: str, answer: str) -> Channel:
    """A thread in which a first answer stands to its end."""
    play.grok.script(Script(text=answer, reasoning=""))
    thread = await play.begin(question)
    (message,) = await play.reads(thread, answer)
    await play.until(lambda: "Stop" not in play.labels(message))
    return thread


async def test_stop_ends_the_answer_that_is_being_written_and_keeps_what_is_there(play: Play) -> None:
    thread = await streaming(play)
    assert (await told(play, await play.alice.slash(thread, "stop"))).content == STOPPED
    message = await play.ends_with(thread, STOPPED_LINE)
    assert message.content.startswith("word0")
    await play.until(lambda: play.grok.running == 0)


@pytest.mark.parametrize("command", ["resample", "branch", "share", "continue"])
async def test_while_an_answer_is_being_written_a_command_that_needs_it_says_so(play: Play, command: str) -> None:
    thread = await streaming(play)
    content = (await told(play, await play.alice.slash(thread, command))).content
    assert content
    assert "log has the cause" not in content
    await play.alice.slash(thread, "stop")
    await play.ends_with(thread, STOPPED_LINE)


async def test_deleting_ends_the_answer_that_is_being_written(play: Play) -> None:
    thread = await streaming(play)
    question = await told(play, await play.alice.slash(thread, "delete"))
    await play.alice.press(question, label="Delete it")
    await play.until(lambda: play.grok.running == 0)
    await play.until(lambda: play.kept() == [])
    await play.ends_with(thread, STOPPED_LINE)


async def test_two_who_delete_at_once_are_both_answered_and_it_is_deleted_once(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    questions = [await told(play, await play.alice.slash(thread, "delete")) for _ in range(2)]
    results = await asyncio.gather(*(play.alice.press(question, label="Delete it") for question in questions))
    await play.until(lambda: sum(len(result.messages) for result in results) == 1)
    [late] = [message for result in results for message in result.messages]
    assert (late.ephemeral, late.content) == (True, GONE)
    await play.until(lambda: sum("The conversation is deleted." in question.content for question in questions) == 1)
    assert play.kept() == []


async def test_the_bots_messages_are_deleted_where_that_was_chosen_and_what_people_wrote_stays(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    play.grok.script(Script(text="word " * 500, reasoning=""))  # two messages
    await play.alice.say(thread, "two")
    await play.until(lambda: len(play.said(thread)) == 3 and "Stop" not in play.labels(play.messages(thread)[-1]))
    written = [message for message in thread.messages if message.author is play.alice]
    question = await told(play, await play.alice.slash(thread, "delete", messages="remove"))
    await play.alice.press(question, label="Delete it and my messages")
    await play.until(lambda: play.said(thread) == [])
    assert [message for message in thread.messages if message.author is play.alice] == written
    deleted = [call for call in play.discord.requests if call.method == "DELETE"]
    assert [call.status for call in deleted] == [204] * 3  # nobody else's message was asked for


async def test_messages_in_an_archived_thread_go_too_and_one_that_is_gone_already_hinders_nothing(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    play.grok.script(Script(text="Second.", reasoning=""))
    await play.alice.say(thread, "two")
    await play.ends_with(thread, "Second.")
    await play.until(lambda: "Stop" not in play.labels(play.messages(thread)[-1]))
    first, _ = play.messages(thread)
    question = await told(play, await play.alice.slash(play.general, "delete", conversation="one", messages="remove"))
    thread.archive()
    play.discord.faults.add("DELETE", f"/channels/{thread.id}/messages/{first.id}", status=400, code=50083)
    play.discord.faults.add("DELETE", f"/channels/{thread.id}/messages/*", status=404, code=10008, times=3)
    await play.alice.press(question, label="Delete it and my messages")
    await play.until(lambda: play.said(thread) == ["First."])  # of which Discord said that it is not there
    assert not thread.archived
    assert len([call for call in play.discord.requests if call.method == "DELETE"]) == 5


async def test_a_conversation_goes_out_as_a_file_and_in_again(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    [kept] = (await told(play, await play.alice.slash(thread, "export", format="json"))).attachments
    assert kept.file.name.endswith(".json")
    upload = Upload(kept.file.name, kept.file.data, "application/json")
    before = set(play.general.threads)
    await told(play, await play.bob.slash(play.general, "import", file=upload))
    [other] = set(play.general.threads) - before
    play.grok.script(Script(text="Second.", reasoning=""))
    await play.bob.say(other, "two")
    await play.until(lambda: play.said(other)[-1] == "Second.")
    assert play.told() == ["Alice: one", "Bob: two"]


async def test_what_was_asked_of_one_variant_is_in_no_later_request(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    play.grok.script(Script(text="1.", reasoning=""))
    await play.alice.slash(thread, "resample", instruction="shorter")
    await play.reads(thread, "1.")
    await play.until(lambda: "Resample" in play.labels(play.messages(thread)[0]))
    assert play.told() == ["Alice: one", "shorter"]
    play.grok.script(Script(text="Second.", reasoning=""))
    await play.bob.say(thread, "two")
    await play.ends_with(thread, "Second.")
    assert play.told() == ["Alice: one", "Bob: two"]


async def test_the_menu_writes_an_answer_in_the_middle_anew_in_its_own_message(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    play.grok.script(Script(text="Second.", reasoning=""))
    await play.alice.say(thread, "two")
    await play.ends_with(thread, "Second.")
    first, second = play.messages(thread)
    await play.until(lambda: "Resample" in play.labels(second))
    play.grok.script(Script(text="Instead.", reasoning=""))
    await play.resamples_above(play.alice, first, HIDES(1))
    await play.until(lambda: first.content == "Instead." and second.content.startswith("-#"))
    assert play.told() == ["Alice: one"]


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_no_message_comes_back_that_was_still_being_written_when_the_bots_messages_were_deleted(
    play: Play, method: str
) -> None:
    play.grok.script(Script(text="word " * 3000, reasoning="", tokens_per_second=1000))
    thread = await play.begin("go on")
    await play.until(lambda: any("word" in text for text in play.said(thread)))
    question = await told(play, await play.alice.slash(thread, "delete", messages="remove"))
    path = f"/channels/{thread.id}/messages" + ("/*" if method == "PATCH" else "")
    play.discord.faults.add(method, path, delay=1.0)
    await play.until(lambda: play.discord.faults.happened)
    await play.alice.press(question, label="Delete it and my messages")
    await play.until(lambda: play.said(thread) == [])
    await asyncio.sleep(1.5)  # whatever was still on its way has arrived
    assert play.said(thread) == []
    assert play.kept() == []


async def test_resample_means_a_last_turn_that_failed_and_not_the_answer_above_it(play: Play) -> None:
    thread = await answered(play, "one", "First.")
    play.grok.script(Script(fail="refused"))
    await play.alice.say(thread, "two")
    await play.until(lambda: len(play.said(thread)) == 2 and "usage guidelines" in play.said(thread)[-1])
    await play.until(lambda: "Stop" not in play.labels(play.messages(thread)[-1]))
    play.grok.script(Script(text="Second.", reasoning=""))
    await told(play, await play.alice.slash(thread, "resample"))
    await play.reads(thread, "First.", "Second.")
    await play.until(lambda: "Resample" in play.labels(play.messages(thread)[-1]))
    assert play.told() == ["Alice: one", "Alice: two"]


async def test_resample_of_a_first_turn_that_failed_asks_it_again(play: Play) -> None:
    play.grok.script(Script(fail="refused"))
    thread = await play.begin("one")
    await play.until(lambda: play.said(thread) and "usage guidelines" in play.said(thread)[-1])
    await play.until(lambda: "Stop" not in play.labels(play.messages(thread)[-1]))
    play.grok.script(Script(text="First.", reasoning=""))
    await told(play, await play.alice.slash(thread, "resample"))
    await play.reads(thread, "First.")
    await play.whole(thread)


async def test_in_direct_messages_an_older_conversation_does_not_grow_below_a_newer_one(play: Play) -> None:
    channel = play.alice.direct_messages()
    for answer in ("First.", "Second."):
        play.grok.script(Script(text=answer, reasoning=""))
        await play.alice.say(channel, "go on")
        await play.ends_with(channel, answer)
        await play.whole(channel)
        if answer == "First.":
            await play.alice.slash(channel, "new")
            await play.until(lambda: play.said(channel)[1:] == [NEW_CONVERSATION])  # not only: it thinks
    first, *below = play.messages(channel)
    text = "\n".join(f"Line {number} of an answer of several messages." for number in range(100))
    play.grok.script(Script(text=text, reasoning=""))
    await play.alice.press(first, label="Resample")
    await play.until(lambda: first.attachments and "2/2" in play.labels(first))
    assert [file.file.data.decode() for file in first.attachments] == [text]
    assert play.messages(channel)[1:] == below
