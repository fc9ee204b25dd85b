r"""Translates Markdown into Discord's, line by line, while it arrives.

It knows what waits for what: a table's head and a heading for the line below, a formula for its end, a line for its
line break. Not here: what a line becomes (`line_translator`, `inline_translator`), tables (`tables`), formulas
(`formulas`).

Text that was given out is never taken back. So a line waits until no later text can change it, but for at most
LONGEST_LINE characters; words wait for at most EARLY.
"""

import re
from copy import copy
from dataclasses import replace

from grokbot.conversation.text.citations import Numbering
from grokbot.discord_bot.markdown import line_translator
from grokbot.discord_bot.markdown.block_parser import DISCORD_FENCE, Fence, Line, LineKind, OpenBlocks, read_lines
from grokbot.discord_bot.markdown.formulas import FormulaUnderway, closer_of
from grokbot.discord_bot.markdown.inline_translator import InlineTranslator, cell
from grokbot.discord_bot.markdown.splitter import DISCORD_LIMIT, Splitter
from grokbot.discord_bot.markdown.tables import Table, TableUnderway, alignments, cells_of

EARLY = 150
"""Characters that are enough to show the kind of a line."""
LONGEST_LINE = 1500
"""A longer line is plain text, whatever it looks like."""
MOST_BLANK_LINES = 50
"""Blank lines in a row that are kept."""
_ALL_QUOTED = re.compile(r"\A( *)>>>[ ]")
_CODE = frozenset({LineKind.CODE, LineKind.FENCE_OPEN, LineKind.FENCE_CLOSE})
_WORDS = frozenset({LineKind.TEXT, LineKind.ITEM})
_MAY_OPEN_FENCE = frozenset({LineKind.TEXT, LineKind.ITEM, LineKind.HEADING})
_SPECIAL = re.compile(r"[ \t>]*(?:#{4,6}[ \t]|\[[^\[\]]*\]:|\\\[|\$\$|\\begin\{|`{3}|~{3})")
_HALF_ROW = re.compile(r"[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?\|(?!\|)")
_HALF_DELIMITER = re.compile(r"[\s|:>-]*\Z")
_EMPTY = Line(0, 0, 0, LineKind.BLANK, None, None)


