"""Limits on the contents of a request: fields, list values, characters of a text. Pure.

Not here: the size of a message (`server.server` tells the transport), rules about texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.conversation.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor
    from google.protobuf.message import Message

LONGEST_TEXT = 1_000_000
"""Characters. More than any of xAI's models reads at once, and few enough to store and display."""

MOST_VALUES = 10_000
"""Per list. An empty value takes two bytes, so a request of maximum size could hold millions: a minute's
work for the whole bot, and gigabytes."""

MOST_FIELDS = 100_000
"""In all nested messages together. Parsing more would block all other work for long."""

TOO_LONG = "`{name}` is too long: {length:,} characters; at most {most:,} are allowed."
TOO_MANY = "`{name}` is too long: {length:,} values; at most {most:,} are allowed."

TOO_MANY_FIELDS = "The request has too many fields: at most {most:,} are allowed."
_VARINT, _LONG, _SIZED, _SHORT = 0, 1, 2, 5
"""Wire types: the low bits of a field's tag."""
_LONGEST_VARINT = 10


def check_fields(request: bytes, of: Descriptor) -> None:
    """Count the fields of an unparsed message. A malformed one is left to the parser.

    Raises:
        UserError: There are more than MOST_FIELDS.
    """
    try:
        for number, _ in enumerate(_fields(request, 0, len(request), of), 1):
            if number > MOST_FIELDS:
                raise UserError(TOO_MANY_FIELDS.format(most=MOST_FIELDS))
    except (IndexError, RecursionError):  # truncated, or nested deeper than any message
        pass


def _fields(request: bytes, at: int, end: int, of: Descriptor) -> Iterator[None]:
    while at < end:
        tag, at = _varint(request, at)
        yield
        kind = tag & 7
        if kind == _VARINT:
            _, at = _varint(request, at)
        elif kind == _SIZED:
            size, at = _varint(request, at)
            field = of.fields_by_number.get(tag >> 3)
            if field is not None and field.message_type is not None:
                yield from _fields(request, at, min(at + size, end), field.message_type)
            at += size
        else:
            at += {_LONG: 8, _SHORT: 4}.get(kind, 0)


def _varint(request: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n, byte in enumerate(request[at : at + _LONGEST_VARINT]):
        value |= (byte & 0x7F) << 7 * n
        if byte < 0x80:  # noqa: PLR2004 - the others say that one more follows
            return value, at + n + 1
    raise IndexError


def check_texts(message: Message) -> None:
    """Check every text and every list of a message and its nested messages.

    Raises:
        UserError: A text is longer than LONGEST_TEXT, or a list than MOST_VALUES.
    """
    for field, value in message.ListFields():
        if field.is_repeated and len(value) > MOST_VALUES:
            raise UserError(TOO_MANY.format(name=field.name, length=len(value), most=MOST_VALUES))
        if field.message_type is not None:
            for each in value if field.is_repeated else (value,):
                check_texts(each)
        elif isinstance(value, str) and len(value) > LONGEST_TEXT:
            raise UserError(TOO_LONG.format(name=field.name, length=len(value), most=LONGEST_TEXT))
