"""Panels of Components V2 as values: text, rows with a button, menus, pages, within Discord's limits. Pure.

A panel is one box; a row says what something is and how it stands, with the button that changes it beside it. Not here:
drawing and sending them (`panel_view`, `interaction_reply`), forms (`form`), what the commands show.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.text import shortened
from grokbot.conversation.text.sentences import Sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MOST_COMPONENTS = 40
"""Components of a message, nested ones included (Discord's documentation)."""
MOST_CHARACTERS = 4_000
"""Characters of all texts of a message together (Discord's documentation)."""
MOST_CHOICES = 25
"""Choices of a menu, and values that can be chosen in one."""
LABEL_LENGTH = 80
CHOICE_LENGTH = 100
PLACEHOLDER_LENGTH = 150
ROW_LENGTH = 600
"""Characters of a row; a longer one is cut short."""

PREVIOUS, NEXT = Sentence("Previous"), Sentence("Next")
PAGE_OF = Sentence("Page {page} of {pages}")


class ButtonStyle(StrEnum):
    """How a button looks: named as in discord.py."""

    PLAIN = "secondary"
    MAIN = "primary"
    DANGER = "danger"


@dataclass(frozen=True, slots=True)
class PanelButton:
    """One button. Its id says everything that a press needs, also after a restart; a link has an address instead."""

    label: str
    custom_id: str = ""
    style: ButtonStyle = ButtonStyle.PLAIN
    emoji: str | None = None
    url: str | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class PanelText:
    """A paragraph, in Discord's Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class PanelRow:
    """A text with a button at its end."""

    text: str
    button: PanelButton


@dataclass(frozen=True, slots=True)
class PanelButtons:
    """One to five buttons side by side."""

    buttons: tuple[PanelButton, ...]


class MenuKind(StrEnum):
    """What is chosen from."""

    CHOICES = "choices"
    PEOPLE = "user"
    ROLES = "role"
    CHANNELS = "channel"


@dataclass(frozen=True, slots=True)
class PanelChoice:
    """One line of a menu."""

    value: str
    label: str
    chosen: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class PanelMenu:
    """A menu of given choices, or of a server's people, roles or channels.

    Args:
        custom_id: Its id.
        kind: What is chosen from.
        choices: Those of CHOICES.
        chosen: The ids that are chosen now, of any other kind.
        placeholder: What stands there while nothing is chosen.
        least: How many must be chosen.
        most: How many can be.
        channel_types: Discord's numbers of the types of channel that are offered; none: all.
    """

    custom_id: str
    kind: MenuKind = MenuKind.CHOICES
    choices: tuple[PanelChoice, ...] = ()
    chosen: tuple[int, ...] = ()
    placeholder: str = ""
    least: int = 1
    most: int = 1
    channel_types: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PanelLine:
    """A line between parts."""


PanelPart: TypeAlias = "PanelText | PanelRow | PanelButtons | PanelMenu | PanelLine"


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything that a panel shows, from top to bottom."""

    parts: tuple[PanelPart, ...]

    @property
    def components(self) -> int:
        """How many components it takes, its box included."""
        return 1 + sum(map(components_of, self.parts))

    @property
    def characters(self) -> int:
        """How many characters its texts have."""
        return sum(map(characters_of, self.parts))


def components_of(part: PanelPart) -> int:
    """How many components a part takes."""
    match part:
        case PanelRow():
            return 3
        case PanelButtons():
            return 1 + len(part.buttons)
        case PanelMenu():
            return 2
        case _:
            return 1


def characters_of(part: PanelPart) -> int:
    """How many characters of the whole a part takes."""
    return len(str(part.text)) if isinstance(part, PanelText | PanelRow) else 0


def row(label: str, value: str, button: PanelButton) -> PanelRow:
    """What something is, how it stands, and what changes it.

    Args:
        label: What it is.
        value: How it stands, in Discord's Markdown.
        button: What changes it.
    """
    return PanelRow(shortened(f"**{label}**\n{value}", ROW_LENGTH), button)


def note(text: str) -> PanelText:
    """A small line."""
    return PanelText(f"-# {text}")


def paged(
    title: str,
    rows: Sequence[PanelPart],
    *,
    turn: Callable[[int], str],
    page: int = 0,
    below: Sequence[PanelPart] = (),
) -> Panel:
    """A panel with as many rows as Discord takes, and buttons to the other pages where there are any.

    Args:
        title: What stands above, on every page.
        rows: The rows of all pages.
        turn: The id of the button that shows a page, counted from 0.
        page: Which one is shown; the nearest there is, if there are fewer by now.
        below: What stands below, on every page.
    """
    head = PanelText(shortened(f"### {title}", ROW_LENGTH))
    fixed = Panel((head, *below))
    whole = Panel((*fixed.parts, *rows))
    if whole.components <= MOST_COMPONENTS and whole.characters <= MOST_CHARACTERS:
        return Panel((head, *rows, *below))
    turner = 1 + 3  # a row of buttons: back, which page, on
    pages = _pages(rows, MOST_COMPONENTS - fixed.components - turner, MOST_CHARACTERS - fixed.characters)
    at = min(max(page, 0), len(pages) - 1)
    return Panel((head, *pages[at], *below, _turner(at, len(pages), turn)))


def _pages(rows: Iterable[PanelPart], components: int, characters: int) -> Sequence[Sequence[PanelPart]]:
    pages: list[list[PanelPart]] = [[]]
    room, words = components, characters
    for part in rows:
        room, words = room - components_of(part), words - characters_of(part)
        if pages[-1] and (room < 0 or words < 0):
            pages.append([])
            room, words = components - components_of(part), characters - characters_of(part)
        pages[-1].append(part)
    return pages


def _turner(at: int, pages: int, turn: Callable[[int], str]) -> PanelButtons:
    back, on = PanelButton(PREVIOUS, turn(at - 1)), PanelButton(NEXT, turn(at + 1))
    here = PanelButton(PAGE_OF.format(page=at + 1, pages=pages), turn(at), disabled=True)
    return PanelButtons((*([back] if at > 0 else []), here, *([on] if at < pages - 1 else [])))
