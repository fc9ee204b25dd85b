r"""Translates Markdown line by line into what Discord draws, while it still arrives.

Here belongs what waits for what: a table's head and a heading for the line under them, a formula for its end, a line
for its line break. What a line becomes is in `line_translation` and `inline_translation`, tables in `table_underway`.
No discord, no clock, no I/O.

What has been given out is never taken back. So a line waits until nothing that can still come reads it otherwise, but
no more than LONGEST_LINE characters; a paragraph's line waits for EARLY characters at most.
"""

import re
from copy import copy
from dataclasses import replace

from grokbot.discord_bot import line_translation
from grokbot.discord_bot.inline_translation import InlineTranslator, cell
from grokbot.discord_bot.markdown_lines import Context, Fence, Kind, Line, read_lines
from grokbot.discord_bot.parts import Splitter
from grokbot.discord_bot.table_underway import TableUnderway
from grokbot.discord_bot.tables import Table, alignments, cells_of

EARLY = 150
"""Characters that say what a line is."""
LONGEST_LINE = 1500
"""A line longer than this is words, whatever it looks like."""
LONGEST_FORMULA = 1500
"""Characters that wait for a formula's end."""
_CODE = frozenset({Kind.CODE, Kind.FENCE_OPEN, Kind.FENCE_CLOSE, Kind.OPENING})
_WORDS = frozenset({Kind.TEXT, Kind.ITEM})
_SPECIAL = re.compile(r"[ \t>]*(?:#{4,6}[ \t]|\[[^\[\]]*\]:|\\\[|\$\$|\\begin\{)")
_HALF_DELIMITER = re.compile(r"[\s|:>-]*\Z")
_LIMIT = 2000
_EMPTY = Line(0, 0, 0, Kind.BLANK, None, None)


