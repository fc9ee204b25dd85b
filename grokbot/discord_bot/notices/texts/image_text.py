"""The sentences about images that /imagine makes. Pure.

Not here: why there are none (`engine.library.images`, `conversation.errors`).
"""

from __future__ import annotations

from grokbot.conversation.text import Plural, Sentence
from grokbot.discord_bot.notices.texts.command_text import plain
from grokbot.policy.admission import PICTURE_BYTES

PROMPT_SHOWN = 1_200
"""Characters of a prompt above its images, including escapes of Markdown."""

IMAGE_GONE = Sentence("The image is no longer there.")
IMAGE_UNREAD = Sentence("I cannot read this image. I take JPEG, PNG, WebP and GIF of up to {most} MiB.")
IMAGE_MIB = PICTURE_BYTES // 1024**2
TOO_LARGE = Sentence("The images are larger than Discord takes here. Choose another shape or model.")
NOT_MADE = Sentence("I was restarted before the images were there, and I do not repeat it by myself. Please ask again.")

VARIATIONS = Sentence("Variations")
EDIT = Sentence("Edit")
EDIT_ONE = Sentence("Edit {number}")
DELETE = Sentence("Delete")
FORM_TITLE = Sentence("Edit this image")
WHAT_CHANGES = Sentence("What should change?")

WITHHELD = Plural(
    "-# Grok withheld {n} image: xAI's usage guidelines do not allow it.",
    "-# Grok withheld {n} images: xAI's usage guidelines do not allow them.",
)
LEFT_OUT = Plural(
    "-# {n} image is left out: it is larger than Discord takes here.",
    "-# {n} images are left out: they are larger than Discord takes here.",
)


def imagined(prompt: str, *, edited: bool, withheld: int, large: int) -> str:
    """The text of a message with images.

    Args:
        prompt: What was asked for.
        edited: Whether it was a change of an image.
        withheld: Images that xAI does not show.
        large: Images that are larger than Discord takes.
    """
    lines = [f"> {'✏️ ' if edited else ''}{plain(prompt, PROMPT_SHOWN)}"]
    if withheld:
        lines.append(WITHHELD(withheld))
    if large:
        lines.append(LEFT_OUT(large))
    return "\n".join(lines)
