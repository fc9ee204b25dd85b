"""What stands behind an answer, in the bot's words: its sources, searches, thoughts and code. Pure.

Not here: the numbers in the text (`markdown.inline_translator`), who may see it (`engine.library`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.draft import code_runs_of, thoughts_of
from grokbot.conversation.text import Plural, Sentence, done_in_short, lookup_of, safe_address, shortened, source_name
from grokbot.conversation.text.citations import cited_in, sources_of, with_markers
from grokbot.discord_bot.markdown import DISCORD_LIMIT, GrowingAnswer, in_fence, split
from grokbot.discord_bot.notices.texts.command_text import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grokbot.conversation.draft import CodeRun
    from grokbot.conversation.response import Response

MOST_LISTED = 5
"""Sources in the line under an answer."""

LONGEST_LINKED = 150
"""Characters of an address that is a link in that line; the private list takes longer ones."""

LONGEST_IN_LIST = 500
ADDRESS_SHOWN = 80
QUERY_SHOWN = 200
MOST_QUERIES = 50
LONGEST_OUTPUT = 100_000
"""Characters of a program's output that are read."""

LONGEST_FILE = 2_000_000
"""Characters of an attached file."""

WHOLE_IN_FILE = Sentence("-# 📄 All of it is in this file.")
NO_SOURCES = Sentence("The sources of this answer are no longer stored.")
NO_THOUGHTS = Sentence("The thoughts behind this answer are no longer stored.")
NO_CODE = Sentence("The code behind this answer is no longer stored.")
SOURCES = Sentence("Sources: {names}")
LOOKED_AT = Sentence("Looked at: {names}")
MORE = Plural("{n} more", "{n} more")
HEADED_SOURCES = Sentence("**Sources**")
HEADED_LOOKED_AT = Sentence("**Looked at**")
HEADED_ALSO = Sentence("**Also looked at**")
HEADED_ON_THE_WAY = Sentence("**On the way**")
NO_OUTPUT = Sentence("-# No output.")
_NUMBER = re.compile(r"\u2009?\[([\u00b9\u00b2\u00b3\u2070\u2074-\u2079]{1,6})\]\(<(https?://[^<>\s]{1,2000})>\)")


@dataclass(frozen=True, slots=True)
class PrivateView:
    """A private message, and the whole text as a file if it is longer."""

    text: str
    file: str | None = None


def line_under(text: str, answer: Response, *, links: bool) -> str | None:
    """The line under an answer with its first sources; what was looked up if it cites none. None: neither.

    Args:
        text: The answer as it is shown, with its markers.
        answer: Its end.
        links: Whether the sources are links.
    """
    if not answer.answered:
        return None
    cited = cited_in(text)
    urls = [url for url in cited or sources_of(text, answer.citations, answer.cited) if source_name(url)]
    if not cited:  # without numbers in the text, one page stands for its site
        sites: dict[str, str] = {}
        for url in urls:
            sites.setdefault(source_name(url), url)
        urls = list(sites.values())
    if urls:
        named = [_named(number if cited else None, url, links=links) for number, url in enumerate(urls, 1)]
        more = [MORE(len(urls) - MOST_LISTED)] if len(urls) > MOST_LISTED else []
        names = " · ".join([*named[:MOST_LISTED], *more])
        return f"-# {(SOURCES if cited else LOOKED_AT).format(names=names)}"
    done = [plain(each, ADDRESS_SHOWN) for each in done_in_short(answer.queries)]
    return f"-# 🔎 {' · '.join(done[:MOST_LISTED])}" if done else None


def as_written(content: str) -> str:
    """An answer read in Discord as the model wrote it: without the line below, each number as its link."""
    ours = tuple(_beginnings())
    kept = [line for line in content.split("\n") if not line.startswith(ours)]
    return _NUMBER.sub(lambda found: f"[[{unicodedata.normalize('NFKC', found[1])}]]({found[2]})", "\n".join(kept))


def _beginnings() -> Iterator[str]:
    """How the line below begins, in English and in the language of the task."""
    yield "-# 🔎 "
    for sentence, numbers in ((SOURCES, ("[1 ", "1 ")), (LOOKED_AT, ("",))):
        for words in {sentence.partition("{")[0], str(sentence).partition("{")[0]}:
            yield from (f"-# {words}{number}" for number in numbers)


