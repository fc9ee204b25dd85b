"""Images that the model makes in an answer: attached to it, shown to the model with the next message, no text in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.parts import ImagePart
from grokbot.sandbox.grok_server import Script
from grokbot.xai.data_address import image_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .play import Play

CAT = "draw a cat"


def shown(play: Play, number: int = -1) -> Sequence[ImagePart | None]:
    """The pictures in the messages of a request."""
    return [
        image_at(part.image_url.image_url)
        for message in play.asked[number].messages
        for part in message.content
        if part.HasField("image_url")
    ]


async def test_an_image_is_attached_and_the_next_message_shows_it_to_the_model(play: Play) -> None:
    thread = await play.begin(CAT)
    [answer] = (await play.whole(thread))[-1:]
    await play.until(lambda: answer.attachments)
    [attachment] = answer.attachments
    assert attachment.file.name.endswith("draw-a-cat-1.png")
    assert any(tool.HasField("image_generation") for tool in play.asked[0].tools)
    for number, question in enumerate(("make the sky red", "and now?"), 2):
        play.says(f"answer {number}")
        await play.alice.say(thread, question)
        await play.ends_with(thread, f"answer {number}")
        await play.whole(thread)
        assert shown(play) == [ImagePart(attachment.file.data, "image/png")]
    assert play.asked[2].messages[: len(play.asked[1].messages)] == play.asked[1].messages
    said = [part.text for message in play.asked[-1].messages for part in message.content]
    assert not any("base64" in text for text in said)
    assert not any(message.tool_calls for message in play.asked[-1].messages)


async def test_an_image_stays_when_its_answer_is_shown_again_after_a_restart(play: Play) -> None:
    thread = await play.begin(CAT)
    await play.until(lambda: play.messages(thread) and play.messages(thread)[-1].attachments)
    answer = (await play.whole(thread))[-1]
    data = answer.attachments[0].file.data
    play.grok.script(Script(text="another"))
    await play.alice.press(answer, label="Resample")
    await play.until(lambda: answer.content.startswith("another") and "›" in play.labels(answer))  # noqa: RUF001 - as the button says
    assert not answer.attachments
    await play.restart()
    await play.alice.press(answer, label="‹")  # noqa: RUF001 - as above
    await play.until(lambda: [each.file.data for each in answer.attachments] == [data])
