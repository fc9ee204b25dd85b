"""What stands in the channel for every state of an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import REMEDIES, GrokTrouble, StoreTrouble, Trouble
from grokbot.conversation.response import Query, Response, Sender, State
from grokbot.discord_bot.layout import Layout, Part
from grokbot.discord_bot.replies import CUT_SHORT, NOTHING_TO_SEE, STOPPED, THINKING
from grokbot.discord_bot.splitting import DISCORD_LIMIT
from grokbot.engine.running import Snapshot

if TYPE_CHECKING:
    from grokbot.conversation.errors import GrokbotError

TIME = datetime(2026, 11, 23, tzinfo=UTC)


def growing(text: str, *, phase: Phase = Phase.WRITING, queries: tuple[Query, ...] = ()) -> Snapshot:
    return Snapshot(1, text, phase, queries, None, None, cut_short=False)


def over(
    text: str, state: State = State.DONE, trouble: GrokbotError | None = None, *, cut_short: bool = False
) -> Snapshot:
    response = Response(
        id="a", conversation_id="c", parent_id="h", sender=Sender.MODEL, state=state, created_at=TIME, message=text
    )
    return Snapshot(2, text, Phase.WRITING, (), response, trouble, cut_short=cut_short)


def test_before_the_first_word_a_line_says_what_the_model_does() -> None:
    assert Layout().of(growing("", phase=Phase.THINKING)) == [Part(THINKING)]
    searching = growing("", phase=Phase.SEARCHING, queries=(Query("web", "old"), Query("x", "newest")))
    assert Layout().of(searching) == [Part("-# 🔎 Searching X: `newest`…")]


def test_an_answer_grows_and_ends_with_nothing_added() -> None:
    layout = Layout()
    assert layout.of(growing("Seven")) == [Part("Seven")]
    assert layout.of(growing("Seven hills.")) == [Part("Seven hills.")]
    assert layout.of(over("Seven hills.")) == [Part("Seven hills.")]


def test_an_answer_that_begins_anew_after_a_search_is_laid_out_anew() -> None:
    layout = Layout()
    assert layout.of(growing("Let me look.")) == [Part("Let me look.")]
    assert layout.of(growing("Seven")) == [Part("Seven")]


@pytest.mark.parametrize(
    ("snapshot", "line", "retry"),
    [
        (over("Seven", State.STOPPED), STOPPED, False),
        (over("Seven", cut_short=True), CUT_SHORT, False),
        (over("Seven", State.FAILED, StoreTrouble("Disk full.")), "-# ⚠️ Disk full.", False),
        *[
            (over("Seven", State.FAILED, GrokTrouble(kind)), f"-# ⚠️ {remedy.text}", remedy.retryable)
            for kind, remedy in REMEDIES.items()
        ],
    ],
)
def test_an_end_that_is_not_the_models_own_is_said_under_the_text(snapshot: Snapshot, line: str, retry: bool) -> None:
    assert Layout().of(snapshot) == [Part(f"Seven\n{line}", retry)]


def test_an_end_without_any_text_is_the_line_alone() -> None:
    failed = over("", State.FAILED, GrokTrouble(Trouble.TIMEOUT))
    assert Layout().of(failed) == [Part(f"-# ⚠️ {REMEDIES[Trouble.TIMEOUT].text}", retry=True)]


def test_a_line_that_no_longer_fits_stands_in_a_message_of_its_own() -> None:
    full = "x" * DISCORD_LIMIT
    assert Layout().of(over(full, State.STOPPED)) == [Part(full), Part(STOPPED)]


@pytest.mark.parametrize("text", ["", " \n", "\u200b"])
def test_something_is_shown_even_for_an_answer_that_shows_nothing(text: str) -> None:
    assert Layout().of(over(text)) == [Part(NOTHING_TO_SEE)]
