"""Builds the site of these pages: `python docs/build_site.py [FOLDER]`, by default into .site/html.

The README is its start; from there, and from the navigation in mkdocs.yml, every page that a link leads to is in it. A
file or folder of the repository that a page links to becomes a page too, so the site needs no other address. Fails
where a link or an anchor leads nowhere, where something would be fetched from elsewhere, and where Markdown did not
become HTML. Not here: the looks and the navigation (mkdocs.yml).
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[1]
START = "README.md"
FETCHED_WORKER = "https://unpkg.com/iframe-worker/shim"
PICTURES = {".svg", ".png", ".jpg", ".gif", ".webp"}

DOCSTRINGS = re.compile(r"^<!-- docstrings of ([\w.]+) -->$", re.MULTILINE)
"""On GitHub a comment, on the site a reference."""
FENCED = re.compile(r"^( *)(```+|~~~+).*?^\1\2$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()(?!\w+:|#)([^()\s#]+)")
LANGUAGES = {".py": "python", ".toml": "toml", ".proto": "protobuf", ".service": "ini", ".yaml": "yaml", ".yml": "yaml"}
SOURCES = {"src", "href", "data", "poster", "srcset"}


def main(arguments: Sequence[str]) -> int:
    """Builds and checks; the exit code is 1 where something is wrong."""
    work = Path(arguments[0] if arguments else ROOT / ".site").resolve()
    built = build(work)
    if built:
        return built
    found = list(faults(work / "html"))
    for fault in found:
        sys.stderr.write(f"{fault}\n")
    sys.stdout.write(f"{work / 'html' / 'index.html'}: {'built' if not found else f'{len(found)} faults'}\n")
    return 1 if found else 0


def build(work: Path) -> int:
    """Gathers the pages and lets zensical make HTML of them; gives its exit code."""
    shutil.rmtree(work, ignore_errors=True)
    gather(work / "pages")
    shutil.copy(ROOT / "mkdocs.yml", work)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(work / "mkdocs.yml")]
    done = subprocess.run(command, cwd=work, check=False, capture_output=True, text=True)  # noqa: S603 - fixed words
    if done.returncode:
        sys.stderr.write(f"{done.stdout}\n{done.stderr.strip().rpartition(chr(10))[2]}\n")  # no traceback
        return done.returncode
    own_frame_worker(work / "html")
    return 0


def own_frame_worker(html: Path) -> None:
    """Puts our script in the place of the one that zensical's offline search would fetch from elsewhere."""
    shutil.copy(ROOT / "docs" / "frame_worker.js", html / "assets" / "javascripts")
    for file in html.rglob("*.html"):
        way = relative(file.relative_to(html), Path("assets", "javascripts", "frame_worker.js"))
        file.write_text(file.read_text("utf-8").replace(FETCHED_WORKER, way), "utf-8")


