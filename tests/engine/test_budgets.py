from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from grokbot.conversation.errors import LimitReachedError, NotAllowedError, UserError
from grokbot.conversation.records import EVERYTHING, Acted, By, Happened, ModeratorWarning
from grokbot.conversation.response import AS_THE_CONVERSATION, TICKS_A_DOLLAR, Sender, State
from grokbot.engine.budgets import PriceList, Used
from grokbot.engine.budgets.operator_limits import operators_limits
from grokbot.engine.turns import Question, WaitingRefused
from grokbot.policy.actor import Actor
from grokbot.policy.budgets import OPERATOR as EVERYWHERE
from grokbot.policy.budgets import UNLISTED, Counted, Limit, Prices, Scope
from grokbot.sandbox.grok_server import GrokRules, GrokSandbox, Script
from grokbot.settings import LimitsSettings
from grokbot.store.tables.budgets import reservations, spent_days, usage_ledger
from grokbot.store.tables.conversations import responses
from grokbot.store.tables.types import metadata
from grokbot.xai.client import GrokClient

from .house import (
    ALICE,
    AS_ALICE,
    AS_BOB,
    BOB,
    CALLING_ALICE,
    CHANNEL,
    GUILD,
    OPERATOR,
    crash,
    eventually,
    living,
    opening,
)
from .house import settings_of as settings_for

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sqlalchemy import Column

    from grokbot.conversation.response import Author, Response
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import RunningAnswer
    from grokbot.store import Store

    from .house import House

MODERATOR = Actor(id=999, name="moderator", guild_id=GUILD, moderator=True)
MEMBER = Actor(id=ALICE.id, name=ALICE.name, guild_id=GUILD)
THE_OPERATOR = OPERATOR
SLOW = Script(text="One two three four.", reasoning="", hang_after_tokens=2)


def limit(engine: Engine, limits: LimitsSettings) -> None:
    """As a reload of the settings does."""
    engine.context.settings = engine.context.settings.model_copy(update={"limits": limits})


async def set_limit(
    house: House, counted: Counted, amount: int | None, scope: Scope = Scope.SERVER, scope_id: int = 0
) -> bool:
    return await house.engine.moderation.limits.set(MODERATOR, scope, scope_id, counted, amount)


async def ask_as(house: House, person: Actor, text: str, channel: int = CHANNEL) -> RunningAnswer | None:
    held = await house.engine.places.conversation_in(channel)
    author: Author = replace(ALICE, id=person.id, name=person.name)
    question = Question(actor=person, text=text, message_id=next(house.numbers), channel_id=channel)
    return await house.engine.turns.ask(question, held or opening(channel, author))


