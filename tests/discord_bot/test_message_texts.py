"""What `message_texts` promises, over generated Markdown and over every way a text can arrive."""

# ruff: noqa: RUF001  # letters of other scripts are what is tested

import re
from collections.abc import Iterator
from itertools import accumulate

import pytest
import regex
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.markdown import MINIMUM_LIMIT, split
from grokbot.discord_bot.markdown.splitter import MessageText, Origin, Splitter

MENTIONS = ["<@123456789012345678>", "<@&42>", "<#77>", "<:wave:123>", "<a:dance:456>", "<t:1700000000:R>"]
SHREDS = [
    *("word ", "two words. ", "An end! ", "x" * 37, "\n", "\n\n", "\r\n", "  ", "    ", "\t"),
    *("**", "*", "***", "_", "__", "~~", "||", "`", "``", "`````", "\\*", "\\", "<", "<@", "[", "](", "2 * 3 "),
    *(
        "```",
        "```\n",
        "```python\n",
        "~~~\n",
        "~~~~text\n",
        "> ",
        ">>> ",
        "- ",
        "1. ",
        "# ",
        "-# ",
        "| a | b |\n",
        "|-|-|\n",
    ),
    *("https://example.org/a_b_c?d=(e)*f ", "[a link](https://example.org/way) ", "code();\n", "```x```", "~~~~~~~~~~"),
    *(
        "日本語の文。",
        "中文，没有空格",
        "👨‍👩‍👧‍👦",
        "🇩🇪🇫🇷",
        "e\u0301\u0323",
        "\u200b",
        "\u2060",
        "שלום עולם ",
        "مرحبا ",
        "\u202e",
        "한국어 ",
    ),
    *(f"{mention} " for mention in MENTIONS),
]
anything = st.lists(st.sampled_from(SHREDS) | st.text(max_size=12), max_size=70).map("".join)
limits = st.sampled_from([MINIMUM_LIMIT, 51, 64, 100, 333, 2000])
thorough = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
costly = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def words(least: int, most: int) -> st.SearchStrategy[str]:
    word = st.sampled_from(
        ["a", "some", "words", "of", "different", "lengths", "日本", "été", "(and)", "more,", "end."]
    )
    return st.lists(word, min_size=least, max_size=most).map(" ".join)


marker = st.sampled_from(["", "", "**", "~~", "||", "`"])
stretch = st.tuples(marker, words(1, 25)).map(lambda pair: f"{pair[0]}{pair[1]}{pair[0]}")
nested = words(1, 9).flatmap(lambda inner: words(1, 9).map(lambda outer: f"**{outer} ~~{inner}~~ {outer}**"))
paragraph = st.lists(stretch | nested, min_size=1, max_size=6).map(" ".join)
code = st.lists(st.sampled_from(["f(x)", "    return 1", "x = 2  # y", "", "end"]), min_size=1, max_size=14)
run = st.sampled_from(["```", "````", "~~~"])
language = st.sampled_from(["", "python", "c++"])
fence = st.tuples(run, language, code).map(lambda f: "\n".join([f[0] + f[1], "start()", *f[2], "stop()", f[0]]))
item = st.one_of(paragraph, fence)


def indented(text: str, first: str, others: str) -> str:
    return "\n".join((others if number else first) + line for number, line in enumerate(text.split("\n")))


block = st.one_of(
    paragraph,
    fence,
    words(1, 5).map("## {}".format),
    item.map(lambda text: indented(text, "> ", "> ")),
    item.map(lambda text: indented(text, "- ", "  ")),
    item.map(lambda text: indented(text, "> 1. ", ">    ")),
    fence.map(lambda text: "1. first:\n\n" + indented(text, "   ", "   ")),
)
well_formed = st.lists(block, min_size=1, max_size=6).map("\n\n".join)


def cut(text: str, limit: int = 2000) -> tuple[MessageText, ...]:
    splitter = Splitter(limit)
    splitter.feed(text)
    return splitter.parts


def fence_left_open(text: str) -> str | None:
    """A second reading of fences, for well-formed text only: the run that is still open at the end."""
    opened: str | None = None
    for line in text.split("\n"):
        own = line.lstrip("> ").removeprefix("- ").removeprefix("1. ")
        run = re.match(r"(`{3,}|~{3,})", own)
        if run and opened is None:
            opened = run[1]
        elif run and opened and own.strip() == run[1] and run[1].startswith(opened):
            opened = None
    return opened


