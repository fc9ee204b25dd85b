"""docs/messages.md: every event of the log from warning on, and every sentence of an error, with what it means.

`python -m grokbot.docgen.messages` in the project's directory writes it; `--check` only reports whether it is current.
Both fail where meanings.toml says nothing of one, or says something of one that is gone. Not here: finding them
(`said`), what they mean (meanings.toml).
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grokbot.conversation.errors import REMEDIES
from grokbot.docgen import generated
from grokbot.docgen.said import Code, ErrorText
from grokbot.store.errors import SENTENCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

PAGE = "docs/messages.md"
MEANINGS = Path(__file__).with_name("meanings.toml")
CHECK = "grokbot/operation/check.py"


class UnexplainedError(ValueError):
    """Something has no meaning in meanings.toml, or a meaning is left over."""


class Meanings:
    """What meanings.toml says: `events` by name, `kinds` by an error's class, `sentences` by how they begin."""

    def __init__(self, file: Path = MEANINGS) -> None:
        self._parsed: Mapping[str, Any] = tomllib.loads(file.read_text("utf-8"))
        self._used: set[tuple[str, str]] = set()
        self._missing: list[str] = []

    def of(self, section: str, key: str) -> str:
        """What is written under a key."""
        self._used.add((section, key))
        if key not in self._parsed[section]:
            self._missing.append(f"{section}: {key}")
        return str(self._parsed[section].get(key, ""))

    def of_sentence(self, text: str) -> str:
        """What is written of a sentence, under its longest beginning."""
        begins = [each for each in self._parsed["sentences"] if text.startswith(each)]
        return self.of("sentences", max(begins, key=len, default=text))

    def explains(self, error: str) -> bool:
        """Whether each sentence of this class of error has a meaning of its own."""
        return error in self._parsed["each"]["kinds"]

    def check(self) -> None:
        """Raise UnexplainedError for what is missing or left over."""
        there = {(section, key) for section in ("events", "kinds", "sentences") for key in self._parsed[section]}
        left = [f"{section}: {key}" for section, key in sorted(there - self._used)]
        if self._missing or left:
            lines = [f"{MEANINGS} does not explain {each}" for each in self._missing]
            raise UnexplainedError("\n".join([*lines, *(f"{MEANINGS} explains what is gone: {each}" for each in left)]))


def parts(code: Code, meanings: Meanings) -> Mapping[str, str]:
    """The generated parts of the page, by the name in their markers.

    Args:
        code: The program.
        meanings: Are all used.
    """
    said = list(code.sentences())
    kinds = sorted({each.error for each in said})
    operators = [each for each in said if meanings.explains(each.error)]
    made = {
        "events": _table(
            ("event", "level", "what it means, and what to do"),
            ((f"`{name}`", level, meanings.of("events", name)) for name, level in code.events().items()),
        ),
        "operator": _table(
            ("what it says", "what it means, and what to do"),
            ((_shown(each.text), meanings.of_sentence(each.text)) for each in _once(operators)),
        ),
        "database": _table(
            ("what it says", "what it means, and what to do"),
            ((_shown(str(text)), meanings.of_sentence(str(text))) for text in SENTENCES.values()),
        ),
        "xai": _table(
            ("what it says", "`reason`", "what it means, and what to do"),
            (
                (_shown(str(remedy.text)), f"`{kind.value}`", meanings.of_sentence(str(remedy.text)))
                for kind, remedy in REMEDIES.items()
            ),
        ),
        "check": _list(code.texts_in(CHECK)),
        "rules": _list(code.refusals()),
        "others": "".join(
            f"### {meanings.of('kinds', kind)}\n\n{_list(each.text for each in said if each.error == kind)}\n"
            for kind in kinds
            if not meanings.explains(kind)
        ),
    }
    meanings.check()
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the page; see `generated.main`."""
    return generated.main("grokbot.docgen.messages", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    return {root / PAGE: generated.page_with(root / PAGE, **parts(Code(root), Meanings()))}


def _once(said: Iterable[ErrorText]) -> Iterator[ErrorText]:
    yield from {each.text: each for each in said}.values()


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)]) + "\n"


def _list(texts: Iterable[str]) -> str:
    return "".join(f"- {_shown(text)}\n" for text in dict.fromkeys(texts))


def _shown(text: str) -> str:
    """A sentence in a page: what is filled in is an ellipsis, and nothing in it is Markdown."""
    told = re.sub(r"\{[^{}]*\}", "…", " ".join(text.split())).replace("……", "…").replace("|", r"\|")
    return "".join(
        part if part.startswith("`") else re.sub(r"([<>*_\[\]])", r"\\\1", part) for part in re.split("(`[^`]*`)", told)
    )


if __name__ == "__main__":
    sys.exit(main())
