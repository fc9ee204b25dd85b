"""When Grok does not answer: what people read, what the retry button does, what the log says and what it does not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.answers.buttons.controls import AFTER_REPAIR
from grokbot.discord_bot.notices.texts.answer_text import CUT_SHORT, NOTHING_TO_SEE
from grokbot.process.logs.formats import JsonFormatter, PrefixFormatter, TerminalFormatter
from grokbot.process.logs.journal import entry_of
from grokbot.sandbox.discord_server import Rules
from grokbot.sandbox.grok_server import Script
from grokbot.sandbox.grok_server.failures import FAILURES

from .play import BROKEN, arrows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from .play import Play

KINDS = {
    "bad_key": GrokFailure.BAD_KEY,
    "bad_key_reported": GrokFailure.BAD_KEY,
    "no_credit": GrokFailure.NO_CREDIT,
    "no_credit_exhausted": GrokFailure.NO_CREDIT,
    "spending_limit": GrokFailure.NO_CREDIT,
    "spending_limit_denied": GrokFailure.NO_CREDIT,
    "rate_limit": GrokFailure.RATE_LIMIT,
    "stored_gone": GrokFailure.RESPONSE_GONE,
    "stored_gone_reported": GrokFailure.RESPONSE_GONE,
    "sealed": GrokFailure.SEALED,
    "unknown_model": GrokFailure.UNKNOWN_MODEL,
    "too_long": GrokFailure.TOO_LONG,
    "too_long_reported": GrokFailure.TOO_LONG,
    "refused": GrokFailure.REFUSED,
    "overloaded": GrokFailure.OVERLOADED,
    "image_unreadable": GrokFailure.IMAGE_UNREADABLE,
    "image_rejected": GrokFailure.REFUSED,
    "file_refused": GrokFailure.BAD_REQUEST,
    "internal": GrokFailure.OTHER,
    "too_slow": GrokFailure.TIMEOUT,
}


async def test_every_failure_is_told_in_plain_words_with_a_retry_button_where_that_helps(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    assert set(KINDS) == set(FAILURES)
    people = {name: play.discord.create_user(name) for name in KINDS}
    for name, person in people.items():
        await person.say(person.direct_messages(), f"!fail {name}")
    for name, person in people.items():
        remedy = REMEDIES[KINDS[name]]
        (message,) = await play.reads(person.direct_messages(), f"⚠️ {remedy.text}")
        helps = remedy.retryable or KINDS[name] in AFTER_REPAIR
        await play.has_ended(person.direct_messages(), *(["Retry"] if helps else []), "More…")
        assert FAILURES[name].text not in message.content
        assert f"code={FAILURES[name].code.name}" in caplog.text, name
        assert FAILURES[name].text not in caplog.text  # it may quote the question


async def test_a_stream_that_breaks_keeps_its_text_and_can_be_tried_again(play: Play) -> None:
    words = " ".join(f"word{number}" for number in range(50))
    play.grok.script(Script(text=words, reasoning="", fail="overloaded", fail_after_tokens=10))
    thread = await play.begin("go on")
    message = await play.ends_with(thread, f"⚠️ {REMEDIES[GrokFailure.BROKEN_OFF].text}")
    await play.has_ended(thread, *BROKEN)
    begun = message.content.split("\n")[0]
    assert words.startswith(begun)
    assert begun.startswith("word0 word1")
    play.grok.script(Script(text=words, reasoning=""))
    result = await play.alice.press(message, label="Retry")
    assert result.acknowledged
    await play.reads(thread, words)
    assert await play.has_ended(thread, *arrows(2, 2)) == [message]
    assert play.told(0) == play.told(1) == ["Alice: go on"]  # the failed try is not in the path


async def test_a_further_retry_writes_into_the_same_message_too(play: Play) -> None:
    thread = await play.begin("!fail internal")
    trouble = f"⚠️ {REMEDIES[GrokFailure.OTHER].text}"
    (first,) = await play.reads(thread, trouble)
    await play.has_ended(thread, "Retry", "More…")
    before = first.buttons()[0]["custom_id"]
    await play.alice.press(first, label="Retry")
    await play.until(lambda: play.labels(first) == ["Retry", "More…"] and first.buttons()[0]["custom_id"] != before)
    play.grok.script(Script(text="At last.", reasoning=""))
    await play.alice.press(first, label="Retry")
    (last,) = await play.reads(thread, "At last.")
    assert last is first


async def test_a_retry_removes_messages_that_the_new_answer_does_not_need(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(rules=Rules().unlimited())  # so many edits at once would make discord.py sleep for seconds
    long = "\n".join(f"Line {number} of a long answer that breaks off." for number in range(120))
    play.grok.script(Script(text=long, reasoning="", fail="overloaded", fail_after_tokens=1300))
    thread = await play.begin("go on")
    messages = await play.has_ended(thread, *BROKEN)
    assert len(messages) == 3
    play.grok.script(Script(text="Short.", reasoning=""))
    await play.alice.press(messages[-1], label="Retry")
    (kept,) = await play.reads(thread, "Short.")
    assert kept is messages[0]
    play.grok.script(Script(text="Next.", reasoning=""))
    await play.alice.say(thread, "and then?")
    await play.reads(thread, "Short.", "Next.")
    assert play.told() == ["Alice: go on", "Alice: and then?"]


async def test_an_answer_that_shows_nothing_ends_in_a_sentence(play: Play) -> None:
    empty = f"⚠️ {REMEDIES[GrokFailure.EMPTY].text}"
    for person, text in ((play.alice, ""), (play.bob, "\u200b\u200e")):
        play.grok.script(Script(text=text, reasoning=""))
        await person.say(person.direct_messages(), "hello")
        await play.until(lambda person=person: play.said(person.direct_messages()) in ([empty], [NOTHING_TO_SEE]))  # type: ignore[misc] # the person of this turn of the loop


async def test_an_answer_that_reaches_its_length_limit_says_so(play: Play) -> None:
    play.grok.script(Script(text="Not all of", reasoning="", finish="max_len"))
    thread = await play.begin("go on")
    await play.reads(thread, f"Not all of\n{CUT_SHORT}")


class Written(logging.Handler):
    """Every line as each format would write it, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("grokbot") and record.levelno < logging.INFO:
            return  # `logs.configure` lets nobody's debug through but ours
        for each in (TerminalFormatter(colours=True, dates=True), PrefixFormatter(), JsonFormatter()):
            self.lines.append((record.name, each.format(record)))
        self.lines.append((record.name, entry_of(record).decode()))


