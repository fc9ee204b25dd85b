"""The document as text: what stands in it, what cannot, and that no text makes it take long."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given

from grokbot.documents.as_html import PageLinks, content_policy, nothing_html, to_html
from grokbot.documents.markdown import DocumentRenderer, render
from grokbot.documents.markdown.render import LONGEST_TURN, plain
from grokbot.documents.markdown.work_budget import Budget, WorkBudgetError
from grokbot.documents.transcript import UNTITLED, Transcript
from tests.documents.cases import ATTACKS, RICH, SAMPLE, SLOW, grok, person, transcript, transcripts

PAGE = PageLinks("https://grok.example.org/s/token")


class Elements(HTMLParser):
    """Every element with its attributes, and the text of some."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag: str) -> str:
        return "".join(text for name, text in self.texts if name == tag)


def fragment(text: str) -> str:
    return DocumentRenderer().html(text)


def test_the_page_tells_what_it_is_to_people_and_to_previews() -> None:
    html = to_html(SAMPLE, page=PAGE)
    parsed = Elements(html)
    assert parsed.text("h1") == parsed.text("title") == SAMPLE.title
    named = {meta.get("property") or meta.get("name"): meta.get("content") for meta in parsed.all("meta")}
    assert named["og:title"] == SAMPLE.title
    assert named["og:description"] == "How do I integrate `x^2`? I have ```js let y = 1; ```"
    assert named["og:site_name"]
    assert named["og:url"] == PAGE.url
    assert named["robots"] == "noindex, nofollow, noarchive"
    assert named["referrer"] == "no-referrer"
    assert {PAGE.url + ".md", PAGE.url + ".json"} <= {link.get("href") for link in parsed.all("a")}
    assert parsed.all("html") == [{"lang": "en"}]
    assert "23 November 2026" in html
    assert "grok-4.7" in html


def test_a_file_tells_no_address() -> None:
    html = to_html(SAMPLE)
    assert "og:url" not in html
    assert "alternate" not in html


def test_its_policy_allows_its_own_style_and_nothing_else() -> None:
    html = to_html(SAMPLE)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert content_policy() == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style
    assert {"http-equiv": "Content-Security-Policy", "content": content_policy()} in Elements(html).all("meta")


def test_markdown_is_laid_out() -> None:
    html = fragment(RICH)
    assert '<code class="math">\\int_0^1 x_1 * x_2 \\, dx</code>' in html
    assert ">\\int_0^1 x^n \\, dx = \\frac{1}{n+1}</pre>" in html
    assert '<th class="right">Error</th>' in html
    assert "<s>Not this</s>" in html
    assert '<p class="language">Python</p>' in html
    assert '<span class="k">def</span>' in html
    assert '<a href="https://example.org/more"' in html
    assert '<a href="https://example.org/1" rel="nofollow noopener noreferrer ugc">[1]</a>' in html
    assert '<a href="https://example.org/x.png" title="An image, which is not loaded here"' in html
    assert "<img" not in html


def test_headings_follow_each_other_without_a_gap() -> None:
    levels = [
        int(level) for level in re.findall(r"<h([1-6])>", fragment("### a\n###### b\n## c\n#### d\n# e\n## f\n# "))
    ]
    assert levels == [3, 4, 3, 4, 3, 4]


def test_lines_break_where_people_broke_them() -> None:
    assert fragment("one\ntwo") == "<p>one<br>\ntwo</p>\n"


@pytest.mark.parametrize("money", ["It costs $5, or $10 with ice.", "from $1 to $2", "US$ 5 and US$ 6"])
def test_money_is_no_formula(money: str) -> None:
    assert fragment(money) == f"<p>{money}</p>\n"


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("so \\(a_1*b_2*c\\) is", "a_1*b_2*c"), ("$a_1*b_2*c$", "a_1*b_2*c"), ("in $$a_1\n+b$$ line", "a_1\n+b"),
        ("\\[\na\n+ b\n\\]", "a\n+ b"), ("$$\na\n- b\n$$", "a\n- b"), ("> \\[\n> a\n> = b\n> \\]", "a\n= b"),
        ("- \\[x\\]", "x"), ("text\n\\[\nx < y\n\\]", "x &lt; y"),
    ],
)  # fmt: skip
def test_formulas_stay_as_they_were_written(text: str, formula: str) -> None:
    assert f">{formula}</" in fragment(text)


@pytest.mark.parametrize("text", ["\\(", "\\( \\)", "\\[ no end", "a \\) b", "\\\\(x\\\\)", "`\\(x\\)`", "    \\[x\\]"])
def test_what_is_no_formula_is_none(text: str) -> None:
    assert "math" not in fragment(text)


def test_code_that_may_not_fit_can_be_reached_by_keyboard_and_has_a_name() -> None:
    assert "tabindex" not in fragment("```py\nx = 1\n```")
    assert '<pre tabindex="0" role="group" aria-label="Code in Python">' in fragment(f"```py\n{'x' * 40}\n```")


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_nothing_gets_out_of_its_place(attack: str) -> None:
    page = transcript(
        person(attack, speaker=attack), grok(attack, citations=(attack, "https://example.org/" + attack)), title=attack
    )
    html = to_html(page, page=PAGE)
    html.encode()
    parsed = Elements(html)
    assert parsed.wrong == []
    assert parsed.open == []
    tags = {tag for tag, _ in parsed.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "svg", "math", "form", "input", "base", "body2"}
    assert [tag for tag, _ in parsed.elements].count("style") == 1
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "id")]
    for link in parsed.all("a"):
        assert re.match(r"(?i)https?://|mailto:", link["href"] or "")
        if not (link["href"] or "").startswith(PAGE.url):
            assert link["rel"] == "nofollow noopener noreferrer ugc"