def gather(pages: Path) -> None:
    """Writes everything that can be reached from the start and the navigation, as the repository lays it out."""
    navigation = re.findall(r"^ *- .*: (\S+\.md)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.MULTILINE)
    todo = [ROOT / name for name in (START, *navigation)]
    seen = set(todo)
    while todo:
        source = todo.pop()
        text, linked = page(source)
        target = pages / address(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            shutil.copy(source, target)
        else:
            target.write_text(text, "utf-8")
        todo += [each for each in linked if each not in seen]
        seen.update(linked)


def page(source: Path) -> tuple[str | None, Sequence[Path]]:
    """The Markdown of a page, or None for a file that is copied; and where in the repository it leads."""
    if source.suffix in PICTURES:
        return None, ()
    if source.is_dir():
        return listing(source), ()
    if source.suffix != ".md":
        return code(source), ()
    text = DOCSTRINGS.sub(r"\n::: \1\n", source.read_text("utf-8"))
    kept = [match.span() for match in FENCED.finditer(text)]
    linked: list[Path] = []

    def local(match: re.Match[str]) -> str:
        target = (source.parent / match[1]).resolve()
        if any(begin <= match.start() < end for begin, end in kept) or not target.is_relative_to(ROOT):
            return match[0]
        if not target.exists():
            raise FileNotFoundError(f"{source.relative_to(ROOT)}: {match[1]}")
        if target.is_dir() and (target / START).exists():
            target /= START
        linked.append(target)
        return relative(address(source), address(target))

    return LINK.sub(local, text), linked


def address(source: Path) -> Path:
    """Where a file or folder of the repository stands among the pages; zensical leaves out what begins with a dot."""
    inside = Path(*(part.lstrip(".") for part in source.relative_to(ROOT).parts))
    if source.is_dir():
        return inside / "index.md"
    return inside if source.suffix in {".md", *PICTURES} else inside.with_name(f"{inside.name}.md")


def relative(here: Path, there: Path) -> str:
    """The link from one page to another."""
    return "../" * len(here.parent.parts) + there.as_posix()


def code(source: Path) -> str:
    """A page that shows a file."""
    name = source.relative_to(ROOT).as_posix()
    text = source.read_text("utf-8")
    fence = "`" * max(4, *(len(ticks) + 1 for ticks in re.findall(r"`+", text)), 4)
    language = LANGUAGES.get(source.suffix, "text")
    return f"---\ntitle: {name}\nsearch:\n  exclude: true\n---\n# `{name}`\n\n{fence}{language}\n{text}{fence}\n"


def listing(folder: Path) -> str:
    """A page that says what is in a folder: its files, with the first line of their docstrings."""
    name = folder.relative_to(ROOT).as_posix()
    rows = ["| file | what it is |", "|---|---|"]
    for file in sorted(each for each in folder.iterdir() if each.name != "__pycache__"):
        about = ""
        if (module := file / "__init__.py" if file.is_dir() else file).suffix == ".py" and module.exists():
            about = (ast.get_docstring(ast.parse(module.read_text("utf-8"))) or "").partition("\n")[0]
        rows.append(f"| `{file.name}{'/' if file.is_dir() else ''}` | {about.replace('|', chr(92) + '|')} |")
    return "\n".join(("---", f"title: {name}/", "search:\n  exclude: true", "---", f"# `{name}/`", "", *rows, ""))


@dataclass(slots=True)
class Read(HTMLParser):
    """What the checks need to know of a page."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    paragraphs: list[str] = field(default_factory=list)
    _inside: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes ids, links and what a browser would fetch."""
        given = dict(attrs)
        self.ids.update(filter(None, (given.get("id"), given.get("name") if tag == "a" else None)))
        for name in SOURCES & given.keys():
            target = given[name] or ""
            (self.links if tag == "a" or not urlsplit(target).netloc else self.fetched).append(target)
        if tag in {"p", "pre", "code", "script", "style"}:
            self._inside.append(tag)
        if tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        """Leaves what is open."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Notes what stands in paragraphs, but for code."""
        if self._inside and self._inside[-1] == "p":
            self.paragraphs[-1] += data


LEFT = re.compile(r"```|^:::|^ *(?:[-*]|\d+\.) \S|\]\(|^\|.*\|$|\*\*", re.MULTILINE)
"""Marks that Markdown would have taken away."""


def faults(html: Path) -> Iterator[str]:
    """Whatever is wrong in the built site, a line for each."""
    found: Mapping[Path, Read] = {file: read(file) for file in sorted(html.rglob("*.html"))}
    for file, parts in found.items():
        here = file.relative_to(html)
        yield from (f"{here}: {target} is fetched from elsewhere" for target in parts.fetched)
        yield from (f"{here}: not Markdown: {text.strip()[:80]}" for text in parts.paragraphs if LEFT.search(text))
        for target in parts.links:
            split = urlsplit(target)
            if split.scheme or split.netloc or here.name == "404.html":  # 404's are the server's own, absolute
                continue
            there = (file.parent / unquote(split.path)).resolve() if split.path else file
            there = there / "index.html" if there.is_dir() else there
            if not there.exists():
                yield f"{here}: {target} leads to nothing"
            elif split.fragment and there in found and unquote(split.fragment) not in found[there].ids:
                yield f"{here}: {target} leads to no heading"
    for sheet in sorted(html.rglob("*.css")):
        for target in re.findall(r"(?:@import|url\()\s*[\"']?((?:https?:)?//[^\"')]+)", sheet.read_text("utf-8")):
            yield f"{sheet.relative_to(html)}: {target} is fetched from elsewhere"


def read(file: Path) -> Read:
    """What a page holds."""
    parts = Read()
    parts.feed(file.read_text("utf-8"))
    return parts


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
