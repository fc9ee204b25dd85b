from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotFoundError, StoreError, UserError
from grokbot.conversation.response import MessageRef
from grokbot.sandbox.grok_server import Script

from .house import ALICE, AS_ALICE, BOB, CHANNEL, eventually, living, shown
from .moderators import MODERATOR, OF_OTHER_GUILD, audited, raw

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.conversation.response import Author, Response
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

THERE = CHANNEL + 3
HALF = Script(text="one two three four five six seven eight", reasoning="", hang_after_tokens=4)


async def talk(house: House, text: str, says: str, author: Author = ALICE, channel: int = CHANNEL) -> Response:
    """A turn that stands in Discord whole."""
    house.grok.script(Script(text=says, reasoning=""))
    answer = await house.answered(text, author, channel)
    await house.engine.places.shown(MessageRef(next(house.numbers), channel, answer.id))
    await house.quiet()
    return answer


async def refs(house: House, *response_ids: str) -> set[int]:
    return {ref.message_id for each in response_ids for ref in await house.store.messages.of(each)}


async def test_a_conversation_goes_with_rows_shares_and_what_xai_keeps_after_a_plan_that_says_so(
    grok: GrokSandbox, file: Path
) -> None:
    async with living(grok, file, mode="stateful", public_url="http://127.0.0.1:9") as house:
        answer = await talk(house, "Where is the heron?", "By the willow.")
        await house.engine.library.shares.add(answer.id, AS_ALICE, names=False)
        held, ids = await house.held(), await house.path_ids()
        messages = await refs(house, *ids)
        plan = await house.engine.moderation.purge.plan(MODERATOR, conversation_id=held.id)
        assert (plan.conversations, plan.responses, plan.shares, plan.stored) == (1, 2, 1, 1)
        assert {ref.message_id for ref in plan.messages} == messages
        assert len(messages) == 2
        went = await house.engine.moderation.purge.run(MODERATOR, conversation_id=held.id, reason="Asked for")
        assert went == plan
        await house.engine.xai_deletion.drain(5)
        assert await house.store.conversations.get(held.id) is None
        assert await house.store.deletion.to_forget() == ()
        (entry,) = await audited(house)
        assert (entry.action, entry.target, entry.reason) == ("purge", f"conversation:{held.id}", "Asked for")
        assert dict(entry.details) == {
            "channel": 900, "since": None, "conversations": 1, "responses": 2, "shares": 1, "messages": 2,
        }  # fmt: skip
        for word in (b"heron", b"willow"):
            assert word not in raw(file)


async def test_of_a_user_their_words_go_and_the_answers_to_them_alone_and_what_others_said_stays(
    house: House, file: Path
) -> None:
    await talk(house, "Bob asks of herons", "To bob of herons", BOB)
    mine = await talk(house, "Alice tells of ospreys", "To alice of ospreys", ALICE)
    later = await talk(house, "Bob asks of kites", "To bob of kites", BOB)
    alone = await talk(house, "Alice alone with falcons", "Falcons to alice", ALICE, THERE)
    gone = await refs(house, mine.id, mine.parent_id or "", *(await house.path_ids(THERE)))
    plan = await house.engine.moderation.purge.plan(MODERATOR, user_id=ALICE.id)
    went = await house.engine.moderation.purge.run(MODERATOR, user_id=ALICE.id)
    assert went == plan
    assert (went.conversations, went.responses) == (1, 4)
    assert {ref.message_id for ref in went.messages} == gone
    assert await house.store.responses.get(alone.id) is None
    assert await house.path() == [
        "Bob asks of herons",
        "To bob of herons",
        "",
        "",
        "Bob asks of kites",
        "To bob of kites",
    ]
    for word in (b"osprey", b"falcon", b"Falcon"):
        assert word not in raw(file)
    assert (await house.kept(later.id)).message == "To bob of kites"
    assert await refs(house, mine.id, mine.parent_id or "") == set()
    await talk(house, "Bob goes on", "So do I", BOB)
    (*_, last) = [call for call in house.grok.requests if call.method == "GetCompletionChunk"]
    assert not any("osprey" in line for line in shown(last))
    assert [(e.action, e.target) for e in await audited(house)] == [("purge", f"user:{ALICE.id}")]


async def test_since_a_moment_what_came_before_it_stays(house: House) -> None:
    await talk(house, "Early", "To early")
    house.clock.ahead += timedelta(hours=2)
    since = house.clock() - timedelta(hours=1)
    await talk(house, "Late", "To late")
    went = await house.engine.moderation.purge.run(MODERATOR, user_id=ALICE.id, since=since)
    assert (went.conversations, went.responses) == (0, 2)
    assert await house.path() == ["Early", "To early", "", ""]


async def test_what_runs_and_waits_there_ends_first_and_nothing_of_it_comes_back(house: House, file: Path) -> None:
    await talk(house, "Bob begins", "Gladly", BOB)
    house.grok.script(HALF)
    running = await house.begin("Alice on ospreys")
    assert await house.ask("Alice on more ospreys", message_id=7_000) is None
    shown_whole = asyncio.create_task(_shows(house, running.id))
    went = await house.engine.moderation.purge.run(MODERATOR, user_id=ALICE.id)
    await shown_whole
    await house.quiet()
    assert running.has_ended
    assert went.responses == 3
    assert 7_000 in {ref.message_id for ref in went.messages}
    assert b"osprey" not in raw(file)


async def _shows(house: House, response_id: str) -> None:
    """As the Discord side does with an answer that ends."""
    await eventually(lambda: not any(each.id == response_id for each in house.engine.runner.running))
    for running_id in [response_id]:
        await house.engine.places.shown_whole(running_id)


async def test_another_servers_moderator_takes_nothing_away(house: House) -> None:
    await talk(house, "Hello", "Hello too")
    held = await house.held()
    with pytest.raises(NotFoundError):
        await house.engine.moderation.purge.run(OF_OTHER_GUILD, conversation_id=held.id)
    nothing = await house.engine.moderation.purge.run(OF_OTHER_GUILD, user_id=ALICE.id)
    assert (nothing.conversations, nothing.responses, nothing.messages) == (0, 0, ())
    assert await house.path() == ["Hello", "Hello too"]
    with pytest.raises(UserError):
        await house.engine.moderation.purge.plan(MODERATOR)
    with pytest.raises(UserError):
        await house.engine.moderation.purge.plan(MODERATOR, conversation_id=held.id, user_id=ALICE.id)


async def test_a_purge_that_cannot_be_written_changes_nothing_and_is_not_audited(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await talk(house, "Hello", "Hello too")
        await house.store.close()
        with pytest.raises(StoreError):
            await house.engine.moderation.purge.run(MODERATOR, user_id=ALICE.id)
    async with living(grok, file) as again:
        assert await again.path() == ["Hello", "Hello too"]
        assert await audited(again) == []
