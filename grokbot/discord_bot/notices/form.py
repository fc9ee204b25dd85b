"""Forms (Discord's modals) as values, and what a person filled in. Pure.

Not here: drawing and opening them (`panel_view`), what a form is for (the commands).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from grokbot.discord_bot.notices.panel import PanelChoice, PanelMenu

TITLE_LENGTH = 45
HELP_LENGTH = 100


@dataclass(frozen=True, slots=True)
class FormText:
    """A field to write in; `long`: of several lines."""

    custom_id: str
    value: str = ""
    placeholder: str = ""
    long: bool = False
    required: bool = True
    most: int = 4_000


@dataclass(frozen=True, slots=True)
class FormRadios:
    """Two to ten choices below each other, of which one is made; more are a menu."""

    custom_id: str
    choices: tuple[PanelChoice, ...]


@dataclass(frozen=True, slots=True)
class FormFiles:
    """Files to attach; `least` 0: none is needed."""

    custom_id: str
    least: int = 0
    most: int = 1


FormPart: TypeAlias = "FormText | FormRadios | FormFiles | PanelMenu"


@dataclass(frozen=True, slots=True)
class FormField:
    """A part with what it is for: `label` at most 45 characters, `help` at most 100."""

    label: str
    part: FormPart
    help: str = ""


@dataclass(frozen=True, slots=True)
class PanelForm:
    """A form of at most five fields. What comes of it is read by its id, also after a restart."""

    title: str
    custom_id: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A submitted form: its id, and what stands in each field by the field's id.

    Args:
        custom_id: The form's; "" for an interaction that is none.
        fields: A text, a choice, or the values of a menu.
        attached: The files, as Discord describes them, by their ids.
    """

    custom_id: str
    fields: Mapping[str, str | Sequence[str]]
    attached: Mapping[str, Any]

    def text(self, field: str) -> str:
        """What was written, or the one choice that was made; "" if nothing."""
        given = self.fields.get(field, "")
        return given if isinstance(given, str) else next(iter(given), "")

    def values(self, field: str) -> Sequence[str]:
        """What was chosen in a menu, or the ids of the attached files."""
        given = self.fields.get(field, ())
        return [given] if isinstance(given, str) else list(given)

    def ids(self, field: str) -> Sequence[int]:
        """The ids that were chosen in a menu of people, roles or channels."""
        return [int(value) for value in self.values(field) if value.isdecimal()]

    def files(self, field: str) -> Sequence[Any]:
        """The attached files, as Discord describes them."""
        return [self.attached[value] for value in self.values(field) if value in self.attached]


def filled(data: Any) -> FilledForm:
    """Reads the data of a submitted form, whatever stands around its fields."""
    attached = (data.get("resolved") or {}).get("attachments") or {}
    return FilledForm(str(data.get("custom_id", "")), dict(_fields(data)), attached)


def _fields(data: Any) -> Iterator[tuple[str, str | Sequence[str]]]:
    for part in [*data.get("components", []), *([data["component"]] if "component" in data else [])]:
        given = part.get("values", part.get("value"))
        if isinstance(given, list):
            yield str(part.get("custom_id", "")), [str(value) for value in given]
        elif given is not None:
            yield str(part.get("custom_id", "")), str(given)
        yield from _fields(part)
