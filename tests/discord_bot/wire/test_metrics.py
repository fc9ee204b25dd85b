"""What a scrape says is what happened: turns, requests, limits, tokens and money, against the sandbox's own counts."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from collections import Counter
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import GrokFailure
from grokbot.conversation.response import TICKS_A_DOLLAR, State
from grokbot.discord_bot.rate_limits import Rank
from grokbot.discord_bot.rate_limits.routes import WORDS, route_of
from grokbot.engine.admission.refusals import _WHY
from grokbot.process.health import HealthPart
from grokbot.sandbox.grok_server import Script
from grokbot.settings import LimitsSettings
from grokbot.web import metrics_page
from tests.scrape import Scrape

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play

SECRET_TEXT = "xylophone"
UNITS = ("_seconds", "_bytes", "_dollars", "_ratio", "_info")
WITHOUT_UNIT = {  # gauges that count things, as Prometheus's own do
    "grokbot_running_answers", "grokbot_waiting_questions", "grokbot_unshown_answers", "grokbot_discord_queue",
    "grokbot_servers", "grokbot_xai_calls_in_flight", "grokbot_health", "process_open_fds", "process_max_fds",
}  # fmt: skip
KNOWN = {
    "outcome": {"done", "stopped", "failed", "interrupted", "answered", "not_for_it"},
    "reason": {*(each.value for each in GrokFailure), "database", "not_allowed", *(why for _, why in _WHY), "limit"},
    "method": {"GET", "POST", "PATCH", "PUT", "DELETE"},
    "scope": {"user", "global", "shared", "unknown"},
    "rank": {rank.name.lower() for rank in Rank},
    "cause": {"sent_away", "failed"},
    "kind": {"prompt", "cached_prompt", "completion", "reasoning", "web", "x", "code", "other", "read", "write"},
    "part": {part.name.lower() for part in HealthPart},
    "site": {"share", "operator"},
}
PATTERNS = {
    "status": r"\d{3}|error",
    "code": r"[A-Z_]+",
    "model": r"grok-[a-z0-9.-]+",
    "le": r"[0-9.e+-]+|\+Inf",
    "version": r"[0-9.a-z+]+",
    "python": r"[0-9.a-z+]+",
    "revision": r"\d{4}",
    "period": "day|month",
}
"""Of the labels whose values are open: no id, name or text can look so."""


async def settled(play: Play) -> Scrape:
    """The first scrape in which every answer is noted as shown."""
    async with asyncio.timeout(10):
        while True:
            scrape = await Scrape.of(play.settings.monitoring.listen)
            if not scrape.by("grokbot_unshown_answers"):
                return scrape


async def test_a_scrape_says_what_happened(
    begin: Callable[..., Awaitable[Play]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metrics_page, "FRESH_SECONDS", 0.0)
    play = await begin(api=True, start=False)
    play.settings = play.settings.model_copy(update={"limits": LimitsSettings(dollars_per_day=5.0)})
    await play.start()
    play.injected_429 = True
    before, asked_before = await Scrape.of(play.settings.monitoring.listen), len(play.discord.requests)
    places = [play.discord.create_user(name).direct_messages() for name in ("done", "stopped", "failed")]
    done, stopped, failed = places
    play.discord.faults.add("POST", f"/channels/{done.id}/messages", status=429, retry_after=0.2)
    play.grok.script(Script(text=f"{SECRET_TEXT} one.", reasoning="hm"))
    await play.discord.people["done"].say(done, f"{SECRET_TEXT}?")
    await play.whole(done)
    play.grok.script(Script(text="word " * 100, reasoning="", hang_after_tokens=20))
    await play.discord.people["stopped"].say(stopped, "go on")
    await play.shown(stopped)
    [message] = play.messages(stopped)
    await play.discord.people["stopped"].press(message, label="Stop")
    await play.ends_with(stopped, "Stopped.")
    play.grok.script(Script(fail="bad_key"))
    await play.discord.people["failed"].say(failed, "hello")
    await play.ends_with(failed, "renew it.")
    await play.quiet()
    after = await settled(play)

    assert after.since(before, "grokbot_turns_total", "outcome") == {("done",): 2, ("stopped",): 1, ("failed",): 1}
    assert after.since(before, "grokbot_turn_troubles_total", "reason") == {("bad_key",): 1}
    told = Counter((c.method, route_of(c.path), str(c.status)) for c in list(play.discord.requests)[asked_before:])
    assert after.since(before, "grokbot_discord_requests_total", "method", "route", "status") == told
    assert sum(count for (_, _, status), count in told.items() if status == "429") == play.discord.count_429 == 1
    assert sum(after.since(before, "grokbot_discord_rate_limits_total", "scope").values()) == 1
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        [ledger] = database.execute(
            "SELECT sum(prompt_tokens), sum(completion_tokens), sum(reasoning_tokens), sum(cost_ticks)"
            " FROM usage_ledger"
        )
    tokens = after.since(before, "grokbot_tokens_total", "kind")
    assert tokens.get(("prompt",), 0) + tokens.get(("cached_prompt",), 0) == ledger[0]
    assert (tokens[("completion",)], tokens[("reasoning",)]) == ledger[1:3]
    cost = sum(after.since(before, "grokbot_cost_dollars_total", "model").values())
    assert abs(cost - ledger[3] / TICKS_A_DOLLAR) < 1e-9
    assert after.since(before, "grokbot_xai_calls_total", "method")["GetCompletionChunk",] == len(play.asked)
    assert after.by("grokbot_budget_limit_dollars", "period") == {("day",): 5.0}
    assert after.by("grokbot_budget_spent_dollars", "period")["day",] == pytest.approx(cost)
    assert after.by("grokbot_servers") == {(): 1}
    assert after.by("grokbot_running_answers") == {}
    assert after.since(before, "grokbot_first_text_seconds_count") == {(): 3}
    assert after.since(before, "grokbot_end_lag_seconds_count") == {(): 3}
    assert after.by("grokbot_gateway_heartbeat_age_seconds")[()] < 60
    assert after.by("grokbot_database_bytes")[()] > 4096

    nobodys_text(play, after)


def nobodys_text(play: Play, scrape: Scrape) -> None:
    """Every metric has a text and a unit, and every label's value is one of a known list, or of a known form."""
    for family in scrape.families:
        assert family.documentation, family.name
        if family.type in ("gauge", "histogram") and family.name not in WITHOUT_UNIT:
            assert family.name.endswith(UNITS) or family.name.startswith("python"), family.name
    for sample in scrape.samples:
        for label, value in sample.labels.items():
            if label == "route":
                assert {part for part in value.strip("/").split("/") if part != "{id}"} <= WORDS
            elif label == "method" and not sample.name.startswith("grokbot_discord"):
                assert re.fullmatch(r"[A-Z][A-Za-z]+|get_api_key_info", value)
            elif sample.name != "python_info" and label not in KNOWN:
                assert re.fullmatch(PATTERNS[label], value), (sample.name, label, value)
            elif label in KNOWN:
                assert value in KNOWN[label], (sample.name, label, value)
    ids = {str(each.id) for each in play.discord.people.values()} | set(play.discord.people)
    for text in (SECRET_TEXT, play.settings.discord.token.get_secret_value(), *ids - set(KNOWN["outcome"])):
        assert not re.search(rf"\b{re.escape(text)}\b", scrape.text), text


def test_the_known_reasons_are_all_there() -> None:
    assert {state.value for state in State if state.ended} == {"done", "stopped", "failed", "interrupted"}
