"""The files of grokbot/languages, brought up to date with the sentences of the code and the texts of the commands.

`python -m grokbot.docgen.sentences` in the project's directory writes them: translations stay, new sentences come in
without one, and those that nobody says any more go. `--check` only reports whether they are current. Needs Babel. Not
here: any translation.
"""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polib
from babel.messages.extract import extract_python
from discord import app_commands

from grokbot.discord_bot.commands import COMMANDS
from grokbot.discord_bot.commands.metadata import description_of
from grokbot.docgen import generated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from grokbot.discord_bot.commands.metadata import AnyCommand

FOLDER = "grokbot/languages"
KEYWORDS = {"Sentence": None, "Plural": None}
PASSED_OVER = ("sandbox", "sandbox_run", "wire", "docgen")
"""Rooms in which nobody says anything to people in Discord."""
LONGEST_TEXT, LONGEST_MENU = 100, 32
"""Characters of a command's description or choice, and of a menu's name (Discord's documentation)."""


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence of the code.

    Args:
        text: In English; for one, if `many` is another form.
        many: For other numbers.
        context: Tells two meanings of one text apart.
        note: For translators.
    """

    text: str
    many: str = ""
    context: str = ""
    note: str = ""


def all_found(root: Path) -> Mapping[Saying, Sequence[str]]:
    """Every sentence with the files that say it, in the order of the code; commands come last.

    Args:
        root: The project's directory.
    """
    places: dict[Saying, list[str]] = {}
    for path in sorted((root / "grokbot").rglob("*.py")):
        name = path.relative_to(root).as_posix()
        if name.split("/")[1] not in PASSED_OVER:
            for found in in_code(path.read_bytes()):
                places.setdefault(found, []).append(name)
    limits: dict[str, int] = {}
    for text, most in _texts(COMMANDS):
        limits[text] = min(most, limits.get(text, most))
    for text, most in limits.items():  # one that the code says, too, has one translation: a short one
        before = places.pop(Saying(text), [])
        places[Saying(text, note=f"At most {most} characters.")] = [*before, "commands"]
    return {found: list(dict.fromkeys(names)) for found, names in places.items()}


def in_code(source: bytes) -> Iterator[Saying]:
    """The literal sentences of a module, in their order."""
    if not any(f"{keyword}(".encode() in source for keyword in KEYWORDS):
        return
    texts: Any  # a text, None where it is no literal, or a tuple of those
    for _, keyword, texts, _ in extract_python(io.BytesIO(source), KEYWORDS, (), {}):
        first, second = (*texts, "")[:2] if isinstance(texts, tuple) else (texts, "")
        if not first:
            continue
        if keyword == "Plural":
            yield Saying(first, many=second or "")
        else:
            yield Saying(first, context=second or "")


def _texts(commands: Iterable[AnyCommand | app_commands.Group]) -> Iterator[tuple[str, int]]:
    """What the commands say in Discord, each with the most characters that it may have."""
    for command in commands:
        yield description_of(command), LONGEST_TEXT
        if isinstance(command, app_commands.ContextMenu):
            yield command.name, LONGEST_MENU
        elif isinstance(command, app_commands.Group):
            yield from _texts(command.commands)
        else:
            for option in command.parameters:
                yield str(option.description), LONGEST_TEXT
                yield from (
                    (choice.name, LONGEST_TEXT) for choice in option.choices if any(map(str.isalpha, choice.name))
                )


def updated(file: Path, found: Mapping[Saying, Sequence[str]]) -> str:
    """A language's file with exactly these sentences, and the translations that it has.

    Args:
        file: It has at least the head of a PO file, which says how many forms a number has.
        found: The sentences.

    Raises:
        OSError: The file cannot be read.
    """
    known = polib.pofile(str(file))
    forms = int(known.metadata["Plural-Forms"].split("nplurals=")[1].split(";")[0])
    said = {(each.msgid, each.msgid_plural, each.msgctxt or ""): each for each in known if not each.obsolete}
    made = polib.POFile(wrapwidth=110)
    made.metadata, made.header = known.metadata, known.header
    for each, places in found.items():
        before = said.get((each.text, each.many, each.context))
        entry = polib.POEntry(
            msgid=each.text,
            msgid_plural=each.many,
            msgctxt=each.context or None,
            occurrences=[(place, "") for place in places],
            comment=each.note,
            tcomment=before.tcomment if before is not None else "",
            flags=["python-brace-format"] if "{" in each.text + each.many else [],
        )
        if each.many:
            entry.msgstr_plural = {form: before.msgstr_plural.get(form, "") if before else "" for form in range(forms)}
        else:
            entry.msgstr = before.msgstr if before is not None else ""
        made.append(entry)
    return str(made)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check the files; see `generated.main`."""
    return generated.main("grokbot.docgen.sentences", __doc__.partition("\n")[0], _wanted, arguments)


def _wanted(root: Path) -> Mapping[Path, str]:
    found = all_found(root)
    return {file: updated(file, found) for file in sorted((root / FOLDER).glob("*.po"))}


if __name__ == "__main__":
    sys.exit(main())
