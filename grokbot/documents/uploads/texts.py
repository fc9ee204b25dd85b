"""The text of PDF and office documents. May take long: it runs in a process of its own (`file_process`).

Office documents are zipped XML; only what people see of it is read, in bounds. Not here: text files
(`file_text`).
"""

from __future__ import annotations

import re
import zlib
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET
from zipfile import BadZipFile, ZipFile

from grokbot.documents.uploads import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS = 4 * 1024**2
"""Of a document's text; the rest is left out."""
MOST_PAGES = 2_000
XML_BYTES = 16 * 1024**2
"""Of all parts of an office document together, unpacked."""
SHEET_CELLS = 200_000


class DocumentFormat(StrEnum):
    """Documents whose text can be read, by what they are called."""

    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    ODF = "odf"


_ENDINGS = {
    "docx": DocumentFormat.DOCX, "docm": DocumentFormat.DOCX, "dotx": DocumentFormat.DOCX,
    "xlsx": DocumentFormat.XLSX, "xlsm": DocumentFormat.XLSX,
    "pptx": DocumentFormat.PPTX, "pptm": DocumentFormat.PPTX, "ppsx": DocumentFormat.PPTX,
    "odt": DocumentFormat.ODF, "ods": DocumentFormat.ODF, "odp": DocumentFormat.ODF,
}  # fmt: skip


def document_format(name: str, head: bytes) -> DocumentFormat | None:
    """The kind of a document, by its first bytes and its name; None: no document that can be read.

    Args:
        name: Its file name.
        head: How it begins.
    """
    if b"%PDF-" in head[:1024]:
        return DocumentFormat.PDF
    return _ENDINGS.get(name.rpartition(".")[2].lower()) if head.startswith(b"PK\x03\x04") else None


def document_text(kind: DocumentFormat, data: bytes) -> str:
    """The text of a document, page by page or sheet by sheet; "" if it has none, such as a scan.

    Raises:
        UnreadableError: It is broken, encrypted, or unpacks to too much.
    """
    try:
        text = "".join(_bounded(_pdf(data) if kind is DocumentFormat.PDF else _office(kind, data)))
    except UnreadableError:
        raise
    except (RecursionError, MemoryError):
        raise UnreadableError("is too complicated") from None
    except Exception as error:  # any of a library's, for any bytes
        raise UnreadableError("is broken") from error
    return re.sub(r"\n{3,}", "\n\n", text.replace("\0", "")).strip()


def _bounded(pieces: Iterator[str]) -> Iterator[str]:
    left = MOST_CHARACTERS
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _pdf(data: bytes) -> Iterator[str]:
    from pypdf import PdfReader  # noqa: PLC0415 -- only the process that reads needs it

    reader = PdfReader(BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise UnreadableError("is protected by a password")
    for number, page in enumerate(reader.pages, 1):
        if number > MOST_PAGES:
            return
        if text := page.extract_text().strip():
            yield f"[page {number}]\n{text}\n\n"


def _office(kind: DocumentFormat, data: bytes) -> Iterator[str]:
    try:
        with ZipFile(BytesIO(data)) as parts:
            if sum(each.file_size for each in parts.infolist() if each.filename.endswith(".xml")) > XML_BYTES:
                raise UnreadableError("unpacks to too much")
            match kind:
                case DocumentFormat.DOCX:
                    yield from _paragraphs(_tree(parts, "word/document.xml"), "p", "t")
                case DocumentFormat.XLSX:
                    yield from _sheets(parts)
                case DocumentFormat.PPTX:
                    yield from _slides(parts)
                case _:
                    yield from _open_document(_tree(parts, "content.xml"))
    except (BadZipFile, KeyError, ET.ParseError, zlib.error, NotImplementedError, RuntimeError) as error:
        raise UnreadableError("is broken") from error


def _tree(parts: ZipFile, name: str) -> ET.Element:
    """One part, parsed. The stated size may be wrong, and no document of these kinds declares entities."""
    with parts.open(name) as file:
        content = file.read(XML_BYTES + 1)
    if len(content) > XML_BYTES:
        raise UnreadableError("unpacks to too much")
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableError("is broken")
    return ET.fromstring(content)  # noqa: S314 -- without entities there is nothing to expand


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _paragraphs(tree: ET.Element, paragraph: str, run: str) -> Iterator[str]:
    """The text of paragraphs, a line each; tabs and breaks inside them count."""
    for element in tree.iter():
        if _local(element) == paragraph:
            pieces = (
                inner.text or "" if _local(inner) == run else {"tab": "\t", "br": "\n"}.get(_local(inner), "")
                for inner in element.iter()
            )
            yield "".join(pieces) + "\n"


def _numbered(parts: ZipFile, pattern: str) -> Iterator[tuple[int, str]]:
    found = ((re.fullmatch(pattern, name), name) for name in parts.namelist())
    yield from sorted((int(match[1]), name) for match, name in found if match is not None)


def _slides(parts: ZipFile) -> Iterator[str]:
    for number, name in _numbered(parts, r"ppt/slides/slide(\d{1,4})\.xml"):
        yield f"[slide {number}]\n"
        yield from _paragraphs(_tree(parts, name), "p", "t")
        yield "\n"


def _sheets(parts: ZipFile) -> Iterator[str]:
    """The cells of each sheet, as lines with tabs."""
    shared = []
    if "xl/sharedStrings.xml" in parts.namelist():
        strings = _tree(parts, "xl/sharedStrings.xml")
        shared = ["".join(t.text or "" for t in item.iter() if _local(t) == "t") for item in strings]
    left = SHEET_CELLS
    for number, name in _numbered(parts, r"xl/worksheets/sheet(\d{1,4})\.xml"):
        yield f"[sheet {number}]\n"
        for row in (element for element in _tree(parts, name).iter() if _local(element) == "row"):
            cells = [_cell(cell, shared) for cell in row]
            left -= len(cells)
            if left < 0:
                return
            yield "\t".join(cells).rstrip("\t") + "\n"
        yield "\n"


def _cell(cell: ET.Element, shared: list[str]) -> str:
    kind = cell.get("t")
    if kind == "inlineStr":
        return "".join(t.text or "" for t in cell.iter() if _local(t) == "t")
    value = next((each.text or "" for each in cell if _local(each) == "v"), "")
    if kind == "s":
        return shared[int(value)] if value.isdigit() and int(value) < len(shared) else ""
    return value


def _open_document(tree: ET.Element) -> Iterator[str]:
    """Paragraphs, headings and table rows of OpenDocument, in reading order."""
    for element in tree.iter():
        name = _local(element)
        if name == "table-row":
            yield "\t".join("".join(cell.itertext()).strip() for cell in element).rstrip("\t") + "\n"
        elif name in ("p", "h") and not element.get("_in_table"):
            yield "".join(element.itertext()) + "\n"
        if name == "table-cell":
            for inner in element.iter():
                inner.set("_in_table", "1")