def sources_view(answer: Response) -> PrivateView | None:
    """All sources with their numbers, and what the model looked up; None if there is nothing."""
    text = with_markers(answer.message, answer.cited)
    urls, cited = sources_of(text, answer.citations, answer.cited), len(cited_in(text))
    lines: list[str] = []
    for number, url in enumerate(urls, 1):
        if number in (1, cited + 1):
            lines.append(str(HEADED_SOURCES if number <= cited else HEADED_ALSO if cited else HEADED_LOOKED_AT))
        lines.append(f"{number}. {_shown(url)}")
    done = dict.fromkeys(_looked_up(answer))
    if done:
        lines += [str(HEADED_ON_THE_WAY), *(f"- {each}" for each in list(done)[:MOST_QUERIES])]
    return _bounded(lines) if lines else None


def thoughts_view(answer: Response) -> PrivateView | None:
    """The model's thoughts; None if it has none."""
    thoughts = thoughts_of(answer)[:LONGEST_FILE]
    if not thoughts:
        return None
    growing = GrowingAnswer(DISCORD_LIMIT - len(str(WHOLE_IN_FILE)) - 1)
    growing.feed(thoughts[: 4 * DISCORD_LIMIT])
    texts = growing.finished()
    whole = len(thoughts) <= 4 * DISCORD_LIMIT and len(texts) <= 1
    if not texts:
        return PrivateView(str(WHOLE_IN_FILE), thoughts)
    return PrivateView(texts[0]) if whole else PrivateView(f"{texts[0]}\n{WHOLE_IN_FILE}", thoughts)


def code_view(answer: Response) -> PrivateView | None:
    """The programs that the model ran, with their output; None if it ran none."""
    runs = code_runs_of(answer)
    if not runs:
        return None
    whole = "\n".join(_code_block(run) for run in runs)[:LONGEST_FILE]
    texts = split(whole[: 4 * DISCORD_LIMIT], DISCORD_LIMIT - len(str(WHOLE_IN_FILE)) - 1)
    if len(texts) == 1 and len(whole) <= 4 * DISCORD_LIMIT:
        return PrivateView(texts[0])
    return PrivateView(f"{texts[0]}\n{WHOLE_IN_FILE}", whole)


def _named(number: int | None, url: str, *, links: bool) -> str:
    name = plain(source_name(url), LONGEST_LINKED)
    words = name if number is None else f"{number} {name}"
    return f"[{words}](<{safe_address(url)}>)" if links and len(url) <= LONGEST_LINKED else words


def _shown(url: str) -> str:
    """An address as a link, with as much of it as people can read. Its words are escaped: they are no address."""
    path = url.partition("://")[2].partition("/")[2].rstrip("/")
    host = source_name(url).partition("/")[0] or "?"
    words = plain(shortened(f"{host}/{path}" if path else host, ADDRESS_SHOWN), 2 * ADDRESS_SHOWN)
    return f"[{words}](<{safe_address(url)}>)" if len(url) <= LONGEST_IN_LIST else words


def _looked_up(answer: Response) -> Iterator[str]:
    for query in answer.queries:
        lookup = lookup_of(query)
        words = f": `{shortened(lookup.words.replace('`', chr(39)), QUERY_SHOWN)}`" if lookup.words else ""
        yield plain(lookup.done, ADDRESS_SHOWN) + words


def _bounded(lines: list[str]) -> PrivateView:
    """As many lines as fit into a message; all of them in the file if some do not."""
    whole = "\n".join(lines)
    if len(whole) <= DISCORD_LIMIT:
        return PrivateView(whole)
    room = DISCORD_LIMIT - len(str(WHOLE_IN_FILE)) - 1
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            break
        kept.append(line)
    return PrivateView("\n".join([*kept, str(WHOLE_IN_FILE)]), whole[:LONGEST_FILE])


def _code_block(run: CodeRun) -> str:
    output = _printed(run.output[:LONGEST_OUTPUT]).strip("\n")
    printed = f"\n```\n{in_fence(output)}\n```" if output.strip() else f"\n{NO_OUTPUT}"
    return f"```py\n{in_fence(run.code.strip())}\n```{printed}"


def _printed(output: str) -> str:
    """What a program printed, if xAI reports it in JSON; else its report."""
    try:
        found = json.loads(output)
    except (ValueError, RecursionError):
        return output
    if not isinstance(found, dict):
        return output
    printed = [found[name] for name in ("stdout", "stderr", "output", "result", "error") if found.get(name)]
    return "\n".join(each for each in printed if isinstance(each, str)) or output
