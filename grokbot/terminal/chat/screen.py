"""The output of a conversation: a terminal, or a stream for a program.

Not here: what is shown (`talk`), a streaming answer (`live_pane`, `plain_answer`).
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
    """Standard output, and standard error for problems."""

    def __init__(self) -> None:
        self.console = tables.console()
        self.drawn = self.console.is_terminal and not self.console.is_dumb_terminal
        """Whether output is drawn on a terminal rather than written to a stream."""

    def answer(self) -> Answer:
        """The display of one answer."""
        return Pane(self.console) if self.drawn else Plain()

    def tell(self, text: str) -> None:
        """Print a requested value: an address, a title."""
        if self.drawn:
            self.console.print(Text(printable(text), overflow="fold"))
        else:
            click.echo(printable(text))

    def remark(self, text: str) -> None:
        """Print unrequested information; only on a terminal."""
        if self.drawn:
            self.console.print(Text(printable(text), style="dim"))

    def aside(self, text: str) -> None:
        """Print information about the run on standard error, since it is part of no answer."""
        tables.console(err=True).print(Text(printable(text), style="dim"))

    def problem(self, text: str) -> None:
        """Print a problem on standard error."""
        if self.drawn:
            tables.console(err=True).print(Text(printable(text), style="red"))
        else:
            click.echo(f"grokbot: {printable(text)}", err=True)

    def print(self, what: RenderableType) -> None:
        """Print a table."""
        self.console.put(what)

    def response(self, response: chat_pb2.Response) -> None:
        """Print a whole response, from here or elsewhere."""
        print_response(self.console, response)

    def gap(self) -> None:
        """Print an empty line between messages; nothing for programs."""
        if self.drawn:
            self.console.print()