async def test_the_log_holds_causes_and_turns_but_neither_words_nor_names_nor_secrets(play: Play) -> None:
    written, root, ours = Written(), logging.getLogger(), logging.getLogger("grokbot")
    levels = root.level, ours.level
    root.addHandler(written)
    root.setLevel(logging.INFO)
    ours.setLevel(logging.DEBUG)
    try:
        guild = play.discord.create_guild("Xyzzy server")
        channel = guild.create_text_channel("xyzzy-channel")
        person = play.discord.create_user("xyzzy", display_name="Xyzzy Person")
        play.grok.script(Script(text="xyzzy answer " * 300, reasoning="xyzzy thought"))
        thread = await play.begin("xyzzy question", person, channel)
        await play.until(lambda: len(play.said(thread)) == 2)
        play.discord.faults.add("POST", f"/channels/{thread.id}/messages", status=503)
        quoting = {"code": 50035, "message": "xyzzy", "errors": {"content": {"_errors": [{"message": "xyzzy"}]}}}
        play.discord.faults.add("PATCH", f"/channels/{thread.id}/messages/*", status=400, json=quoting)
        await person.say(thread, "xyzzy !fail overloaded after 5")
        await play.ends_with(thread, REMEDIES[GrokFailure.BROKEN_OFF].text)
        await play.replies(await person.say(channel, "<@BOT>"))
        ours.error("test.error", exc_info=discord.DiscordException("xyzzy"))
        turns = play.turns()
        await play.stop()
    finally:
        root.removeHandler(written)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])
    text = "\n".join(line for _, line in written.lines)
    for event in ("turn.begin", "turn.end", "kind=broken_off", "discord.write_failed", "dollars=0.0"):
        assert event in text
    for hidden in ("xyzzy", "Xyzzy", play.discord.token, play.grok.api_key):
        assert [line for _, line in written.lines if hidden in line] == []
    rooms = ("grokbot.engine.turns", "grokbot.discord_bot.answers", "grokbot.xai")
    without = [line for name, line in written.lines if name.startswith(rooms) and not any(t in line for t in turns)]
    assert [line for line in without if "turns.drain" not in line] == []
