"""Translates a line by its kind: heading, rule, task, footnote, fence.

Not here: lines that wait for the next one (`translator`), the text of a line (`inline_translator`).
"""

import re

from grokbot.discord_bot.markdown.block_parser import DISCORD_FENCE, Fence, Line, LineKind
from grokbot.discord_bot.markdown.formulas import formula_block
from grokbot.discord_bot.markdown.inline_translator import InlineTranslator, note_mark, without_bold

RULE = "─" * 12
"""A horizontal rule, which Discord does not draw."""
_BREAK = "\u200b"
_RULE = re.compile(r"(?P<quote>(?:[ \t]*>[ ]?)*)[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\r?\Z")
_UNDERLINE = re.compile(r"(?:={2,}|-{2,})[ \t]*\r?\Z")
_DEEP_HEADING = re.compile(r"#{4,6}[ \t]+(?P<words>\S.*?)(?:[ \t]+#+)?\s*\Z")
_SMALL_PRINT = re.compile(r"-#[ \t](?![\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+ |\[[^\[\]\s]{1,60}\] )")
"""Small print other than our own footnotes."""
_TASK = re.compile(r"\[(?P<mark>[ xX])\](?=[ \t])")
_NOTE = re.compile(r"\[\^(?P<label>[^\[\]\s]{1,60})\]:[ \t]*(?P<words>\S.*)\Z", re.DOTALL)
_DEFINITION = re.compile(
    r"\[(?P<key>[^\[\]^][^\[\]]{0,199})\]:[ \t]*<?(?P<address>[^\s<>]+)>?(?:[ \t].*)?\s*\Z", re.DOTALL
)
_PLUS = re.compile(r"(?<![^ \t>])\+(?=[ \t])")
_LANGUAGE = re.compile(r"(?:\{\.?)?(?P<word>[A-Za-z0-9_+.#-]*)")
_FENCE_AT_END = re.compile(r"(?<![`\\])`{3,9}[A-Za-z0-9_+.#-]{0,30}[ \t]{0,9}\r?\Z")
_LONGEST_AT_END = 50
_FENCE_RUN = re.compile("`{3,}")
_ENDS_SENTENCE = (".", ":", ";", ",", "。", "：")  # noqa: RUF001  # the stops of other scripts


def is_rule(source: str) -> bool:
    """Whether the line is a horizontal rule."""
    return _RULE.match(source) is not None


def line(source: str, read: Line, inline: InlineTranslator, *, ended: bool = True) -> str:
    """Translates a line that is neither code nor part of a table or formula.

    Args:
        source: The line.
        read: How it was read.
        inline: Translates its words.
        ended: Whether it is whole; else only what is certain is returned.
    """
    if rule := _RULE.match(source):
        return rule["quote"] + RULE
    before, own = source[: read.inner], source[read.inner :]
    if ended and (heading := _DEEP_HEADING.match(own)):
        words = without_bold(inline.whole(heading["words"], read.container)).strip()
        return f"{before}**{words}**" if words else source
    if ended and read.kind is LineKind.TEXT and (block := formula_block([own], before)):
        return block
    if note := _NOTE.match(own):
        start = f"{read.container}-# {note_mark(note['label'])} "
        return start + inline.arrived(note["words"], read.container, ended=ended)[0]
    if ended and (found := _DEFINITION.match(own)):
        inline.define(found["key"], found["address"])
        return source
    start = list_marks(before)
    if read.kind is LineKind.ITEM and (task := _TASK.match(own)):
        start += "☐" if task["mark"] == " " else "☑"
        own = own[task.end() :]
    return start + unmarked(own) + inline.arrived(own, read.container, ended=ended)[0]


def unmarked(own: str) -> str:
    """A backslash if the line looks like small print, which only the bot itself uses."""
    return "\\" if _SMALL_PRINT.match(own) else ""


def list_marks(before: str) -> str:
    """The prefix of a line. Discord has lists with `-` and `*`, not with `+`."""
    return _PLUS.sub("-", before)


def begins_item(line: str, read: Line) -> bool:
    """Whether the line has a list marker."""
    return bool(line[: read.inner].strip(" \t>"))


def heading(words: str, read: Line, underline: str, inline: InlineTranslator) -> str | None:
    """The heading that a line and the line under it make; None if they make none.

    Dashes under the end of a sentence are a rule: that is what models mean.

    Args:
        words: The upper line.
        read: How it was read.
        underline: The lower line, without quote marks and indentation.
        inline: Translates the words.
    """
    own = words[read.inner :].strip()
    if not _UNDERLINE.match(underline) or not own or (underline[0] == "-" and own.endswith(_ENDS_SENTENCE)):
        return None
    marks = "#" if underline[0] == "=" else "##"
    return f"{read.container.strip(' ')}{' ' if read.depth else ''}{marks} {inline.whole(own, read.container)}"


def fence_line(source: str, read: Line) -> str:
    """A fence's first line for Discord: three backticks and the language. Other words become code."""
    words = source[read.inner :].strip().lstrip("`~").strip()
    found = _LANGUAGE.match(words)
    language = found["word"] if found else ""
    opener = f"{list_marks(source[: read.inner])}{DISCORD_FENCE}{language}{_carriage(source)}"
    none = words and not language and not words.startswith("{")
    return f"{opener}\n{read.container}{in_fence(words)}{_carriage(source)}" if none else opener


def last_fence_line(source: str) -> str:
    """A fence's last line for Discord, which takes only three backticks."""
    own = source.strip().lstrip("> \t")
    if own == DISCORD_FENCE:
        return source
    end = len(source.rstrip())
    return source[: end - len(own)] + DISCORD_FENCE + _carriage(source)


def in_fence(code: str) -> str:
    """Code with zero-width characters between three backticks, which would end a fence in Discord anywhere."""
    return re.sub("`(?=``)", f"`{_BREAK}", code)


def fence_at_end(text: str, before: str = "") -> int:
    """Where a fence at the end of a line begins; the text's length if there is none.

    Discord starts a code block there, unless inline code ends there. `before` is the character before the text.
    """
    whole = before + text
    found = _FENCE_AT_END.search(whole, max(len(before), len(whole) - _LONGEST_AT_END))
    return found.start() - len(before) if found else len(text)


def end_in_line(code: str, fence: Fence) -> tuple[str, str] | None:
    """The code before the backticks that end a fence inside a line, and the words after them; None without such."""
    found = _FENCE_RUN.search(code)
    if found is None or len(found.group()) < len(fence.run):
        return None
    return code[: found.start()].rstrip(), code[found.end() :].strip()


def _carriage(source: str) -> str:
    return "\r" if source.endswith("\r") else ""
