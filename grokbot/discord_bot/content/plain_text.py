"""Turns what a person wrote in Discord into what a model, or the list of threads, can read.

Only the text of one message; names come in as values. No discord, no clock, no I/O.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from grokbot.conversation.text import OthersText, own_words
from grokbot.conversation.titles import cut_at_word

LONGEST_THREAD_NAME = 100
"""Discord's limit in characters (its documentation, "Start Thread")."""
_GOOD_THREAD_NAME = 60
_LOOKED_AT = 4_000
"""Characters of a message that are searched for spoilers to name its thread; they may be long."""
_NAMED_BY = 1_000
"""Characters of the remaining text that form the name. Cut before matching, for most patterns look ahead."""


@dataclass(frozen=True, slots=True)
class Names:
    """The names of people, roles and channels in the place of the message, by their ids."""

    users: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)
    channels: Mapping[int, str] = field(default_factory=dict)
    own_roles: frozenset[int] = frozenset()
    """Roles that are the bot's alone: a mention of one calls the bot."""


_GUIDES = {
    "customize": "#Channels & Roles",
    "browse": "#Browse Channels",
    "guide": "#Server Guide",
    "home": "#Server Guide",
    "linked-roles": "#Linked Roles",
}

_MARKUP = re.compile(
    r"""
    (?P<as_it_is> \\[^\w\s] )
    | (?P<ticks> `+ )
    | <@!?(?P<user>[0-9]{1,20})>
    | <@&(?P<role>[0-9]{1,20})>
    | <\#(?P<channel>[0-9]{1,20})>
    | <a?(?P<emoji>:\w{1,32}:)[0-9]{1,20}>
    | <t:(?P<time>-?[0-9]{1,13})(?::[a-zA-Z])?>
    | <(?P<command>/[^<>:`\n]{1,100}):[0-9]{1,20}>
    | <id:(?P<guide>[a-z-]{1,20})(?::[0-9]{1,20})?>
    """,
    re.VERBOSE | re.DOTALL,
)


def readable(text: OthersText, names: Names, own_id: int | None = None) -> str:
    """The message with Discord's markup spelled out. Code stays as it is: Discord shows no mentions there either.

    Args:
        text: As Discord sends it.
        names: The names of mentioned people, roles and channels; mentions of the bot's own roles are left out.
        own_id: The bot's user id: mentions of it at the beginning are left out; None: they stay.
    """
    if names.own_roles:
        text = re.sub(rf"(?<![ \t])[ \t]*<@&(?:{'|'.join(map(str, sorted(names.own_roles)))})>[,:]?", "", text).lstrip()
    if own_id is not None:
        text = re.sub(rf"\A\s*(?:<@!?{own_id}>[ \t]*[,:]?\s*)+", "", text)
    spelled: list[str] = []
    at, ends = 0, _ends_of_code(text)
    while found := _MARKUP.search(text, at):
        spelled.append(text[at : found.start()])
        at = ends.get(found.start(), found.end()) if found["ticks"] else found.end()
        spelled.append(text[found.start() : at] if found["ticks"] else _spelled(found, names))
    return "".join((*spelled, text[at:]))


def _ends_of_code(text: str) -> dict[int, int]:
    """Where the code ends that each run of ticks begins: after the next run of the same length. Computed once."""
    ends: dict[int, int] = {}
    earlier: dict[int, int] = {}
    for run in _TICKS.finditer(text):
        length = run.end() - run.start()
        if length in earlier:
            ends[earlier[length]] = run.end()
        earlier[length] = run.start()
    return ends


_TICKS = re.compile("`+")


def _spelled(found: re.Match[str], names: Names) -> str:
    kind, value = next((k, v) for k, v in found.groupdict().items() if v is not None)
    match kind:
        case "user":
            return "@" + _name(names.users, value, "unknown-user")
        case "role":
            return "@" + _name(names.roles, value, "unknown-role").removeprefix(
                "@"
            )  # the role of everyone is named @everyone
        case "channel":
            return "#" + _name(names.channels, value, "unknown-channel")
        case "time":
            return _moment(int(value)) or found.group()
        case "guide":
            return _GUIDES.get(value, found.group())
        case _:  # emoji and commands have their own names; escapes and code stay
            return value


def _name(known: Mapping[int, str], number: str, unknown: str) -> str:
    return _one_line(known.get(int(number), "")) or unknown


def _moment(seconds: int) -> str | None:
    """The time in UTC, as ISO 8601; None outside the years that Python knows."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return None


_LINE_MARKS = re.compile(r"^(?:[ \t]*(?:>{1,3}[ \t]|#{1,6}[ \t]|-#[ \t]|[-*+][ \t]|\d{1,9}[.)][ \t]))+", re.MULTILINE)
_FENCE_MARKS = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[\w+#.-]*[ \t]*$|`{3,}", re.MULTILINE)
_SPOILER = re.compile(r"\|\|.+?(?:(?P<closed>\|\|)|\Z)", re.DOTALL)
_LINK = re.compile(r"!?\[([^\[\]\n]+)\]\(<?[^()\s<>]*>?(?:\s\"[^\"\n]*\")?\)")
_PAIRS = (
    re.compile(r"(?<!\\)(\*{1,3})(?=\S)([^*]+?)(?<=\S)\1"),
    re.compile(r"(?<![\w\\])(_{1,3})(?=\S)([^_]+?|[^_]+?_[^_]+?)(?<=\S)\1(?!\w)"),
    re.compile(r"(?<!\\)(~~)(?=\S)(.+?)(?<=\S)\1"),
    re.compile(r"(?<!\\)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)"),
)
_ESCAPE = re.compile(r"\\([^\w\s])")


def thread_name(text: OthersText, fallback: str) -> str:
    """A name for a thread from the first words of a message: one line, about 60 characters, no Markdown.

    Text behind a spoiler stays hidden, and so does the message that this one replies to. `fallback` is used if nothing
    visible is left.
    Raises ValueError when the fallback itself cannot be a name.
    """
    fallback = _one_line(fallback)
    if not fallback or len(fallback) > LONGEST_THREAD_NAME:
        raise ValueError("the fallback is no name for a thread")
    words = own_words(text).lstrip()
    cut = len(words) > _LOOKED_AT  # a spoiler's end may come later
    shown = _SPOILER.sub(lambda found: "…" if cut or found["closed"] else found.group(), words[:_LOOKED_AT])
    plain = shown[:_NAMED_BY]
    plain = _LINE_MARKS.sub("", _FENCE_MARKS.sub(" ", plain))
    plain = _LINK.sub(r"\1", plain)
    for _ in range(2):  # emphasis inside emphasis
        for pair in _PAIRS:
            plain = pair.sub(r"\2", plain)
    name = _one_line(_ESCAPE.sub(r"\1", plain))
    return cut_at_word(name, _GOOD_THREAD_NAME, LONGEST_THREAD_NAME) if name.strip("… *_~`|#>\\-+") else fallback


def _one_line(text: str) -> str:
    """The text on one line without invisible characters; empty if nothing is visible."""
    seen = "".join(map(_seen, text))
    line = " ".join(seen.split())
    return line if any(unicodedata.category(character)[0] not in "MZ" for character in line) else ""


def _seen(character: str) -> str:
    category = unicodedata.category(character)
    if (
        category in {"Cc", "Zl", "Zp"} or character in "\u115f\u1160\u2800\u3164\uffa0"
    ):  # the last ones are blank fillers
        return " "
    return "" if category in {"Cf", "Cs"} or character == "\u034f" else character
