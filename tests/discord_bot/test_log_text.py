"""Lines of the log channel: one each, within Discord's limit, a flood summed up, no markup of anybody's."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

import grokbot.engine
from grokbot.conversation.records import (
    PROGRAM,
    Acted,
    AuditEntry,
    AuditPage,
    FilterHit,
    ModeratorWarning,
    Refused,
    SafetyRefused,
)
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.conversation.text import in_language
from grokbot.discord_bot.markdown import DISCORD_LIMIT
from grokbot.discord_bot.notices.texts.audit_text import ACTS, acted, audit_listed
from grokbot.discord_bot.notices.texts.log_text import LONGEST_LINE, MOST_LINES, batch, line
from grokbot.languages import language_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DOLLAR = TICKS_A_DOLLAR
AT = datetime(2026, 11, 23, tzinfo=UTC)


def entry(**given: object) -> AuditEntry:
    parts = {"id": "1", "at": AT, "guild_id": 1, "actor_id": 7, "action": "block", "target": "user:8"} | given
    return AuditEntry(**parts)  # type: ignore[arg-type] # the test's own values


def test_each_event_is_one_line() -> None:
    told = [
        line(Acted(entry=entry(reason="a\nb *c* @everyone"))),
        line(Acted(entry=entry(actor_id=PROGRAM, action="something.new", target="thing:`x`", details={"much": 3}))),
        line(Refused(guild_id=1, person_id=8, why="limit", channel_id=9)),
        line(Refused(guild_id=1, person_id=8, why="something new", channel_id=None)),
        line(SafetyRefused(guild_id=1, response_id="r", channel_id=9), links={"r": "https://example.org/r"}),
        line(FilterHit(guild_id=1, filter_id="f", channel_id=9, response_id=None, action="refuse")),
        line(FilterHit(guild_id=1, filter_id="f", channel_id=9, response_id="r", action="tell", number=2, name="F")),
        line(ModeratorWarning(guild_id=1, user_id=None, counted="cost_a_day", amount=5 * DOLLAR, used=4 * DOLLAR)),
    ]
    assert all(text and "\n" not in text for text in told)
    assert told == [
        "🚫 <@7> blocked <@8> permanently · Reason: a b \\*c\\* \\@everyone",
        "📝 The bot's operator: something new thing\\:\\`x\\` (much 3)",
        "🙅 <@8> got no answer in <#9>: a limit is reached",
        "🙅 <@8> got no answer in a place outside this server: another rule",
        "⚠️ xAI declined to answer in <#9>: its usage guidelines do not allow it · [look](https://example.org/r)",
        "🔎 A filter blocked a question in <#9>",
        "🔎 Filter #2 “F” matched an answer in <#9>, which was shown",
        "📏 This server has used $4.00 of $5.00 for today, answers underway included.",
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"details": {"until": "2026-11-24T00:00:00+00:00"}}, "🚫 <@7> blocked <@8> until <t:1795478400:f>"),
        ({"action": "unblock", "target": "role:8"}, "✅ <@7> unblocked <@&8>"),
        ({"action": "lock", "target": f"conversation:{'0' * 26}", "details": {"channel": 9}}, "🔒 <@7> locked <#9>"),
        ({"action": "unlock", "target": f"conversation:{'0' * 26}"}, "🔓 <@7> unlocked a conversation"),
        ({"action": "stop", "target": "", "details": {"answers": 1}}, "⏹️ <@7> stopped 1 answer in this server"),
        ({"action": "stop", "target": "channel:9", "details": {"answers": 2}}, "⏹️ <@7> stopped 2 answers in <#9>"),
        (
            {"action": "purge", "details": {"since": None, "conversations": 1, "responses": 2, "shares": 0}},
            "🧹 <@7> removed everything of <@8>: 1 whole conversation, 2 stored messages",
        ),
        (
            {"action": "purge", "target": "conversation:0", "details": {"channel": 9, "messages": 3}},
            "🧹 <@7> removed <#9>: 3 messages in Discord",
        ),
        (
            {"action": "filter.add", "target": "filter:0", "details": {"where": "answers", "action": "spoiler"}},
            "🔎 <@7> added a filter for answers: a match is put behind a spoiler",
        ),
        ({"action": "persona.edit", "target": "persona:*fun*"}, "🎭 <@7> edited the persona **\\*fun\\***"),
        (
            {"action": "limit.set", "target": "role:8", "details": {"counted": "cost_a_day", "amount": DOLLAR}},
            "📏 <@7> set a limit for each person with <@&8>: $1.00 a day",
        ),
        (
            {"action": "limit.remove", "target": "member", "details": {"counted": "turns_a_minute"}},
            "📏 <@7> removed a limit for each person: turns a minute",
        ),
        (
            {"action": "setting", "target": "channel:9", "details": {"name": "archive_minutes", "value": 60}},
            "⚙️ <@7> set **Archive threads after** in <#9> to 1 hour",
        ),
        (
            {"action": "setting", "target": "", "details": {"name": "log_channel", "value": None}},
            "⚙️ <@7> set **Log channel** back to the default",
        ),
        (
            {
                "action": "channels",
                "target": "",
                "details": {"spread": "only", "channel_ids": 2, "starter_role_ids": 1},
            },
            "🗺️ <@7> lets Grok answer in 2 channels only · can start: 1 role · can join in: everyone",
        ),
        (
            {"action": "limit.set", "target": "member", "details": {"counted": "stars"}},
            "📝 <@7>: limit set each person (counted stars)",
        ),
    ],
)
def test_each_act_is_a_sentence_with_names_and_times_as_discord_shows_them(given: dict[str, object], said: str) -> None:
    assert acted(entry(**given)) == said


def test_a_page_of_the_audit_log_fits_one_message_and_each_line_ends_with_its_time() -> None:
    entries = tuple(entry(reason="x" * 500) for _ in range(10))
    told = audit_listed(AuditPage(entries, 25), offset=10, size=10)
    assert len(told) <= DISCORD_LIMIT
    head, *lines = told.splitlines()
    assert head == "**Audit log** · 25 entries · page 2 of 3"
    assert all(line.startswith("🚫 <@7> blocked") and line.endswith(" · <t:1795392000:f>") for line in lines)


def test_every_action_that_is_logged_anywhere_has_its_sentence() -> None:
    assert set(logged_actions()) == set(ACTS)


def logged_actions() -> Iterator[str]:
    """The third argument of each `entry(who, guild_id, action, …)` in the engine, and of what it is assigned from."""
    for module in Path(grokbot.engine.__path__[0]).rglob("*.py"):
        for function in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            named = {
                target.id: assigned.value
                for assigned in ast.walk(function)
                if isinstance(assigned, ast.Assign)
                for target in assigned.targets
                if isinstance(target, ast.Name)
            }
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "entry":
                    action = call.args[2]
                    value = named[action.id] if isinstance(action, ast.Name) else action
                    choices = [value.body, value.orelse] if isinstance(value, ast.IfExp) else [value]
                    yield from (ast.literal_eval(each) for each in choices)


@given(st.lists(st.text(max_size=60), max_size=4), st.text(max_size=600))
def test_whatever_stands_in_an_entry_it_is_a_line_of_bounded_length(details: list[str], reason: str) -> None:
    told = line(Acted(entry=entry(reason=reason, details={str(n): text for n, text in enumerate(details)})))
    assert len(told) <= LONGEST_LINE
    assert "\n" not in told


@given(st.lists(st.integers(1, LONGEST_LINE), min_size=1, max_size=1_000), st.integers(0, 100))
def test_a_message_takes_what_fits_and_says_how_many_more_there_are(lengths: list[int], more: int) -> None:
    text = batch(["x" * length for length in lengths], more=more)
    assert len(text) <= DISCORD_LIMIT
    shown = [each for each in text.split("\n") if not each.startswith("…")]
    assert 1 <= len(shown) <= MOST_LINES
    left = len(lengths) - len(shown) + more
    assert (f"and {left:,} more" in text) == (left > 0)


def test_a_place_without_a_name_stands_in_its_case() -> None:
    with in_language(language_of("de")):
        assert "in diesem Server" in acted(entry(action="stop", target="", details={"answers": 2}))
        assert "entfernt" in acted(entry(action="filter.remove", target="filter:01"))
        assert "einen Filter" in acted(entry(action="filter.remove", target="filter:01"))
