"""The sentences that are put together from parts: whole, short enough, and with nothing in them that breaks out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.response import Query
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.answer_text import (
    QUERY_SHOWN,
    THINKING,
    WAITING,
    asked,
    missing_permissions,
    not_seen,
    status,
)

ASKED = datetime(2026, 11, 23, microsecond=999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "line"),
    [
        (Query("web", "weather"), "-# 🔎 Searching the web: `weather`…"),
        (Query("x", "weather"), "-# 🔎 Searching X: `weather`…"),
        (Query("code", ""), "-# 🧮 Running code…"),
        (Query("own_tool", "1 + 1"), "-# 🔎 Searching own\\_tool: `1 + 1`…"),
        (Query("web", "a`b\nc"), "-# 🔎 Searching the web: `a'b c`…"),
        (Query("web", " "), "-# 🔎 Searching the web…"),
        (Query("web", "https://e.org/a"), "-# 📖 Opening e\\.org…"),
        (Query("x", "https://x.com/i/status/17"), "-# 📖 Reading a post on X…"),
    ],
)
def test_the_newest_search_is_shown_on_one_line(query: Query, line: str) -> None:
    assert status(Phase.SEARCHING, [Query("web", "earlier"), query], ASKED) == f"{line} (started <t:1795392000:R>)"


def test_a_long_search_is_cut() -> None:
    line = status(Phase.SEARCHING, [Query("web", "x" * 500)], ASKED)
    assert line == f"-# 🔎 Searching the web: `{'x' * (QUERY_SHOWN - 1)}…`… (started <t:1795392000:R>)"


def test_a_search_without_words_is_thinking() -> None:
    assert status(Phase.SEARCHING, [], ASKED) == f"{THINKING} (started <t:1795392000:R>)"
    assert status(Phase.WAITING, [], ASKED) == f"{WAITING} (started <t:1795392000:R>)"


@pytest.mark.parametrize("prompt", ["one line", "two\nlines", "x" * 6000, "\n" * 3000])
def test_what_a_command_asked_is_quoted_line_by_line_and_fits(prompt: str) -> None:
    text = asked("Alice", prompt)
    assert len(text) <= DISCORD_LIMIT
    head, *quoted = text.splitlines()
    assert head == "**Alice** asks:"
    assert all(line.startswith((">", "…")) for line in quoted)


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        (["A"], "the permission **A** in this channel"),
        (["A", "B"], "these permissions in this channel: **A**, **B**"),
    ],
)
def test_missing_permissions_are_listed_as_people_would(names: list[str], listed: str) -> None:
    assert f"I need {listed}." in missing_permissions(names)


def test_what_grok_was_not_shown_is_named_on_one_line() -> None:
    assert not_seen(()) is None
    assert not_seen([("a*b.png", "too large")]) == "-# ⚠️ Grok did not see a\\*b\\.png (too large)."
    assert str(not_seen([(str(number), "old") for number in range(5)])).endswith("2 (old), and 2 more.")
