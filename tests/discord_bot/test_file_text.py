"""Text files are told from others by their bytes, and read in the charset that they are in."""

from __future__ import annotations

import codecs
import gzip
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.documents.uploads.file_text import HEAD, may_be_text, text_of

GERMAN = "Prüfung der Größe: 5 € für „Äpfel“\n" * 3
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x01\x00" + bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (GERMAN.encode(), None),
        (GERMAN.encode(), "application/octet-stream"),
        (GERMAN.encode(), "video/mp2t"),  # TypeScript, by its ending
        (GERMAN.encode("utf-8-sig"), "text/plain"),
        (GERMAN.encode("utf-16"), "text/plain; charset=utf-16"),
        (GERMAN.encode("utf-16-le"), "text/plain; charset=utf-16"),
        (GERMAN.encode("utf-16-be"), "text/plain; charset=utf-16"),
        (GERMAN.encode("utf-16-be"), "text/plain; charset=UTF-16BE"),
        (GERMAN.encode("utf-16-le"), "text/plain; charset=utf-8"),
        (codecs.BOM_UTF16_BE + GERMAN.encode("utf-16-be"), "text/plain; charset=utf-8"),
        (GERMAN.encode("utf-16-le"), None),
        (GERMAN.encode("utf-32"), "text/plain"),
        (GERMAN.encode("utf-32-le"), None),
        (GERMAN.encode("utf-32-be"), 'text/plain; charset="utf-32"'),
        (GERMAN.encode("cp1252"), None),
        (GERMAN.encode("cp1252"), "text/plain; charset=windows-1252"),
        (GERMAN.encode("cp1252"), "text/plain; charset=utf-8"),
        (GERMAN.encode("cp1252"), "text/plain; charset=nonsense"),
        (GERMAN.encode("mac-roman"), "text/csv; charset=macintosh"),
    ],
)
def test_the_charset_is_found(data: bytes, content_type: str | None) -> None:
    assert text_of(data, content_type) == GERMAN
    assert may_be_text(data[:HEAD], content_type)


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("漢字かな交じり文\n" * 9, "shift_jis"),
        ("Проверка\n", "koi8-r"),
        ("Проверка", "windows-1251"),
        ("漢字、\n" * 4, "utf-16-be"),
    ],
)
def test_a_charset_that_is_named_is_respected(text: str, charset: str) -> None:
    named = charset.removesuffix("-be")
    assert text_of(text.encode(charset), f"text/plain; charset={named}") == text


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        gzip.compress(GERMAN.encode(), mtime=0),
        b"text and then \x00 nothing",
        b"\x7fELF\x02\x01\x01" + bytes(64),
        bytes(8),
    ],
)
@pytest.mark.parametrize("content_type", [None, "application/octet-stream", "image/png", "text/plain; charset=utf-8"])
def test_what_is_no_text_is_none_whatever_it_is_called(data: bytes, content_type: str | None) -> None:
    if content_type is not None and content_type.startswith("text/") and b"\x00" not in data:
        return
    assert text_of(data, content_type) is None


def test_random_bytes_are_no_text() -> None:
    chance = random.Random(1)
    assert not any(may_be_text(chance.randbytes(HEAD), None) for _ in range(200))


def test_line_breaks_are_as_here_and_a_terminals_colours_are_no_reason() -> None:
    assert text_of(b"a\r\nb\rc\n", None) == "a\nb\nc\n"
    assert text_of(b"\x1b[31mred\x1b[0m\n", None) == "\x1b[31mred\x1b[0m\n"
    assert text_of(b"", None) == ""


@pytest.mark.parametrize(
    "codec", ["unicode_escape", "punycode", "idna", "utf-7", "rot13", "base64", "zlib", "hex", "undefined"]
)
def test_a_codec_that_is_no_charset_is_not_used(codec: str) -> None:
    assert text_of(b"\\x41 +AGE-", f"text/plain; charset={codec}") == "\\x41 +AGE-"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.none() | st.text(max_size=40))
def test_nothing_that_is_attached_breaks_it(data: bytes, content_type: str | None) -> None:
    text = text_of(data, content_type)
    assert text is None or "\x00" not in text


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1), st.sampled_from(["utf-8", "utf-16", "utf-32"])
)
def test_a_head_that_ends_within_a_character_is_text_all_the_same(text: str, charset: str) -> None:
    data = ((text + "öäü€") * HEAD).encode(charset)
    assert may_be_text(data[:HEAD], "text/plain")
