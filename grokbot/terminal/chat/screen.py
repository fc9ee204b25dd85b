"""Where a conversation is shown: a terminal, or a stream that some program reads.

Not here: what is shown (`talk`), an answer while it is written (`live_pane`, `plain_answer`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from rich.text import Text

from grokbot.terminal.chat.live_pane import Pane
from grokbot.terminal.chat.plain_answer import Plain
from grokbot.terminal.commands.conversations import print_response
from grokbot.terminal.output import tables
from grokbot.terminal.output.formats import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from grokbot.wire.prompt_ide import chat_pb2

Answer = Pane | Plain


class ChatScreen:
    """Standard output, and standard error for what went wrong."""

    def __init__(self) -> None:
        self.console = tables.console()
        self.drawn = self.console.is_terminal and not self.console.is_dumb_terminal
        """Whether it is drawn on, rather than written to."""

    def answer(self) -> Answer:
        """A place for one answer."""
        return Pane(self.console) if self.drawn else Plain()

    def tell(self, text: str) -> None:
        """What was asked for: an address, a title."""
        if self.drawn:
            self.console.print(Text(printable(text), overflow="fold"))
        else:
            click.echo(printable(text))

    def remark(self, text: str) -> None:
        """What nobody asked for; only on a terminal."""
        if self.drawn:
            self.console.print(Text(printable(text), style="dim"))

    def aside(self, text: str) -> None:
        """What is to be known of how it is done, on standard error: it belongs to no answer."""
        tables.console(err=True).print(Text(printable(text), style="dim"))

    def problem(self, text: str) -> None:
        """What went wrong, on standard error."""
        if self.drawn:
            tables.console(err=True).print(Text(printable(text), style="red"))
        else:
            click.echo(f"grokbot: {printable(text)}", err=True)

    def print(self, what: RenderableType) -> None:
        """A table."""
        self.console.put(what)

    def response(self, response: chat_pb2.Response) -> None:
        """What somebody said, here or elsewhere, whole."""
        print_response(self.console, response)

    def gap(self) -> None:
        """An empty line between what is said; none where programs read."""
        if self.drawn:
            self.console.print()
