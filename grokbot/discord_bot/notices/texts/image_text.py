"""The sentences about images that /imagine makes. Pure.

Not here: why there are none (`engine.library.images`, `conversation.errors`).
"""

from __future__ import annotations

from grokbot.conversation.text import counted
from grokbot.discord_bot.notices.texts.command_text import plain
from grokbot.policy.admission import PICTURE_BYTES

PROMPT_SHOWN = 1_200
"""Characters of a prompt above its images, including escapes of Markdown."""

IMAGE_GONE = "The image is no longer there."
IMAGE_UNREAD = f"I could not read that image: I take JPEG, PNG, WebP and GIF of up to {PICTURE_BYTES // 1024**2} MiB."
TOO_LARGE = "The images are larger than Discord takes here. Choose another shape or model."
NOT_MADE = "I was restarted before the images were there. Nothing is tried again by itself: ask once more."


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
        lines.append(f"-# Grok withheld {counted(withheld, 'image')}: xAI's usage guidelines do not allow it.")
    if large:
        lines.append(f"-# {counted(large, 'image')} would be too large for Discord here.")
    return "\n".join(lines)
