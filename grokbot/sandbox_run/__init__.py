"""What `grokbot sandbox` does: both loopback servers and the real daemon between them, in a page or in the terminal.

Not here: the servers and the page (`sandbox`), parsing (`cli`).
"""

from grokbot.sandbox.discord_server import RefusedError
from grokbot.sandbox.story import StoryError
from grokbot.sandbox.story.picture import Look, PictureError
from grokbot.sandbox_run.key import NoKeyError, find_key
from grokbot.sandbox_run.page import PageOptions, show_page
from grokbot.sandbox_run.ports import Ports
from grokbot.sandbox_run.stories import load_story
from grokbot.sandbox_run.terminal import PlayOptions, lines_are_piped_in, play, serve

__all__ = [
    "Look",
    "NoKeyError",
    "PageOptions",
    "PictureError",
    "PlayOptions",
    "Ports",
    "RefusedError",
    "StoryError",
    "find_key",
    "lines_are_piped_in",
    "load_story",
    "play",
    "serve",
    "show_page",
]
