"""The whole story, with the daemon as a process that is killed: what was said is neither lost nor doubled."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import GrokRules, Script
from grokbot.sandbox.stage import stage
from grokbot.wire.xai.chat_pb2 import GetCompletionsRequest
from tests.daemon_process import daemon_process

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.discord_server import Channel, Message
    from grokbot.sandbox.grok_server import RecordedCall
    from grokbot.sandbox.stage import Stage

WAIT = 30.0
ANSWERS = ("Seven hills.", "The Tiber.", "Two thousand years.")


async def answered(here: Stage, thread: Channel, count: int) -> list[Message]:
    """Waits until `count` answers stand whole in the thread."""

    def answers() -> list[Message]:
        return [m for m in thread.messages if m.author is here.discord.bot_user and m.content]

    await here.discord.until(lambda: [m.content for m in answers()] == list(ANSWERS[:count]), WAIT)
    return answers()


def rows(folder: Path) -> list[tuple[str, str, str]]:
    """(sender, state, message) in creation order."""
    with closing(sqlite3.connect(folder / "grokbot.sqlite3")) as database:
        return list(database.execute("SELECT sender, state, message FROM responses ORDER BY id"))


def asked(call: RecordedCall) -> GetCompletionsRequest:
    assert isinstance(call.request, GetCompletionsRequest)
    return call.request


def texts(request: GetCompletionsRequest) -> list[str]:
    return [content.text for message in request.messages for content in message.content]


@pytest.mark.parametrize("mode", ["stateless", "stateful"])
async def test_two_turns_a_kill_and_a_third_turn_are_three_turns_that_the_model_was_shown(
    tmp_path: Path, mode: str
) -> None:
    questions = ("On what was Rome built?", "Which river?", "How old is it?")
    environment = {"GROKBOT_CONVERSATION__MODE": mode}
    async with stage(Rules(), GrokRules(tokens_per_second=200)) as here:
        for answer in ANSWERS:
            here.grok.script(Script(text=answer))
        async with daemon_process(here, tmp_path, environment) as daemon:
            await here.alice.say(here.general, f"<@BOT> {questions[0]}")
            await here.discord.until(lambda: here.general.threads, WAIT)
            [thread] = here.general.threads
            assert thread.name == questions[0]
            await answered(here, thread, 1)
            await here.alice.say(thread, questions[1])
            await answered(here, thread, 2)
            await here.grok.until(lambda: here.grok.running == 0, WAIT)
            await daemon.kill()
        async with daemon_process(here, tmp_path, environment) as daemon:
            await here.alice.say(thread, questions[2])
            await answered(here, thread, 3)
            assert await daemon.terminate() == 0

        exchanged = [part for pair in zip(questions, ANSWERS, strict=True) for part in pair]
        senders = ["human", "model"] * 3
        assert rows(tmp_path) == [(who, "done", said) for who, said in zip(senders, exchanged, strict=True)]
        calls = [call for call in here.grok.requests if call.method == "GetCompletionChunk"]
        requests = [asked(call) for call in calls]
        assert len(requests) == 3
        named = [f"Alice: {part}" if who == "human" else part for who, part in zip(senders, exchanged, strict=True)]
        if mode == "stateless":
            assert texts(requests[2])[1:] == named[:5]
            assert not requests[2].previous_response_id
        else:
            assert texts(requests[2]) == [named[4]]
            assert [request.previous_response_id for request in requests] == [
                "",
                calls[0].response_id,
                calls[1].response_id,
            ]
        assert here.discord.count_429 == 0
        assert here.discord.unknown_routes == []
        assert here.discord.crashes == []


async def test_an_answer_cut_off_by_a_kill_keeps_what_was_received_and_says_so_after_the_next_start(
    tmp_path: Path,
) -> None:
    words = " ".join(f"word{number}" for number in range(400))
    async with stage(Rules(), GrokRules(tokens_per_second=200)) as here:
        here.grok.script(Script(text=words, tokens_per_second=60, hang_after_tokens=300))
        async with daemon_process(here, tmp_path) as daemon:
            await here.alice.say(here.general, "<@BOT> Count for me")
            await here.discord.until(lambda: here.general.threads and here.general.threads[0].messages, WAIT)
            [thread] = here.general.threads
            await here.discord.until(lambda: any("word60" in m.content for m in thread.messages), WAIT)
            await daemon.kill()
        async with daemon_process(here, tmp_path) as daemon:
            await here.discord.until(lambda: "restarted" in thread.messages[-1].content, WAIT)
            kept = thread.messages[-1].content
            assert kept.startswith("word0 word1 ")
            labels = [button["label"] for button in thread.messages[-1].buttons()]
            assert labels[:2] == ["Continue", "Retry"]
            [(_, _, _), (sender, state, message)] = rows(tmp_path)
            assert (sender, state) == ("model", "interrupted")
            assert words.startswith(message)
            assert len(message) > 100

            here.grok.script(Script(text="Whole this time."))
            result = await here.alice.press(thread.messages[-1], label="Retry")
            assert result.acknowledged
            await here.discord.until(
                lambda: [m.content for m in thread.messages if m.content][-1] == "Whole this time.", WAIT
            )
            assert await daemon.terminate() == 0
        assert [state for _, state, _ in rows(tmp_path)] == ["done", "interrupted", "done"]
