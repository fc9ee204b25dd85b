"""Citations in an answer's messages: each a link, once, in order, outside code, however the text is cut and drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grokbot.conversation.draft import Phase
from grokbot.conversation.response import Query, Response, Sender, State
from grokbot.conversation.text.citations import Citation, with_markers
from grokbot.discord_bot.answers.layout import Layout
from grokbot.discord_bot.markdown import DISCORD_LIMIT, GrowingAnswer, split
from grokbot.discord_bot.markdown.message_texts import to_discord
from grokbot.discord_bot.notices.texts.source_text import as_written
from grokbot.engine.turns import Snapshot

thorough = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
costly = settings(thorough, max_examples=25)

TIME = datetime(2026, 11, 30, tzinfo=UTC)
URLS = [
    "https://en.wikipedia.org/wiki/Owl_(bird)",
    "https://x.com/nasa/status/1975607901571199086",
    "https://a.example/~b/*c*?d=e|f&g=h#i",
    "https://b.example/" + "long/" * 20,
    "https://c.example/`x`",
]
LINK = re.compile(r"\[([\u00b9\u00b2\u00b3\u2070\u2074-\u2079]+)\]\(<(https://[^<>\s]+)>\)")
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
ENCODED = {"(": "%28", ")": "%29", "~": "%7E", "*": "%2A", "|": "%7C", "`": "%60"}

cites = st.lists(st.sampled_from(URLS), max_size=2).map(lambda urls: "".join(f"[[9]]({url})" for url in urls))
plain_cites = st.lists(st.sampled_from(URLS[:2]), max_size=2).map(
    lambda urls: "".join(f"[[{number}]]({url})" for number, url in enumerate(urls, 1))
)
word = st.sampled_from(
    ["Owls", "see well.", "Wow!", "km²", "(so)", "2025", "日本", "`code`", "**bold**", "\\(x^2\\)", "a_b"]
)
phrase = st.lists(st.tuples(word, cites).map("".join), min_size=1, max_size=12).map(" ".join)
cell = st.tuples(st.sampled_from(["a", "some words", "`x`", "**b**", "12", ""]), plain_cites).map("".join)
wide = st.tuples(st.just("words that are too wide for the columns of a phone"), plain_cites).map("".join)


@st.composite
def tables(draw: st.DrawFn) -> str:
    columns = draw(st.integers(1, 3))
    rows = draw(st.lists(st.lists(cell | cell | wide, min_size=columns, max_size=columns), min_size=1, max_size=9))
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * columns, *lines[1:]])


block = st.one_of(
    phrase,
    phrase,
    phrase.map("## {}".format),
    phrase.map("#### {}".format),
    phrase.map("- {}\n  - [x] more".format),
    phrase.map("> {}".format),
    phrase.map("<b>x</b> **bold** {}".format),
    phrase.map("{}\n---".format),
    tables(),
    tables().map(lambda table: "\n".join(f"> {line}" for line in table.split("\n"))),
    st.just("```py\nx = '[[1]](https://code.example)'\n```"),
    phrase.map("$$\na^2 + b_1\n$$\n{}".format),
    phrase.map(lambda text: f"{text} " * 9),
)
documents = st.lists(block, min_size=1, max_size=6).map("\n\n".join)
limits = st.sampled_from([400, DISCORD_LIMIT])


def cited(text: str) -> list[str]:
    """The citations of such a text, in order: a second reading."""
    return re.findall(r"\[\[\d\]\]\((https://(?!code)\S*?(?:_\(bird\))?)\)(?=\[\[|[\s|]|\Z)", text)


def links(messages: list[str]) -> list[tuple[str, str]]:
    """The links outside code."""
    outside = [re.sub(r"```.*?```|`[^`\n]*`", "", message, flags=re.DOTALL) for message in messages]
    return [(found[1].translate(DIGITS), found[2]) for text in outside for found in LINK.finditer(text)]


def expected(text: str) -> list[tuple[str, str]]:
    urls = cited(text)
    # A source that only code names takes a number too: code is seen before it is known to be code.
    order = list(dict.fromkeys(re.findall(r"\[\[\d\]\]\((https://\S*?(?:_\(bird\))?)\)", text)))
    safe = ["".join(ENCODED.get(each, each) for each in url) for url in urls]
    return [(str(order.index(url) + 1), address) for url, address in zip(urls, safe, strict=True)]


@given(documents, limits)
@example(f"| a[[1]]({URLS[0]}) | b |\n|---|---|\n" + f"| x | y[[2]]({URLS[1]}) |\n" * 30, 400)
@thorough
def test_each_citation_is_a_link_once_in_order_outside_code(text: str, limit: int) -> None:
    messages = split(to_discord(text, limit), limit)
    assert links(messages) == expected(text)
    assert all(len(message) <= limit for message in messages)


@given(documents, limits, st.integers(5, 90))
@costly
def test_no_closed_message_changes_while_citations_arrive(text: str, limit: int, step: int) -> None:
    text = text[:2500]
    answer, closed = GrowingAnswer(limit), list[str]()
    for start in range(0, len(text), step):
        answer.feed(text[start : start + step])
        shown = answer.shown()
        assert shown[: len(closed)] == closed
        assert all(len(message) <= limit for message in shown)
        assert len(links(shown)) <= text[: start + step].count("[[")
        closed = shown[: answer.closed]
    assert answer.finished() == split(to_discord(text, limit), limit)


@given(
    st.lists(st.sampled_from(["words", "**bold**", "- item", "# head", "`x`"]), max_size=9).map("\n".join), st.data()
)
@thorough
def test_a_text_is_otherwise_laid_out_as_without_citations(text: str, data: st.DataObject) -> None:
    lines = [f"{line}{data.draw(plain_cites)}" if line else line for line in text.split("\n")]
    drawn = to_discord("\n".join(lines))
    assert LINK.sub("", drawn).replace("\u2009", "") == to_discord(text)


def ended(text: str, *places: Citation, others: tuple[str, ...] = (), queries: tuple[Query, ...] = ()) -> Snapshot:
    response = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=State.DONE, created_at=TIME,
        message=text, cited=places, citations=others, queries=queries,
    )  # fmt: skip
    return Snapshot(2, text, Phase.WRITING, queries, response, None, cut_short=False)


def laid_out(snapshot: Snapshot) -> list[str]:
    return [part.content for part in Layout(TIME, 3).of(snapshot)]


def test_the_line_under_an_answer_has_the_numbers_of_its_text() -> None:
    text = f"One [[4]]({URLS[1]}) two [[2]]({URLS[0]}) three [[4]]({URLS[1]})."
    [message] = laid_out(ended(text, others=(*URLS, "https://seen.example")))
    numbers = [number for number, _ in links([message])]
    assert numbers == ["1", "2", "1"]
    assert message.endswith(
        "\n-# Sources: [1 x\\.com/nasa](<https://x.com/nasa/status/1975607901571199086>)"
        " · [2 en\\.wikipedia\\.org](<https://en.wikipedia.org/wiki/Owl_%28bird%29>)"
    )


def test_an_answer_that_was_stopped_within_a_citation_shows_no_half_of_it() -> None:
    whole = ended(f"Owls[[1]]({URLS[0]}) see[[2]](https://b.exam")
    assert whole.ended is not None
    stopped = replace(whole, ended=replace(whole.ended, state=State.STOPPED))
    layout = Layout(TIME, 3)
    layout.of(replace(stopped, revision=1, ended=None))
    [part] = layout.of(stopped)
    assert "[[" not in part.content
    assert [number for number, _ in links([part.content])] == ["1"]
    assert ") see\n-# Sources: [1 " in part.content


def test_at_most_five_sources_are_listed_and_only_addresses_of_the_web() -> None:
    urls = tuple(f"https://{letter}.example/" for letter in "abcdefg")
    [message] = laid_out(ended("Text.", others=("javascript:alert(1)", *urls)))
    assert message.endswith(" · [e\\.example](<https://e.example/>) · 2 more")
    assert message.startswith("Text.\n-# Looked at: [a\\.example](<https://a.example/>) · ")


def test_of_sources_without_numbers_each_site_stands_once() -> None:
    urls = ("https://a.example/1", "https://b.example/", "https://a.example/2")
    [message] = laid_out(ended("Text.", others=urls))
    wanted = "-# Looked at: [a\\.example](<https://a.example/1>) · [b\\.example](<https://b.example/>)"
    assert message == f"Text.\n{wanted}"


def test_an_answer_without_sources_says_what_it_looked_up() -> None:
    queries = (Query("web", "owls"), Query("web", "https://www.nasa.gov/a"), Query("x", "https://x.com/i/status/1"))
    [message] = laid_out(ended("Text.", queries=(*queries, Query("web", "more owls"), Query("code", ""))))
    assert message == "Text.\n-# 🔎 Searched the web · opened nasa\\.gov · read a post on X · ran code"


def test_sources_take_no_message_of_their_own_where_they_fit_without_links() -> None:
    for length in range(1_500, 2_001, 25):
        messages = laid_out(ended("x" * length, others=tuple(f"https://{'y' * 60}{n}.example/" for n in range(5))))
        assert all(len(message) <= DISCORD_LIMIT for message in messages)
        assert "-# Looked at: " in messages[-1]
        assert len(messages) == 1 or length > 1_450


@given(documents, st.data())
@thorough
def test_positions_without_markers_are_shown_once_at_the_end_too(text: str, data: st.DataObject) -> None:
    bare = re.sub(r"\[\[\d\]\]\((?:https://(?!code)\S*?(?:_\(bird\))?)\)(?=\[\[|[\s|]|\Z)", "", text)
    ends = sorted(data.draw(st.lists(st.integers(1, max(1, len(bare))), max_size=4)))
    places = [Citation(f"https://{number}.example/", max(0, end - 3), end) for number, end in enumerate(ends)]
    places = [place for place in places if place.end <= len(bare)]
    messages = split(to_discord(with_markers(bare, places)))
    assert [url for _, url in links(messages)] == [place.url for place in places]


def test_what_streams_without_markers_gets_them_when_it_has_ended() -> None:
    layout = Layout(TIME, 3)
    whole = ended("Owls see well.", Citation(URLS[1], 0, 14))
    running = replace(whole, revision=1, ended=None)
    assert [part.content for part in layout.of(running)] == ["Owls see well."]
    assert layout.of(whole)[0].content.startswith(f"Owls see well.[¹](<{URLS[1]}>)\n-# Sources: [1 x\\.com/nasa]")


def test_an_answer_read_in_discord_is_what_the_model_wrote() -> None:
    text = f"One[[1]]({URLS[1]}) two[[2]](https://b.example/)[[1]]({URLS[1]})."
    [message] = laid_out(ended(text, others=("https://seen.example",)))
    assert as_written(message) == text
    assert as_written(laid_out(ended("Text.", others=("https://seen.example",)))[0]) == "Text."
    assert as_written("-# Sources: none, says *somebody*\nText.") == "-# Sources: none, says *somebody*\nText."
