"""A transcript as Markdown: that it is what it says, and that no turn swallows or fakes another one's place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from grokbot.documents.as_markdown import to_markdown
from tests.documents.cases import ATTACKS, SAMPLE, grok, person, transcript

MARKDOWN = MarkdownIt("commonmark")


def headings(markdown: str) -> list[str]:
    tokens = MARKDOWN.parse(markdown)
    return [
        f"{token.tag} {tokens[index + 1].content}"
        for index, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag in ("h1", "h2") and token.level == 0
    ]


def test_title_speakers_text_and_sources_are_there() -> None:
    markdown = to_markdown(SAMPLE)
    assert markdown.startswith("# Lists, tables and the area under a curve\n\n*2026-11-23 12:00 UTC · grok-4.7*\n")
    assert "\n## Person 1\n" in markdown
    assert "\n[^2-1]: <https://example.org/1>\n" in markdown
    assert "\nAlso looked at:\n\n2. <https://www.example.org/2?a=b&c=d>\n" in markdown
    assert markdown.endswith("You are welcome.\n")


@pytest.mark.parametrize(
    "text",
    ["```py\nopen", "~~~~\nopen\n~~~", "- a\n  ```\n  open", "> ```\n> open", "<!-- open", "<pre>open",
     "<script>\n\nopen", "<?php", "<![CDATA[ x", "<div>\nopen", "```\nclosed\n```", "text\n    code",
     "`open", "# heading", "a\n=\nb\n-"],
)  # fmt: skip
def test_whatever_a_turn_leaves_open_the_next_one_has_its_heading(text: str) -> None:
    markdown = to_markdown(transcript(person(text), grok("END")))
    assert headings(markdown)[-1] == "h2 Grok"
    assert text in markdown


@given(st.text(st.sampled_from("`~<>-!?/a \n#[]|*=presti"), max_size=60))
def test_no_text_swallows_the_next_turn(text: str) -> None:
    assert headings(to_markdown(transcript(person(text), grok("END"))))[-1] == "h2 Grok"


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_titles_and_names_stay_on_their_lines_and_are_no_markup(attack: str) -> None:
    markdown = to_markdown(transcript(person("hello", speaker=attack), title=attack))
    tokens = MARKDOWN.parse(markdown)
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2"]
    for line in (token for token in tokens if token.type == "inline"):
        kinds = {child.type for child in line.children or []}
        assert kinds <= {"text", "text_special", "softbreak", "em_open", "em_close"}


def test_a_source_that_is_no_address_is_no_link() -> None:
    markdown = to_markdown(transcript(grok("x", citations=("<script>", "a b", "https://example.org/<x>"))))
    assert "1. \\<script\\>\n2. a b\n3. https://example.org/\\<x\\>" in markdown


def test_citations_are_footnotes_of_their_own_turn() -> None:
    a, b, c = "https://a.example/", "https://b.example/", "https://c.example/"
    first = grok(f"One[[4]]({b}), two[[2]]({a}).", citations=(b, a, c))
    markdown = to_markdown(transcript(first, grok(f"Three[[1]]({c}).", citations=(c,))))
    assert f"One[^1-1], two[^1-2].\n\n[^1-1]: <{b}>\n[^1-2]: <{a}>\n\nAlso looked at:\n\n3. <{c}>\n" in markdown
    assert f"Three[^2-1].\n\n[^2-1]: <{c}>\n" in markdown
