from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.errors import UserError
from grokbot.conversation.records import AuditEntry
from grokbot.conversation.response import Mode, TurnOptions
from grokbot.engine.admission.new_conversation import search_limits
from grokbot.engine.turns import Question
from grokbot.store import RowRefusedError
from grokbot.wire.xai import chat_pb2

from .house import ALICE, AS_ALICE, BOB, CALLING_ALICE, CATEGORY, CHANNEL, GUILD, PARENT, living, opening
from .moderators import MODERATOR, OF_OTHER_GUILD, person, say

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

FAST, OTHER = "grok-4.5", "grok-4.3"


def models(house: House) -> list[str]:
    """Which models were asked, in their order."""
    calls = (call.request for call in house.grok.requests)
    return [request.model for request in calls if isinstance(request, chat_pb2.GetCompletionsRequest)]


async def choose(house: House, name: str, value: Any, channel_id: int | None = None) -> None:
    await house.engine.moderation.settings.choose(MODERATOR, name, value, channel_id=channel_id)


async def spoken(house: House, text: str) -> None:
    running = await say(house, text, person())
    assert running is not None
    await running.end()
    await house.quiet()


async def test_a_model_is_used_from_the_next_turn_on_and_after_a_restart(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await spoken(house, "One")
        first = models(house)[0]
        await choose(house, "model", FAST)
        await spoken(house, "Two")
    async with living(grok, file) as again:
        await spoken(again, "Three")
        answer = (await again.path_ids())[-1]
        await (await again.engine.variants.resample(answer, AS_ALICE)).end()
        await again.quiet()
        await choose(again, "model", None)
        await spoken(again, "Four")
        assert models(again) == [first, FAST, FAST, FAST, first]


UNUSABLE: dict[str, Any] = {
    "model": 5, "mode": "odd", "persona": ["fun"], "personas": {}, "mention_only": "yes", "images": [], "moderators": 7,
    "search_sites": [5], "search_handles": "x", "search_since": "yesterday", "search_images": 2,
    "context_messages": "many", "log_channel": "log", "archive_minutes": {}, "of_old": True,
}  # fmt: skip
"""What no version of ours writes, or one of long ago."""


async def test_a_row_that_means_nothing_is_left_out_and_people_are_answered(house: House) -> None:
    at = house.engine.context.now()
    for name, value in UNUSABLE.items():
        entry = AuditEntry(id=name, at=at, guild_id=GUILD, actor_id=1, action="setting")
        await house.store.guild_settings.set(GUILD, None, name, value, 1, at, entry)
    await spoken(house, "One")
    assert models(house) == [house.engine.context.settings.xai.model]
    assert await house.engine.moderation.settings.effective(GUILD) == {}


async def test_the_narrowest_scope_counts_and_the_wider_ones_behind_it(house: House) -> None:
    await choose(house, "model", OTHER)
    await choose(house, "model", FAST, CATEGORY)
    await choose(house, "archive_minutes", 60, PARENT)
    moderation = house.engine.moderation
    assert await moderation.settings.effective(GUILD, [CHANNEL, PARENT, CATEGORY]) == {
        "model": FAST,
        "archive_minutes": 60,
    }
    assert await moderation.settings.effective(GUILD) == {"model": OTHER}
    assert await moderation.settings.effective(GUILD + 1, [PARENT]) == {}
    assert await moderation.settings.chosen(GUILD, PARENT) == {"archive_minutes": 60}
    await spoken(house, "One")
    assert models(house) == [FAST]
    with pytest.raises(RowRefusedError):
        await moderation.settings.choose(OF_OTHER_GUILD, "archive_minutes", 1440, channel_id=PARENT)
    assert await moderation.settings.chosen(GUILD, PARENT) == {"archive_minutes": 60}


async def test_mode_persona_and_mentions_are_what_a_conversation_begins_with(house: House) -> None:
    await spoken(house, "One")
    for name, value in (("mode", "stateful"), ("mention_only", True), ("persona", "fun")):
        await choose(house, name, value)
    await spoken(house, "Two")
    old = await house.held()
    assert (old.mode, old.options.mention_only) == (Mode.STATELESS, False)
    assert (await house.kept((await house.path_ids())[-1])).options.persona == "fun"
    new = await house.engine.turns.open(opening(CHANNEL + 1))
    assert (new.mode, new.options.mention_only, new.persona) == (Mode.STATEFUL, True, "fun")


async def test_what_a_person_chose_for_a_conversation_stays(house: House) -> None:
    await choose(house, "model", FAST)
    theirs = replace(opening(), model=OTHER, persona="")
    asked = Question(person(), "One", 5_000, CHANNEL)
    running = await house.engine.turns.ask(asked, theirs)
    assert running is not None
    await running.end()
    await house.quiet()
    await choose(house, "persona", "fun")
    await spoken(house, "Two")
    assert models(house) == [OTHER, OTHER]
    answer = await house.kept((await house.path_ids())[-1])
    assert answer.options == TurnOptions()
    held = await house.held()
    once = TurnOptions(model=FAST)
    await (await house.engine.program_turns.say(held.id, CALLING_ALICE, "Three", held.leaf_id, once)).end()
    await house.quiet()
    assert models(house)[-1] == FAST


@pytest.mark.parametrize(
    ("name", "value", "channel_id"),
    [
        ("colour", "red", None),
        ("model", "", None),
        ("model", "a\nb", None),
        ("mode", "sideways", None),
        ("persona", "nobody", None),
        ("mention_only", "yes", None),
        ("archive_minutes", 61, None),
        ("log_channel", True, None),
        ("log_channel", 5, CHANNEL),
        ("moderators", ["1"], None),
        ("places", {}, None),
        ("pause", {}, None),
    ],
)
async def test_what_cannot_be_is_not_kept(house: House, name: str, value: Any, channel_id: int | None) -> None:
    with pytest.raises(UserError):
        await choose(house, name, value, channel_id)
    assert await house.engine.moderation.settings.chosen(GUILD) == {}


async def test_searches_are_limited_as_the_place_says_when_a_conversation_begins(house: House) -> None:
    await choose(house, "search_sites", ["nasa.gov", "esa.int"])
    await choose(house, "search_handles", ["-spam"])
    await spoken(house, "One")
    await choose(house, "search_sites", ["-nasa.gov"], CHANNEL)
    await choose(house, "search_since", "2026-01-31")
    await spoken(house, "Two")  # what tools find is fixed: changing them would give up xAI's cache
    held = await house.held()
    assert (held.options.search_limits.sites, held.options.search_limits.excluded_handles) == (
        ("nasa.gov", "esa.int"),
        ("spam",),
    )
    chosen = await house.engine.moderation.settings.effective(GUILD, [CHANNEL])
    limits = search_limits(house.engine.context.settings.xai, chosen)
    assert (limits.sites, limits.excluded_sites, limits.since) == ((), ("nasa.gov",), date(2026, 1, 31))
    calls = [call.request for call in house.grok.requests]
    one, two = [request for request in calls if isinstance(request, chat_pb2.GetCompletionsRequest)]
    assert (list(one.tools), one.max_turns) == (list(two.tools), 6)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("search_sites", ["https://nasa.gov"]),
        ("search_sites", ["nasa.gov", "-esa.int"]),
        ("search_sites", ["NASA.gov"]),
        ("search_sites", [f"{n}.org" for n in range(6)]),
        ("search_handles", ["@nasa"]),
        ("search_handles", [f"h{n}" for n in range(11)]),
        ("search_since", "31.1.2026"),
    ],
)
async def test_a_limit_of_searches_that_xai_would_refuse_is_explained(house: House, name: str, value: Any) -> None:
    with pytest.raises(UserError, match=r"domain|without @|year-month-day"):
        await choose(house, name, value)


async def test_everybody_is_named_to_xai_by_a_hash_of_their_own_and_always_the_same(house: House) -> None:
    for author in (ALICE, BOB, ALICE):
        await house.answered("Hello", author)
    titled = await house.engine.titles.write((await house.held()).id, AS_ALICE)
    assert titled
    requests = [call.request for call in house.grok.requests]
    named = [r.safety_identifier for r in requests if isinstance(r, chat_pb2.GetCompletionsRequest)]
    assert named == [await house.store.identifiers.of(who.id) for who in (ALICE, BOB, ALICE, ALICE)]


async def test_a_branch_keeps_the_cached_beginning_of_its_parent(house: House) -> None:
    first = await house.answered("One, which is long enough to be worth keeping")
    await house.engine.variants.branch(first.id, AS_ALICE, opening(CHANNEL + 1))
    branched = await house.answered("Two", channel=CHANNEL + 1)
    assert branched.usage is not None
    assert branched.usage.cached_prompt_tokens > branched.usage.prompt_tokens / 2
