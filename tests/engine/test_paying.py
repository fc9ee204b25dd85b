"""Who pays for what: each for their own words, nobody more than is left, and the sums are what xAI billed."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from grokbot.conversation.draft import Phase
from grokbot.conversation.errors import LimitReachedError, NotAllowedError
from grokbot.conversation.records import By
from grokbot.conversation.response import TICKS_A_DOLLAR, Sender
from grokbot.documents.transcript import Transcript, TranscriptTurn
from grokbot.engine.turns import Question, WaitingRefused
from grokbot.policy.budgets import Counted, Scope
from grokbot.sandbox.grok_server import Script

from .house import ALICE, BOB, CALLING_ALICE, CAROL, CHANNEL, GUILD, OPERATOR, eventually, living, opening, shown
from .moderators import MODERATOR, person, say
from .test_every_way import AS_ALICE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

HALF = Script(text="one two three four five six seven eight nine ten", reasoning="", hang_after_tokens=6)
WORD = "All work and no play makes this text a long one. "


def rows(file: Path, statement: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(file)) as database:
        return list(database.execute(statement))


def ledger(file: Path) -> dict[int, int]:
    """What stands to whose account, in ticks."""
    return dict(rows(file, "SELECT user_id, sum(cost_ticks) FROM usage_ledger GROUP BY user_id"))


def counted(file: Path) -> dict[int, int]:
    """What counts against whose limits in the server."""
    return dict(
        rows(file, f"SELECT user_id, sum(cost_ticks) FROM spent_days WHERE guild_id = {GUILD} GROUP BY user_id")  # noqa: S608
    )


async def waiting_three(house: House, *texts: tuple[str, Any]) -> None:
    """An answer to Alice hangs, and the others' messages wait behind it; then it is stopped, and theirs have a turn."""
    await house.begin_scripted(HALF, "Hello")
    for text, who in texts:
        assert await say(house, text, who) is None
    await house.engine.moderation.controls.stop(MODERATOR, CHANNEL)
    await house.quiet()


async def test_who_may_ask_nothing_does_not_ride_on_the_next_ones_account(house: House, file: Path) -> None:
    heard: list[WaitingRefused] = []
    house.engine.events.subscribe(WaitingRefused, heard.append)
    await house.begin_scripted(HALF, "Hello")
    assert await say(house, "Mine first", person(BOB)) is None
    assert await say(house, "And mine", person(CAROL)) is None
    await house.engine.moderation.limits.set(MODERATOR, Scope.USER, BOB.id, Counted.COST_A_DAY, 0)
    await house.engine.moderation.controls.stop(MODERATOR, CHANNEL)
    await house.quiet()
    assert [(each.author, type(each.error)) for each in heard] == [(BOB, NotAllowedError)]
    path = await house.path()
    assert "And mine" in path
    assert "Mine first" not in path
    assert BOB.id not in counted(file)
    assert rows(file, "SELECT user_id FROM usage_ledger WHERE state = 'refused'") == [(BOB.id,)]


async def test_who_opted_out_while_their_message_waited_is_not_read_and_pays_nothing(house: House, file: Path) -> None:
    heard: list[WaitingRefused] = []
    house.engine.events.subscribe(WaitingRefused, heard.append)
    await house.begin_scripted(HALF, "Hello")
    assert await say(house, "Mine first", person(BOB)) is None
    assert await say(house, "And mine", person(CAROL)) is None
    assert await house.ask("Mine again", replace(BOB, name="a new nickname")) is None
    await house.engine.privacy.opt_out(BOB.id)
    await house.engine.moderation.controls.stop(MODERATOR, CHANNEL)
    await house.quiet()
    assert [(each.author and each.author.id, len(each.messages)) for each in heard] == [(BOB.id, 2)]
    assert all("Mine" not in line for line in shown(house.grok.requests[-1]))
    assert BOB.id not in counted(file)


async def test_an_answer_for_which_xai_took_no_request_costs_nothing_however_it_ends(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file, outage_seconds=60.0) as house:
        await house.answered(WORD * 50)
        before = ledger(file), counted(file)
        await grok.close()
        for end in (house.engine.answers.stop, lambda _: house.engine.drain(0.0)):
            running = await house.begin("Hello?")
            async with asyncio.timeout(30):
                while running.snapshot().phase is not Phase.WAITING:
                    await running.news(running.snapshot().revision)
            await end(running.id)
            assert not (await running.end()).message
        await house.quiet()
        assert (ledger(file), counted(file)) == before
        assert rows(file, "SELECT * FROM reservations") == []


