"""What of a record may be written: errors without their texts, and libraries' events without what they name.

An error's text may repeat what people wrote: Discord quotes a refused message, a parser its input. A library's event
may hold an address with a token in it. Not here: how it is laid out (`formats`).
"""

from __future__ import annotations

import re
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Mapping

OURS = "grokbot"
HIDDEN = "…"

WITH_FIXED_WORDS = frozenset({"asyncio", "discord", "aiohttp", "alembic", "sqlalchemy", "aiosqlite", "opentelemetry"})
"""Libraries whose events are words of their own, in which arguments name the rest."""

PLAIN_TEXT = (AttributeError, TypeError, NameError, ImportError, RecursionError, NotImplementedError)
"""Mistakes in a program: their texts name parts of it."""

CODES = ("status", "code", "kind", "errno", "sqlite_errorname")
"""Attributes of errors that are no text of anybody's."""

DEEPEST = 8
"""Causes of causes that are followed."""

FIELD = re.compile(r"(\w+)=(%[^\s%]*[a-zA-Z])")


def is_ours(record: logging.LogRecord) -> bool:
    """Whether the event is one of this program's."""
    return record.name == OURS or record.name.startswith(f"{OURS}.")


def message_of(record: logging.LogRecord) -> str:
    """The event on one line."""
    if is_ours(record):
        return _in_a_line(record.getMessage())
    if record.name.partition(".")[0] not in WITH_FIXED_WORDS:
        return HIDDEN
    words = _in_a_line(str(record.msg).partition("\n")[0])
    if not record.args:
        return words
    given = record.args if isinstance(record.args, tuple) else tuple(record.args.values())
    numbers = iter(given)
    return re.sub(r"%(?:\(\w+\))?[^\s%]*?[a-zA-Z]", lambda _: _number(next(numbers, None)), words)


def fields_of(record: logging.LogRecord) -> tuple[str, Mapping[str, object]]:
    """The event's name and its fields, as they were given; all of it as a name if it has no such form."""
    template = str(record.msg)
    names = [found[1] for found in FIELD.finditer(template)]
    arguments = record.args if isinstance(record.args, tuple) else ()
    rest = FIELD.sub("", template).split()
    if not is_ours(record) or len(names) != len(arguments) or len(rest) > 1 or "%" in "".join(rest):
        return message_of(record), {}
    return "".join(rest), {name: _plain(value) for name, value in zip(names, arguments, strict=True)}


def traceback_of(error: BaseException) -> str:
    """An error's way through the program, and its causes, in lines of source and kinds of errors."""
    return "\n".join(_lines(error, DEEPEST))


def _lines(error: BaseException, deep: int) -> Iterator[str]:
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and deep:
        yield from _lines(before, deep - 1)
        yield "After which:"
    yield "Traceback (most recent call last):"
    yield from "".join(traceback.format_list(traceback.extract_tb(error.__traceback__))).splitlines()
    yield _named(error)
    if isinstance(error, BaseExceptionGroup) and deep:
        for each in error.exceptions:
            yield from (f"  | {line}" for line in _lines(each, deep - 1))


def _named(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(error, PLAIN_TEXT):
        return f"{name}: {_in_a_line(str(error))}"
    codes = [f"{code}={_in_a_line(str(value))}" for code in CODES if _is_code(value := getattr(error, code, None))]
    return f"{name}: {' '.join(codes)}" if codes else name


def _is_code(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, str) and re.fullmatch(r"\w{1,40}", value, re.ASCII) is not None)


def _number(value: object) -> str:
    return str(value) if isinstance(value, int | float) else HIDDEN


def _plain(value: object) -> object:
    return value if isinstance(value, int | float) or value is None else str(value)


def _in_a_line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
