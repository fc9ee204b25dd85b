"""Share pages in headless Chromium: nothing runs, nothing is loaded, nothing is reported; and people can read them."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped] # it ships no types

from tests.documents.cases import ATTACKS, SAMPLE, SLOW, grok, person, transcript

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from playwright.async_api import Browser, ConsoleMessage, Page

    from tests.web.conftest import Shelf

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = {"viewport": {"width": 360, "height": 740}}
DESK = {"viewport": {"width": 1200, "height": 900}}
FAULTS = """() => ({
    broken: window.broken === undefined ? 0 : 1,
    scripts: document.scripts.length,
    handlers: [...document.querySelectorAll('*')]
        .filter(e => [...e.attributes].some(a => a.name.startsWith('on'))).length,
    strange: [...document.querySelectorAll('img, svg, math, iframe, object, embed, form, input, base, [style], [src]')]
        .map(e => e.outerHTML),
    links: [...document.links].map(l => l.protocol).filter(p => !['http:', 'https:', 'mailto:'].includes(p)),
    styles: document.querySelectorAll('style').length,
    outside: [...document.body.children].map(e => e.localName).join(),
})"""
FAULTLESS = {
    "broken": 0, "scripts": 0, "handlers": 0, "strange": [], "links": [], "styles": 1, "outside": "header,main,footer",
}  # fmt: skip


def batched(names: Iterable[str], size: int) -> Iterator[tuple[str, ...]]:
    left = iter(names)
    return iter(lambda: tuple(islice(left, size)), ())


class Watched:
    """A page, and everything that it did which a share page never does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requested: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requested.append(request.url))
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message))
        page.on("popup", lambda popup: self.said.append(popup.url))

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser's own wish for an icon, which the policy forbids, and which nobody but our server is asked for.
        if not message.location["url"].endswith("/favicon.ico"):
            self.said.append(message.text)


@asynccontextmanager
async def watched(chromium: Browser, **options: Any) -> AsyncIterator[Watched]:
    page = await chromium.new_page(**options)
    try:
        yield Watched(page)
    finally:
        await page.close()


@pytest.mark.parametrize("policy", ["with the policy", "without the policy"])
async def test_no_attack_runs_loads_or_breaks_anything(chromium: Browser, lasting_shelf: Shelf, policy: str) -> None:
    """Without the policy, what is cleaned before must be enough on its own."""
    async with watched(chromium, bypass_csp=policy.startswith("without")) as seen:
        for names in batched(ATTACKS, 8):
            attacks = [ATTACKS[name] for name in names]
            turns = [(person(a, speaker=a), grok(a, citations=(a, f"https://example.org/{a}"))) for a in attacks]
            lasting_shelf.shown["attack"] = transcript(*chain(*turns), person("The end."), title="".join(attacks))
            url = f"{lasting_shelf.url}/s/attack"
            await seen.page.goto(url)
            assert await seen.page.evaluate(FAULTS) == FAULTLESS, names
            assert await seen.page.locator("main > article").count() == 2 * len(names) + 1, names
            assert await seen.page.locator("article").last.inner_text() == "Person 1\n12:00 UTC\n\nThe end.", names
            assert seen.requested == [url], names
            assert seen.said == [], names
            seen.requested.clear()


async def test_no_link_runs_anything_when_it_is_pressed(chromium: Browser, lasting_shelf: Shelf) -> None:
    lasting_shelf.shown["links"] = transcript(*(grok(attack) for attack in ATTACKS.values()))
    async with watched(chromium) as seen:
        await seen.page.route(
            "**/*", lambda route: route.abort() if "/s/links" not in route.request.url else route.continue_()
        )
        await seen.page.goto(f"{lasting_shelf.url}/s/links")
        hrefs = await seen.page.evaluate("[...document.links].map(link => link.href)")
        assert len(hrefs) > 10
        await seen.page.evaluate(
            "for (const a of document.links) { a.addEventListener('click', e => e.preventDefault()); a.click() }"
        )
        assert await seen.page.evaluate("window.broken") is None