async def test_an_answer_to_several_is_paid_by_each_as_much_as_they_said(house: House, file: Path) -> None:
    await waiting_three(house, ("short", person(BOB)), (WORD * 50, person(CAROL)), ("short too", person(BOB)))
    answer = (await house.store.responses.path((await house.held()).leaf_id))[-1]
    assert answer.usage is not None
    theirs = rows(file, f"SELECT user_id, kind, cost_ticks FROM usage_ledger WHERE response_id LIKE '{answer.id}%'")  # noqa: S608
    assert sorted((user_id, kind) for user_id, kind, _ in theirs) == [(BOB.id, "answer"), (CAROL.id, "part")]
    assert sum(cost for _, _, cost in theirs) == answer.usage.cost_ticks
    costs = {user_id: cost for user_id, _, cost in theirs}
    assert 0 < costs[BOB.id] * 10 < costs[CAROL.id]
    assert counted(file)[BOB.id] == costs[BOB.id]
    assert counted(file)[-1] == sum(counted(file).values()) - counted(file)[-1]
    spent = {each.key: each for each in await house.engine.spending.spent(OPERATOR, By.PERSON)}
    assert (spent[str(BOB.id)].answers, spent[str(CAROL.id)].answers) == (1, 1)
    (total,) = await house.engine.spending.spent(OPERATOR, By.NOTHING)
    assert total.answers == 2
    assert rows(file, "SELECT * FROM reservations") == []


async def test_an_answer_to_two_counts_one_turn_for_each_and_one_answer_of_the_server(house: House) -> None:
    await house.begin_scripted(HALF, "Hello")
    assert await say(house, "Mine", person(BOB)) is None
    assert await say(house, "And mine", person(CAROL)) is None
    house.grok.script(HALF)
    await house.engine.answers.stop(house.engine.runner.running[0].id)
    await house.grok.until(lambda: house.grok.scripts_left == 0)
    for who in (BOB, CAROL):
        await house.engine.moderation.limits.set(MODERATOR, Scope.USER, who.id, Counted.ANSWERS_AT_ONCE, 1)
        await house.engine.moderation.limits.set(MODERATOR, Scope.USER, who.id, Counted.TURNS_A_MINUTE, 1)
    await house.engine.moderation.limits.set(MODERATOR, Scope.SERVER, 0, Counted.ANSWERS_AT_ONCE, 2)
    for who in (BOB, CAROL):
        with pytest.raises(LimitReachedError):
            await say(house, "Elsewhere", person(who, channel=CHANNEL + 1))
    running = await say(house, "There is room for one more", person(ALICE, channel=CHANNEL + 2))
    assert running is not None
    await running.end()


async def test_a_crash_in_an_answer_to_two_leaves_each_their_part_once(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await house.begin_scripted(HALF, "Hello")
        assert await say(house, "Mine", person(BOB)) is None
        assert await say(house, "And mine", person(CAROL)) is None
        house.grok.script(HALF)
        await house.engine.answers.stop(house.engine.runner.running[0].id)
        await house.grok.until(lambda: house.grok.scripts_left == 0)
        await house.store.close()
    async with living(grok, file) as house:
        await house.engine.recovery.recover()
        assert rows(file, "SELECT * FROM reservations") == []
        left = rows(file, "SELECT user_id, state FROM usage_ledger WHERE user_id != 111 ORDER BY user_id")
        assert left == [(BOB.id, "interrupted"), (CAROL.id, "interrupted")]


def long(house: House, characters: int) -> Transcript:
    text, now = WORD * (characters // len(WORD)), house.clock()
    turns = (
        TranscriptTurn(speaker="Ann", sender=Sender.HUMAN, text=text, at=now),
        TranscriptTurn(speaker="Grok", sender=Sender.MODEL, text="Yes.", at=now),
    )
    return Transcript(title="Long", created_at=now, turns=turns)


@pytest.fixture
async def imported(house: House) -> str:
    """The id of the answer that a conversation of 2.1 MB ends with; whoever asks there may spend one cent a day."""
    await house.engine.library.transcripts.imported(long(house, 2_100_000), opening(), person())
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.COST_A_DAY, TICKS_A_DOLLAR // 100)
    held = await house.held()
    assert held.leaf_id is not None
    return held.leaf_id


async def test_a_turn_whose_prompt_alone_costs_more_than_is_left_is_not_begun(house: House, imported: str) -> None:
    engine, id_ = house.engine, (await house.held()).id
    ways: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: say(house, "Go on", person()),
        lambda: engine.program_turns.say(id_, CALLING_ALICE, "Go on", imported),
        lambda: engine.variants.resample(imported, CALLING_ALICE),
        lambda: engine.variants.resample(imported, AS_ALICE),
    )
    for way in ways:
        with pytest.raises(LimitReachedError) as refused:
            await way()
        assert "You have used $0.00 of $0.01 for today" in str(refused.value)
        assert "takes about $" in str(refused.value)
    branch = await engine.variants.branch(imported, AS_ALICE, opening(CHANNEL + 1))
    with pytest.raises(LimitReachedError):
        await say(house, "Go on", person(channel=CHANNEL + 1))
    assert branch.id
    assert house.grok.requests == []
    await engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.COST_A_DAY, 10 * TICKS_A_DOLLAR)
    running = await say(house, "Go on", person())
    assert running is not None
    await running.end()
    assert house.grok.requests


