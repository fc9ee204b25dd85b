"""Pictures and documents in Discord reach Grok, in every later request of the conversation too."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.policy.admission import VOICE, Unread
from grokbot.sandbox.discord_server.state.model import Upload
from tests.documents.uploads.cases import docx, pdf, photo

from .test_commands import told
from .test_moderation import moderator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .play import Play

PHOTO = Upload("cat.jpg", photo(), "image/jpeg")


def contents(play: Play, asked: int = -1) -> Sequence[Sequence[tuple[str, str]]]:
    """Of each message of a request, its contents: their kinds, and how they begin."""
    found = []
    for message in play.asked[asked].messages:
        kinds = [(part.WhichOneof("content"), part) for part in message.content]
        found.append(
            [
                (
                    str(kind),
                    part.text
                    if kind == "text"
                    else part.image_url.image_url[:23]
                    if kind == "image_url"
                    else part.file.filename,
                )
                for kind, part in kinds
            ]
        )
    return found


CAT = [("text", "[attached: cat.jpg]"), ("image_url", "data:image/jpeg;base64,")]


async def test_a_picture_is_in_every_later_request_of_its_conversation(play: Play) -> None:
    play.says("a cat")
    message = await play.alice.say(play.general, "<@BOT> what is it?", attachments=[PHOTO])
    await play.until(lambda: message.thread is not None and play.said(message.thread) == ["a cat"])
    assert message.thread is not None
    thread = message.thread
    first = play.asked[0].messages[1]
    assert contents(play)[1] == [*CAT, ("text", "Alice: what is it?\n\n[attached: cat.jpg]")]
    play.says("grey")
    await play.alice.say(thread, "which colour?")
    await play.reads(thread, "a cat", "grey")
    play.says("gray")
    await play.alice.press(play.messages(thread)[-1], label="Resample")
    await play.reads(thread, "a cat", "gray")
    await play.restart()
    play.says("two")
    await play.alice.say(thread, "how many ears?")
    await play.reads(thread, "a cat", "gray", "two")
    assert [request.messages[1] for request in play.asked] == [first] * 4
    await play.whole(thread)


async def test_a_picture_without_words_opens_a_conversation_and_its_replacement_is_answered_anew(play: Play) -> None:
    channel = play.alice.direct_messages()
    play.says("a cat")
    message = await play.alice.say(channel, "", attachments=[PHOTO])
    await play.reads(channel, "a cat")
    assert contents(play)[-1] == [*CAT, ("text", "[attached: cat.jpg]")]
    assert message.id


async def test_pictures_of_what_is_replied_to_forwarded_and_embedded_come_with_the_question(play: Play) -> None:
    shown = await play.bob.say(play.general, "look", attachments=[PHOTO])
    forwarded = await play.bob.forward(shown, play.general)
    for text, there in (("<@BOT> and?", shown), ("<@BOT> well?", forwarded)):
        asked = await play.alice.say(play.general, text, reply_to=there)
        await play.until(lambda asked=asked: asked.thread is not None and play.said(asked.thread))  # type: ignore[misc]
        assert contents(play)[1][:2] == CAT
        assert "[attached: cat.jpg]" in contents(play)[1][2][1]


async def test_a_document_is_read_and_what_cannot_be_is_named(play: Play) -> None:
    channel = play.alice.direct_messages()
    uploads = [
        Upload(
            "plan.docx", docx("The owl plan"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        ),
        Upload("paper.pdf", pdf("Owls fly at night"), "application/pdf"),
        Upload("broken.pdf", b"%PDF-1.7\nnothing", "application/pdf"),
        Upload("a.mp4", b"\0\0\0\x18ftypmp42", "video/mp4"),
    ]
    play.says("read")
    await play.alice.say(channel, "sum up", attachments=uploads)
    unread = Unread(broken=(("broken.pdf", "is broken"),), other=("a.mp4",)).sentence
    await play.until(lambda: sorted(play.said(channel)) == sorted(["read", unread]))
    told = play.told()[-1]
    assert "[file plan.docx]\n```\nThe owl plan\n```" in told
    assert "Owls fly at night" in told
    assert "[attached, but not shown to you: broken.pdf, a.mp4]" in told


async def test_what_is_too_long_for_the_text_goes_beside_it(play: Play) -> None:
    channel = play.alice.direct_messages()
    play.says("long")
    await play.alice.say(channel, "sum up", attachments=[Upload("big.csv", b"a,b\n" * 40_000, "text/csv")])
    await play.reads(channel, "long")
    assert contents(play)[-1] == [
        ("text", "[attached: big.csv]"),
        ("file", "big.csv"),
        ("text", "sum up\n\n[attached: big.csv]"),
    ]


@pytest.mark.parametrize("stores", [True, False])
async def test_a_stateful_conversation_with_a_picture_goes_on_whether_xai_stores_it_or_not(
    begin: Callable[..., Awaitable[Play]], *, stores: bool
) -> None:
    play = await begin(mode="stateful", store_images=stores)
    channel = play.alice.direct_messages()
    answers: list[str] = []
    for text, files in (("what?", [PHOTO]), ("really?", []), ("sure?", [])):
        answers.append(f"the answer to {text}")
        play.says(answers[-1])
        await play.alice.say(channel, text, attachments=files)
        await play.reads(channel, *answers)
    stored = [request.store_messages for request in play.asked]
    assert stored == ([True] * 3 if stores else [True, False, False, False])
    assert len(play.asked[-1].messages) == (1 if stores else 6)


async def test_files_of_who_is_blocked_are_not_read(play: Play) -> None:
    thread = await play.talk("hello")
    mia, _ = moderator(play)
    await told(play, await mia.slash(play.general, "mod block", user=play.alice, time="1h"))
    play.discord.world.cdn_refuses = 9
    await play.alice.say(thread, "look", attachments=[PHOTO])
    await play.until(lambda: len(play.said(thread)) == 2)
    assert "You cannot use Grok here until" in play.said(thread)[-1]
    await play.alice.say(play.general, "<@BOT> look", attachments=[PHOTO])
    await play.quiet()
    assert play.discord.world.cdn_refuses == 9


async def test_a_voice_message_is_not_heard_and_says_so(play: Play) -> None:
    channel = play.alice.direct_messages()
    await play.alice.speak(channel, Upload("voice-message.ogg", b"OggS", "audio/ogg", duration=2.0, waveform="AAAA"))
    await play.reads(channel, VOICE)
    assert play.asked == []


async def test_ask_grok_shows_the_picture_of_the_message_and_knows_whose_it_is(play: Play) -> None:
    shown = await play.bob.say(play.general, "", attachments=[PHOTO])
    await play.alice.context_menu(shown, "Ask Grok")
    await play.until(lambda: play.general.threads and play.said(play.general.threads[-1])[1:])
    assert contents(play)[1][:2] == CAT
    assert contents(play)[1][2][1].endswith("> [attached: cat.jpg]")
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        assert database.execute("SELECT author_id, message_id FROM attachments").fetchall() == [(play.bob.id, shown.id)]
