"""Images between the loopback servers: one goes back to be edited; a stop in the middle is told, and not repeated."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from grokbot.conversation.errors import REMEDIES, GrokFailure
from grokbot.discord_bot.notices.texts.answer_text import HIDES
from grokbot.discord_bot.notices.texts.image_text import NOT_MADE
from grokbot.sandbox.discord_server.state.model import Upload
from grokbot.sandbox.grok_server import ScriptedImages
from grokbot.wire.xai.image_pb2 import GenerateImageRequest
from grokbot.xai.data_address import image_at
from tests.documents.uploads.cases import picture

from .play import back_up, restore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play


def wanted(play: Play) -> list[GenerateImageRequest]:
    return [call.request for call in play.grok.requests if isinstance(call.request, GenerateImageRequest)]


def pixels(data: bytes) -> tuple[tuple[int, int], bytes]:
    with Image.open(BytesIO(data)) as image:
        return image.size, image.convert("RGB").tobytes()


async def test_an_edit_asks_what_to_change_and_sends_the_image_back_also_after_a_restart(play: Play) -> None:
    await play.alice.slash(play.general, "imagine", prompt="a fox in the snow", count=2)
    await play.until(lambda: play.messages(play.general) and play.messages(play.general)[-1].attachments)
    [fox] = play.messages(play.general)
    await play.restart()
    form = await play.bob.press(fox, label="Edit 2")
    await play.restart()
    await play.bob.submit(form, {"change": "make it blue"})
    await play.until(lambda: len(play.messages(play.general)) == 2 and play.messages(play.general)[-1].attachments)
    edited = play.messages(play.general)[-1]
    request = wanted(play)[-1]
    assert (request.prompt, request.n) == ("make it blue", 1)
    sent = image_at(request.image.image_url)
    assert sent is not None
    assert pixels(sent.data) == pixels(fox.attachments[1].file.data)
    assert (edited.content, play.labels(edited)) == ("> ✏️ make it blue", ["Edit", "Variations", "Delete"])
    await play.bob.press(edited, label="Variations")
    await play.until(lambda: len(play.messages(play.general)) == 3 and play.messages(play.general)[-1].attachments)
    assert wanted(play)[-1] == request


async def test_an_image_that_comes_with_the_command_is_changed(play: Play) -> None:
    where = Image.Exif()
    where[ExifTags.Base.ImageDescription] = "taken at home"
    fox = Upload("fox.jpg", picture((64, 64), "JPEG", exif=where), "image/jpeg")
    await play.alice.slash(play.general, "imagine", prompt="make it blue", image=fox)
    await play.until(lambda: play.messages(play.general) and play.messages(play.general)[-1].attachments)
    [request] = wanted(play)
    sent = image_at(request.image.image_url)
    assert b"taken at home" in fox.data
    assert sent is not None
    assert (sent.media_type, pixels(sent.data)[0]) == ("image/jpeg", (64, 64))
    assert b"taken at home" not in sent.data  # what the camera wrote into it is nobody's business
    assert play.labels(play.messages(play.general)[-1]) == ["Edit", "Delete"]


async def test_a_stop_or_a_crash_in_the_middle_is_told_and_nothing_is_asked_again(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(drain_seconds=0.1)
    play.grok.script_images(ScriptedImages(seconds=20.0))
    await play.alice.slash(play.general, "imagine", prompt="a fox")
    await play.grok.until(lambda: len(wanted(play)) == 1)
    back_up(play)
    await play.stop()
    assert play.said(play.general) == [REMEDIES[GrokFailure.INTERRUPTED].text]
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:  # xAI may have made it
        [(ticks,)] = database.execute("SELECT sum(cost_ticks) FROM usage_ledger")
    assert ticks > 0
    restore(play)  # as if it had not come to that
    await play.start()
    await play.reads(play.general, REMEDIES[GrokFailure.INTERRUPTED].text, NOT_MADE)
    assert len(wanted(play)) == 1
    await play.restart()
    await play.quiet()
    assert len(play.said(play.general)) == 2


async def test_who_replies_to_an_image_shows_it_to_the_model(play: Play) -> None:
    await play.alice.slash(play.general, "imagine", prompt="a fox in the snow")
    await play.until(lambda: play.messages(play.general) and play.messages(play.general)[-1].attachments)
    [fox] = play.messages(play.general)
    play.says("A red sky.")
    message = await play.bob.say(play.general, "<@BOT> make the sky red", reply_to=fox)
    await play.until(lambda: message.thread is not None)
    assert message.thread is not None
    await play.whole(message.thread)
    [shown] = [p.image_url.image_url for p in play.asked[-1].messages[-1].content if p.HasField("image_url")]
    assert image_at(shown) is not None


async def test_in_a_conversation_images_are_an_answer_that_the_model_sees(play: Play) -> None:
    thread = await play.talk("Hello.")
    await play.alice.slash(thread, "imagine", prompt="a fox in the snow", count=2)
    await play.until(lambda: play.messages(thread)[-1].attachments)
    answer = (await play.whole(thread))[-1]
    assert [each.file.name for each in answer.attachments] == ["a-fox-in-the-snow-1.png", "a-fox-in-the-snow-2.png"]
    assert play.said(thread)[-2] == "**Alice** asks:\n> a fox in the snow"
    play.says("I see two foxes.")
    await play.bob.say(thread, "what is that?")
    await play.ends_with(thread, "I see two foxes.")
    pictures = [image_at(p.image_url.image_url) for p in play.asked[-1].messages[-1].content if p.HasField("image_url")]
    assert [each.data for each in pictures if each] == [each.file.data for each in answer.attachments]
    said = [message.content[-1].text for message in play.asked[-1].messages]
    assert said[-3:-1] == ["Alice: a fox in the snow", "🖼️ 2 images"]
    await play.resamples_above(play.alice, answer, HIDES(1))
    await play.until(lambda: len(wanted(play)) == 2)
    assert (wanted(play)[1].n, wanted(play)[1].prompt) == (2, "a fox in the snow")
    await play.whole(thread)
