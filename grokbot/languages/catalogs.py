"""Reads the translations. A language is there as soon as its file is.

Not here: the sentences.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

import polib

from grokbot.conversation.text import ENGLISH, Sentence

_FOLDER = Path(__file__).parent

OWN_NAME = Sentence("English", "the name of this language in itself")

LANGUAGES: tuple[str, ...] = tuple(sorted(path.stem for path in _FOLDER.glob("*.po")))
"""Discord's locales, such as `de` or `es-ES`, or their first part where one file serves all; without English."""


def language_of(locale: str | None) -> NullTranslations:
    """The language for one of Discord's locales, such as `de` or `es-419`; English if there is no file for it."""
    name = locale or ""
    known = next((each for each in (name, name.partition("-")[0]) if each in LANGUAGES), None)
    return ENGLISH if known is None else _read(known)


def own_name(locale: str) -> str:
    """What a language calls itself, for people who choose one."""
    return language_of(locale).pgettext(OWN_NAME.context, OWN_NAME)


def read_all() -> None:
    """Reads every file now: some hundredths of a second each, for a thread to spend before anybody waits for one."""
    for name in LANGUAGES:
        _read(name)


@cache
def _read(name: str) -> NullTranslations:
    return GNUTranslations(io.BytesIO(polib.pofile(str(_FOLDER / f"{name}.po")).to_binary()))