def styled(text: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Every character that is seen, with what it is inside of; a second reading, for well-formed text only."""
    inside: set[str] = set()
    opened: str | None = None
    for line in text.split("\n"):
        own = re.sub(r"^(?:> ?|- |1\. |## | )*", "", line)
        run = re.match(r"(`{3,}|~{3,})(.*)", own)
        if run:
            opened = None if opened else run[2] or "code"
            continue
        for token in [*own] if opened else re.findall(r"\*\*|~~|\|\||`|\S", own):
            if not opened and (token in {"**", "~~", "||", "`"}):
                inside ^= {token}
            elif token.strip():
                yield token, frozenset({opened}) if opened else frozenset(inside)
    assert not inside, "a part ends inside a marker"


@given(anything, limits)
@example("```" * 700, 2000)
@example("```\n" * 500, 2000)
@example("`" * 2000, MINIMUM_LIMIT)
@example("*" * 5000, 2000)
@example("e" + "\u0301" * 5000, 2000)
@example(">" * 3000, 2000)
@example("> " * 1500 + "x", 2000)
@example("[" * 3000, 2000)
@example("\n" * 4500 + "x", 2000)
@example("x" * 2000 + "\n" * 4500, 2000)
@example("||" + "secret " * 900, 2000)
@thorough
def test_no_text_is_lost_or_doubled_and_no_part_is_too_long(text: str, limit: int) -> None:
    parts = cut(text, limit)
    assert "".join(part.body for part in parts) == text
    for part in parts:
        assert len(part.text) <= limit
        kept = "".join(fragment.text for fragment in part.fragments if fragment.origin is Origin.KEPT)
        assert part.blank or "".join(kept.split()) == "".join(part.body.split()), "more than white space is hidden"


@given(anything, limits)
@thorough
def test_no_message_is_blank_for_discord(text: str, limit: int) -> None:
    for message in split(text, limit):
        assert regex.search(r"[^\s\p{Cc}\p{Cf}]", message)


@given(st.text(alphabet=" \n\t\u200b\u2060\ufeff\u00a0\u3000", max_size=300), limits)
def test_a_text_that_shows_nothing_becomes_no_message(text: str, limit: int) -> None:
    assert split(text, limit) == []
    assert "".join(part.body for part in cut(text, limit)) == text


@given(anything, limits, st.data())
@thorough
def test_what_is_appended_never_changes_a_closed_message(text: str, limit: int, data: st.DataObject) -> None:
    early = split(text[: data.draw(st.integers(0, len(text)))], limit)
    assert split(text, limit)[: max(0, len(early) - 1)] == early[:-1]


@given(anything)
@example("```\n" * 60)
@example("`" * 150)
@example("> - ```py\n" + "> - code\n" * 15)
@costly
def test_every_prefix_of_a_stream_keeps_the_closed_messages(text: str) -> None:
    text = text[:260]
    messages = split(text, MINIMUM_LIMIT)
    for end in range(len(text)):
        early = split(text[:end], MINIMUM_LIMIT)
        assert messages[: max(0, len(early) - 1)] == early[:-1]


@given(st.lists(anything, max_size=5), limits)
@thorough
def test_it_does_not_matter_in_which_pieces_a_text_arrives(pieces: list[str], limit: int) -> None:
    splitter = Splitter(limit)
    closed = 0
    for piece in pieces:
        splitter.feed(piece)
        assert len(splitter.closed) >= closed
        closed = len(splitter.closed)
    assert splitter.parts == cut("".join(pieces), limit)
    assert splitter.finished() == split("".join(pieces), limit)


@given(anything, limits)
@costly
def test_what_is_shown_while_streaming_fits_and_begins_with_the_closed_messages(text: str, limit: int) -> None:
    splitter = Splitter(limit)
    for character in text[:500]:
        splitter.feed(character)
        shown = splitter.shown()
        assert all(0 < len(message) <= limit for message in shown)
        closed = [part.text for part in splitter.closed if not part.blank]
        assert shown[: len(closed)] == closed
        assert len(shown) <= len(closed) + 1


@given(well_formed, st.sampled_from([80, 120, 500, 2000]))
@thorough
def test_every_part_closes_its_fences_and_keeps_every_style(text: str, limit: int) -> None:
    parts = split(text, limit)
    for part in parts:
        assert fence_left_open(part) is None
    assert [seen for part in parts for seen in styled(part)] == list(styled(text))


@given(well_formed)
@settings(costly, max_examples=20)
def test_while_streaming_the_last_message_is_whole_too(text: str) -> None:
    splitter = Splitter(200)
    for character in text[:500]:
        splitter.feed(character)
        for message in splitter.shown():
            assert fence_left_open(message) is None


@given(well_formed, st.sampled_from([80, 500]))
@costly
def test_a_balanced_text_that_fits_is_left_alone(text: str, spare: int) -> None:
    assert split(text, max(MINIMUM_LIMIT, len(text))) == [text]
    assert split(text, len(text) + spare) == [text]


@given(st.lists(st.sampled_from(["👨‍👩‍👧‍👦", "🇩🇪", "e\u0301", "a", "क्षि", "한", " "]), max_size=300))
@thorough
def test_no_character_as_people_see_it_is_torn(clusters: list[str]) -> None:
    text = "".join(clusters)
    borders = {0, *accumulate(len(cluster) for cluster in regex.findall(r"\X", text))}
    assert set(accumulate(len(part.body) for part in cut(text, 60))) <= borders


whole_things = st.sampled_from(
    [*MENTIONS, "https://example.org/" + "p/" * 40, f"[some text](https://example.org/{'q' * 30})"]
)


@given(st.lists(st.tuples(whole_things, words(0, 9), st.sampled_from([" ", "\n"])), max_size=25))
@thorough
def test_mentions_emoji_and_addresses_that_fit_stay_whole(things: list[tuple[str, str, str]]) -> None:
    text = "".join(f"{thing} {filling}{end}" for thing, filling, end in things)
    found = [
        thing for part in split(text, 120) for thing in re.findall(r"\[some text\]\(\S+\)|<\S+>|https://\S+", part)
    ]
    assert found == [thing for thing, _, _ in things]


@given(st.integers(1, 14), st.integers(1, 40), st.integers(3, 9), st.sampled_from(["| ", ""]))
def test_a_table_that_fits_is_not_torn(before: int, after: int, rows: int, bar: str) -> None:
    table = f"{bar}name | value |\n{bar}---|---|\n" + f"{bar}a row | 1 |\n" * rows
    parts = split("Words here. " * before + "\n\n" + table + "\n" + "Words after. " * after, 200)
    assert sum(table.strip() in part for part in parts) == 1


def test_cuts_are_looked_for_at_paragraph_line_sentence_and_word_in_that_order() -> None:
    filler = "word " * 12 + "word"
    assert split(f"{filler}. More\nline.\n\n{filler} {filler}", 100)[0] == f"{filler}. More\nline."
    assert split(f"{filler}. More\nline {filler} {filler}", 100)[0] == f"{filler}. More"
    assert split(f"{filler}. More words {filler} {filler}", 100)[0] == f"{filler}."
    assert split(f"{filler} more {'x' * 60}", 100)[0] == f"{filler} more"
    assert split("x" * 150, 100) == ["x" * 100, "x" * 50]


def test_a_heading_stays_with_what_it_heads() -> None:
    parts = split("word " * 15 + "\n\n## Heading\n\n" + "more " * 15, 100)
    assert parts[1].startswith("## Heading\n\nmore")


def test_a_cut_never_makes_a_list_item_out_of_a_dash() -> None:
    text = "It costs " + "very " * 8 + "much - that is - " * 9
    assert not any(part.startswith("- ") for part in split(text, 60))


def test_a_fence_goes_on_with_its_language_inside_a_list_inside_a_quote() -> None:
    text = "> - ```python\n" + "".join(f">   line({n})\n" for n in range(9)) + ">   ```\n"
    first, *others = split(text, 80)
    assert first.startswith("> - ```python\n>   line(0)")
    assert first.endswith("\n>   ```")
    for part in others:
        assert part.startswith(">   ```python\n>   line(")
        assert part.rstrip().endswith("\n>   ```")


def test_a_torn_line_of_a_quote_or_an_item_goes_on_in_it() -> None:
    assert all(part.startswith("> word") for part in split("> " + "word " * 60, 100))
    assert split("1. " + "word " * 30, 100)[1].startswith("   word")
    assert split("## " + "word " * 30, 100)[1].startswith("## word")
    assert split(">>> word\n" + "word\n" * 30, 100)[1].startswith(">>> word")


def test_nested_emphasis_is_closed_inside_out_and_opened_outside_in() -> None:
    first, second = split("**bold " + "word " * 10 + "~~struck " + "word " * 10 + "~~ done**", 100)
    assert first.endswith("word~~**")
    assert second.startswith("**~~word")


@pytest.mark.parametrize(
    ("opener", "inner", "closer"),
    [
        ("***", "very important last words", "***"),
        ("**bold with *", "inner italic", "***"),
        ("*italic with **", "inner bold", "***"),
        ("``", " code ` tick ", "``"),
        ("~~", "struck 漢字。漢字。words", "~~"),
        ("||", "words**x", "||"),
        ("**", "onewordthatisverylong", "**"),
    ],
)
def test_a_closing_marker_is_never_taken_for_half_of_itself(opener: str, inner: str, closer: str) -> None:
    """Wherever the limit falls, what was inside the markers is inside them still, in both messages."""
    marks = re.findall(r"\*\*|\*|~~|\|\||`+", opener)
    for before in range(20, 101):
        text = ("xxxxxxxxx " * 12)[:before] + " " + opener + inner + closer + " and the rest goes on " + "more " * 9
        first, *others = split(text, 100)
        for message in [first, *others]:
            assert not re.search(r"\*{4}|~{3}|\|{3}|`{3}", message), message
            for mark in marks:
                assert message.count(mark) % 2 == 0 or mark in inner, message


def test_emphasis_that_a_cut_carried_over_ends_with_its_paragraph() -> None:
    parts = split("**never closed " + "word " * 25 + "\n\nplain", 100)
    assert parts[0].endswith("**")
    assert parts[-1].endswith("word** \n\nplain")


def test_unpaired_markers_of_a_text_stay_as_they_were_written() -> None:
    text = "use *args and **kwargs, 2 * 3, a_b_c, a || b\n\n" + "word " * 20
    assert split(text, 100)[0].startswith(text[: text.index("\n")])
    assert "".join(split(text, 100)).count("*") == text.count("*")


def test_an_answer_that_ends_inside_a_fence_has_it_closed() -> None:
    assert split("look:\n```py\nx = 1") == ["look:\n```py\nx = 1\n```"]
    assert split("> ```py\n> x = 1") == ["> ```py\n> x = 1\n> ```"]


def test_there_is_room_left_to_close_a_fence_at_whatever_length_it_ends() -> None:
    for length in range(30, 130):
        parts = split("> ```py\n> " + "x" * length, 60)
        assert all(len(part) <= 60 and part.endswith("\n> ```") for part in parts)
        assert "".join(parts).count("x") == length


@pytest.mark.parametrize(
    ("arrived", "shown"),
    [
        ("some **bo", "some **bo**"),
        ("some **", "some "),
        ("some `co", "some `co`"),
        ("for <@12", "for "),
        ("see [it](https://exa", "see "),
        ("look:\n```py", "look:\n"),
        ("look:\n```py\n", "look:\n"),
        ("look:\n```py\nx", "look:\n```py\nx\n```"),
        ("look:\n```py\nx\n``", "look:\n```py\nx\n```"),
        ("some ~~**it", "some ~~**it**~~"),
        ("done **bold**", "done **bold**"),
        ("2 * 3 and a_b", "2 * 3 and a_b"),
    ],
)
def test_what_has_half_arrived_is_shown_as_if_it_ended_well(arrived: str, shown: str) -> None:
    splitter = Splitter()
    splitter.feed(arrived)
    assert splitter.shown() == [shown]


def test_work_per_feed_does_not_grow_with_what_was_closed_before() -> None:
    splitter = Splitter(200)
    for _ in range(300):
        splitter.feed("Some words of an answer. ")
        assert len(splitter._open) <= 200
    assert len(splitter.closed) > 30


def test_a_limit_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 50"):
        split("text", MINIMUM_LIMIT - 1)
