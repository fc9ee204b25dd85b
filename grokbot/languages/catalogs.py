"""Reads the translations. A language is there as soon as its file is.

Not here: the sentences.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING

import polib

from grokbot.conversation.text import ENGLISH, Sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

_FOLDER = Path(__file__).parent

OWN_NAME = Sentence("English", "the name of this language in itself")

LANGUAGES: tuple[str, ...] = tuple(sorted(path.stem for path in _FOLDER.glob("*.po")))
"""Discord's locales, such as `de` or `es-ES`, or their first part where one file serves all; without English."""


def language_of(locale: str | None) -> NullTranslations:
    """The language for one of Discord's locales, such as `de` or `es-419`; English if there is no file for it."""
    name = locale or ""
    known = next((each for each in (name, name.partition("-")[0]) if each in LANGUAGES), None)
    return ENGLISH if known is None else _read(known)


class OwnName(Sentence):
    """What a language calls itself, for people who choose one; made from its locale."""

    __slots__ = ()

    def __str__(self) -> str:
        """Read when it is put into words: until then, no file is."""
        return language_of(str.__str__(self)).pgettext(OWN_NAME.context, OWN_NAME)


SPOKEN: Mapping[str, OwnName] = {name: OwnName(name) for name in ("en", *LANGUAGES)}
"""Every language that servers can choose."""


def read_all() -> None:
    """Reads every file now: some hundredths of a second each, for a thread to spend before anybody waits for one."""
    for name in LANGUAGES:
        _read(name)


@cache
def _read(name: str) -> NullTranslations:
    return GNUTranslations(io.BytesIO(polib.pofile(str(_FOLDER / f"{name}.po")).to_binary()))
