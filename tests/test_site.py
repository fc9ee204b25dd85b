"""The site: it is built from the pages, nothing in it leads nowhere or is fetched from elsewhere, and search works."""

from __future__ import annotations

import functools
import runpy
from contextlib import contextmanager, nullcontext
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from tests.chromium import open_chromium

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
BUILD: dict[str, Any] = runpy.run_path(str(ROOT / "docs" / "build_site.py"))


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site."""
    work: Path = tmp_path_factory.mktemp("site")
    assert BUILD["build"](work) == 0
    return work / "html"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_everything_in_it_leads_somewhere_and_nothing_is_fetched_from_elsewhere(html: Path) -> None:
    assert list(BUILD["faults"](html)) == []


def test_every_page_is_in_it_and_so_is_what_pages_link_to(html: Path) -> None:
    for page in (*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"):
        assert (html / page.relative_to(ROOT).with_suffix(".html")).exists(), page
    assert "Talk to xAI" in (html / "index.html").read_text("utf-8")
    assert "drain_seconds" in (html / "deploy" / "grokbot.toml.html").read_text("utf-8")
    assert "simple_chat.py" in (html / "docs" / "examples" / "index.html").read_text("utf-8")


def test_the_reference_has_the_sdk_and_none_of_its_insides(html: Path) -> None:
    reference = (html / "docs" / "sdk-reference.html").read_text("utf-8")
    for name in ("client.Client", "conversation.Conversation.watch", "daemon.AsyncDaemon.export", "errors.BusyError"):
        assert f'id="grokbot.sdk.{name}"' in reference
    assert 'id="grokbot.sdk.conversation.Conversation.taken"' not in reference
    assert "<!-- docstrings of" not in reference


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('<a href="gone.html">', "page.html: gone.html leads to nothing"),
        ('<a href="#gone">', "page.html: #gone leads to no heading"),
        ('<a href="other.html#gone">', "page.html: other.html#gone leads to no heading"),
        ('<img src="gone.png">', "page.html: gone.png leads to nothing"),
        ('<script src="https://example.org/x.js">', "page.html: https://example.org/x.js is fetched from elsewhere"),
        ('<link href="//example.org/x.css">', "page.html: //example.org/x.css is fetched from elsewhere"),
        ("<p>one\n- two</p>", "page.html: not Markdown: one\n- two"),
    ],
)
def test_a_fault_would_be_found(tmp_path: Path, written: str, fault: str) -> None:
    (tmp_path / "page.html").write_text(written)
    (tmp_path / "other.html").write_text('<h2 id="here">')
    assert list(BUILD["faults"](tmp_path)) == [fault]


def test_what_is_right_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<p id="here"><code>- [x](y)</code><a href="https://example.org/">there</a><a href="folder/#here">here</a></p>'
    )
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "index.html").write_text('<h2 id="here">')
    assert list(BUILD["faults"](tmp_path)) == []


@pytest.mark.parametrize("by_server", [True, False], ids=["from a server", "from files"])
async def test_search_finds_a_heading_and_asks_nobody_else(html: Path, by_server: bool) -> None:
    asked: list[str] = []
    place = served(html) if by_server else nullcontext(f"{html.as_uri()}/")
    with place as address:
        async with open_chromium() as browser:
            page = await browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            await page.goto(f"{address}docs/sdk-reference.html")
            await page.keyboard.press("/")
            await page.get_by_placeholder("Search").last.fill("unshare")
            await expect(page.get_by_text("grokbot conversations unshare").first).to_be_visible(timeout=20_000)
    assert any(Path(url).stem == "search" for url in asked)
    assert [url for url in asked if not url.startswith(address)] == []
