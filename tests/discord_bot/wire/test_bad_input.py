"""What people should not have written, and what moderators do in the middle: always an answer, nothing lost."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.notices.texts.answer_text import STOPPED, missing_permissions
from grokbot.discord_bot.threads.threads import FALLBACK_NAME
from grokbot.policy.admission import NOTHING_TO_READ, Unread
from grokbot.sandbox.discord_server import Permission, Upload
from grokbot.sandbox.discord_server.acts import threads
from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(120))
RIGHT_TO_LEFT = "\u202eabc \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627"
SLOW = Script(text=WORDS, reasoning="", tokens_per_second=120.0)


def kept(play: Play) -> list[tuple[str, str, str]]:
    """(sender, state, message) of every response, in creation order."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        return list(database.execute("SELECT sender, state, message FROM responses ORDER BY id"))


@pytest.mark.parametrize("text", ["", "\u200b", " \u200e\u2060 "])
async def test_a_message_with_nothing_to_read_gets_a_sentence_and_no_thread(play: Play, text: str) -> None:
    await play.alice.say(play.general, f"<@BOT>{text}")
    await play.reads(play.general, NOTHING_TO_READ)
    assert play.general.threads == []
    assert kept(play) == []


async def test_a_file_that_is_no_picture_alone_gets_a_sentence(play: Play) -> None:
    picture = Upload("cat.png", b"\x89PNG", "image/png")
    await play.alice.say(play.alice.direct_messages(), "", attachments=[picture])
    await play.reads(play.alice.direct_messages(), Unread(other=("cat.png",)).sentence)
    assert kept(play) == []


@pytest.mark.parametrize("text", ["```" * 650, "`" * 1900, RIGHT_TO_LEFT])
async def test_odd_text_reaches_grok_as_it_is_and_the_words_of_its_answer_can_be_read(play: Play, text: str) -> None:
    play.grok.script(Script(text=f"{text[:1800]} \u05e9\u05dc\u05d5\u05dd", reasoning=""))
    thread = await play.begin(text)
    shown = "```\n \u05e9\u05dc\u05d5\u05dd\n```" if "`" in text else f"{text} \u05e9\u05dc\u05d5\u05dd"
    await play.reads(thread, shown)
    assert play.told() == [f"Alice: {text}"]
    assert thread.name == (FALLBACK_NAME if "`" in text else text.removeprefix("\u202e"))


async def test_a_question_deleted_before_the_first_word_stops_the_answer(play: Play) -> None:
    channel = play.alice.direct_messages()
    asked = await play.alice.say(channel, "!hang 0")
    await play.thinks(channel)
    await play.alice.delete(asked)
    await play.reads(channel, STOPPED)
    await play.grok.until(lambda: play.grok.running == 0)
    assert play.grok.requests[-1].cancelled


