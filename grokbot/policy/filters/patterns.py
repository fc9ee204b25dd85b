"""A moderator's pattern, compiled by RE2: linear time for any pattern and text. The only module that uses RE2.

Upper and lower case are alike unless the pattern says `(?-i)`. Empty matches do not count.
Not here: what happens at a match (`filters`), text that arrives in pieces (`stream`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from grokbot.conversation.errors import UserError
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.filters.pattern_syntax import beginnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_PATTERN = 500
"""Characters. RE2 takes more, but a longer list of words is better split into several filters."""

MEMORY = 1 << 20
"""Most bytes that RE2 may use for one pattern; past that it refuses the pattern, or works with less and slower."""

LARGEST_PROGRAM = 1_000
"""Steps of RE2's program for one pattern, each class of characters counted as if there were 256 of them. A text that
drives RE2 past its memory costs up to 20 ns for each step at each character.
"""

LONGEST_MATCH = 2_000
"""Characters searched behind a match's beginning: one message of Discord."""

_WINDOW = 16_384
"""Characters in which one search looks for beginnings: this bounds the time of a search."""

DEEPEST = 40
"""Groups within groups. A pattern's beginnings multiply its size by the depth of its groups."""

_BEGINNINGS_MEMORY = 4 * MEMORY
"""The pattern of the beginnings is longer than the pattern itself, by up to the depth of its groups."""

_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")  # Discord's JSON may hold them; UTF-8, and so RE2, cannot

_SENTENCES: Mapping[str, Sentence] = {
    "missing )": Sentence("A bracket ( is opened here and never closed"),
    "unexpected )": Sentence("This bracket ) closes nothing"),
    "missing ]": Sentence("A bracket [ is opened here and never closed"),
    "no argument for repetition operator": Sentence("There is nothing to repeat before `{part}`"),
    "bad repetition operator": Sentence("`{part}` repeats a repetition"),
    "invalid repetition size": Sentence(
        "`{part}` repeats too often: 1,000 times are possible, in all that is nested together"
    ),
    "invalid character class range": Sentence("`{part}` is not a range or class of characters"),
    "invalid escape sequence": Sentence("`{part}` means nothing in a pattern"),
    "invalid perl operator": Sentence("`{part}` is not supported: no look-ahead, look-behind or back-references"),
    "invalid named capture group": Sentence("`{part}` is not the name of a group"),
    "trailing \\": Sentence("The pattern ends in the middle of an escape"),
}
_ANYTHING = Sentence("This pattern matches empty text, and so everywhere. Require at least one character.")
_TOO_LARGE = Sentence("This pattern takes too much memory. Make it shorter, or use fewer repetitions.")
_TOO_SLOW = Sentence(
    "This pattern has {steps:,} steps, and {most:,} are allowed: counted repetitions are written out, above all nested "
    "ones. Write `+` or `*` instead of a large number."
)
_TOO_LONG = Sentence("A pattern may have {most} characters at most. Split it into several filters.")
_UNKNOWN = Sentence("RE2 rejects this pattern: {what}")
_PLACED = Sentence("{what} (at character {place}).")


Watch: TypeAlias = "Callable[[], None]"
"""Called between two searches; raises TooSlowError if the text has taken too long."""


class TooSlowError(Exception):
    """A search in a text was given up: it took too long."""


def patient() -> None:
    """A watch that never runs out."""


class PatternError(UserError):
    """An invalid pattern. `position` counts characters from 0; None if it is about all of it."""

    def __init__(self, text: str, position: int | None = None) -> None:
        super().__init__(text if position is None else _PLACED.format(what=text, place=position + 1))
        self.position = position


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, in characters, from `start` to `end` (exclusive)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that compiles. Made by `compiled`."""

    source: str
    steps: int = field(compare=False, repr=False)
    """The size of RE2's program for it, independent of the alphabet."""
    _matches: Any = field(compare=False, repr=False)
    _underway: Any = field(compare=False, repr=False)

    def spans(self, text: str, watch: Watch = patient, window: int = _WINDOW) -> Iterator[Span]:
        """The matches, from left to right; they do not overlap, and none is empty.

        Args:
            text: The text.
            watch: Called now and then; it raises TooSlowError if this takes too long.
            window: Characters to search at once. In a longer text a match is found only up to LONGEST_MATCH characters
                beyond.

        Raises:
            TooSlowError: From the watch.
        """
        text = _whole_characters(text)
        at = 0
        while at < len(text):
            watch()
            begins, ends = max(at - 1, 0), min(at + window + LONGEST_MATCH, len(text))
            part = text[begins : ends + 1]  # with a character on each side, for `\b` and `$` need it
            last = ends if ends == len(text) else at + window
            for found in self._matches.finditer(part, at - begins, ends - begins):
                watch()
                if begins + found.start() >= last:
                    break
                if found.start() < found.end():
                    yield Span(begins + found.start(), begins + found.end())
                    at = begins + found.end()
            at = max(at, last)

    def next_span(self, text: str, start: int) -> Span | None:
        """The first of `spans` from `start` on, if the last one ended there."""
        for found in self._matches.finditer(_whole_characters(text), start):
            if found.start() < found.end():
                return Span(found.start(), found.end())
        return None

    def underway(self, text: str, start: int) -> int:
        """Where `text` may begin to match with what follows, or a match may grow; its length if nowhere.

        Looks from `start` on only. Nothing before the returned place can change.
        """
        found = self._underway.search(_whole_characters(text), start)
        return len(text) if found is None else int(found.start())


