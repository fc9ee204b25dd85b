"""Filters that may be added: of a pattern, or of a list of words; and what moderators call them. Pure.

Not here: what filters find (`filters`), keeping them (`store`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.text import visible
from grokbot.conversation.text.sentences import Sentence
from grokbot.policy.filters.filters import Action, Filter, Where
from grokbot.policy.filters.patterns import LONGEST_PATTERN, check_quick, compiled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from grokbot.conversation.text import OthersText

MOST_FILTERS = 50
"""For one server."""

LONGEST_NAME = 40
"""Characters of a filter's name."""

TOO_MANY = Sentence("A server may have {most} filters. Remove one first.")
ONLY_ANSWERS = Sentence("People's messages cannot be put behind a spoiler. Choose another action, or filter answers.")
NO_NAME = Sentence("A name has {most} characters at most, and is not just a number. Choose another.")
NAME_TAKEN = Sentence("Another filter of this server has this name. Choose another.")
NO_WORDS = Sentence("There are no words in this list. Write one on each line.")
WORD_TOO_LONG = Sentence("A line of this list is too long. Write one word, or a few, on each line.")
TOO_MANY_WORDS = Sentence(
    "This list is too long: it would take {filters} filters. A server may have {most}, and there is room for {free}."
)


def new_filter(filter_id: str, pattern: str, where: Where, action: Action, *, present: int, name: str = "") -> Filter:
    """Makes a filter that may be added.

    Args:
        filter_id: Its id.
        pattern: The regular expression as it was typed.
        where: Whether it reads questions, answers or both.
        action: What happens on a match.
        present: How many filters the server has already.
        name: What it is to be called, as it was typed; "": nothing.

    Raises:
        UserError: There are too many, the action does not fit, or the pattern is invalid (`PatternError`).
    """
    if present >= MOST_FILTERS:
        raise UserError(TOO_MANY.later(most=MOST_FILTERS))
    if where is Where.PROMPTS and action is Action.SPOILER:
        raise UserError(ONLY_ANSWERS)
    called = " ".join("".join(each if visible(each) else " " for each in name[: LONGEST_NAME * 2]).split())
    if len(called) > LONGEST_NAME or called.lstrip("#").isdecimal():
        raise UserError(NO_NAME.later(most=LONGEST_NAME))
    return Filter(filter_id, check_quick(compiled(pattern)), where, action, name=called)


def found_named(filters: Iterable[Filter], typed: OthersText) -> Filter | None:
    """The filter that somebody means: by its number as `2` or `#2`, its name in any case, or its id."""
    wanted = typed.strip().strip('`“”"').casefold()
    number = wanted.removeprefix("#")
    for one in filters:
        if wanted in (one.id.casefold(), one.name.casefold() or None) or number == str(one.number):
            return one
    return None


def patterns_of(words: OthersText, *, most: int) -> Sequence[str]:
    """Patterns that find the words of a list, one a line, each as a whole word: as few as hold them all.

    Args:
        words: The list.
        most: How many patterns there may be.

    Raises:
        UserError: There are no words in it, one is too long, or they need more patterns.
    """
    lists: list[str] = []
    for line in dict.fromkeys(" ".join(line.split()) for line in words.splitlines()):
        if not line:
            continue
        # RE2's \b knows ASCII alone: at any other letter it would never match.
        edges = [r"\b" if edge.isascii() and edge.isalnum() else "" for edge in (line[0], line[-1])]
        word = f"{edges[0]}{re.escape(line)}{edges[1]}"
        if len(word) > LONGEST_PATTERN:
            raise UserError(WORD_TOO_LONG)
        if lists and len(lists[-1]) + 1 + len(word) <= LONGEST_PATTERN:
            lists[-1] += f"|{word}"
        else:
            lists.append(word)
    if not lists:
        raise UserError(NO_WORDS)
    if len(lists) > most:
        raise UserError(TOO_MANY_WORDS.later(filters=len(lists), most=MOST_FILTERS, free=most))
    return lists