class Translator:
    """Translates a growing text. Its output also goes to the splitter, which decides how tables are laid out."""

    def __init__(self, splitter: Splitter, numbering: Numbering | None = None) -> None:
        self.splitter = splitter
        self._inline = InlineTranslator(numbering)
        self._ready: list[str] = []
        self._given: list[str] = []
        self._partial = ""
        self._middle: str | None = None  # prefix of a long line whose start has been given out
        self._fence: Fence | None = None
        self._before = ""  # the last character of that start
        self._opening = False  # a long line, so far only a fence
        self._in_line = False  # the fence was opened behind words, so it may also end before words
        self._last = _EMPTY
        self._in_list = False
        self._indented = False  # lines are code because of their indentation
        self._held: tuple[str, Line] | None = None
        self._table: TableUnderway | None = None
        self._formula: FormulaUnderway | None = None
        self._previewing = False
        self._blank = 0  # blank lines in a row so far

    def feed(self, new_text: str) -> str:
        """Appends Markdown; returns what is final. The work depends on the new text only."""
        *lines, self._partial = (self._partial + new_text).split("\n")
        for line in lines:
            self._blank = self._blank + 1 if not line.strip() else 0
            if self._blank <= MOST_BLANK_LINES:
                self._line(self._one_quote(line), "\n")
        self._partial = self._one_quote(self._partial)
        if self._middle is not None:
            self._partial = self._more_of_long(self._partial, None)
        elif self._is_long(self._partial):
            self._partial = self._begin_long(self._partial, None)
        return self._flushed()

    def _one_quote(self, line: str) -> str:
        """`>>> ` quotes all following text in Discord; here it becomes a quote of one line."""
        in_words = self._middle is None and self._fence is None
        return _ALL_QUOTED.sub(r"\1> ", line, count=1) if in_words else line

    def finish(self) -> str:
        """Ends the text; returns the rest."""
        line, self._partial = self._partial, ""
        if line or self._middle is not None:
            self._line(line, "")
        self._let_go()
        return self._flushed()

    def fork(self) -> "Translator":
        """A copy with a splitter of its own."""
        return self._copied(self._partial, previewing=False)

    def preview(self) -> tuple[str, str]:
        """What would be given out if the text ended here: a table's rows, and other text.

        Half-received parts (a row, a formula, a link) are left out.
        """
        if self._table is not None:
            return self._table.preview(), ""
        if self._formula or self._half_table():
            return "", ""
        half = self._middle is None and closer_of(self._partial.lstrip(" \t>"))
        return "", self._copied("" if half else self._partial, previewing=True).finish()

    def _copied(self, partial: str, *, previewing: bool) -> "Translator":
        other: Translator = copy(self)
        other.splitter = self.splitter if previewing else self.splitter.with_more("")
        other._ready, other._given = [], []
        other._inline = self._inline.fork()
        other._table = copy(self._table)
        other._partial, other._previewing = partial, previewing
        return other

    def _half_table(self) -> bool:
        """Whether the unfinished line may become the head of a table."""
        partial = self._partial.lstrip(" \t>")
        if self._held is not None and self._held[1].kind is LineKind.TABLE:
            return _HALF_DELIMITER.match(partial) is not None
        return self._fence is None and _HALF_ROW.match(self._partial) is not None

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
        if self._middle is None and not self._is_long(line):
            self._short_line(line, end)
            return
        opener = self._begin_long(line, end) if self._middle is None else self._more_of_long(line, end)
        container, self._middle, self._before = self._middle, None, ""
        if opener:
            self._open_in_line(container or "", opener, end)
        else:
            self._ready.append(end)

    def _short_line(self, line: str, end: str) -> None:
        if self._formula is not None and self._in_formula(self._formula, line, end):
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
        context = OpenBlocks(fence=self._fence, quoted=self._last.quoted)
        return read_lines(line, context, DISCORD_LIMIT)[0] if line else _EMPTY

    def _code_line(self, line: str, read: Line, end: str) -> None:
        if read.kind is LineKind.FENCE_OPEN:
            drawn = line_translator.fence_line(line, read)
        elif read.kind is LineKind.FENCE_CLOSE:
            drawn = line_translator.last_fence_line(line)
        elif self._fence and self._in_line and (parted := line_translator.end_in_line(line, self._fence)):
            self._end_in_line(*parted, self._fence, end)
            return
        else:
            drawn = line_translator.in_fence(line)
        self._enter(line, read)
        self._ready.append(drawn + end)

    def _open_in_line(self, container: str, opener: str, end: str) -> None:
        """Puts a fence after text on a line of its own."""
        self._ready.append("\n")
        self._short_line(container + opener, end)
        self._in_line = self._fence is not None

    def _end_in_line(self, code: str, words: str, fence: Fence, end: str) -> None:
        """Puts code, the end of its fence and the text after it on lines of their own."""
        if code.strip(" \t>"):
            self._short_line(code, "\n")
        self._short_line(fence.closer, "\n" if words else end)
        if words:
            self._short_line(fence.container + words, end)

    def _plain_line(self, line: str, read: Line, end: str) -> None:
        first = self._last.kind not in _WORDS
        self._enter(line, read)
        if self._indented:
            self._ready.append(line + end)
            return
        own = line[read.inner :]
        closer = closer_of(own) if read.kind is LineKind.TEXT else None
        if closer and end and closer not in own[len("$$") :]:
            self._formula = FormulaUnderway((line,), read, closer)
        elif end and read.kind in _MAY_OPEN_FENCE and (opener := self._fence_behind(own)):
            self._give_line(line.removesuffix(opener).rstrip(" \t"), read, "")
            self._open_in_line(read.container, opener, end)
        elif end and self._may_be_more(line, read, first=first and not closer):
            self._held = (line, read)
        else:
            self._give_line(line, read, end)

    def _fence_behind(self, own: str) -> str:
        """The fence at the end of the line, unless it is inline code; else empty."""
        start = line_translator.fence_at_end(own)
        if start < len(own) and own[:start].strip():
            before = self._inline.fork()
            before.whole(own[:start])
            return "" if before.in_code else own[start:]
        return ""

    def _may_be_more(self, line: str, read: Line, *, first: bool) -> bool:
        """Whether the next line may make this one a heading or a table's head."""
        if read.kind not in {LineKind.TEXT, LineKind.TABLE} or line_translator.is_rule(line):
            return False
        return "|" in line[read.inner :] or (read.kind is LineKind.TEXT and first and not self._in_list)

    def _give_line(self, line: str, read: Line, end: str) -> None:
        ended = not self._previewing or bool(end)
        self._ready.append(line_translator.line(line, read, self._inline, ended=ended) + end)

    def _enter(self, line: str, read: Line) -> None:
        """Updates what later lines depend on."""
        last, self._last = self._last, read
        if read.kind is not LineKind.TEXT or last.kind not in _WORDS or last.depth != read.depth:
            self._inline.new_paragraph()
        deep = line.startswith(("    ", "\t"))
        blank = read.kind is LineKind.BLANK
        if read.kind is LineKind.ITEM and not deep:
            self._in_list = True
        elif not blank and not line.startswith((" ", "\t")):
            self._in_list = self._in_list and read.kind is LineKind.TEXT and last.kind is not LineKind.BLANK
        fresh = last.kind not in _WORDS or self._indented
        self._indented = deep and not blank and fresh and not self._in_list and read.kind not in _CODE
        self._fence = read.after
        self._in_line = self._in_line and self._fence is not None

    # Long lines

    def _is_long(self, line: str) -> bool:
        """Whether the start of a line shows that it is words or code and need not wait for its end."""
        if len(line) <= EARLY:
            return False
        early = line[:EARLY]
        waits = self._fence is None and ("|" in early or self._formula or _SPECIAL.match(early))
        return not waits or len(line) > LONGEST_LINE

    def _begin_long(self, line: str, end: str | None) -> str:
        self._let_go()
        read = self._read(line[:EARLY] + "\n")
        self._enter(line, read)
        self._middle = read.container
        if read.kind is LineKind.FENCE_OPEN:  # Discord shows the text there as code if it is not a language
            self._ready.append(f"{line_translator.list_marks(line[: read.inner])}{DISCORD_FENCE}\n{read.container}")
            self._opening = True
            return self._more_of_long(line[read.inner :], end)
        if read.kind in _CODE or self._indented:
            return self._more_of_long(line, end)
        own = line[read.inner :]
        self._ready.append(line_translator.list_marks(line[: read.inner]) + line_translator.unmarked(own))
        return self._more_of_long(own, end)

    def _more_of_long(self, text: str, end: str | None) -> str:
        """Gives out what is certain of a long line; returns the rest, or the fence at its end."""
        if self._opening:
            text = text.lstrip("`~")
            self._opening = not text and end is None
        if self._fence is not None or self._indented:
            held = 0 if end is not None else min(len("``"), len(text) - len(text.rstrip("`")))
            code = line_translator.in_fence(text) if self._fence is not None else text
            self._ready.append(code[: len(code) - held])
            return text[len(text) - held :]
        container = self._middle or ""
        start = len(text) if end == "" else line_translator.fence_at_end(text, self._before)
        ended = end is not None and not self._previewing
        done, used = self._inline.arrived(text[:start], container, ended=ended, before=self._before)
        self._ready.append(done)
        self._before = text[used - 1] if used else self._before
        if end is not None and start < len(text) and self._inline.in_code:
            self._ready.append(self._inline.whole(text[start:], container))
            return ""
        return text[used:] if end is None else text[start:]

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
        """Takes the line if it makes the held one a heading or a table's head; returns whether it did."""
        if self._held is None or read.kind not in {LineKind.TEXT, LineKind.TABLE} or self._held[1].depth != read.depth:
            return False
        if line_translator.begins_item(line, read):
            return False
        (held, first), own = self._held, line[read.inner :]
        aligns = alignments(own)
        head = cells_of(held[first.inner :])
        if aligns is not None and len(head) == len(aligns):
            cells, lead = tuple(cell(words, self._inline) for words in head), held[: first.inner]
            self._table = TableUnderway(Table(first.container, cells, aligns, lead=line_translator.list_marks(lead)))
        elif (
            heading := line_translator.heading(held, first, own, self._inline)
        ) is not None and read.inner <= 3 + 2 * read.depth:
            self._ready.append(heading + "\n")
        else:
            return False
        self._held = None
        self._enter(line, replace(read, kind=LineKind.TABLE))
        return True

    def _row(self, line: str, read: Line) -> bool:
        """Takes the line if it is a row of the table; returns whether it was."""
        if self._table is None or read.kind not in {LineKind.TEXT, LineKind.TABLE} or "|" not in line:
            return False
        if self._table.table.container.count(">") != read.depth or line_translator.begins_item(line, read):
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

    def _in_formula(self, formula: FormulaUnderway, line: str, end: str) -> bool:
        """Takes the line if it belongs to the formula; returns whether it did."""
        if not formula.takes(line):
            self._end_formula()
            return False
        self._formula = formula = formula.with_line(line)
        if formula.complete:
            block = formula.block()
            self._ready.append((formula.source if block is None else block) + end)
            self._formula = None
        return True

    def _end_formula(self) -> None:
        """Gives out an unfinished formula as it was written."""
        if self._formula is not None:
            self._ready.append(self._formula.source + "\n")
            self._formula = None