def compiled(pattern: str) -> Pattern:
    """A pattern, ready for use.

    Raises:
        PatternError: It is too long, too large, matches everywhere, or is no pattern of RE2's; the sentence says
            what is wrong, and where.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(_TOO_LONG.format(most=LONGEST_PATTERN))
    pattern = _whole_characters(pattern)
    re2 = _re2()
    try:
        matches = re2.compile(pattern, _options(MEMORY))
    except re2.error as error:
        raise _mistake(pattern, _told(error)) from None
    if (single_byte := _place_of_bytes(pattern)) is not None:
        raise PatternError(_SENTENCES["invalid escape sequence"].format(part=r"\C"), single_byte)
    if matches.fullmatch("") is not None:
        raise PatternError(_ANYTHING)
    if _brackets(pattern)[1] > DEEPEST:
        raise PatternError(_TOO_LARGE)
    try:
        underway = re2.compile(rf"(?:{beginnings(pattern)})\z", _options(_BEGINNINGS_MEMORY))
    except re2.error:
        raise PatternError(_TOO_LARGE) from None
    return Pattern(pattern, _steps(pattern), matches, underway)


def check_quick(pattern: Pattern) -> Pattern:
    """Accepts a pattern small enough to run on everything that people write.

    Raises:
        PatternError: It is not.
    """
    if pattern.steps > LARGEST_PROGRAM:
        raise PatternError(_TOO_SLOW.format(steps=pattern.steps, most=LARGEST_PROGRAM))
    return pattern


def _steps(pattern: str) -> int:
    """The size of its program for 256 characters: classes of all the world's letters are large, not slow."""
    options = _options(_BEGINNINGS_MEMORY)
    options.encoding = _re2().Options.Encoding.LATIN1
    try:
        return int(_re2().compile(pattern.encode(), options).programsize)
    except _re2().error:  # a class with none of those characters
        return 0


def _re2() -> Any:
    """Imported on first use: few servers have a filter, and RE2 takes 3 MB."""
    import re2  # type: ignore[import-untyped] # noqa: PLC0415 - it brings no types

    return re2


def _options(memory: int) -> Any:
    options = _re2().Options()
    options.case_sensitive = False
    options.log_errors = False  # RE2 would write the pattern to the standard error
    options.never_capture = True
    options.max_mem = memory
    return options


def _whole_characters(text: str) -> str:
    return text if text.isascii() else _HALF_CHARACTERS.sub("\ufffd", text)


def _told(error: Exception) -> tuple[str, str]:
    """RE2's complaint, and the part of the pattern that it means."""
    said = error.args[0]
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    kind, _, part = text.partition(": ")
    return kind, part


def _mistake(pattern: str, told: tuple[str, str]) -> PatternError:
    kind, part = told
    if kind.startswith("pattern too large"):
        return PatternError(_TOO_LARGE)
    text = _SENTENCES.get(kind, _UNKNOWN).format(part=part, what=kind)
    return PatternError(text, _position(pattern, kind, part))


def _position(pattern: str, kind: str, part: str) -> int | None:
    """Where the mistake is. RE2 names the part but not the place, so this finds the first beginning that has it."""
    if kind == "missing )":
        opened, _ = _brackets(pattern)
        return opened[-1] if opened else None
    if kind in ("missing ]", "trailing \\"):
        return len(pattern) - max(len(part), 1)
    re2 = _re2()
    for end in range(1, len(pattern) + 1):
        try:
            re2.compile(pattern[:end], _options(MEMORY))
        except re2.error as error:
            if _told(error)[0] == kind == "unexpected )":
                return end - 1
            if _told(error) == (kind, part):
                return pattern.rfind(part, 0, end)
    return None


_PARTS = re.compile(r"\\Q.*?(?:\\E|\Z)|\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|.", re.DOTALL)


def _brackets(pattern: str) -> tuple[list[int], int]:
    """Where unclosed groups begin, and how deep groups are nested."""
    opened: list[int] = []
    deepest = 0
    for found in _PARTS.finditer(pattern):
        if found.group() == "(":
            opened.append(found.start())
            deepest = max(deepest, len(opened))
        elif found.group() == ")" and opened:
            opened.pop()
    return opened, deepest


def _place_of_bytes(pattern: str) -> int | None:
    r"""Where `\C` stands: one byte, and so perhaps a part of a character, which could not be shown or hidden."""
    return next((found.start() for found in _PARTS.finditer(pattern) if found.group() == r"\C"), None)
