"""Discord's Markdown as the page shows it: the page's own modules, in headless Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

import grokbot.sandbox
from tests.chromium import open_chromium

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Page, Route

pytestmark = pytest.mark.asyncio(loop_scope="module")

STATIC = Path(grokbot.sandbox.__file__).parent / "page" / "static"
ORIGIN = "http://markdown.test"

SHOW = """async () => {
    const { markdown } = await import('/render.js');
    const user = id => ({1: 'Alice', 2: 'Bob'})[id] ?? null;
    const names = { user, role: id => id === '5' ? 'Helpers' : null, me: '1',
                    channel: id => id === '7' ? { name: 'general', kind: 'text' } : null };
    const shown = node => {
        if (node.nodeType === Node.TEXT_NODE) return node.data;
        const inside = [...node.childNodes].map(shown).join('');
        const name = node.classList[0] ?? node.localName;
        if (['md-text', 'spoiler-text'].includes(name)) return inside;
        if (name === 'icon') return '#';
        if (name === 'a') return `<a ${node.getAttribute('href')}>${inside}</a>`;
        const start = node.hasAttribute('start') ? ` ${node.getAttribute('start')}` : '';
        const language = node.dataset.language ? ` ${node.dataset.language}` : '';
        return `<${name}${start}${language}>${inside}</${name}>`;
    };
    window.show = text => [...markdown(text, names).childNodes].map(shown).join('');
    window.markdown = text => markdown(text, names);
    const { parse } = await import('/markdown.js');
    window.parse = parse;
}"""

CASES: tuple[tuple[str, str], ...] = (
    ("plain", "plain"),
    ("**bold**", "<strong>bold</strong>"),
    ("*italic* and _italic_", "<em>italic</em> and <em>italic</em>"),
    ("__under__ ~~gone~~", "<u>under</u> <s>gone</s>"),
    ("***both***", "<strong><em>both</em></strong>"),
    ("___both___", "<u><em>both</em></u>"),
    ("**bold *and italic***", "<strong>bold <em>and italic</em></strong>"),
    ("*italic **and bold***", "<em>italic <strong>and bold</strong></em>"),
    ("**bold***italic*", "<strong>bold</strong><em>italic</em>"),
    ("*a **b** c*", "<em>a <strong>b</strong> c</em>"),
    ("__**~~all~~**__", "<u><strong><s>all</s></strong></u>"),
    ("2 * 3 * 4", "2 * 3 * 4"),
    ("2*3*4", "2<em>3</em>4"),
    ("snake_case_name", "snake_case_name"),
    ("_a_b_", "<em>a_b</em>"),
    ("** spaces **", "<strong> spaces </strong>"),
    ("**open", "**open"),
    ("*open **closed**", "*open <strong>closed</strong>"),
    ("**a *b** c*", "<strong>a *b</strong> c*"),
    ("****", "****"),
    ("**two\nlines**", "<strong>two\nlines</strong>"),
    ("||hidden **bold**||", "<spoiler>hidden <strong>bold</strong></spoiler>"),
    ("||||", "||||"),
    ("a | b || c", "a | b || c"),
    ("`code **not bold**`", "<code>code **not bold**</code>"),
    ("`` a`b ``", "<code> a`b </code>"),
    ("`` `a` ``", "<code>`a`</code>"),
    ("`open", "`open"),
    ("a ` b `` c", "a ` b `` c"),
    ("```python\nx = 1\n```", "<pre><code python>x = 1</code></pre>"),
    ("```\nx\n```", "<pre><code>x</code></pre>"),
    ("```x```", "<pre><code>x</code></pre>"),
    ("a ```x``` b", "a <pre><code>x</code></pre> b"),
    ("```\n> *a*\n# b\n```\nafter", "<pre><code>> *a*\n# b</code></pre>after"),
    ("``` open", "``` open"),
    ("``````", "``````"),
    ("> quote\n> more\nafter", "<blockquote>quote\nmore</blockquote>after"),
    ("> ```\n> x\n> ```", "<blockquote><pre><code>x</code></pre></blockquote>"),
    (">>> all\n# of it", "<blockquote>all<md-h1>of it</md-h1></blockquote>"),
    (">no space", ">no space"),
    ("> > not nested", "<blockquote>> not nested</blockquote>"),
    ("# One\n## Two\n### Three\n#### Four", "<md-h1>One</md-h1><md-h2>Two</md-h2><md-h3>Three</md-h3>#### Four"),
    ("#no", "#no"),
    ("-# small *print*", "<md-small>small <em>print</em></md-small>"),
    ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
    ("* a\n  - b\n* c", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"),
    ("3. a\n4. b", "<ol 3><li>a</li><li>b</li></ol>"),
    ("- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"),
    ("- a\n  goes on", "<ul><li>a\ngoes on</li></ul>"),
    ("-no", "-no"),
    ("a\n\nb", "a\n\nb"),
    ("a\n\n# b", "a\n\n<md-h1>b</md-h1>"),
    ("[text](https://a.example/x)", "<a https://a.example/x>text</a>"),
    ("[**b**](<https://a.example/>)", "<a https://a.example/><strong>b</strong></a>"),
    ('[a](https://a.example/ "title")', "<a https://a.example/>a</a>"),
    ("[a](https://a.example/(x))", "<a https://a.example/(x)>a</a>"),
    ("[a](javascript:alert(1))", "[a](javascript:alert(1))"),
    ("[a](data:text/html,x)", "[a](data:text/html,x)"),
    ("[a [b](https://b.example/) c](https://c.example/)",
     "[a <a https://b.example/>b</a> c](<a https://c.example/>https://c.example/</a>)"),
    ("[](https://a.example/)", "[](<a https://a.example/>https://a.example/</a>)"),
    ("see https://a.example/x.", "see <a https://a.example/x>https://a.example/x</a>."),
    ("(https://a.example/x)", "(<a https://a.example/x>https://a.example/x</a>)"),
    ("https://a.example/a_(b)", "<a https://a.example/a_(b)>https://a.example/a_(b)</a>"),
    ("**https://a.example/x**", "<strong><a https://a.example/x>https://a.example/x</a></strong>"),
    ("https://a.example/some_snake_case", "<a https://a.example/some_snake_case>https://a.example/some_snake_case</a>"),
    ("<https://a.example/>", "<a https://a.example/>https://a.example/</a>"),
    ("http://", "http://"),
    ("<@1> <@!2> <@9>", "<mention>@Alice</mention> <mention>@Bob</mention> <mention>@unknown-user</mention>"),
    ("<@&5> <#7> <#8>", "<mention>@Helpers</mention> <mention>#general</mention> <mention># unknown</mention>"),
    ("</mod block:3>", "<mention>/mod block</mention>"),
    ("@everyone @here @nobody", "<mention>@everyone</mention> <mention>@here</mention> @nobody"),
    ("<:name:123> <a:wave:4>", "<custom-emoji>:name:</custom-emoji> <custom-emoji>:wave:</custom-emoji>"),
    ("<t:99999999999999999>", "Invalid Date"),
    (r"\*not\* \_it\_ \`x\` \\ \a", r"*not* _it_ `x` \ \a"),
    (r"¯\_(ツ)_/¯", r"¯\_(ツ)_/¯"),
    ("\\```x```", "```x```"),
    ("🎉 🚀", "🎉 🚀"),
    ("<b>not HTML</b> <img src=x onerror=alert(1)>", "<b>not HTML</b> <img src=x onerror=alert(1)>"),
    ("", ""),
)  # fmt: skip

DEEP = 20_000
SLOW = {
    "stars": "*" * 2 * DEEP,
    "stars and letters": "*a **b " * DEEP,
    "underscores": "_a__ " * DEEP,
    "all marks": "*_~~||**__" * DEEP,
    "brackets": "[" * DEEP,
    "links that do not end": "[a](https://a" * DEEP,
    "links in links": "[" * DEEP + "a" + "](https://a.example)" * DEEP,
    "backticks": "".join("`" * (n % 50 + 1) + "a" for n in range(DEEP)),
    "fences": "```\n" * DEEP,
    "quotes": "> " * DEEP,
    "lines of quotes": "> a\n" * DEEP,
    "lists": "".join(" " * (n % 40) + "- a\n" for n in range(DEEP)),
    "lines": "\n" * DEEP,
    "mentions that do not end": "<@1" * DEEP,
    "addresses": "https://" * DEEP,
    "parentheses": "https://a.example/" + "(" * DEEP + ")" * DEEP,
    "backslashes": "\\" * DEEP,
    "spoilers": "||a" * DEEP,
    "spaces": "# " + " " * DEEP + "\n-" + " " * DEEP,
    "marks above letters": "e" + "\u0301" * DEEP,
    "right to left": "\u202e\u05d0" * DEEP,
    "emoji": "\U0001f389" * DEEP,
    "one word": "a" * DEEP,
}
"""Texts that are chosen to take long."""


async def _module(route: Route) -> None:
    name = route.request.url.removeprefix(f"{ORIGIN}/")
    if not name:
        await route.fulfill(body="<!doctype html><title>Markdown</title>", content_type="text/html")
    else:
        await route.fulfill(path=STATIC / name, content_type="text/javascript")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def page() -> AsyncIterator[Page]:
    async with open_chromium() as chromium:
        page = await chromium.new_page()
        await page.route("**/*", _module)
        await page.goto(f"{ORIGIN}/")
        await page.evaluate(SHOW)
        yield page


async def test_it_is_shown_as_discord_shows_it(page: Page) -> None:
    shown = await page.evaluate("cases => cases.map(show)", [text for text, _ in CASES])
    assert dict(zip([text for text, _ in CASES], shown, strict=True)) == dict(CASES)


async def test_what_somebody_wrote_is_never_read_as_html(page: Page) -> None:
    attacks = ["<script>broken = 1</script>", '<img src=x onerror="broken = 1">', "[a](https://x\"onclick='broken=1')"]
    found = await page.evaluate(
        """attacks => attacks.flatMap(text => {
            const holder = document.createElement('div');
            holder.append(markdown(text));
            document.body.append(holder);
            return [...holder.querySelectorAll('script, img, iframe, [onerror], [onclick]')].map(e => e.outerHTML);
        })""",
        attacks,
    )
    assert found == []
    assert await page.evaluate("window.broken") is None


async def test_links_lead_to_the_web_and_nowhere_else(page: Page) -> None:
    texts = ["[a](javascript:x)", "[a](JAVASCRIPT:x)", "[a](vbscript:x)", "[a](file:///x)", "[a]( https://a.example)"]
    protocols = "texts => texts.flatMap(t => [...markdown(t).querySelectorAll('a')].map(a => a.protocol))"
    assert await page.evaluate(protocols, texts) == ["https:"]


async def test_a_moment_is_shown_in_each_style_and_ticks_where_it_is_relative(page: Page) -> None:
    found: list[list[Any]] = await page.evaluate(
        """() => ['', ':t', ':T', ':d', ':D', ':f', ':F', ':R'].map(style => {
            const time = markdown(`<t:1700000000${style}>`).querySelector('time');
            return [time.dataset.ago ?? null, time.getAttribute('datetime'), time.textContent.length > 3];
        })"""
    )
    assert [ago for ago, _, _ in found] == [None] * 7 + ["1700000000"]
    assert {(when, written) for _, when, written in found} == {("2023-11-14T22:13:20.000Z", True)}


async def test_a_spoiler_hides_what_can_be_pressed_too(page: Page) -> None:
    assert await page.evaluate("markdown('||https://a.example||').querySelector('.spoiler-text').inert")


async def test_no_text_takes_long_or_nests_deep(page: Page) -> None:
    """Ten times the length of any message of Discord's; quadratic work would take minutes."""
    took: dict[str, float] = await page.evaluate(
        """texts => Object.fromEntries(Object.entries(texts).map(([name, text]) => {
            const begun = performance.now();
            parse(text);
            return [name, performance.now() - begun];
        }))""",
        SLOW,
    )
    assert {name: ms for name, ms in took.items() if ms > 2000} == {}
    depth = """texts => Object.values(texts).map(text => {
        let deepest = 0;
        const whole = markdown(text.slice(0, 4000));
        const walk = (node, depth) => {
            deepest = Math.max(deepest, depth);
            node.childNodes.forEach(inner => walk(inner, depth + 1));
        };
        walk(whole, 0);
        return deepest;
    })"""
    assert max(await page.evaluate(depth, SLOW)) < 40
