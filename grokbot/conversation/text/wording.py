"""A text cut short. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.text.names import OthersText


def shortened(text: OthersText, most: int) -> str:
    """A text of at most so many characters; an ellipsis stands for what is left out."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