async def test_a_question_deleted_in_mid_stream_stops_the_answer_and_keeps_its_text(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    thread = await play.begin("go on")
    await play.shown(thread)
    await play.alice.delete(next(m for m in play.general.messages if m.thread is thread))
    message = await play.ends_with(thread, STOPPED)
    assert WORDS.startswith(message.content.removesuffix(f"\n{STOPPED}"))
    assert kept(play)[-1][1:] == ("stopped", message.content.removesuffix(f"\n{STOPPED}"))
    play.grok.script(Script(text="Still here.", reasoning=""))
    await play.alice.say(thread, "and now?")
    await play.ends_with(thread, "Still here.")


async def test_a_question_deleted_while_it_waits_is_not_answered(play: Play) -> None:
    play.grok.script(SLOW)
    thread = await play.begin("one")
    await play.shown(thread)
    regretted = await play.bob.say(thread, "two")
    await play.bob.say(thread, "three")
    await play.bob.delete(regretted)
    play.grok.script(Script(text="To the rest.", reasoning=""))
    await play.reads(thread, WORDS, "To the rest.")
    assert play.told() == ["Alice: one", "Bob: three"]


async def test_a_question_deleted_while_its_thread_is_being_opened_is_not_answered_to_the_end(play: Play) -> None:
    play.discord.faults.add("POST", f"/channels/{play.general.id}/messages/*/threads", delay=0.5)
    asked = await play.alice.say(play.general, "<@BOT> !hang 5")
    await play.until(lambda: asked.thread is not None)
    assert asked.thread is not None
    await play.alice.delete(asked)
    await play.ends_with(asked.thread, STOPPED)
    assert play.said(play.general) == []


async def test_a_thread_deleted_in_mid_stream_ends_the_call_and_disturbs_nobody(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    thread = await play.begin("go on")
    await play.shown(thread)
    threads.remove(play.discord.world, play.discord.world.owner, thread)
    await play.grok.until(lambda: play.grok.running == 0)
    await play.quiet()
    assert "go on" not in [message for _, _, message in kept(play)]  # what was held there is gone, too
    assert play.said(play.alice.direct_messages()) == []


async def test_a_thread_archived_in_mid_stream_is_opened_again_for_the_end(play: Play) -> None:
    play.grok.script(SLOW)
    thread = await play.begin("go on")
    await play.shown(thread)
    thread.archive()
    await play.reads(thread, WORDS)
    assert not thread.archived


async def test_a_thread_locked_in_mid_stream_stops_the_answer_and_the_log_says_so(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    play.broken_off = True
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=20.0))
    thread = await play.begin("go on")
    await play.shown(thread)
    thread.archive(locked=True)
    await play.until(lambda: kept(play)[-1][1] == "stopped")
    assert "answer.barred" in caplog.text
    sender, state, text = kept(play)[-1]
    assert (sender, state) == ("model", "stopped")
    assert text
    assert WORDS.startswith(text)


@pytest.mark.parametrize(
    ("denied", "named"),
    [
        (Permission.CREATE_PUBLIC_THREADS, ["Create Public Threads"]),
        (Permission.SEND_MESSAGES_IN_THREADS, ["Send Messages in Threads"]),
        (
            Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES_IN_THREADS,
            ["Create Public Threads", "Send Messages in Threads"],
        ),
    ],
)
async def test_missing_permissions_are_named_in_the_channel(play: Play, denied: Permission, named: list[str]) -> None:
    play.general.set_overwrite(play.discord.bot_user, deny=denied)
    await play.alice.say(play.general, "<@BOT> hello")
    await play.reads(play.general, missing_permissions(named))
    assert play.general.threads == []
    assert play.asked == []


async def test_where_the_bot_cannot_write_at_all_the_log_says_it_and_nobody_is_written_to(
    play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    denied = Permission.CREATE_PUBLIC_THREADS | Permission.SEND_MESSAGES
    play.general.set_overwrite(play.discord.bot_user, deny=denied)
    await play.alice.say(play.alice.direct_messages(), "hi")  # so that the bot could
    await play.ends_with(play.alice.direct_messages(), "counted.")
    await play.alice.say(play.general, "<@BOT> hello")
    await eventually(lambda: "discord.untold" in caplog.text)
    await play.quiet()
    assert len(play.said(play.alice.direct_messages())) == 1


async def test_a_right_to_write_that_is_taken_in_mid_stream_ends_the_answer_and_the_text_is_kept(play: Play) -> None:
    play.broken_off = True
    thread = await play.begin("one")
    await play.ends_with(thread, "counted.")
    play.general.set_overwrite(play.discord.bot_user, deny=Permission.SEND_MESSAGES_IN_THREADS)
    play.grok.script(Script(text=WORDS, reasoning="", hang_after_tokens=20))
    await play.bob.say(thread, "two")
    await play.until(lambda: [state for _, state, _ in kept(play)][3:] == ["stopped"])
    assert [state for _, state, _ in kept(play)] == ["done", "done", "done", "stopped"]
    play.general.set_overwrite(play.discord.bot_user)
    play.grok.script(Script(text="Back again.", reasoning=""))
    await play.bob.say(thread, "three")
    await play.ends_with(thread, "Back again.")
    assert play.told() == ["Alice: one", "Bob: two", "Bob: three"]


@pytest.mark.parametrize(
    ("wrong", "trouble"),
    [({"model": "grok-0"}, GrokFailure.UNKNOWN_MODEL), ({"api_key": "xai-wrong"}, GrokFailure.BAD_KEY)],
)
async def test_a_wrong_model_or_key_is_told_as_the_operators_matter(
    begin: Callable[..., Awaitable[Play]], wrong: dict[str, str], trouble: GrokFailure
) -> None:
    play = await begin(start=False)
    xai = type(play.settings.xai).model_validate(play.settings.xai.model_dump() | wrong)
    play.settings = play.settings.model_copy(update={"xai": xai})
    await play.start()
    (message,) = await play.reads(await play.begin("hello"), f"⚠️ {REMEDIES[trouble].text}")
    assert play.labels(message) == ["Retry", "More…"]  # for when that is mended
