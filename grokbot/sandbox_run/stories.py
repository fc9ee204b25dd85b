"""Finds a story: in a file, or among those that come along.

Not here: what is in it (`sandbox.story`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from grokbot import sandbox
from grokbot.sandbox.story import StoryError, parse
from grokbot.sandbox.story.parser import CHARACTERS_MAX

if TYPE_CHECKING:
    from grokbot.sandbox.story import Story

FOLDER = Path(sandbox.__file__).parent / "stories"
FIRST_STORY = "sky"


def load_story(name: str) -> Story:
    """A story.

    Args:
        name: Of a file, or of a story that comes along.

    Raises:
        StoryError: There is none, or it is not right.
    """
    known = {path.stem: path for path in sorted(FOLDER.glob("*.yaml"))}
    file = Path(name)
    if not file.exists() and name in known:
        file = known[name]
    try:
        with file.open("rb") as opened:
            raw = opened.read(4 * CHARACTERS_MAX + 1)
        text = raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise StoryError(f"there is no file {name}; stories that come along: {', '.join(known)}.") from None
    except UnicodeDecodeError:
        raise StoryError(f"{name}: this is no UTF-8 text.") from None
    return parse(text, file.name if file.parent == FOLDER else name)
