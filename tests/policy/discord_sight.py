"""What a person sees of a message before pressing anything: Discord's Markdown as its clients read it, in short.

At each place the first of these that fits is taken: an escape, code, a spoiler, an address, a link, emphasis. Headings,
lists and quotations are read line by line first.
Not here: what is proved with it.
"""

from __future__ import annotations

import re

_RULES = re.compile(
    r"""
    (?P<escape>\\[^0-9A-Za-z\s])
    | (?P<fence>```.+?```)
    | (?P<code>(?P<ticks>`+).*?(?<!`)(?P=ticks)(?!`))
    | \|\|(?P<spoiler>.+?)\|\|
    | (?P<address>https?://[^\s<]+|<[^\s<>]+>)
    | \[(?P<words>[^\[\]]*)\]\((?P<to>[^)\s]*)\)
    | \*\*(?P<bold>(?:\\.|[^\\])+?)\*\*(?!\*)
    | __(?P<under>(?:\\.|[^\\])+?)__(?!_)
    | ~~(?P<struck>.+?)~~
    | \*(?=\S)(?P<slanted>(?:\\.|[^\\*])+?)\*(?!\*)
    | _(?P<leaning>(?:\\.|[^\\_])+?)_\b
    """,
    re.VERBOSE | re.DOTALL,
)
_FENCES = re.compile(r"(```.+?```)", re.DOTALL)
_BLOCK = re.compile(r"(\s*(?:[-*]|\d+\.) |#{1,3} |-# |> )")


def seen(text: str) -> str:
    """The words that can be read, without those behind spoilers."""
    read: list[str] = []
    for part in _FENCES.split(text):
        if part.startswith("```"):
            read.append(part)
            continue
        run: list[str] = []
        for line in part.splitlines(keepends=True):
            if _BLOCK.match(line):
                read += (_inline("".join(run)), _inline(line))
                run = []
            else:
                run.append(line)
        read.append(_inline("".join(run)))
    # Fences are looked for in the whole and emphasis within parts, so read it once more without that order.
    return "".join(read) + _inline(text)


def _inline(text: str) -> str:
    read: list[str] = []
    at = 0
    for found in _RULES.finditer(text):
        read += (text[at : found.start()], _of(found))
        at = found.end()
    return "".join((*read, text[at:]))


def _of(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if groups["spoiler"] is not None:
        return ""
    if groups["words"] is not None:
        return _inline(groups["words"]) + groups["to"]
    for name in ("bold", "under", "struck", "slanted", "leaning"):
        if groups[name] is not None:
            return _inline(groups[name])
    return found.group()
