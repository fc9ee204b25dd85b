"""The output of a conversation: a terminal, or a stream for a program.

Not here: what is shown (`talk`), a streaming answer (`live_pane`, `plain_answer`).
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import click
from rich.text import Text

from grokbot.conversation.text import source_name
from grokbot.terminal.chat.live_pane import Pane
from grokbot.terminal.chat.plain_answer import Plain, WholeAnswer
from grokbot.terminal.chat.stable_prefix import blocks
from grokbot.terminal.commands.conversations import print_response
from grokbot.terminal.output import json_documents, tables
from grokbot.terminal.output.code_blocks import extracted
from grokbot.terminal.output.formats import in_a_line, money, number, printable
from grokbot.terminal.output.markdown import Lines, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from grokbot.wire.grokbot import daemon_pb2
    from grokbot.wire.prompt_ide import chat_pb2

Answer = Pane | Plain | WholeAnswer

SOURCES_SHOWN = 5
"""Under an answer; `/sources` shows all."""


class Form(Enum):
    """How an answer is shown."""

    STREAM = "stream"
    """While it is written."""
    WHOLE = "whole"
    """When it is complete."""
    FIRST_CODE = "first code"
    """Only its first code block, or all of it if there is none."""
    LAST_CODE = "last code"
    JSON = "json"
    """As a document with what is known of it."""


class ChatScreen:
    """Standard output, and standard error for problems.

    Args:
        form: How answers are shown.
        usage: Whether an answer's usage follows it, on standard error.
    """

    def __init__(self, form: Form = Form.STREAM, *, usage: bool = False) -> None:
        self._form = form
        self._usage = usage
        self.console = tables.console()
        self.drawn = self.console.is_terminal and not self.console.is_dumb_terminal
        """Whether output is drawn on a terminal rather than written to a stream."""

    def answer(self) -> Answer:
        """The display of one answer."""
        if self._form is not Form.STREAM:
            return WholeAnswer(self._show_whole)
        return Pane(self.console) if self.drawn else Plain()

    def _show_whole(self, text: str) -> None:
        match self._form:
            case Form.JSON:
                return
            case Form.FIRST_CODE | Form.LAST_CODE:
                self._write(extracted(text, last=self._form is Form.LAST_CODE))
            case _ if self.drawn:
                self.console.print(Lines(drawn(self.console, blocks(text))), end="")
            case _:
                self._write(text)

    @staticmethod
    def _write(text: str) -> None:
        click.echo(text, nl=not text.endswith("\n"))

    def ended(self, text: str, known: daemon_pb2.Answer) -> None:
        """Show what belongs under a complete answer.

        Args:
            text: The answer.
            known: What is known of it.
        """
        if self._form is Form.JSON:
            tables.print_json(json_documents.answer(text, known))
        elif known.citations and self.drawn and self._form in {Form.STREAM, Form.WHOLE}:
            self.console.print(Text(sources_line(known.citations), style="dim"))
        if self._usage:
            self.aside(usage_line(known))

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


def sources_line(addresses: Sequence[str]) -> str:
    """One line with the first sources of an answer, by their hosts."""
    named = [f"{place} {host(address)}" for place, address in enumerate(addresses[:SOURCES_SHOWN], 1)]
    more = len(addresses) - SOURCES_SHOWN
    return f"Sources: {' · '.join(named)}" + (f" · {more} more with /sources" if more > 0 else "")


def host(address: str) -> str:
    """How a source is called, as in Discord; the address itself if it has no host."""
    return in_a_line(source_name(address) or address)


def usage_line(known: daemon_pb2.Answer) -> str:
    """One line with the model and the usage of an answer."""
    used = known.usage
    parts = [in_a_line(known.model), f"{number(used.prompt_tokens)} in ({number(used.cached_prompt_tokens)} cached)"]
    parts += [f"{number(used.completion_tokens)} out", f"{number(used.reasoning_tokens)} thought"]
    parts += [f"{used.tool_calls} {'search' if used.tool_calls == 1 else 'searches'}"] if used.tool_calls else []
    parts += [money(used.cost_ticks)] if used.HasField("cost_ticks") else []
    return " · ".join(parts)