async def test_a_small_question_begins_while_anything_is_left(house: House) -> None:
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.COST_A_DAY, TICKS_A_DOLLAR // 1_000)
    running = await say(house, "Hello", person())
    assert running is not None
    await running.end()


async def test_a_long_first_question_is_refused_before_anything_is_made_for_it(house: House) -> None:
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.TOKENS_A_DAY, 1_000)
    question = Question(person(), WORD * 1_000, 1, CHANNEL)
    with pytest.raises(LimitReachedError, match="takes about"):
        await house.engine.turns.check(question, GUILD)


async def test_an_import_is_a_turn_of_who_brings_it_and_refused_where_a_limit_is_used_up(
    house: House, file: Path
) -> None:
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.TURNS_A_MINUTE, 1)
    await house.engine.library.transcripts.imported(long(house, 100), opening(), person())
    assert rows(file, "SELECT kind, user_id FROM usage_ledger") == [("import", ALICE.id)]
    with pytest.raises(LimitReachedError):
        await house.engine.library.transcripts.imported(long(house, 100), opening(CHANNEL + 1), person())
    (total,) = await house.engine.spending.spent(OPERATOR, By.NOTHING)
    assert total.answers == 0


@pytest.fixture
async def titled(grok: GrokSandbox, file: Path) -> AsyncIterator[House]:
    async with living(grok, file, titles=True) as house:
        yield house


async def test_a_title_is_in_the_ledger_and_in_the_limits_and_no_turn(titled: House, file: Path) -> None:
    house = titled
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.TURNS_A_MINUTE, 2)
    answer = await (await say(house, "Hello", person()) or await house.begin("Hello")).end()

    async def has_title() -> bool:
        return bool((await house.held()).title)

    await eventually(has_title)
    await eventually(lambda: rows(file, "SELECT * FROM reservations") == [])
    found = rows(file, "SELECT kind, user_id, conversation_id, guild_id, cost_ticks FROM usage_ledger ORDER BY kind")
    assert [row[:4] for row in found] == [
        ("answer", ALICE.id, answer.conversation_id, GUILD),
        ("title", ALICE.id, answer.conversation_id, GUILD),
    ]
    assert counted(file)[ALICE.id] == sum(row[4] for row in found)
    running = await say(house, "Again", person())  # the second turn of this minute
    assert running is not None
    await running.end()


async def test_where_nothing_is_left_no_title_is_written_and_nobody_is_told(titled: House) -> None:
    house = titled
    running = await say(house, "Hello", person())
    assert running is not None
    await house.engine.moderation.limits.set(MODERATOR, Scope.MEMBER, 0, Counted.COST_A_DAY, 1)
    await running.end()
    await house.quiet()
    await eventually(lambda: not house.engine.titles._tasks)
    assert [call.method for call in house.grok.requests] == ["GetCompletionChunk"]
    assert (await house.held()).title == ""
    with pytest.raises(LimitReachedError):
        await house.engine.titles.write((await house.held()).id, AS_ALICE)


async def test_ledger_limits_and_what_xai_billed_agree(titled: House, file: Path) -> None:
    house = titled
    await waiting_three(house, ("short", person(BOB)), (WORD * 20, person(CAROL)))
    answer = await house.answered("And now?")
    await (await house.engine.variants.resample(answer.id, AS_ALICE)).end()
    await house.engine.titles.write(answer.conversation_id, AS_ALICE)
    await eventually(lambda: not house.engine.titles._tasks)
    await eventually(lambda: rows(file, "SELECT * FROM reservations") == [])
    billed = sum(call.cost_ticks for call in house.grok.requests if call.cost_ticks is not None)
    told = sum(ticks for ticks in ledger(file).values() if ticks)
    assert told == billed
    everybody = rows(file, "SELECT sum(cost_ticks) FROM spent_days WHERE guild_id = -1 AND user_id = -1")[0][0]
    assert everybody == told
    each = rows(file, "SELECT sum(cost_ticks) FROM spent_days WHERE guild_id = -1 AND user_id > 0")[0][0]
    assert each == everybody
