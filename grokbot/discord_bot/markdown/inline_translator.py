r"""Translates the text of a line: images, references, footnotes, HTML, entities and formulas.

Inline code and escaped characters stay as they are. Not here: the kind of line (`line_translator`), the formula itself
(`latex`).
"""

import re
import sys
import unicodedata
from html.entities import html5

from grokbot.conversation.text import safe_address
from grokbot.conversation.text.citations import MARKER, Numbering
from grokbot.discord_bot.markdown import latex
from grokbot.discord_bot.markdown.tables import Cell

LONGEST_UNREAD = 1500
"""The most characters that wait for the end of a link, formula or tag."""
_LABEL = r"(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,200}+\]){0,500}+"
_ADDRESS = r"(?:<[^<>\n]{0,500}>|(?:[^()\s<]|\([^()\s]{0,200}\)){0,500})"
_TITLE = r"(?:[ \t]+(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'))?"
_PAIRED = "b|strong|i|em|u|ins|s|del|strike|code|kbd|samp|tt|sub|sup|mark|small|span|a|summary"
_SINGLE = "br|wbr|hr|p|div|details|center|img"
_WHOLE = re.compile(
    rf"""
    (?P<formula> \\\( (?P<round> (?:(?!\\\)).){{1,400}} ) \\\)
               | \\\[ (?P<square> (?:(?!\\\]).){{1,400}} ) \\\]
               | \$\$ (?P<double> [^$\n]{{1,400}} ) \$\$
               | \$ (?P<single> (?![\s$]) [^$\n]{{0,200}} (?<![\s\\]) ) \$ (?![\w$]) )
    | (?P<money> \w\$+ | \${{3,}} )
    | (?P<bangs> !{{2,}} )
    | (?P<bars> \|{{2,}} )
    | (?P<escape> \\[!-/:-@\[-`{{-~] )
    | (?P<code> `+ )
    | (?P<autolink> <(?:https?|mailto):[^\s<>]{{1,500}}> | https?://[^\s<>()]{{1,500}} )
    | (?P<badge> \[!\[(?P<badge_alt>[^\[\]\n]{{0,300}})\]\({_ADDRESS}{_TITLE}\)\]
                 \((?P<badge_to>{_ADDRESS}{_TITLE})\) )
    | (?P<image> !\[(?P<alt>{_LABEL})\]\((?P<source>{_ADDRESS}){_TITLE}\) )
    | (?P<link> \[(?P<shown>{_LABEL})\]\((?P<to>{_ADDRESS}){_TITLE}\) )
    | (?P<footnote> \[\^(?P<note>[^\[\]\s]{{1,60}})\] )
    | (?P<reference> !?\[(?P<words>[^\[\]\n]{{1,200}})\](?:\[(?P<key>[^\[\]\n]{{0,100}})\])? )
    | (?P<pair> <(?P<name>{_PAIRED})(?P<attributes>\s[^<>\n]{{0,300}})?>(?P<inside>.{{0,400}}?)</(?P=name)\s*> )
    | (?P<tag> </?(?P<alone>{_SINGLE})(?P<set>\s[^<>\n]{{0,300}})?/?> )
    | (?P<entity> &(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z][A-Za-z0-9]{{1,30}}); )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ARRIVING = re.compile(
    rf"""
    (?: \\(?: \( (?:(?!\\\)).){{0,401}} | \[ (?:(?!\\\]).){{0,401}} )?
      | \${{1,2}} [^$\n]{{0,401}} \$?
      | `+
      | \|+ | <br[^<>\n]{{0,20}}>[ \t]{{0,3}}[-\#>]{{0,3}}
      | !+ | \w\$* | https?:?/{{0,2}} | htt?
      | <(?:https?|mailto):[^\s<>]{{0,500}} | https?:[^\s<>()]{{0,500}}
      | !?\[ {_LABEL} (?: \[[^\[\]\n]{{0,200}} )?
              (?: \] (?: \( (?: [^()\n] | \([^()\s]{{0,200}}+\)?+ ){{0,800}}+
                     | \[ [^\[\]\n]{{0,100}} \]? )? )?
      | \[!\[ [^\[\]\n]{{0,300}} (?: \]\( [^\n)]{{0,500}} (?: \) (?: \] (?: \( [^\n)]{{0,500}} )? )? )? )?
      | <(?: [A-Za-z]{{0,8}}
           | (?:{_PAIRED}) (?:\s[^<>\n]{{0,300}})? (?: > .{{0,410}} )?
           | /?(?:{_SINGLE}) (?:\s[^<>\n]{{0,300}})? /? )
      | &[\#A-Za-z0-9]{{0,31}};?  # what an ampersand becomes depends on what follows it
    )\Z
    """,
    re.VERBOSE | re.IGNORECASE,
)
_TICKS = re.compile("`+")
_MARKS = {"b": "**", "strong": "**", "summary": "**", "mark": "**", "i": "*", "em": "*", "u": "__", "ins": "__"}
_MARKS |= dict.fromkeys(("s", "del", "strike"), "~~") | dict.fromkeys(("code", "kbd", "samp", "tt"), "`")
_MEANT = re.compile(r"[\\*_~|`<>\[\]]")
_HREF = re.compile(r"""\b(?:href|src)\s*=\s*["']?([^\s"'<>]+)""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_SURE = re.compile(r"\\[A-Za-z]|[\^_]|\A[A-Za-z]\w?\Z|\A[A-Za-z][^ ]* ?[=<>]")
_DEFINITIONS = 500
_SPACES = " \t\r"
_BEFORE_BARS = re.compile(r"[\w)\]]")
_AFTER_BARS = re.compile(r"\w")
_LINE_MARKS = re.compile(r"[ \t]*(?:-#|>>>|\#{1,3}[ \t])")
_ADDRESS_LIKE = re.compile(
    r"(?:https?://|www\.)\S+|[\w-]{1,63}(?:\.[\w-]{1,63}){0,9}\.[a-z]{2,24}(?::\d{1,5})?(?:/\S*)?"
)
_APART = "\u2009"
"""Keeps a citation's number from running into the number before it."""
_CITED = re.compile(r"\[[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+\]\(<https?://[^<>\s]+>\)")
_LOOK_ALIKES = str.maketrans({"\u2044": "/", "\u2215": "/", "\u29f8": "/", "\u3002": ".", "\u2024": ".", "\ua789": ":"})
_FILES = frozenset(
    "md py rs sh js ts jsx tsx cs rb go pl cc so json yaml yml toml txt html css cpp java php sql xml".split()  # noqa: SIM905 - easier to read
)
"""Extensions that are more often of files than of hosts."""


class InlineTranslator:
    """Translates the lines of one text in turn. It remembers open inline code and link definitions."""

    def __init__(
        self, numbering: Numbering | None = None, code: str = "", addresses: dict[str, str] | None = None
    ) -> None:
        self._numbering = numbering or Numbering()
        self._code = code
        self._addresses = addresses or {}

    def fork(self) -> "InlineTranslator":
        """A copy."""
        return InlineTranslator(self._numbering, self._code, dict(self._addresses))

    @property
    def in_code(self) -> bool:
        """Whether inline code is open."""
        return bool(self._code)

    def new_paragraph(self) -> None:
        """Inline code ends with its paragraph."""
        self._code = ""

    def define(self, key: str, address: str) -> None:
        """Remembers a link definition; the first one counts, as in CommonMark."""
        if len(self._addresses) < _DEFINITIONS:
            self._addresses.setdefault(_key(key), address)

    def whole(self, line: str, container: str = "") -> str:
        """Translates a whole line. `container` is the prefix of lines that `<br>` begins."""
        return self.arrived(line, container, ended=True)[0]

    def arrived(self, text: str, container: str, *, ended: bool, before: str = "") -> tuple[str, int]:
        """Translates the certain part of a line's start; also returns how many characters that is.

        Args:
            text: What has arrived.
            container: Prefix of lines that `<br>` begins.
            ended: Whether the line is whole.
            before: The character before the text in its line.
        """
        pieces: list[str] = []
        position = 0
        waiting = None if ended else self._waiting(text, 0)
        while position < len(text):
            if self._code:
                end = self._code_end(text, position, ended=ended)
                pieces.append(text[position:end])
                if end == position or self._code:
                    return "".join(pieces), end
                position = end
                continue
            if waiting is not None and waiting < position:
                waiting = self._waiting(text, position)
            found = _WHOLE.search(text, position)
            if waiting is not None and (found is None or waiting <= found.start()):
                return "".join([*pieces, text[position:waiting]]), waiting
            if found is None:
                pieces.append(text[position:])
                break
            pieces.append(text[position : found.start()])
            if found["bars"]:
                pieces.append(_bars(found, before))
            else:
                pieces.append(self._cited(found, before) or self._translated(found, container))
            position = found.end()
        done = "".join(pieces)
        return (_without_lone_backslash(done) if ended and not self._code else done), len(text)

    def _waiting(self, text: str, position: int) -> int | None:
        found = _ARRIVING.search(text, max(position, len(text) - LONGEST_UNREAD))
        return found.start() if found else None

    def _code_end(self, text: str, position: int, *, ended: bool) -> int:
        for run in _TICKS.finditer(text, position):
            if run.end() == len(text) and not ended:
                return run.start()
            if run.group() == self._code:
                self._code = ""
                return run.end()
        return len(text)

    def _translated(self, found: re.Match[str], container: str) -> str:  # noqa: PLR0911  # one for each group of _WHOLE
        whole = found.group()
        if found["code"]:
            self._code = whole
            return whole
        if found["formula"]:
            source = found["round"] or found["square"] or found["double"] or found["single"]
            return formula(source, whole, marks=whole[: whole.index(source)])
        if found["badge"]:
            return link(found["badge_alt"] or "image", found["badge_to"])
        if found["image"]:
            return link(found["alt"] or "image", found["source"]) if found["source"] else whole
        if found["link"]:
            return link(found["shown"], found["to"], whole)
        if found["footnote"]:
            return note_mark(found["note"])
        if found["reference"]:
            return self._reference(found)
        if found["pair"]:
            return self._pair(found, container)
        if found["tag"]:
            return _tag(found, container)
        return _entity(whole, found.string[found.end() :]) if found["entity"] else whole

    def _cited(self, found: re.Match[str], before: str) -> str:
        """A citation as a small number that leads to its source, without a preview; empty if this is none."""
        whole = found.group()
        exclaimed = "!" if found["image"] else ""  # an exclamation mark before a citation makes no image of it
        cited = MARKER.fullmatch(whole, len(exclaimed)) if found["image"] or found["link"] else None
        number = cited and self._numbering.number(cited["url"])
        if cited is None or number is None:
            return ""
        last = exclaimed or found.string[found.start() - 1 : found.start()] or before
        apart = _APART if last == ")" or last.isdigit() else ""
        return f"{exclaimed}{apart}[{latex.raised(str(number))}](<{safe_address(cited['url'])}>)"

    def _reference(self, found: re.Match[str]) -> str:
        address = self._addresses.get(_key(found["key"] or found["words"]))
        return link(found["words"], address) if address else found.group()

    def _pair(self, found: re.Match[str], container: str) -> str:
        name, inside = found["name"].lower(), found["inside"]
        mark = _MARKS.get(name, "")
        if mark == "`":
            return f"`{inside}`" if inside.strip() and "`" not in inside else found.group()
        own = self.fork().whole(inside, container)
        if name == "a":
            to = _HREF.search(found["attributes"] or "")
            return link(own, to[1]) if to and own.strip() else own
        if name == "sup":
            return latex.raised(own) or (own and f"^({own})")
        if name == "sub":
            return latex.lowered(own) or (own and f"\\_({own})")
        tight = own.strip()
        return own.replace(tight, f"{mark}{tight}{mark}") if mark and tight else own


def _bars(found: re.Match[str], before: str) -> str:
    """Escapes two bars between or within words, as in programs and formulas: they mark no spoiler."""
    text, start, end = found.string, found.start(), found.end()
    left, right = text[start - 1] if start else before, text[end : end + 1]
    apart = left in _SPACES and (not right or right in _SPACES)
    within = _BEFORE_BARS.match(left) and _AFTER_BARS.match(right)
    return r"\|\|" if found.group() == "||" and left and (apart or within) else found.group()


def link(words: str, address: str, written: str | None = None) -> str:
    """A link whose words do not pretend to be another address. Discord shows the brackets if the words are an address.

    Args:
        words: What is shown.
        address: Where it leads, perhaps with a title.
        written: The link as it was written, used if it may stay.
    """
    shown = _plain_address(words)
    target = address.strip().removeprefix("<").removesuffix(">").partition(" ")[0]
    if not _ADDRESS_LIKE.fullmatch(shown):
        return written or f"[{words}]({address})"
    has_scheme = "://" in shown
    bare = shown.rpartition("://")[2].rstrip("/").removeprefix("www.")
    meant = target.lower().rpartition("://")[2].rstrip("/").removeprefix("www.")
    if bare == meant:
        return target if has_scheme else (written or f"[{words}]({address})")
    if not has_scheme and (bare.rpartition(".")[2] in _FILES or meant.endswith(f"/{bare}")):
        return written or f"[{words}]({address})"
    return f"{words} ({target})"


def _plain_address(words: str) -> str:
    """The words as people see them: without marks, with look-alikes of letters, slash and full stop replaced."""
    looks = unicodedata.normalize("NFKC", words.replace("\\", "")).translate(_LOOK_ALIKES)
    return "".join(c for c in looks if unicodedata.category(c) != "Cf").strip("*_~`|<> ").lower()


def formula(source: str, whole: str, marks: str) -> str:
    """A formula in a line: plain text, or inline code if some LaTeX is left.

    A dollar is more often money, and an escaped bracket a bracket: those need clearer signs of a formula.

    Args:
        source: The formula.
        whole: The formula with its marks, returned if it is none.
        marks: The opening marks.
    """
    if not latex.looks_like_maths(source) or (marks == "\\[" and not latex.has_signs(source)):
        return whole
    if marks == "$" and not _SURE.search(source):
        return whole
    read = latex.in_unicode(source)
    text = "; ".join(read.text.split("\n"))
    if not text.strip() or (not read.certain and "`" in text):
        return whole
    if not read.certain:
        return f"`{text}`"
    escaped = _MEANT.sub(r"\\\g<0>", text)
    return f"\\{escaped}" if escaped[0] in "#+-" else escaped


def note_mark(label: str) -> str:
    """A footnote's mark: a raised number, other labels in brackets."""
    return (latex.raised(label) if label.isdecimal() and label.isascii() else None) or f"[{label}]"


_MARK_IN_CELL = re.compile(
    r"""
    (?P<ticks>`+)(?P<code>.{1,300}?)(?<!`)(?P=ticks)(?!`)
    | \\(?P<escaped>[!-/:-@\[-`{-~])
    | \[(?P<words>(?:[^\[\]\\]|\\.|\[[^\[\]]*\]){0,300}+)\]
      \(<?(?P<address>[^()\s<>]*(?:\([^()\s]*\)[^()\s<>]*)?)>?(?:\s[^()]*)?\)
    | (?P<mark>\*{1,3}|~~|\|\||(?<!\w)_{1,3})(?=\S)(?P<inside>.{1,300}?)(?<=\S)(?P=mark)(?!\w(?<=_.))
    """,
    re.VERBOSE,
)


def cell(source: str, reader: InlineTranslator) -> Cell:
    """Translates a table's cell for both layouts."""
    rich = reader.fork().whole(re.sub(r"<br\s*/?>", " / ", source, flags=re.IGNORECASE))
    notes: list[str] = []
    return Cell(" ".join(_plain(rich, notes).split()), rich, tuple(notes))


def _plain(rich: str, notes: list[str]) -> str:
    """The words alone. The links of citations, which a code block cannot have, are added to `notes`."""

    def bare(found: re.Match[str]) -> str:
        if found["code"] is not None:
            return found["code"].strip()
        if found["escaped"] is not None:
            return found["escaped"]
        if found["words"] is not None:
            words = _plain(found["words"], notes)
            if _CITED.fullmatch(found.group()):
                notes.append(found.group())
                return f" [{unicodedata.normalize('NFKC', words)}]"  # a raised 3 after mm would be a cube here
            return f"{words} ({found['address']})" if found["address"] and words != found["address"] else words
        return _plain(found["inside"], notes)

    return _MARK_IN_CELL.sub(bare, rich)


def without_bold(text: str) -> str:
    """The text without marks of bold, to be made bold as a whole; inline code stays."""
    return re.sub(r"(`+).*?\1|(\\.)|\*\*|__", lambda found: found.group() if found[1] or found[2] else "", text)


def _tag(found: re.Match[str], container: str) -> str:
    name = found["alone"].lower()
    if name == "br":
        marks = _LINE_MARKS.match(found.string, found.end())
        return "\n" + container + ("\\" if marks else "")
    if name == "hr":
        return "─" * 3
    if name == "img":
        to, alt = _HREF.search(found["set"] or ""), _ALT.search(found["set"] or "")
        return link((alt and (alt[1] or alt[2])) or "image", to[1]) if to else found.group()
    return ""


def _entity(whole: str, after: str) -> str:
    """The entity's character, escaped if Discord would read it as a mark; unknown entities stay."""
    name = whole[1:-1]
    if name.startswith("#"):
        number = int(f"0{name[1:]}", 16) if name[1] in "xX" else int(name[1:])
        character = chr(number) if 0 < number <= sys.maxunicode else ""
    else:
        character = html5.get(name + ";", "")
    if not character or not (character.isprintable() or character == "\xa0"):
        return whole
    if character == "&" and re.match(r"[#A-Za-z]", after):
        return whole
    return (
        f"\\{character}" if re.match(r"[!-/:-@\[-`{-~]", character) and character not in "&'\",.;:%/?=" else character
    )


def _without_lone_backslash(line: str) -> str:
    """Drops the backslash of a hard line break; an escaped one stays."""
    backslashes = len(line) - len(line.rstrip("\\"))
    return line[:-1] if backslashes % 2 else line


def _key(key: str) -> str:
    return " ".join(key.casefold().split())
