"""Output for people: tables and lines of figures, in the terminal's width.

Without a terminal nothing is truncated or coloured. Not here: output for programs (`json_documents`).
"""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from grokbot.terminal.output.daemon_lines import cost
from grokbot.terminal.output.formats import STAR, ago, in_a_line, money, number, rounded
from grokbot.terminal.output.json_documents import MILLION, moment
from grokbot.terminal.short_ids import SHOWN, WHOLE, short

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from rich.console import RenderableType

    from grokbot.wire.grokbot import daemon_pb2

UNCUT = 10_000
"""Width without a terminal."""
NARROW = 60
"""Below this width only the most important columns are shown."""
WIDE = 120

GAP = 2
AGO = len("59 min ago")
DISCORD_ID = 19
"""Digits in a person's id."""


class Out(Console):
    """A stream whose reader may close it: that raises an error instead of ending the program."""

    def on_broken_pipe(self) -> None:
        """Raise BrokenPipeError, where rich would end the program."""
        raise BrokenPipeError

    def put(self, what: RenderableType) -> None:
        """Print a table; without a terminal, without the blanks that pad its columns."""
        if self.is_terminal:
            self.print(what)
            return
        with self.capture() as captured:
            self.print(what)
        lines = captured.get().splitlines()
        self.file.write("".join(f"{line.rstrip()}\n" for line in lines))
        self.file.flush()


def console(*, err: bool = False) -> Out:
    """The console of standard output, or of standard error."""
    stream = sys.stderr if err else sys.stdout
    if stream.isatty():
        return Out(file=stream, highlight=False, emoji=False)
    return Out(file=stream, highlight=False, emoji=False, width=UNCUT, no_color=True, force_terminal=False)


def print_json(value: Any) -> None:
    """Print one document, not coloured or truncated. Characters that a terminal would obey become JSON escapes."""
    sys.stdout.write(_OBEYED.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=2)) + "\n")
    sys.stdout.flush()


_OBEYED = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
"""Control characters beyond ASCII's, which JSON escapes anyway; marks that change the direction of text or are
invisible; line ends; lone surrogates. Joiners in emoji and scripts stay."""


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def title_of(title: str, first_words: str) -> Text:
    """A conversation's title, or its first words if it has none."""
    return Text(in_a_line(title)) if title else Text(in_a_line(first_words) or "(nothing yet)", style="dim italic")


def conversations(listed: Iterable[daemon_pb2.Entry], now: datetime, width: int) -> Table:
    """The table of conversations; titles get the width left by the other columns.

    Args:
        listed: In the order of the rows.
        now: Times are shown relative to it; UTC.
        width: The terminal's, in characters. A narrow one gets short ids and fewer columns.
    """
    table = _table("Id", "", "Title")
    fixed = _id_width(width) + len(STAR) + AGO + 3 * GAP
    if width >= NARROW:
        table.add_column("Responses", justify="right", no_wrap=True)
        table.add_column("Where", no_wrap=True)
        fixed += len("Responses") + len("Discord") + 2 * GAP
    table.add_column("Changed", no_wrap=True, justify="right")
    for one in listed:
        held = one.conversation
        star = Text(STAR if held.starred else "", style="yellow")
        cells: list[Text | str] = [_id(held.conversation_id, width), star]
        cells.append(_cut(title_of(held.title, one.first_words), width - fixed))
        if width >= NARROW:
            cells += [number(one.responses), "Discord" if one.channel_id else "API"]
        table.add_row(*cells, ago(moment(held, "modify_time"), now))
    return table


def spent(by: str, answer: daemon_pb2.GetUsageResponse, width: int) -> Table:
    """The table of usage, with its total.

    Args:
        by: The grouping.
        answer: The daemon's answer.
        width: The terminal's, in characters. A narrow one gets rounded figures.
    """
    write = number if width >= WIDE else rounded
    table = _table(footer=True)
    table.add_column(by.capitalize(), "Total", no_wrap=True, overflow="ellipsis")
    columns = [("Answers", "answers")]
    if width >= NARROW:
        columns += [("In", "prompt_tokens"), ("Cached", "cached_prompt_tokens"), ("Out", "completion_tokens")]
        columns += [("Thought", "reasoning_tokens"), ("Searches", "tool_calls")]
    for name, field in columns:
        table.add_column(name, write(getattr(answer.total, field)), justify="right", no_wrap=True)
    table.add_column("Cost", cost(answer.total), justify="right", no_wrap=True)
    for row in answer.rows:
        figures = [write(getattr(row.usage, field)) for _, field in columns]
        key = _id(row.key, width) if by == "conversation" else in_a_line(row.key)
        table.add_row(Text(key or "(none)"), *figures, cost(row.usage))
    return table


