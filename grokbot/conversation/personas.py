"""Ways of speaking for the model, by the names under which people choose them. Pure.

Here: the built-in ones, what a persona may be, and reading one from a Markdown file. Not here: which ones a place has
(`engine.admission.personas`), who chose one for what (`options`), the system prompt that it is added to (the settings).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError
from grokbot.conversation.response import TurnOptions
from grokbot.conversation.text import shortened, visible
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from grokbot.conversation.text import OthersText

FUN = "fun"
STANDARD = "standard"
"""The name under which people choose no persona."""

PERSONAS: Mapping[str, str] = {
    FUN: (
        "You are in fun mode. Be witty and playful, with dry humor and a taste for the absurd. Tease a little, but "
        "never at the expense of somebody's dignity or of the facts: what you claim is true, and what was asked is "
        "answered. Where somebody is in trouble or grieves, drop the jokes and be kind."
    )
}
"""Instructions to the model, by the name of a built-in persona."""

RESERVED = ("all", "none")
"""What people type in place of a persona's name."""
LONGEST_NAME = 32
LONGEST_DESCRIPTION = 80
LONGEST_TEXT = 4_000
"""Characters of a server's persona: what a modal takes."""
LONGEST_FILE = 16_000
"""Characters of an operator's persona."""

NAME_FORM = Sentence("A persona's name has 1 to 32 letters, digits, `-` and `_`, and begins with a letter or digit.")
NAME_TAKEN = Sentence("This name has a meaning of its own for a persona. Choose another one.")
NO_TEXT = Sentence("A persona needs instructions: how Grok speaks, in at least one visible character.")
TOO_LONG = Sentence("A persona has at most {most:,} characters; this one has {length:,}.")

_NAME = re.compile(r"[^\W_][\w-]{0,31}")
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)^---[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_DESCRIPTION = re.compile(r"^description:[ \t]*(.*)$\n?", re.IGNORECASE | re.MULTILINE)
_HEADING = re.compile(r"\A\s*#{1,6}[ \t]+(.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Persona:
    """One way of speaking. An empty `text` is Grok as itself."""

    name: str
    text: str
    description: str = ""
    """A few words for people who choose."""

    @property
    def options(self) -> TurnOptions:
        """The options of a turn that is answered so. A built-in persona is known by its name."""
        built_in = self.name in BUILT_IN
        return TurnOptions(
            persona="" if self.name == STANDARD else self.name, persona_text=None if built_in else self.text
        )


BUILT_IN: Mapping[str, Persona] = {
    STANDARD: Persona(STANDARD, "", Sentence("Grok as itself")),
    FUN: Persona(FUN, PERSONAS[FUN], Sentence("witty, and not too serious")),
}


def folded_name(text: OthersText) -> str:
    """A persona's name as it is compared, however it was typed. Not every one is possible."""
    return unicodedata.normalize("NFKC", text[: 4 * LONGEST_NAME]).strip().casefold()


def persona_name(text: OthersText) -> str:
    """A persona's name as it is kept.

    Raises:
        UserError: It is no name, or a built-in persona's.
    """
    name = folded_name(text)
    if not _NAME.fullmatch(name):
        raise UserError(NAME_FORM)
    if name in BUILT_IN or name in RESERVED:
        raise UserError(NAME_TAKEN)
    return name


def new_persona(name: str, text: OthersText, description: OthersText = "", most: int = LONGEST_TEXT) -> Persona:
    """A persona that somebody wrote.

    Args:
        name: Its name, as it was typed.
        text: The instructions to the model.
        description: For people; cut where it is long. "": the first words of the text.
        most: Characters of the text.

    Raises:
        UserError: The name or the text is not possible.
    """
    text = text.replace("\r\n", "\n").strip()
    if not any(map(visible, text)):
        raise UserError(NO_TEXT)
    if len(text) > most:
        raise UserError(TOO_LONG.format(most=most, length=len(text)))
    about = " ".join((description.strip() or text[: 4 * LONGEST_DESCRIPTION]).split())
    return Persona(persona_name(name), text, shortened(about, LONGEST_DESCRIPTION))


def persona_of_file(name: str, text: OthersText) -> Persona:
    """A persona from a Markdown file. A `description:` line at its beginning, or its first heading, describes it.

    Args:
        name: The file's, without `.md`.
        text: What it holds. The `description:` line, and a front matter, are not for the model.

    Raises:
        UserError: The name or the text is not possible.
    """
    if len(text) > 2 * LONGEST_FILE:
        raise UserError(TOO_LONG.format(most=LONGEST_FILE, length=len(text)))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").lstrip("\n")
    front = _FRONT.match(text)
    first = front[1] if front is not None else text.partition("\n")[0]
    described = _DESCRIPTION.search(first)
    if front is not None:
        text = text[front.end() :]
    elif described is not None:
        text = text.partition("\n")[2]
    heading = _HEADING.match(text)
    description = described[1] if described is not None else heading[1] if heading is not None else ""
    return new_persona(name, text, description.strip("\"' "), LONGEST_FILE)


def spoken_as(persona: str | None, system_prompt: str, text: str | None = None) -> str:
    """The system prompt plus the persona's instructions.

    Args:
        persona: A persona's name. None and "" add nothing.
        system_prompt: May be empty.
        text: The instructions. None: those of a built-in persona; unknown or removed names then add nothing.
    """
    added = (PERSONAS.get(persona, "") if text is None else text) if persona else ""
    return "\n\n".join(part for part in (system_prompt, added) if part)