class Translator:
    """A text that grows. What is given out is fed to the splitter too, which says what becomes of a table."""

    def __init__(self, splitter: Splitter) -> None:
        self.splitter = splitter
        self._inline = InlineTranslator()
        self._ready: list[str] = []
        self._given: list[str] = []
        self._partial = ""
        self._middle: str | None = None  # the container of a long line whose start has been given out
        self._fence: Fence | None = None
        self._renamed = False  # the fence was not one that Discord draws
        self._last = _EMPTY
        self._in_list = False
        self._indented = False  # lines are code by their indentation
        self._held: tuple[str, Line] | None = None
        self._table: TableUnderway | None = None
        self._formula: list[str] = []
        self._formula_read = _EMPTY
        self._previewing = False

    def feed(self, new_text: str) -> str:
        """Appends Markdown; returns what can be said of it for good. Work depends on what is new."""
        *lines, self._partial = (self._partial + new_text).split("\n")
        for line in lines:
            self._line(line, "\n")
        if self._middle is not None:
            self._partial = self._more_of_long(self._partial, ended=False)
        elif self._is_long(self._partial):
            self._partial = self._begin_long(self._partial, ended=False)
        return self._flushed()

    def finish(self) -> str:
        """The rest, now that nothing more comes."""
        line, self._partial = self._partial, ""
        if line or self._middle is not None:
            self._line(line, "")
        self._let_go()
        return self._flushed()

    def fork(self) -> "Translator":
        """A translator, with a splitter, that goes on from here; this one stays as it is."""
        return self._copied(self._partial, previewing=False)

    def preview(self) -> tuple[str, str]:
        """What would be given out if nothing more came: the rows of a table, and what else there is.

        What has half arrived (a row, a formula, a link) is left out.
        """
        if self._table is not None:
            return self._table.preview(), ""
        if self._formula or self._half_table():
            return "", ""
        half = self._middle is None and line_translation.starts_formula(self._partial.lstrip(" \t>"))
        return "", self._copied("" if half else self._partial, previewing=True).finish()

    def _copied(self, partial: str, *, previewing: bool) -> "Translator":
        other = Translator(self.splitter if previewing else self.splitter.with_more(""))
        own = ("splitter", "_ready", "_given")
        vars(other).update({name: value for name, value in vars(self).items() if name not in own})
        other._inline = self._inline.fork()
        other._table = copy(self._table)
        other._formula = [*self._formula]
        other._partial, other._previewing = partial, previewing
        return other

    def _half_table(self) -> bool:
        """Whether what is there may soon be the head of a table."""
        partial = self._partial.lstrip(" \t>")
        if self._held is not None and self._held[1].kind is Kind.TABLE:
            return _HALF_DELIMITER.match(partial) is not None
        return self._fence is None and partial.startswith("|") and not partial.startswith("||")

    def _flushed(self) -> str:
        self._hand_over()
        text = "".join(self._given)
        self._given = []
        return text

    def _hand_over(self) -> None:
        text = "".join(self._ready)
        self._ready = []
        if text:
            self._given.append(text)
            if not self._previewing:
                self.splitter.feed(text)

    # Lines as they come

    def _line(self, line: str, end: str) -> None:
        if self._middle is not None:
            self._more_of_long(line, ended=True)
        elif self._is_long(line):
            self._begin_long(line, ended=True)
        else:
            self._short_line(line, end)
            return
        self._middle = None
        self._ready.append(end)

    def _short_line(self, line: str, end: str) -> None:
        if self._formula and self._in_formula(line, end):
            return
        read = self._read(line + end)
        if self._table is not None:
            if self._row(line, read):
                return
            self._end_table()
        if self._held is not None and self._with_held(line, read):
            return
        self._release()
        if read.kind in _CODE:
            self._code_line(line, read, end)
        else:
            self._plain_line(line, read, end)

    def _read(self, line: str) -> Line:
        context = Context(fence=self._fence, quoted=self._last.quoted)
        return read_lines(line, context, _LIMIT)[0] if line else _EMPTY

    def _code_line(self, line: str, read: Line, end: str) -> None:
        if read.kind in {Kind.FENCE_OPEN, Kind.OPENING}:
            self._renamed = not line[read.inner :].startswith("```") or line[read.inner :].startswith("````")
            line = line_translation.fence_line(line, read)
        elif self._renamed and read.kind is Kind.CODE:
            line = line_translation.code_in_new_fence(line)
        elif self._renamed:
            line = line_translation.last_fence_line(line)
        self._enter(line, read)
        self._ready.append(line + end)

    def _plain_line(self, line: str, read: Line, end: str) -> None:
        first = self._last.kind not in _WORDS
        self._enter(line, read)
        if self._indented:
            self._ready.append(line + end)
            return
        own = line[read.inner :]
        closer = line_translation.starts_formula(own) if read.kind is Kind.TEXT else None
        if closer and end and closer not in own[len("$$") :]:
            self._formula, self._formula_read = [line], read
        elif end and self._may_be_more(line, read, first=first and not closer):
            self._held = (line, read)
        else:
            self._give_line(line, read, end)

    def _may_be_more(self, line: str, read: Line, *, first: bool) -> bool:
        """Whether the next line may make a table's head or a heading of this one."""
        if read.kind not in {Kind.TEXT, Kind.TABLE} or line_translation.is_rule(line):
            return False
        return "|" in line[read.inner :] or (read.kind is Kind.TEXT and first and not self._in_list)

    def _give_line(self, line: str, read: Line, end: str) -> None:
        ended = not self._previewing or bool(end)
        self._ready.append(line_translation.line(line, read, self._inline, ended=ended) + end)

    def _enter(self, line: str, read: Line) -> None:
        """Keeps what the lines before say of the lines after them."""
        last, self._last = self._last, read
        if read.kind is not Kind.TEXT or last.kind not in _WORDS or last.depth != read.depth:
            self._inline.new_paragraph()
        deep = line.startswith(("    ", "\t"))
        blank = read.kind is Kind.BLANK
        if read.kind is Kind.ITEM and not deep:
            self._in_list = True
        elif not blank and not line.startswith((" ", "\t")):
            self._in_list = self._in_list and read.kind is Kind.TEXT and last.kind is not Kind.BLANK
        fresh = last.kind not in _WORDS or self._indented
        self._indented = deep and not blank and fresh and not self._in_list and read.kind not in _CODE
        self._fence = read.after
        self._renamed = self._renamed and self._fence is not None

    # Long lines

    def _is_long(self, line: str) -> bool:
        """Whether a line, of which this has come, is only words or code, so that it need not wait for its end."""
        if len(line) <= EARLY:
            return False
        early = line[:EARLY]
        waits = self._fence is None and ("|" in early or self._formula or _SPECIAL.match(early))
        return not waits or len(line) > LONGEST_LINE

    def _begin_long(self, line: str, *, ended: bool) -> str:
        self._let_go()
        read = self._read(line[:EARLY] + "\n")
        self._enter(line, read)
        if read.kind in _CODE or self._indented:
            self._middle = ""
            return self._more_of_long(line, ended=ended)
        self._middle = read.container
        self._ready.append(line_translation.list_marks(line[: read.inner], read))
        return self._more_of_long(line[read.inner :], ended=ended)

    def _more_of_long(self, text: str, *, ended: bool) -> str:
        """Gives out what is certain of a long line; returns what is not."""
        if self._fence is not None or self._indented:
            used = len(text) if ended else len(text.rstrip("`"))
            done = line_translation.code_in_new_fence(text[:used]) if self._renamed else text[:used]
        else:
            done, used = self._inline.arrived(text, self._middle or "", ended=ended and not self._previewing)
        self._ready.append(done)
        return text[used:]

    # What waits for more lines

    def _let_go(self) -> None:
        self._end_formula()
        self._end_table()
        self._release()

    def _release(self) -> None:
        if self._held is not None:
            (line, read), self._held = self._held, None
            self._give_line(line, read, "\n")

    def _with_held(self, line: str, read: Line) -> bool:
        """Whether the line that was held is, with this one, a table's head or a heading."""
        if self._held is None or read.kind not in {Kind.TEXT, Kind.TABLE} or self._held[1].depth != read.depth:
            return False
        (held, first), own = self._held, line[read.inner :]
        aligns = alignments(own)
        head = cells_of(held[first.inner :])
        if aligns is not None and len(head) == len(aligns):
            self._table = TableUnderway(
                Table(first.container, tuple(cell(words, self._inline) for words in head), aligns)
            )
        elif (
            heading := line_translation.heading(held, first, own, self._inline)
        ) is not None and read.inner <= 3 + 2 * read.depth:
            self._ready.append(heading + "\n")
        else:
            return False
        self._held = None
        self._enter(line, replace(read, kind=Kind.TABLE))
        return True

    def _row(self, line: str, read: Line) -> bool:
        """Whether the line is one more row of the table."""
        if self._table is None or read.kind not in {Kind.TEXT, Kind.TABLE} or "|" not in line:
            return False
        if self._table.container.count(">") != read.depth:
            return False
        self._hand_over()
        cells = self._table.table.row(cells_of(line[read.inner :]), lambda words: cell(words, self._inline))
        self._table.row(cells, self._give, self.splitter)
        return True

    def _end_table(self) -> None:
        if self._table is not None:
            self._table.rest(self._give)
            self._table = None

    def _give(self, text: str) -> None:
        self._ready.append(text)
        self._hand_over()

    def _in_formula(self, line: str, end: str) -> bool:
        """Whether the line belongs to the formula that was begun."""
        own = line.lstrip(" \t>")
        long = sum(map(len, self._formula)) + len(line) > LONGEST_FORMULA
        if not own.strip() or own.startswith(("```", "~~~")) or long:
            self._end_formula()
            return False
        self._formula.append(line)
        start = self._formula[0][self._formula_read.inner :]
        closer = line_translation.starts_formula(start) or ""
        if closer in own:
            lines = [start, *(more.lstrip(" \t>") for more in self._formula[1:])]
            block = line_translation.formula(lines, closer, self._formula_read.container)
            if block is None:
                self._end_formula(end)
            self._formula = []
            if block is not None:
                self._ready.append(block + end)
        return True

    def _end_formula(self, end: str = "\n") -> None:
        """What was begun is no formula: its lines stay as they are."""
        if self._formula:
            self._ready.append("\n".join(self._formula) + end)
            self._formula = []