@given(transcripts)
def test_every_transcript_becomes_a_well_formed_page(transcript: Transcript) -> None:
    parsed = Elements(to_html(transcript, page=PAGE))
    assert (parsed.wrong, parsed.open) == ([], [])


def test_links_always_have_words_and_are_never_within_each_other() -> None:
    html = fragment(ATTACKS["empty links"] + "\n\n" + ATTACKS["links in links"])
    parsed = Elements(html)
    assert parsed.wrong == []
    assert not re.search(r"<a [^>]*>\s*</a>", html)
    assert not re.search(r"<a [^>]*>(?:(?!</a>).)*<a ", html)


def test_what_turns_the_direction_of_writing_stays_out_of_titles_and_names() -> None:
    html = to_html(transcript(person("x", speaker="a\u202eb\u2066c"), title="d\u202ee\u200ff"))
    head = html[: html.index('<div class="said">')]
    assert "abc" in head
    assert "def" in head
    assert not re.search("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", head)


def test_a_title_of_which_nothing_can_be_seen_is_replaced() -> None:
    for title in ("", " \n", "\u200b\u2800"):
        assert Elements(to_html(replace(SAMPLE, title=title))).text("h1") == UNTITLED


class Ticking:
    """A clock on which every look takes some time."""

    def __init__(self, step: float) -> None:
        self._looks = itertools.count()
        self._step = step

    def __call__(self) -> float:
        return next(self._looks) * self._step


SLOW_TO_PARSE = {name: text for name, text in SLOW.items() if "lexer" not in name}


@pytest.mark.parametrize("text", SLOW_TO_PARSE.values(), ids=SLOW_TO_PARSE)
def test_a_text_that_takes_too_long_is_shown_plain_and_whole(text: str) -> None:
    html = DocumentRenderer(Ticking(0.5)).html(text)
    assert html == plain(text)


def test_one_slow_turn_leaves_the_others_as_they_are() -> None:
    # Each look takes 1 ms here, and a look is due every few steps.
    document = DocumentRenderer(Ticking(0.001))
    assert document.html("**a**") == "<p><strong>a</strong></p>\n"
    assert document.html(SLOW["brackets"]) == plain(SLOW["brackets"])
    assert document.html("**a**") == "<p><strong>a</strong></p>\n"


def test_code_that_takes_too_long_is_only_not_coloured() -> None:
    html = DocumentRenderer(Ticking(0.01)).html("**a**\n" + SLOW["code that makes a lexer look far"])
    assert "<strong>a</strong>" in html
    assert '<p class="language">C#</p>' in html
    assert "<span" not in html


@pytest.mark.parametrize("text", ["> " * 39 + "a", "- " * 30 + "a", ">" * 5_000, "**a *b " * 3_000 + "c* d**" * 3_000])
def test_nothing_is_lost_of_what_is_nested_too_deep(text: str) -> None:
    assert fragment(text) == plain(text)


def test_what_is_too_long_stays_plain_for_a_turn_and_for_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fragment("*" * (LONGEST_TURN + 1)).startswith('<div class="plain"')
    monkeypatch.setattr(render, "LONGEST_DOCUMENT", 12)
    document = DocumentRenderer()
    assert [document.html(text) == plain(text) for text in ("**a**", "**b**", "**c**", "*d*")] == [
        False,
        False,
        True,
        True,
    ]


def test_without_a_clock_steps_alone_end_the_work() -> None:
    budget = Budget(steps=3)
    for _ in range(3):
        budget.spend()
    with pytest.raises(WorkBudgetError):
        budget.spend()


def test_a_part_never_takes_longer_than_the_whole() -> None:
    now = [0.0]
    whole = Budget(seconds=1.0, clock=lambda: now[0])
    part = Budget(seconds=5.0, within=whole)
    part.spend(1_000)
    now[0] = 1.0
    with pytest.raises(WorkBudgetError):
        part.spend(1_000)


def test_the_page_that_only_says_something_looks_alike() -> None:
    html = nothing_html("Nothing <here>", "a & b")
    assert "<h1>Nothing &lt;here&gt;</h1>" in html
    assert content_policy() in html.replace("&#39;", "'")


LIGHT_AND_DARK = re.compile(r":root \{(.*?)\}", re.DOTALL)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_colour_of_words_can_be_read_on_every_ground(scheme: int) -> None:
    variables = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", LIGHT_AND_DARK.findall(to_html(SAMPLE))[scheme]))
    words = ["text", "quiet", "link", "comment", "keyword", "name", "string", "number", "deleted"]
    for word, ground in itertools.product(words, ["page", "person", "code"]):
        light, dark = sorted((_luminance(variables[word]), _luminance(variables[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, f"{word} on {ground}"  # WCAG 2.2, 1.4.3 (AA)


def test_numbers_lead_to_the_list_below_and_nowhere_else() -> None:
    a, b = "https://a.example/x", "https://b.example/"
    text = f'Wow![[7]]({a}) and [[9]]({b}) `[[1]]({a})` [l](https://e.org "t [[1]]({a})") \ue0001\ue001'
    html = to_html(transcript(grok(text, citations=(a, b, "https://c.example/"))))
    parsed = Elements(html)
    assert (parsed.wrong, parsed.open) == ([], [])
    anchors = [link["href"] for link in parsed.all("a") if (link["href"] or "").startswith("#")]
    assert anchors == ["#s1-1", "#s1-2"]
    assert [item.get("id") for item in parsed.all("li")][-3:] == ["s1-1", "s1-2", None]
    assert 'Wow!<sup><a href="#s1-1">1</a></sup>' in html
    assert "<img" not in html
