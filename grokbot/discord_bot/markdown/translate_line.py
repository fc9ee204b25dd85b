"""Translates what a line is: headings, rules, tasks, footnotes, formulas on lines of their own.

Here belongs one line at a time, or the lines of one formula. What waits for which line is in `translator`, what stands
inside a line in `translate_inline`. No discord, no clock, no I/O.
"""

import re

from grokbot.discord_bot.markdown.block_parser import Fence, Kind, Line
from grokbot.discord_bot.markdown.latex import has_signs, looks_like_maths, readable
from grokbot.discord_bot.markdown.translate_inline import InlineTranslator, note_mark, without_bold

RULE = "─" * 12
"""What stands for a horizontal rule, which Discord does not draw."""
FENCE = "```"
"""The only fence that Discord draws."""
_BREAK = "\u200b"
_RULE = re.compile(r"(?P<quote>(?:[ \t]*>[ ]?)*)[ ]{0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\r?\Z")
_UNDERLINE = re.compile(r"(?:={2,}|-{2,})[ \t]*\r?\Z")
_DEEP_HEADING = re.compile(r"#{4,6}[ \t]+(?P<words>\S.*?)(?:[ \t]+#+)?\s*\Z")
_SMALL_PRINT = re.compile(r"-#[ \t](?![\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+ |\[[^\[\]\s]{1,60}\] )")
"""But for footnotes, which are written so here."""
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
_FORMULA = re.compile(
    r"(?P<opener>\$\$|\\\[|\\begin\{(?P<name>(?:align|aligned|equation|gather|gathered|multline|split)\*?)\})"
)
_ENDS_SENTENCE = (".", ":", ";", ",", "。", "：")  # noqa: RUF001  # the stops of other scripts


def is_rule(source: str) -> bool:
    """Whether the line is a horizontal rule."""
    return _RULE.match(source) is not None


def starts_formula(own: str) -> str | None:
    """What closes the formula that a line opens, if it does; `own` is the line without quote marks and indentation."""
    found = _FORMULA.match(own)
    if found is None:
        return None
    if found["name"]:
        return f"\\end{{{found['name']}}}"
    return "$$" if found["opener"] == "$$" else "\\]"


def line(source: str, read: Line, inline: InlineTranslator, *, ended: bool = True) -> str:
    """A line that is neither code nor part of something longer. Of one that has not ended, what is certain."""
    if rule := _RULE.match(source):
        return rule["quote"] + RULE
    before, own = source[: read.inner], source[read.inner :]
    if ended and (heading := _DEEP_HEADING.match(own)):
        words = without_bold(inline.whole(heading["words"], read.container)).strip()
        return f"{before}**{words}**" if words else source
    if ended and (whole := _whole_formula(own, before, read)):
        return whole
    if note := _NOTE.match(own):
        start = f"{read.container}-# {note_mark(note['label'])} "
        return start + inline.arrived(note["words"], read.container, ended=ended)[0]
    if ended and (found := _DEFINITION.match(own)):
        inline.define(found["key"], found["address"])
        return source
    start = list_marks(before)
    if read.kind is Kind.ITEM and (task := _TASK.match(own)):
        start += "☐" if task["mark"] == " " else "☑"
        own = own[task.end() :]
    return start + unmarked(own) + inline.arrived(own, read.container, ended=ended)[0]


def unmarked(own: str) -> str:
    """What keeps a line from being one of small print, which here is the bot's own way of speaking."""
    return "\\" if _SMALL_PRINT.match(own) else ""


def list_marks(before: str) -> str:
    """What stands before a line's own text; Discord knows `-` and `*` as marks of a list, not `+`."""
    return _PLUS.sub("-", before)


def begins_item(line: str, read: Line) -> bool:
    """Whether there is a list's mark before the line's own text."""
    return bool(line[: read.inner].strip(" \t>"))


def heading(words: str, read: Line, underline: str, inline: InlineTranslator) -> str | None:
    """The heading that a line becomes by the line under it; None when it does not.

    Dashes under what ends like a sentence are taken for a rule, which is what models mean by them.
    """
    own = words[read.inner :].strip()
    if not _UNDERLINE.match(underline) or not own or (underline[0] == "-" and own.endswith(_ENDS_SENTENCE)):
        return None
    marks = "#" if underline[0] == "=" else "##"
    return f"{read.container.strip(' ')}{' ' if read.depth else ''}{marks} {inline.whole(own, read.container)}"


def _whole_formula(own: str, before: str, read: Line) -> str | None:
    closer = starts_formula(own) if read.kind is Kind.TEXT else None
    return formula([own], closer, before) if closer else None


def ends_formula(own: str, closer: str, *, first: bool) -> bool:
    """Whether the line is the last of a formula."""
    words = own.rstrip().rstrip(".,;").rstrip()
    found = _FORMULA.match(own) if first else None
    return words.find(closer, found.end() if found else 0) == len(words) - len(closer) >= 0


def formula(lines: list[str], closer: str, container: str) -> str | None:
    """A formula on lines of its own, as a code block without a line break at its end; None if it is none."""
    last = lines[-1].rstrip()
    words = last.rstrip(".,;").rstrip()
    opened = _FORMULA.match(lines[0])
    if opened is None or not ends_formula(lines[-1], closer, first=len(lines) == 1):
        return None
    ended = words[: -len(closer)] + last[len(words) :].strip()
    body = "\n".join([*lines[:-1], ended])[opened.end() :] if len(lines) > 1 else ended[opened.end() :]
    likely = has_signs if closer == "\\]" else looks_like_maths
    if not likely(body) and not opened["name"]:
        return None
    text = readable(body).text
    if not text or FENCE in text:
        return None
    return "\n".join(container + shown for shown in (FENCE, *text.split("\n"), FENCE))


def fence_line(source: str, read: Line) -> str:
    """The first line of a fence as Discord knows it: three backticks and one word; what is none is code."""
    words = source[read.inner :].strip().lstrip("`~").strip()
    found = _LANGUAGE.match(words)
    language = found["word"] if found else ""
    opener = f"{list_marks(source[: read.inner])}{FENCE}{language}{_carriage(source)}"
    none = words and not language and not words.startswith("{")
    return f"{opener}\n{read.container}{in_fence(words)}{_carriage(source)}" if none else opener


def last_fence_line(source: str) -> str:
    """The last line of a fence: what Discord has no use for would stand under the code."""
    own = source.strip().lstrip("> \t")
    return source if own == FENCE else source[: len(source.rstrip()) - len(own)] + FENCE + _carriage(source)


def in_fence(code: str) -> str:
    """Code as it can stand in a fence of Discord's, which ends at the first three backticks, be they inside a line.

    They are parted by a character of no width, as few as do it.
    """
    return re.sub("`(?=``)", f"`{_BREAK}", code)


def fence_at_end(text: str, before: str = "") -> int:
    """Where the fence begins that a line ends with, behind words; the text's length if there is none.

    Discord takes it for a code block wherever it stands, if it is not the end of inline code. `before` is the character
    that stood before the text.
    """
    whole = before + text
    found = _FENCE_AT_END.search(whole, max(len(before), len(whole) - _LONGEST_AT_END))
    return found.start() - len(before) if found else len(text)


def end_in_line(code: str, fence: Fence) -> tuple[str, str] | None:
    """The code before the backticks that end such a fence inside a line, and the words after them."""
    found = _FENCE_RUN.search(code)
    if found is None or len(found.group()) < len(fence.run):
        return None
    return code[: found.start()].rstrip(), code[found.end() :].strip()


def _carriage(source: str) -> str:
    return "\r" if source.endswith("\r") else ""
