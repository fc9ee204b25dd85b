"""What `grokbot sandbox` does: both loopback servers and the real daemon between them, in a page or in the terminal.

Not here: the servers and the page (`sandbox`), parsing (`cli`).
"""

from grokbot.sandbox.discord_server import RefusedError
from grokbot.sandbox_run.key import NoKeyError, find_key
from grokbot.sandbox_run.page import PageOptions, show_page
from grokbot.sandbox_run.terminal import Ports, lines_are_piped_in, play, serve

__all__ = [
    "NoKeyError",
    "PageOptions",
    "Ports",
    "RefusedError",
    "find_key",
    "lines_are_piped_in",
    "play",
    "serve",
    "show_page",
]
