from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from grokbot.conversation.errors import StoreError
from grokbot.engine.deletion import Retention
from grokbot.engine.deletion import retention as module
from grokbot.engine.engine import Engine
from grokbot.sandbox.grok_server import Script

from .house import ALICE, CHANNEL, eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime
    from pathlib import Path

    import pytest

    from grokbot.conversation.records import DeletedConversation

    from .house import House

DAYS = 30
OLD = timedelta(days=DAYS + 1)


def made(
    house: House,
    days: int | None = DAYS,
    *,
    pause: float = 3_600.0,
    first_pause: float = 0.0,
    let_go: Callable[[str, datetime], Awaitable[DeletedConversation | None]] | None = None,
) -> Retention:
    settings = house.engine.context.settings
    store = settings.store.model_copy(update={"retention_days": days})
    context = replace(house.engine.context, settings=settings.model_copy(update={"store": store}))
    let_go = let_go or house.engine.library.let_go
    return Retention(
        context, let_go, lambda: not house.engine.runner.running, first_pause=first_pause, pause=pause, breath=0.0
    )


async def test_what_is_older_goes_everywhere_and_what_is_not_stays(stateful: House) -> None:
    old = [await stateful.answered("one", channel=CHANNEL + number) for number in range(25)]
    stateful.clock.ahead = OLD
    kept = await stateful.answered("two", channel=5)
    left: list[DeletedConversation] = []

    async def let_go(conversation_id: str, before: datetime) -> DeletedConversation | None:
        deleted = await stateful.engine.library.let_go(conversation_id, before)
        left.extend([deleted] if deleted is not None else [])
        return deleted

    retention = made(stateful, let_go=let_go)
    assert await retention.look() == 25
    assert [await stateful.store.responses.get(each.id) for each in old] == [None] * 25
    assert await stateful.kept(kept.id) == kept
    assert {ref.channel_id for deleted in left for ref in deleted.messages} == set(range(CHANNEL, CHANNEL + 25))
    await eventually(lambda: stateful.engine.xai_deletion.left == 0)
    asked = [call.status for call in stateful.grok.requests if call.method == "DeleteStoredCompletion"]
    assert asked == []  # xAI itself has forgotten them after 30 days
    assert await retention.look() == 0


async def test_what_xai_still_keeps_is_deleted_there(stateful: House) -> None:
    await stateful.answered("one")
    stateful.clock.ahead = timedelta(days=2)
    assert await made(stateful, days=1).look() == 1
    await eventually(lambda: stateful.engine.xai_deletion.left == 0)
    asked = [call.status for call in stateful.grok.requests if call.method == "DeleteStoredCompletion"]
    assert asked == ["OK"]


async def test_without_a_number_of_days_everything_stays(house: House) -> None:
    answer = await house.answered("one")
    house.clock.ahead = timedelta(days=4_000)
    assert await made(house, None).look() == 0
    assert await house.kept(answer.id) == answer


async def test_who_comes_back_in_the_last_moment_keeps_the_conversation(house: House) -> None:
    await house.answered("one")
    conversation = await house.held()
    house.clock.ahead = OLD
    before = house.clock() - timedelta(days=DAYS)
    assert await house.store.retention.outdated(before) == (conversation.id,)
    running = await house.begin_scripted(Script(text="word " * 50, hang_after_tokens=20), "and now?")
    assert await house.engine.library.let_go(conversation.id, before) is None
    await house.engine.answers.stop(running.id)
    await running.end()
    assert await house.engine.library.let_go(conversation.id, before) is None
    assert (await house.held()).id == conversation.id


async def test_it_looks_by_itself_outlives_trouble_and_stops_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await house.answered("one")
    house.clock.ahead = OLD
    looked = 0
    outdated = house.store.retention.outdated

    async def troubled(*given: object) -> tuple[str, ...]:
        nonlocal looked
        looked += 1
        if looked == 1:
            raise StoreError("the disk is full")
        return await outdated(*given)  # type: ignore[arg-type] # handed on

    monkeypatch.setattr(house.store.retention, "outdated", troubled)
    retention = made(house, pause=0.01)
    retention.begin()
    await eventually(lambda: looked > 3)
    assert "retention.trouble" in caplog.text
    assert await house.engine.places.conversation_in(CHANNEL) is None
    await retention.drain(5.0)
    task = retention._task
    assert task is not None
    assert task.done()


async def test_a_stop_in_between_leaves_the_rest_for_the_next_start(house: House) -> None:
    for number in range(5):
        await house.answered("one", channel=CHANNEL + number)
    house.clock.ahead = OLD

    async def let_go(conversation_id: str, before: datetime) -> DeletedConversation | None:
        retention._stopping.set()
        return await house.engine.library.let_go(conversation_id, before)

    retention = made(house, let_go=let_go)
    assert await retention.look() == 1
    assert await made(house).look() == 4


async def test_the_file_is_written_anew_after_something_went_when_nobody_is_answered(
    house: House, file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", module.__name__)

    def rebuilt() -> int:
        return [record.message for record in caplog.records].count("retention.rebuilt")

    retention = made(house)
    running = await house.begin_scripted(Script(text="secret-word " * 50, hang_after_tokens=20), "and now?")
    await retention.look()
    assert rebuilt() == 0
    await house.engine.answers.stop(running.id)
    await running.end()
    await retention.look()
    assert rebuilt() == 1
    await retention.look()
    assert rebuilt() == 1  # nothing went since
    house.clock.ahead = OLD
    assert await retention.look() == 1
    assert rebuilt() == 2
    assert not [each for each in file.parent.iterdir() if b"secret-word" in each.read_bytes()]
    monkeypatch.setattr(module, "SMALL", 0)
    await house.answered("two")
    house.clock.ahead *= 2
    assert await retention.look() == 1
    assert rebuilt() == 3
    await house.store.deletion.erase(await asked_id(house), house.clock())
    await retention.look()
    assert rebuilt() == 3  # a large file once a day
    house.clock.ahead += timedelta(days=1, hours=1)
    await retention.look()
    assert rebuilt() == 4


async def asked_id(house: House) -> str:
    answer = await house.answered("three", ALICE)
    assert answer.parent_id is not None
    return answer.parent_id


async def test_the_engine_keeps_conversations_as_long_as_the_settings_say(house: House) -> None:
    settings = house.engine.context.settings
    kept = settings.model_copy(update={"store": settings.store.model_copy(update={"retention_days": DAYS})})
    engine = Engine(replace(house.engine.context, settings=kept), house.engine.membership)
    answer = await house.answered("one")
    house.clock.ahead = timedelta(days=DAYS - 1)
    assert await engine.retention.look() == 0
    house.clock.ahead = OLD
    assert await house.engine.retention.look() == 0  # nothing is set there
    assert await engine.retention.look() == 1
    assert await house.store.responses.get(answer.id) is None
    assert f"for {DAYS} days after the last change" in engine.privacy.notice
    await engine.drain(0.0)
