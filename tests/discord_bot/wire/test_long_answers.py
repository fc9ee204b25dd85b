"""Answers of more messages than they may have, and Markdown that Discord does not draw: nothing of them is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.answers.message_slot import FILE_NAME
from grokbot.discord_bot.answers.retry_state import DOUBTS
from grokbot.discord_bot.markdown import split
from grokbot.discord_bot.markdown.message_texts import to_discord
from grokbot.discord_bot.notices.texts.answer_text import NO_FILES, STOPPED, WHOLE_ANSWER, goes_on
from grokbot.sandbox.discord_server import Permission, Rules
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.answers import tokens
from grokbot.wire.xai.chat_pb2 import MessageRole

from .play import BROKEN, CUT, arrows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from grokbot.sandbox.discord_server import Channel, Message

    from .play import Play

    Begin = Callable[..., Awaitable[Play]]

MARKDOWN = (
    "#### A deep heading\n\nThe angle \\(\\alpha\\) and $\\beta$, and a table:\n\n"
    "| Planet | Moons |\n|---|---:|\n| Mars | 2 |\n| Jupiter | 95 |\n\n"
    "```python\nprint('| not | a table |')\n```\n\n"
)
LONG = MARKDOWN + "\n".join(f"Line {number} of an answer that needs many messages." for number in range(180))
MOST = 2
SHOWN = split(to_discord(LONG))[:MOST]
INTERRUPTED = f"⚠️ {REMEDIES[GrokFailure.INTERRUPTED].text}"
FAST: dict[str, Any] = {"rules": Rules().unlimited(), "discord": {"answer_messages": MOST}}
BEYOND = tokens.count(LONG[:6000])


def files(message: Message) -> list[tuple[str, str]]:
    return [(attachment.file.name, attachment.file.data.decode()) for attachment in message.attachments]


def hanging() -> Script:
    """Stands still when it has gone on for longer than it may have messages."""
    return Script(text=LONG, reasoning="", tokens_per_second=4000.0, hang_after_tokens=BEYOND)


async def beyond(play: Play, thread: Channel) -> Message:
    """Waits until the answer that hangs has gone on beyond its messages, and all that has come is counted."""
    received = len("".join(tokens.split(LONG)[:BEYOND]))
    await play.ends_with(thread, goes_on(received, attached=True))
    return play.messages(thread)[-1]


async def test_a_long_answer_goes_on_in_a_line_and_ends_in_a_file_with_groks_own_text(begin: Begin) -> None:
    play = await begin(**FAST)
    play.grok.script(Script(text=LONG, reasoning="", tokens_per_second=1500.0))
    thread = await play.begin("a lot")
    await play.reads(thread, *SHOWN, WHOLE_ANSWER)
    *first, last = await play.whole(thread)
    assert [files(message) for message in first] == [[], []]
    assert files(last) == [(FILE_NAME, LONG)]
    lines = [content for _, content in last.versions if content != WHOLE_ANSWER]
    counted = [int(line.split(" characters")[0].rsplit("(", 1)[1].replace(",", "")) for line in lines]
    assert lines == [goes_on(count, attached=True) for count in counted]
    assert counted == sorted(counted)
    assert play.kept()[-1] == ("model", "done", LONG)
    play.closed_stay_closed(thread)
    play.grok.script(Script(text="Gladly.", reasoning=""))
    await play.alice.say(thread, "thanks")
    await play.ends_with(thread, "Gladly.")
    own = [message for message in play.asked[-1].messages if message.role == MessageRole.ROLE_ASSISTANT]
    assert [message.content[0].text for message in own] == [LONG]


async def test_markdown_arrives_as_discord_draws_it_and_is_kept_as_grok_wrote_it(play: Play) -> None:
    text = MARKDOWN.strip()
    play.grok.script(Script(text=text, reasoning="", tokens_per_second=100.0))
    thread = await play.begin("with a table")
    await play.reads(thread, *split(to_discord(text)))
    (message,) = await play.whole(thread)
    assert "####" not in message.content
    assert "|---" not in message.content
    assert "\N{GREEK SMALL LETTER ALPHA}" in message.content
    assert "Jupiter" in message.content
    assert "print('| not | a table |')" in message.content
    assert play.kept()[-1] == ("model", "done", text)


async def test_a_long_answer_that_is_stopped_has_all_that_was_received_in_its_file(begin: Begin) -> None:
    play = await begin(**FAST)
    play.grok.script(hanging())
    thread = await play.begin("a lot")
    await beyond(play, thread)
    await play.alice.press(play.messages(thread)[-1], label="Stop")
    *first, last = await play.has_ended(thread, *CUT)
    assert [message.content for message in first] == SHOWN
    assert last.content == f"{WHOLE_ANSWER}\n{STOPPED}"
    [(name, received)] = files(last)
    assert name == FILE_NAME
    assert LONG.startswith(received)
    assert play.kept()[-1] == ("model", "stopped", received)
    play.grok.script(Script(text="And the end.", reasoning=""))
    await play.alice.press(last, label="Continue")
    await play.ends_with(thread, "And the end.")
    assert files(last) == [(name, received)]  # taking its button away leaves the file


async def test_a_long_answer_that_a_restart_cuts_off_gets_its_file_and_a_retry_takes_away_what_it_does_not_need(
    begin: Begin,
) -> None:
    play = await begin(**FAST, drain_seconds=0.1)
    play.grok.script(hanging())
    thread = await play.begin("a lot")
    await beyond(play, thread)
    await play.stop()
    (*first, last) = play.messages(thread)
    assert [message.content for message in first] == SHOWN
    assert last.content == f"{WHOLE_ANSWER}\n{INTERRUPTED}"
    [(_, received)] = files(last)
    assert play.kept()[-1] == ("model", "interrupted", received)
    play.was_killed()
    edits = len(last.versions)
    await play.start()
    await play.until(lambda: len(last.versions) > edits)
    assert (await play.has_ended(thread, *BROKEN))[-1] is last
    assert files(last) == [(FILE_NAME, received)]
    again = LONG[:7000] + "\nA new end."
    play.grok.script(Script(text=again, reasoning="", fail="overloaded", fail_after_tokens=tokens.count(again) - 2))
    await play.alice.press(last, label="Retry")
    await play.until(lambda: files(last) and files(last) != [(FILE_NAME, received)])
    assert files(last) == [(FILE_NAME, play.kept()[-1][2])]
    assert (await play.has_ended(thread, *arrows(2, 2)[:3], "Continue", "More…"))[-1] is last
    play.grok.script(Script(text="Short.", reasoning=""))
    await play.alice.press(await play.menu(play.alice, last), label="Retry")
    (kept,) = await play.reads(thread, "Short.")
    assert kept is first[0]
    assert last.deleted
    await play.has_ended(thread, *arrows(3, 3))


async def test_without_the_permission_to_attach_files_a_sentence_says_so_and_nothing_is_lost(begin: Begin) -> None:
    play = await begin(**FAST)
    play.general.set_overwrite(play.discord.bot_user, deny=Permission.ATTACH_FILES)
    play.grok.script(Script(text=LONG, reasoning="", tokens_per_second=1500.0))
    thread = await play.begin("a lot")
    await play.reads(thread, *SHOWN, NO_FILES)
    assert [files(message) for message in await play.whole(thread)] == [[], [], []]
    promised = goes_on(0, attached=True).split("so far). ")[1]
    assert not any(promised in content for _, content in play.messages(thread)[-1].versions)
    assert play.kept()[-1] == ("model", "done", LONG)


async def test_a_permission_to_attach_files_that_is_taken_away_in_mid_stream_gives_way_to_the_sentence(
    begin: Begin,
) -> None:
    play = await begin(**FAST)
    play.grok.script(hanging())
    thread = await play.begin("a lot")
    last = await beyond(play, thread)  # it promises a file
    play.general.set_overwrite(play.discord.bot_user, deny=Permission.ATTACH_FILES)
    await play.alice.press(last, label="Stop")
    await play.reads(thread, *SHOWN, f"{NO_FILES}\n{STOPPED}")
    assert [files(message) for message in await play.has_ended(thread, *CUT)] == [[], [], []]


@pytest.mark.parametrize(("status", "code", "times"), [(403, 50013, 1 + DOUBTS), (413, 40005, 1)])
async def test_a_file_that_discord_refuses_gives_way_to_the_sentence(
    begin: Begin, status: int, code: int, times: int
) -> None:
    play = await begin(**FAST)
    play.grok.script(hanging())
    thread = await play.begin("a lot")
    last = await beyond(play, thread)
    path = f"/channels/{thread.id}/messages/{last.id}"
    play.discord.faults.add("PATCH", path, status=status, code=code, times=times)
    await play.alice.press(last, label="Stop")
    await play.reads(thread, *SHOWN, f"{NO_FILES}\n{STOPPED}")
    assert files((await play.has_ended(thread, *CUT))[-1]) == []
    assert LONG.startswith(play.kept()[-1][2])
    assert len(play.discord.faults.happened) == times