def models(listed: Iterable[daemon_pb2.Model], width: int) -> Table:
    """The table of models; prices are for a million tokens.

    Args:
        listed: In the order of the rows.
        width: The terminal's, in characters. A narrow one gets fewer columns.
    """
    table = _table("Model")
    for heading in ("Context", "In", "Out", *(("Cached", "Pictures", "Efforts") if width >= NARROW else ())):
        table.add_column(heading, justify="left" if heading == "Efforts" else "right", no_wrap=True)
    for one in listed:
        known = one.HasField("prompt_ticks")
        cells = [rounded(one.context) if one.context else ""]
        cells += [money(ticks * MILLION) if known else "" for ticks in (one.prompt_ticks, one.completion_ticks)]
        if width >= NARROW:
            cells += [money(one.cached_prompt_ticks * MILLION) if known else "", "yes" if one.sees else ""]
            cells += [" ".join(one.efforts)]
        table.add_row(in_a_line(one.name), *cells)
    return table


def keys(listed: Iterable[daemon_pb2.Key], now: datetime, width: int) -> Table:
    """The table of API keys; their secrets are not stored.

    Args:
        listed: In the order of the rows.
        now: Times are shown relative to it; UTC.
        width: The terminal's, in characters.
    """
    table = _table("Id", "Name", "Sees", *(("Owner", "Made", "Used") if width >= NARROW else ()))
    fixed = _id_width(width) + len("everything") + 2 * GAP + (DISCORD_ID + 2 * AGO + 3 * GAP if width >= NARROW else 0)
    for one in listed:
        revoked = one.HasField("revoked_at")
        reach = "revoked" if revoked else "everything" if one.everything else "own"
        cells = [Text(_id(one.key_id, width)), _cut(Text(in_a_line(one.name)), width - fixed), Text(reach)]
        if width >= NARROW:
            used = moment(one, "used_at")
            made = ago(moment(one, "created_at"), now)
            cells += [Text(str(one.owner_id)), Text(made), Text(ago(used, now) if used else "never")]
        table.add_row(*cells, style="dim" if revoked else None)
    return table


def stuck(listed: Iterable[daemon_pb2.StuckAnswer], now: datetime, width: int) -> Table:
    """The table of stuck answers.

    Args:
        listed: In the order of the rows.
        now: Times are shown relative to it; UTC.
        width: The terminal's, in characters.
    """
    table = _table("Id", "Conversation", *(("Asked by",) if width >= WIDE else ()), "State", "Since")
    table.add_column("Why", overflow="fold")
    for one in listed:
        who = (str(one.asker_id or ""),) if width >= WIDE else ()
        told = (one.kind, ago(moment(one, "since"), now), in_a_line(one.why))
        table.add_row(*map(Text, (short(one.response_id), short(one.conversation_id), *who, *told)))
    return table


def lines(rows: Iterable[tuple[str, str]]) -> Table:
    """Lines of names and values; rows without a value are left out."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        if value:
            table.add_row(Text(name), Text(in_a_line(value)))
    return table


def _id(identifier: str, width: int) -> str:
    return identifier if width >= WIDE else short(identifier)


def _id_width(width: int) -> int:
    return WHOLE if width >= WIDE else SHOWN


def _cut(text: Text, room: int) -> Text:
    """The text truncated so that it fits on one line, whatever characters it has."""
    text.truncate(max(room, SHOWN), overflow="ellipsis")
    return text


def _table(*headings: str, footer: bool = False) -> Table:
    bold = "bold"
    made = Table(
        box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style=bold, footer_style=bold, show_footer=footer
    )
    for heading in headings:
        made.add_column(heading, no_wrap=True)
    return made
