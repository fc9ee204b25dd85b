"""What people read about models, effort, cost, and what they have left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grokbot.conversation.models import EFFORTS
from grokbot.conversation.personas import Persona
from grokbot.conversation.records import AnswerInfo, Info
from grokbot.conversation.response import (
    TICKS_A_DOLLAR,
    Conversation,
    Mode,
    Options,
    Query,
    Response,
    Sender,
    State,
    Usage,
)
from grokbot.discord_bot.notices.texts.options_text import (
    EFFORT_CHOICES,
    answer_info,
    conversation_info,
    effort_note,
    left_of,
    model_choice,
    options_shown,
    persona_choice,
)
from grokbot.engine.budgets import Used
from grokbot.policy.budgets import Counted, Limit, ListedModel, Prices, Scope

AT = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
USAGE = Usage(120_000, 100_000, 2_345, 678, 3, 123_456_789)
HERE = Conversation(
    id="0" * 26,
    guild_id=5,
    channel_id=6,
    owner_id=1,
    mode=Mode.STATELESS,
    model="grok-4.7",
    created_at=AT,
    modified_at=AT,
    title="Blue sky",
    options=Options(reasoning_effort="low"),
)
INFO = Info(
    conversation=HERE,
    starred=True,
    responses=12,
    variants=3,
    tokens=USAGE,
    kept_until=AT,
    branches=1,
    shares=2,
    people=1,
    seconds=41.6,
)
ANSWER = Response(
    id="a",
    conversation_id=HERE.id,
    parent_id="h",
    sender=Sender.MODEL,
    state=State.DONE,
    created_at=AT,
    finished_at=AT + timedelta(seconds=130),
    message="Blue.",
    queries=(Query("web", "sky"), Query("web", "blue"), Query("x", "sky")),
    usage=USAGE,
)
TOKENS = Limit(guild_id=5, scope=Scope.MEMBER, counted=Counted.TOKENS_A_DAY, amount=50_000)
MONEY = Limit(guild_id=5, scope=Scope.SERVER, counted=Counted.COST_A_MONTH, amount=2 * TICKS_A_DOLLAR)
CEILING = Limit(guild_id=0, scope=Scope.EVERYWHERE, counted=Counted.COST_A_DAY, amount=TICKS_A_DOLLAR)
USED = (Used(TOKENS, 60_000, None), Used(MONEY, TICKS_A_DOLLAR // 2, None), Used(CEILING, 1, None))


def test_what_is_told_of_a_conversation() -> None:
    stamp = int(AT.timestamp())
    assert conversation_info(INFO, USED).splitlines() == [
        "**Blue sky** ⭐",
        "Model: grok\\-4\\.7 · effort low",
        "Cost: $0.0123 · answers took 42 s",
        "-# Left for you: 0 of 50,000 tokens a day · $1.50 of $2.00 a month for all here",
        "Messages: 12 with 1 person",
        "Tokens: 120,000 read (100,000 of them from xAI's cache), 2,345 written, 678 thought",
        "Searches and other tools: 3",
        "Variants of the last answer: 3",
        "Branches: 1",
        "Open share pages: 2",
        "Mode: stateless (the bot keeps the history)",
        f"Kept at xAI: until <t:{stamp}:f>",
        f"Started <t:{stamp}:f>, last changed <t:{stamp}:R>",
    ]
    unknown = replace(
        INFO,
        tokens=Usage(),
        kept_until=None,
        variants=1,
        branches=0,
        shares=0,
        conversation=replace(HERE, title="", channel_id=None),
    )
    lines = conversation_info(unknown).splitlines()
    assert lines[0].startswith("**Without a title**")
    assert {"Cost: unknown · answers took 42 s", "Where: not in Discord"} < set(lines)
    left_out = ("Kept", "Left for you", "Searches", "Variants", "Branches", "Open share")
    assert not [line for line in lines if line.removeprefix("-# ").startswith(left_out)]  # what is not there


@given(title=st.text(max_size=100), persona=st.text(min_size=1, max_size=100))
def test_what_is_told_of_a_conversation_fits_one_message(title: str, persona: str) -> None:
    nasty = replace(HERE, title=title, model="`" * 100, persona=persona)
    assert len(conversation_info(replace(INFO, conversation=nasty), USED)) <= 2000


def test_what_an_answer_took() -> None:
    options = Options(reasoning_effort="high", temperature=0.5, max_tokens=1_200)
    sampled = replace(HERE, persona="pirate", options=options)
    assert answer_info(AnswerInfo(answer=ANSWER, conversation=sampled, pictures=2), USED[:1]).splitlines() == [
        "**About this answer**",
        "Model: grok\\-4\\.7 · effort high",
        "Persona: pirate",
        "Temperature: 0.5",
        "Length: at most 1,200 tokens",
        "Shown to Grok: 2 pictures",
        "Tokens: 120,000 read (100,000 of them from xAI's cache), 2,345 written, 678 thought",
        "Searches and other tools: 3 (2 web, 1 X)",
        "Cost: $0.0123 · took 2 min 10 s",
        "-# Left for you: 0 of 50,000 tokens a day",
    ]
    running = replace(ANSWER, state=State.STREAMING, usage=None, finished_at=None)
    assert answer_info(AnswerInfo(answer=running, conversation=HERE)).endswith("still being written")
    broken = replace(ANSWER, state=State.FAILED, usage=None)
    assert answer_info(AnswerInfo(answer=broken, conversation=HERE)).endswith("not reported · took 2 min 10 s")


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        (ListedModel(Prices(20_000, 5_000, 60_000), 500_000), "grok-4.7 · 500k · $2.00/$6.00"),
        (ListedModel(Prices(12_500, 2_000, 25_000), 1_000_000), "grok-4.7 · 1M · $1.25/$2.50"),
        (ListedModel(Prices(20_000, 5_000, 60_000)), "grok-4.7 · $2.00/$6.00"),
        (None, "grok-4.7"),
    ],
)
def test_a_model_is_offered_with_its_context_and_prices(listed: ListedModel | None, shown: str) -> None:
    assert model_choice("grok-4.7", listed) == shown
    assert len(model_choice("g" * 200, listed)) <= 100


def test_a_persona_is_offered_with_what_it_is() -> None:
    assert persona_choice(Persona("pirate", "Arr.", "of the sea")) == "pirate: of the sea"
    assert len(persona_choice(Persona("p" * 32, "Arr.", "x" * 80))) <= 100


def test_an_effort_that_becomes_another_is_explained_and_no_other() -> None:
    assert effort_note("grok-4.5", "xhigh") == "-# grok\\-4\\.5 does not take the effort xhigh: high is used."
    assert "no effort to choose" in effort_note("grok-4.20", "low")
    for model, effort in (("grok-4.7", "high"), ("grok-of-ours", "none"), ("grok-4.5", None)):
        assert not effort_note(model, effort)
    assert tuple(EFFORT_CHOICES) == EFFORTS
    assert options_shown(HERE, "-# x").splitlines()[1:] == ["Model: grok\\-4\\.7 · effort low", "-# x"]


def test_the_operators_ceiling_is_nobodys_rest() -> None:
    assert left_of(USED[2:]) == []
