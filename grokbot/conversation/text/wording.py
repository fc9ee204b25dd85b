"""Small pieces of sentences: a number with its word, a text cut short. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grokbot.conversation.text.names import OthersText


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its word: `1 message`, `1,200 messages`.

    Args:
        number: How many.
        one: The word for one.
        many: The word for several; None: `one` with an s.
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def shortened(text: OthersText, most: int) -> str:
    """A text of at most so many characters; an ellipsis stands for what is left out."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
