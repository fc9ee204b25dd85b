"""Messages put together and taken apart by hand, byte by byte, after protobuf's own description of its encoding.

Nothing here knows our generated code: it is the witness against it. Not here: what is encoded.
"""

from __future__ import annotations

import struct
from typing import TypeAlias

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5

Field: TypeAlias = tuple[int, int | bytes]


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1  # negative numbers take ten bytes
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*encoded, value))


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """Fields in the order given: numbers and switches as varints, texts and messages with their length before them."""
    encoded = b""
    for number, value in fields:
        if isinstance(value, int):
            encoded += varint(number << 3 | VARINT) + varint(value)
        else:
            content = value.encode() if isinstance(value, str) else value
            encoded += varint(number << 3 | LENGTH) + varint(len(content)) + content
    return encoded


def float32(number: int, value: float) -> bytes:
    return varint(number << 3 | FIXED32) + struct.pack("<f", value)


def fields(encoded: bytes) -> list[Field]:
    """What a message consists of, in its order; nothing is left out."""
    found: list[Field] = []
    at = 0
    while at < len(encoded):
        tag, at = _varint(encoded, at)
        match tag & 7:
            case 0:
                value, at = _varint(encoded, at)
                found.append((tag >> 3, value))
            case 2:
                length, at = _varint(encoded, at)
                found.append((tag >> 3, encoded[at : at + length]))
                at += length
            case other:
                size = {FIXED64: 8, FIXED32: 4}[other]
                found.append((tag >> 3, encoded[at : at + size]))
                at += size
    assert at == len(encoded)
    return found


def _varint(encoded: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = encoded[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def one(encoded: bytes, number: int) -> int | bytes | None:
    """The last value of a field, which is the one that counts; None where it is not there."""
    return next((value for found, value in reversed(fields(encoded)) if found == number), None)


def text(encoded: bytes, number: int) -> str:
    """A text, "" where it is not there."""
    value = one(encoded, number)
    return value.decode() if isinstance(value, bytes) else ""


def switch(encoded: bytes, number: int) -> bool:
    """False where it is not there."""
    return bool(one(encoded, number))


def part(encoded: bytes, number: int) -> bytes:
    """A message in a message, which must be there."""
    value = one(encoded, number)
    assert isinstance(value, bytes), f"field {number} is not there"
    return value


def parts(encoded: bytes, number: int) -> list[bytes]:
    """All of a repeated message."""
    return [value for found, value in fields(encoded) if found == number and isinstance(value, bytes)]