async def everything(store: Store) -> dict[str, list[dict[str, Any]]]:
    """All that is kept, but for the lines that tell of refusals."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name, table in metadata.tables.items():
        asked = select(table).where(usage_ledger.c.state != "refused") if table is usage_ledger else select(table)
        found[name] = [dict(row) for row in await store._database.rows(asked)]
    return found


async def total(store: Store, column: Column[Any]) -> int:
    rows = await store._database.rows(select(func.coalesce(func.sum(column), 0).label("sum")))
    return int(rows[0]["sum"])


async def held(store: Store) -> int:
    rows = await store._database.rows(select(func.count().label("rows")).select_from(reservations))
    return int(rows[0]["rows"])


async def used_today(house: House) -> int:
    rows = await house.store._database.rows(
        select(spent_days.c.cost_ticks).where(spent_days.c.guild_id == -1, spent_days.c.user_id == -1)
    )
    return sum(row["cost_ticks"] for row in rows)


async def test_five_hundred_turns_at_once_pass_a_budget_by_no_more_than_one_reservation(house: House) -> None:
    first = await house.answered("How large is a reservation?", channel=1)
    conversation = await house.held(1)
    one = house.engine.budgets.reserving(
        conversation, house.engine._queue.start.pending(conversation, None), [], asker_id=1
    )
    assert first.usage is not None
    assert first.usage.cost_ticks is not None
    most = one.answer_tokens * one.prices.answer + one.searches * 10**8  # more than the prompt's part comes below
    amount = 40 * most + await used_today(house)
    await set_limit(house, Counted.COST_A_DAY, amount)

    async def ask(number: int) -> RunningAnswer | LimitReachedError:
        try:
            return await house.begin("Count with me.", channel=1_000 + number)
        except LimitReachedError as error:
            return error

    outcomes = await asyncio.gather(*(ask(number) for number in range(500)))
    assert all(outcome.until is not None for outcome in outcomes if isinstance(outcome, LimitReachedError))
    begun = [outcome for outcome in outcomes if not isinstance(outcome, LimitReachedError)]
    assert 15 < len(begun) < 500
    together = await used_today(house) + await total(house.store, reservations.c.cost_ticks)
    prompt = one.prices.prompt * 200  # the system prompt and a few words
    assert together <= amount + most + prompt
    await house.quiet()
    said = await total(house.store, responses.c.cost_ticks)
    assert said == await total(house.store, usage_ledger.c.cost_ticks) == await used_today(house)
    assert await held(house.store) == 0
    assert len({answer.id for answer in begun}) == len(begun)


async def test_a_turn_that_is_refused_changes_nothing_and_tells_what_is_used_up_and_until_when(house: House) -> None:
    await house.answered("Hello")
    await set_limit(house, Counted.TOKENS_A_DAY, 10, Scope.MEMBER)
    before = await everything(house.store)
    with pytest.raises(LimitReachedError, match=r"You have used [\d,]+ of 10 tokens for today\.") as caught:
        await house.ask("And now?")
    midnight = house.clock().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert caught.value.until == midnight
    assert await everything(house.store) == before
    assert (await house.begin("Bob has his own.", BOB, CHANNEL + 1)).id
    house.clock.ahead = timedelta(days=1)
    assert (await house.answered("A new day.")).state is State.DONE


@pytest.mark.parametrize(
    "way", ["retry", "resample", "go_on", "edited", "say", "api_resample", "stateless", "stateful"]
)
async def test_every_way_to_an_answer_is_counted_and_refused(house: House, way: str) -> None:
    answer = await house.begin_scripted(SLOW, "Hello")
    await answer.news(0)
    await house.engine.answers.stop(answer.id)
    answer_id, conversation = answer.id, await house.held()
    (message,) = await house.store.messages.of((await house.kept(answer_id)).parent_id or "")
    limit(house.engine, LimitsSettings(member_turns_per_minute=2, turns_per_minute=2))
    house.clock.ahead = timedelta(minutes=2)
    engine, caller = house.engine, OPERATOR

    async def alone() -> object:
        return [piece async for piece in engine.stateless.sample(caller, [(Sender.HUMAN, "Hi")])]

    edited = Question(actor=AS_ALICE, text="Changed", message_id=message.message_id, channel_id=CHANNEL)
    ways: dict[str, Callable[[], Awaitable[object]]] = {
        "retry": lambda: engine.answers.retry(answer_id, AS_ALICE),
        "resample": lambda: engine.variants.resample(answer_id, AS_ALICE),
        "go_on": lambda: engine.answers.go_on(answer_id, AS_ALICE),
        "edited": lambda: engine.variants.edited(message.message_id, edited),
        "say": lambda: engine.program_turns.say(conversation.id, caller, "More", answer_id),
        "api_resample": lambda: engine.variants.resample(answer_id, caller),
        "stateless": alone,
        "stateful": lambda: engine.program_turns.stateful(
            caller, "Hi", response_id=None, options=AS_THE_CONVERSATION, system_prompt=None
        ),
    }
    for channel in (CHANNEL + 1, CHANNEL + 2):
        await house.answered("Two in this minute", channel=channel)
    before = await everything(house.store)
    calls = len(house.grok.requests)
    with pytest.raises(LimitReachedError) as caught:
        await ways[way]()
    assert caught.value.until is not None
    assert caught.value.until <= house.clock() + timedelta(minutes=1)
    assert await everything(house.store) == before
    assert len(house.grok.requests) == calls
    house.clock.ahead += timedelta(minutes=1)
    assert await ways[way]()
    await house.quiet()
    assert await held(house.store) == 0


async def test_answers_at_once_are_limited_and_come_back_with_each_end(house: House) -> None:
    await set_limit(house, Counted.ANSWERS_AT_ONCE, 1, Scope.MEMBER)
    running = await house.begin_scripted(SLOW, "First")
    with pytest.raises(LimitReachedError, match="one answer at a time") as caught:
        await house.ask("Second", channel=CHANNEL + 1)
    assert caught.value.until is None
    await house.engine.answers.stop(running.id)
    assert (await house.answered("Second", channel=CHANNEL + 1)).state is State.DONE


async def test_messages_that_waited_are_refused_when_their_turn_comes_told_and_the_others_go_on(house: House) -> None:
    refused: list[WaitingRefused] = []
    house.engine.events.subscribe(WaitingRefused, refused.append)
    running = await house.begin_scripted(SLOW, "First")
    await house.ask("Bob's words", BOB)
    await house.ask("Alice's one", message_id=501)
    await house.ask("Alice's two", message_id=502)
    await set_limit(house, Counted.TOKENS_A_DAY, 1, Scope.USER, ALICE.id)
    await running.news(0)
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert [(each.author, [ref.message_id for ref in each.messages]) for each in refused] == [(ALICE, [501, 502])]
    assert isinstance(refused[0].error, LimitReachedError)
    assert refused[0].error.until is not None
    path = await house.path()
    assert path[-2] == "Bob's words"
    assert not any("Alice's" in text for text in path)
    assert await house.engine.places.response_at(501) is None
    assert await house.store.queue.of(running.conversation.id) == ()


async def test_a_watcher_that_fails_keeps_nobody_from_going_on(house: House) -> None:
    def fail(_: WaitingRefused) -> None:
        raise RuntimeError("a test's own")

    house.engine.events.subscribe(WaitingRefused, fail)
    running = await house.begin_scripted(SLOW, "First")
    await house.ask("Bob's words", BOB)
    await house.ask("Alice's one")
    await set_limit(house, Counted.TOKENS_A_DAY, 0, Scope.USER, ALICE.id)
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert "Bob's words" in await house.path()


async def test_a_crash_neither_loses_nor_doubles_what_a_turn_took(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        done = await house.answered("Hello")
        running = await house.begin_scripted(Script(text="word " * 2_000, hang_after_tokens=1_900), "A long one")
        await eventually(lambda: len(running.snapshot().text) > 5_000)
        await eventually(lambda: house.has_kept(running.id, running.snapshot().text))
        await crash(house)
    assert done.usage is not None
    for life in range(2):
        async with living(grok, file) as house:
            await house.engine.recovery.recover()
            assert await held(house.store) == 0
            rows = await house.store._database.rows(select(usage_ledger).order_by(usage_ledger.c.at))
            assert [row["state"] for row in rows] == ["done", "interrupted"]
            assert rows[0]["counted_ticks"] == done.usage.cost_ticks
            assert rows[1]["cost_ticks"] is None
            assert rows[1]["counted_tokens"] > 5_000 / 3, life
            assert await used_today(house) == rows[0]["counted_ticks"] + rows[1]["counted_ticks"]


async def test_an_answer_that_is_not_kept_is_counted_after_a_crash_too(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        grok.script(SLOW)
        sampled = house.engine.stateless.sample(CALLING_ALICE, [(Sender.HUMAN, "Hi")])
        await anext(sampled)
        reserved = await total(house.store, reservations.c.cost_ticks)
        await crash(house)
        await sampled.aclose()
    async with living(grok, file) as house:
        await house.engine.recovery.recover()
        await house.engine.recovery.recover()
        assert reserved > 0
        assert await used_today(house) == reserved
        assert await held(house.store) == 0


def tokens_of(answer: Response) -> int:
    assert answer.usage is not None
    return answer.usage.prompt_tokens + answer.usage.completion_tokens + answer.usage.reasoning_tokens


async def test_moderators_are_warned_once_and_the_operators_ceiling_stays_in_the_log(
    grok: GrokSandbox, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    happened: list[Happened] = []
    spent = 0
    for life in range(2):
        async with living(grok, file) as house:
            house.watch_moderators(happened.append)
            if not spent:
                grok.script(Script(text="word " * 8_000, reasoning=""))
                spent = tokens_of(await house.answered("Tell me all"))
            limit(house.engine, LimitsSettings(tokens_per_day=spent * 12 // 10))
            await set_limit(house, Counted.TOKENS_A_DAY, spent * 12 // 10, Scope.MEMBER)
            for number in range(2):
                await house.answered("Hello", channel=10 * life + number)
            [(whose, near)] = await house.engine.budgets.near(MODERATOR, [111, 222])
            assert (whose, near.limit.amount, near.used >= spent) == (111, spent * 12 // 10, True)
    warned = [each for each in happened if isinstance(each, ModeratorWarning)]
    (only,) = warned
    assert only.guild_id == GUILD
    assert (only.user_id, only.counted, only.amount, only.used) == (111, "tokens_a_day", spent * 12 // 10, spent)
    assert caplog.text.count("limit.nearly_reached") == 2
    assert caplog.text.count("scope=everywhere") == 1


async def test_who_presses_pays_and_who_asks_else(house: House) -> None:
    answer = await house.answered("Hello")
    bob = replace(AS_BOB, moderator=True)
    again = await house.engine.variants.resample(answer.id, bob)
    await again.end()
    rows = await house.engine.spending.spent(OPERATOR, By.PERSON)
    assert {row.key: row.answers for row in rows} == {str(ALICE.id): 1, str(BOB.id): 1}
    await set_limit(house, Counted.TOKENS_A_DAY, 1, Scope.USER, BOB.id)
    with pytest.raises(LimitReachedError):
        await house.engine.variants.resample(again.id, bob)
    await house.engine.variants.resample(again.id, AS_ALICE)


async def test_a_roles_limit_holds_for_messages_that_waited_too(house: House) -> None:
    generous = replace(MEMBER, role_ids=frozenset({5}))
    await set_limit(house, Counted.TURNS_A_MINUTE, 1, Scope.MEMBER)
    await set_limit(house, Counted.TURNS_A_MINUTE, 50, Scope.ROLE, 5)
    house.grok.script(SLOW)
    running = await ask_as(house, generous, "First")
    assert running is not None
    await house.grok.until(lambda: house.grok.scripts_left == 0)  # or it would fall to the second one
    await house.grok.until(lambda: house.grok.scripts_left == 0)  # or it would fall to the second one
    assert await ask_as(house, generous, "Second") is None
    await house.engine.answers.stop(running.id)
    await house.quiet()
    assert "Second" in await house.path()
    with pytest.raises(LimitReachedError, match="once a minute"):
        await ask_as(house, MEMBER, "Third")


async def test_only_moderators_set_limits_only_in_their_server_and_it_is_audited(house: House) -> None:
    happened: list[Happened] = []
    budgets = house.engine.budgets
    house.watch_moderators(happened.append)
    for who in (MEMBER, replace(MODERATOR, guild_id=None)):
        with pytest.raises(NotAllowedError):
            await house.engine.moderation.limits.set(who, Scope.USER, 5, Counted.TOKENS_A_DAY, 5)
        with pytest.raises(NotAllowedError):
            await budgets.limits(who)
    assert not await set_limit(house, Counted.TOKENS_A_DAY, None)
    assert await house.engine.moderation.limits.set(
        MODERATOR, Scope.ROLE, 7, Counted.COST_A_DAY, TICKS_A_DOLLAR, "too much"
    )
    assert await house.engine.moderation.limits.set(MODERATOR, Scope.ROLE, 7, Counted.COST_A_DAY, None)
    assert await house.engine.moderation.limits.set(THE_OPERATOR, Scope.USER, 8, Counted.COST_A_DAY, 3)
    entries = (await house.store.audit.page(GUILD, EVERYTHING)).entries
    assert [(e.action, e.target, e.reason) for e in entries] == [
        ("limit.remove", "role:7", ""), ("limit.set", "role:7", "too much"),
    ]  # fmt: skip
    assert entries[1].details == {"counted": "cost_a_day", "amount": TICKS_A_DOLLAR}
    assert [each.entry.action for each in happened if isinstance(each, Acted)] == [
        "limit.set",
        "limit.remove",
        "limit.set",
    ]
    assert await budgets.limits(MODERATOR) == []
    everywhere = Limit(guild_id=EVERYWHERE, scope=Scope.USER, scope_id=8, counted=Counted.COST_A_DAY, amount=3)
    assert list(await budgets.limits(THE_OPERATOR)) == [everywhere]


@pytest.mark.parametrize(
    ("who", "scope", "scope_id", "amount"),
    [
        (MODERATOR, Scope.SERVER, 5, 1),
        (MODERATOR, Scope.USER, 0, 1),
        (MODERATOR, Scope.SERVER, 0, -1),
        (MODERATOR, Scope.SERVER, 0, 2**53 + 1),
        (MODERATOR, Scope.EVERYWHERE, 0, 1),
        (THE_OPERATOR, Scope.EVERYWHERE, 0, 1),
        (THE_OPERATOR, Scope.MEMBER, 0, 1),
    ],
)
async def test_limits_that_cannot_be_are_not_kept(
    house: House, who: Actor, scope: Scope, scope_id: int, amount: int
) -> None:
    with pytest.raises(UserError):
        await house.engine.moderation.limits.set(who, scope, scope_id, Counted.TOKENS_A_DAY, amount)
    assert await house.store.limits.of(GUILD) == ()


async def test_everybody_sees_what_they_have_left_and_nobody_the_operators_ceiling(house: House) -> None:
    settings = LimitsSettings(dollars_per_month=5.0, member_tokens_per_day=50_000, member_answers_at_once=2)
    limit(house.engine, settings)
    await set_limit(house, Counted.COST_A_DAY, TICKS_A_DOLLAR)
    answer = await house.answered("Hello")
    standing = {one.limit.counted: one for one in await house.engine.budgets.standing(MEMBER)}
    assert set(standing) == {Counted.COST_A_DAY, Counted.TOKENS_A_DAY, Counted.ANSWERS_AT_ONCE}
    assert answer.usage is not None
    assert standing[Counted.COST_A_DAY].used == answer.usage.cost_ticks
    tomorrow = house.clock().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert standing[Counted.TOKENS_A_DAY].until == tomorrow
    assert standing[Counted.ANSWERS_AT_ONCE] == Used(standing[Counted.ANSWERS_AT_ONCE].limit, 0, None)
    shown = await house.engine.budgets.limits(MODERATOR)
    assert Scope.EVERYWHERE not in {limit.scope for limit in shown}
    assert len(shown) == 3
    all_of_it = await house.engine.budgets.standing(replace(THE_OPERATOR, guild_id=GUILD))
    assert Counted.COST_A_MONTH in {one.limit.counted for one in all_of_it}


def test_the_settings_limit_all_together_and_each_person() -> None:
    found = operators_limits(LimitsSettings(dollars_per_day=0.29, member_turns_per_minute=0))
    assert [(one.scope, one.counted, one.amount) for one in found] == [
        (Scope.EVERYWHERE, Counted.COST_A_DAY, 29 * TICKS_A_DOLLAR // 100),
        (Scope.MEMBER, Counted.TURNS_A_MINUTE, 0),
    ]
    assert operators_limits(LimitsSettings()) == ()


async def test_the_operators_limits_of_the_settings_hold(house: House, file: Path) -> None:
    settings = settings_for(house.grok, file)
    assert settings.limits == LimitsSettings()
    limit(house.engine, LimitsSettings(answers_at_once=0))
    with pytest.raises(NotAllowedError, match="switched off for now"):
        await house.ask("Hello")


async def test_prices_are_xais_own_by_name_and_alias_and_the_dearest_until_they_come(house: House) -> None:
    prices = PriceList(house.client, lambda: "grok-4.7")
    assert prices.of("grok-4.3") == UNLISTED
    assert await prices.look()
    assert prices.of("grok-4.3") == Prices(prompt=12_500, cached=2_000, answer=25_000)
    assert prices.of("grok-4.20") == prices.of("grok-4.20-0309-reasoning") != UNLISTED
    assert prices.of("nothing-like-it") == UNLISTED
    assert "grok-4.20" in prices.models


async def test_a_wrong_key_and_an_unknown_model_are_told_with_the_first_look(
    house: House, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert await PriceList(house.client, lambda: "grok-of-yesterday").look()
    assert "xai.unknown_model setting=xai.model model='grok-of-yesterday'" in caplog.text
    caplog.clear()
    settings = settings_for(house.grok, file).xai
    stranger = GrokClient(settings.model_copy(update={"api_key": SecretStr("xai-of-somebody-else")}))
    assert not await PriceList(stranger, lambda: "grok-4.7").look()
    await stranger.close()
    assert "xai.refused setting=xai.api_key" in caplog.text
    assert "somebody-else" not in caplog.text
    caplog.clear()
    assert await PriceList(house.client, lambda: "grok-4.7").look()
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_list_that_cannot_be_had_is_asked_for_again_and_the_one_before_holds(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with GrokSandbox(GrokRules()) as grok:
        client = GrokClient(settings_for(grok, file).xai, tries=1)
        prices = PriceList(client, lambda: "grok-4.7", again_seconds=0.01)
    prices.begin()
    await eventually(lambda: caplog.text.count("prices.unknown") >= 2)
    await prices.close()
    await prices.close()
    await client.close()
    assert prices.of("grok-4.3") == UNLISTED


async def test_a_stopped_answer_counts_what_xai_said_until_then(house: House) -> None:
    running = await house.begin_scripted(SLOW, "Hello")
    await eventually(lambda: bool(running.snapshot().text))
    await house.engine.answers.stop(running.id)
    stopped = await house.kept(running.id)
    assert stopped.state is State.STOPPED
    assert stopped.usage is not None
    assert await used_today(house) == stopped.usage.cost_ticks
