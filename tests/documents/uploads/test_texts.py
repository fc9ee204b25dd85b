from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grokbot.documents.uploads import UnreadableError
from grokbot.documents.uploads.texts import (
    XML_BYTES,
    DocumentFormat,
    document_format,
    document_text,
)

from .cases import docx, pdf, zipped

SHEET = (
    "<worksheet><sheetData><row><c t='s'><v>0</v></c><c><v>7</v></c></row>"
    "<row><c t='inlineStr'><is><t>owl</t></is></c><c t='s'><v>9</v></c></row></sheetData></worksheet>"
)
ODT = (
    "<office:document-content xmlns:office='urn:o' xmlns:text='urn:t' xmlns:table='urn:b'><office:body>"
    "<text:h>Owls</text:h><text:p>They <text:span>fly</text:span>.</text:p><table:table><table:table-row>"
    "<table:table-cell><text:p>a</text:p></table:table-cell><table:table-cell><text:p>b</text:p></table:table-cell></table:table-row></table:table>"
    "</office:body></office:document-content>"
)


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.pdf", pdf("Owls fly"), "[page 1]\nOwls fly"),
        ("scan.pdf", pdf(""), ""),
        ("a.docx", docx("Owls", "fly"), "Owls\nfly"),
        (
            "a.xlsx",
            zipped(xl__worksheets__sheet1_xml=SHEET, xl__sharedStrings_xml="<sst><si><t>ears</t></si></sst>"),
            "[sheet 1]\nears\t7\nowl",
        ),
        (
            "a.pptx",
            zipped(
                ppt__slides__slide2_xml="<s><p><t>two</t></p></s>", ppt__slides__slide1_xml="<s><p><t>one</t></p></s>"
            ),
            "[slide 1]\none\n\n[slide 2]\ntwo",
        ),
        ("a.odt", zipped(content_xml=ODT), "Owls\nThey fly.\na\tb"),
    ],
)
def test_the_text_of_a_document_is_read(name: str, data: bytes, text: str) -> None:
    kind = document_format(name, data[:1024])
    assert kind is not None
    assert document_text(kind, data) == text


def test_only_what_looks_like_a_document_is_one() -> None:
    assert document_format("a.docx", b"no zip") is None
    assert document_format("a.zip", b"PK\x03\x04") is None
    assert document_format("a.txt", b"%PDF-1.7") is DocumentFormat.PDF


ENTITIES = (
    "<!DOCTYPE d [<!ENTITY a 'owl'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>]>"
    "<d><p><t>&b;&f;</t></p></d>"
)


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        (DocumentFormat.PDF, b"%PDF-1.7\nnothing", "is broken"),
        (DocumentFormat.DOCX, b"PK\x03\x04nothing", "is broken"),
        (DocumentFormat.DOCX, zipped(other_xml="<a/>"), "is broken"),
        (DocumentFormat.DOCX, zipped(word__document_xml=ENTITIES), "is broken"),
        (DocumentFormat.DOCX, zipped(word__document_xml="<a>" * 100_000), "is broken"),
        (DocumentFormat.ODF, zipped(content_xml=" " * (XML_BYTES + 1)), "unpacks to too much"),
    ],
)
def test_a_document_that_is_broken_or_built_to_do_harm_is_refused(kind: DocumentFormat, data: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        document_text(kind, data)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([pdf("Owls"), docx("Owls")]), st.data())
def test_a_document_with_any_byte_changed_is_read_or_refused(data: bytes, draw: st.DataObject) -> None:
    changed = bytearray(data)
    for _ in range(draw.draw(st.integers(1, 4))):
        changed[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    kind = DocumentFormat.PDF if data.startswith(b"%PDF") else DocumentFormat.DOCX
    with suppress(UnreadableError):
        document_text(kind, bytes(changed))


def test_the_process_may_take_little_and_is_the_first_to_go_where_memory_is_short() -> None:
    code = (
        "import resource; from grokbot.documents.uploads import file_process as this; this.restrict();"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] == this.MEMORY_BYTES, open('/proc/self/oom_score_adj').read())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)  # noqa: S603 -- our own
    assert done.stdout.split() == [b"True", b"1000"]


def test_the_process_tells_text_and_reason_apart_and_nothing_of_the_document_in_errors() -> None:
    command = [sys.executable, "-m", "grokbot.documents.uploads.file_process"]
    for given_, code, out in (
        (b"pdf\n" + pdf("Owls fly"), 0, b"[page 1]\nOwls fly"),
        (
            b"pdf\n" + pdf("Owls fly").replace(b"/Type /Page", b"/secret 1 /secret 2 /Type /Page"),
            0,
            b"[page 1]\nOwls fly",
        ),
        (b"pdf\n%PDF-1.7\nnothing", 2, b"is broken"),
        (b"secret\nsecret", 1, b""),
    ):
        done = subprocess.run(command, input=given_, capture_output=True, check=False, timeout=60)  # noqa: S603 -- our own
        assert (done.returncode, done.stdout) == (code, out)
        assert b"secret" not in done.stderr