async def test_a_megabyte_of_quotes_is_shown_whole_and_others_are_served_meanwhile(
    chromium: Browser, lasting_shelf: Shelf
) -> None:
    text = SLOW["1 MB of quotes"]
    lasting_shelf.shown |= {"slow": transcript(person(text), grok("**fine**")), "quick": SAMPLE}
    async with watched(chromium) as seen, watched(chromium) as other:
        await asyncio.gather(
            seen.page.goto(f"{lasting_shelf.url}/s/slow"), other.page.goto(f"{lasting_shelf.url}/s/quick")
        )
        shown = await seen.page.evaluate("document.querySelector('.plain').textContent")
        assert shown.split() == text.split()
        assert await seen.page.locator("article strong").inner_text() == "fine"
        assert seen.said == other.said == []


@pytest.mark.parametrize(("scheme", "device"), [("light", DESK), ("dark", PHONE)], ids=["light desk", "dark phone"])
async def test_axe_finds_no_fault(chromium: Browser, lasting_shelf: Shelf, scheme: str, device: dict[str, Any]) -> None:
    lasting_shelf.shown["sample"] = SAMPLE
    async with watched(chromium, color_scheme=scheme, **device) as seen:
        for path in ("/s/sample", "/s/unknown", "/privacy"):
            await seen.page.goto(lasting_shelf.url + path)
            found = await Axe().run(seen.page)
            assert [f"{fault['id']} ({fault['impact']})" for fault in found.response["violations"]] == []
            assert len(found.response["passes"]) > 10  # it did look


async def test_axe_finds_no_serious_fault_whatever_is_written(chromium: Browser, lasting_shelf: Shelf) -> None:
    lasting_shelf.shown["all"] = transcript(*(grok(attack, citations=(attack,)) for attack in ATTACKS.values()))
    async with watched(chromium) as seen:
        await seen.page.goto(f"{lasting_shelf.url}/s/all")
        found = await Axe().run(seen.page)
        assert [f["id"] for f in found.response["violations"] if f["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("width", [320, 768, 1440])
async def test_nothing_sticks_out_of_any_screen_and_lines_stay_readable(
    chromium: Browser, lasting_shelf: Shelf, width: int
) -> None:
    table = f"| a | b |\n|---|---|\n| {'c' * 200} | {'d' * 200} |"
    text = f"`{'z' * 300}`\n\n{table}\n\n```\n{'e' * 500}\n```"
    wide = transcript(
        person("x" * 500, speaker="y" * 200),
        grok(text, citations=("https://example.org/" + "f" * 300,)),
        title="w" * 100,
    )
    lasting_shelf.shown |= {"wide": wide, "sample": SAMPLE}
    async with watched(chromium, viewport={"width": width, "height": 800}) as seen:
        for token in ("wide", "sample"):
            await seen.page.goto(f"{lasting_shelf.url}/s/{token}")
            assert await seen.page.evaluate("document.documentElement.scrollWidth") <= width
            size, line = await seen.page.evaluate(
                "[parseFloat(getComputedStyle(document.body).fontSize), document.querySelector('.model').clientWidth]"
            )
            assert size >= 16
            assert line / size <= 42  # em: about 80 characters a line


async def test_it_follows_the_scheme_that_is_preferred_and_prints_on_white(
    chromium: Browser, lasting_shelf: Shelf
) -> None:
    lasting_shelf.shown["sample"] = SAMPLE
    ground = "getComputedStyle(document.body).backgroundColor"
    async with watched(chromium, color_scheme="light") as light, watched(chromium, color_scheme="dark") as dark:
        for seen in (light, dark):
            await seen.page.goto(f"{lasting_shelf.url}/s/sample")
        assert await light.page.evaluate(ground) == "rgb(252, 251, 249)"
        assert await dark.page.evaluate(ground) == "rgb(22, 23, 26)"
        await dark.page.emulate_media(media="print")
        assert await dark.page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 31, 35)"
        assert await dark.page.evaluate("getComputedStyle(document.querySelector('pre')).whiteSpace") == "pre-wrap"


async def test_it_is_all_there_without_javascript(chromium: Browser, lasting_shelf: Shelf) -> None:
    lasting_shelf.shown["sample"] = SAMPLE
    context = await chromium.new_context(java_script_enabled=False)
    try:
        page = await context.new_page()
        await page.goto(f"{lasting_shelf.url}/s/sample")
        assert await page.locator("h1").inner_text() == SAMPLE.title
        assert await page.locator("article h2").all_inner_texts() == ["Person 1", "Grok", "Person 2", "Grok"]
        assert await page.locator(".sources li").all_inner_texts() == ["example.org/1", "example.org/2?a=b&c=d"]
    finally:
        await context.close()
