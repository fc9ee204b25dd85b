from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from grokbot.discord_bot.markdown import split
from grokbot.discord_bot.markdown.message_texts import to_discord
from grokbot.policy.filters import BLOCK, Hider, Span, masked
from grokbot.policy.filters.spoilers import APART, sure_of_spoiler
from tests.policy.discord_sight import seen

SECRET = re.compile(r"S[^\0]*?S|S")
PIECES = [
    "a",
    "bc ",
    " ",
    "\n",
    "\n\n",
    "|",
    "||",
    "`",
    "``",
    "```",
    "```py\n",
    "~~~\n",
    "\\",
    "*",
    "**",
    "_",
    "__",
    "~~",
]
PIECES += [
    "$",
    "[",
    "]",
    "](",
    ")",
    "https://x.y/",
    "<",
    ">",
    "- ",
    "# ",
    "> ",
    "1. ",
    "|---|---|",
    "\\(",
    "\\)",
    "<@1>",
    "é",
]
HIDDEN = st.lists(
    st.sampled_from(["S", "S ", " S", "\nS", "S|", "|S", "S`", "`S", "S\\", "**S", "S_", "S\n- S", "S||", "$S"])
)
TEXTS = st.lists(
    st.tuples(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), HIDDEN.map(lambda made: "".join(made[:3]))),
    max_size=5,
)


def whole(parts: list[tuple[str, str]]) -> tuple[str, list[Span]]:
    text, spans = "", []
    for open_part, hidden in parts:
        text += open_part
        spans.append(Span(len(text), len(text) + len(hidden)))
        text += hidden
    return text, spans


@settings(max_examples=150, deadline=None)
@given(TEXTS)
@example([("** a ", "S** b"), ("**", "")])
@example([("https://x.y/", "S"), ("/z", "")])
@example([("a || b ", "S")])
@example([("```\n", "S"), ("\n```", "")])
@example([("a ` b ", "S"), (" ` c", "")])
@example([("\\", "S")])
@example([("- a ", "S\n- S"), ("", "")])
def test_what_is_hidden_is_never_seen(parts: list[tuple[str, str]]) -> None:
    text, spans = whole(parts)
    assert "S" not in seen(masked(text, spans))


@settings(max_examples=60, deadline=None)
@given(TEXTS, st.sampled_from([2000, 60]))
def test_what_is_hidden_is_never_seen_once_it_is_laid_out_for_discord(parts: list[tuple[str, str]], limit: int) -> None:
    text, spans = whole(parts)
    for message in (*split(masked(text, spans), limit), *split(to_discord(masked(text, spans)), limit)):
        assert "S" not in seen(message)


@settings(max_examples=80, deadline=None)
@given(TEXTS, st.data())
def test_what_was_shown_stands_whatever_follows(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    text, spans = whole(parts)
    free = [n for n in range(len(text) + 1) if not any(span.start < n < span.end for span in spans)]
    cuts = sorted(data.draw(st.lists(st.sampled_from(free), max_size=6)))
    hider, shown = Hider(), ""
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        inside = [s for s in spans if start <= s.start < s.end <= end and s.start < end]
        shown += hider.add(text[start:end], [Span(s.start - start, s.end - start) for s in inside])
        assert masked(text, spans).startswith(shown)
    assert shown == masked(text, spans)


class WholeHider(Hider):
    """Looks at all that stood before, each time."""

    def _sure(self) -> bool:
        return sure_of_spoiler(self._before)


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example([("**a\n\n", "S"), ("`*b` ", "S")])
@example([("$\n\n", "S"), ("$\n\n ", "S")])
@example([(r"\* a", "S"), ("\n\n`*b` ", "S"), ("\n\n", "S")])
def test_what_is_kept_of_what_stood_before_decides_as_all_of_it_would(parts: list[tuple[str, str]]) -> None:
    text, spans = whole(parts)
    assert masked(text, spans) == WholeHider().add(text, spans)


def test_what_stays_open_for_long_is_never_taken_to_be_closed() -> None:
    text = "a ` b " + "word " * 5_000 + "\n\nsecret ` and secret"
    spans = [Span(at, at + 6) for at in (text.index("secret"), text.rindex("secret"))]
    assert masked(text, spans).count(BLOCK * 6) == 2


@given(st.text("ab |`\n*"))
def test_where_nothing_is_hidden_nothing_is_changed(text: str) -> None:
    assert masked(text, []) == masked(text, [Span(0, 0)]) == text


@pytest.mark.parametrize(
    ("text", "hidden", "shown"),
    [
        ("the secret is out", [(4, 10)], "the ||secret|| is out"),
        ("two secrets, touching", [(4, 7), (7, 11)], f"two ||sec||{APART}||rets||, touching"),
        ("two secrets, overlapping", [(4, 9), (6, 11)], "two ||secrets||, overlapping"),
        ("a || b secret", [(7, 13)], f"a || b {BLOCK * 6}"),
        ("||a|| secret", [(6, 12)], f"||a|| {BLOCK * 6}"),
        ("a se||cr|et b", [(2, 11)], r"a ||se\|\|cr\|et|| b"),
        ("se`cr`et", [(0, 8)], "||se\u02cbcr\u02cbet||"),
        ("x `secret` y secret", [(3, 9), (13, 19)], f"x `{BLOCK * 6}` y ||secret||"),
        ("```py\nsecret = 1\n```\nsecret", [(6, 12), (21, 27)], f"```py\n{BLOCK * 6} = 1\n```\n||secret||"),
        ("one secret\n\n- two secret", [(4, 10), (12, 17)], "one ||secret||\n\n||- two|| secret"),
        ("https://example.org/secret secret", [(20, 26), (27, 33)], f"https://example.org/{BLOCK * 6} ||secret||"),
        ("[a](https://example.org) secret", [(25, 31)], "[a](https://example.org) ||secret||"),
        ("[the secret](https://example.org)", [(5, 11)], f"[the {BLOCK * 6}](https://example.org)"),
        ("| a | secret |", [(6, 12)], f"| a | {BLOCK * 6} |"),
        ("$a + secret$", [(5, 11)], f"$a + {BLOCK * 6}$"),
        ("it costs \\$5, secret", [(14, 20)], "it costs \\$5, ||secret||"),
        ("a\\secret", [(2, 8)], f"a\\{BLOCK * 6}"),
        ("**a secret** b", [(4, 10)], "**a ||secret||** b"),
        ("se ret|x", [(0, 6)], f"||se ret||{APART}|x"),
    ],
)
def test_how_a_part_is_hidden(text: str, hidden: list[tuple[int, int]], shown: str) -> None:
    assert masked(text, [Span(*span) for span in hidden]) == shown


@pytest.mark.parametrize("before", ["", "a ", "# ", "- ", "a | b\n", "`a` ", "`a || b` ", "$5 and $6 "])
def test_where_a_spoiler_is_sure(before: str) -> None:
    assert sure_of_spoiler(before)
