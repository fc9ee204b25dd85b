from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.errors import NotAllowedError, NotFoundError, UserError
from grokbot.conversation.response import Author, MessageRef, State, TitleBy
from grokbot.sandbox.grok_server import Script
from grokbot.store import NotStoredError

from .house import (
    ALICE,
    AS_ALICE,
    AS_BOB,
    AS_CAROL,
    AS_MODERATOR,
    BOB,
    CAROL,
    CHANNEL,
    asked_last,
    at,
    eventually,
    living,
    opening,
    previous,
    shown,
)

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.conversation.response import Conversation
    from grokbot.engine.library import Library
    from grokbot.policy.actor import Actor
    from grokbot.sandbox.grok_server import GrokSandbox

    from .house import House

ELSEWHERE = CHANNEL + 1


async def ids(library: Library, user_id: int, *, search: str = "", starred: bool = False) -> list[str]:
    page = await library.listed(user_id, search=search, starred=starred)
    return [entry.conversation.id for entry in page.entries]


async def test_the_conversation_here_is_the_channels_newest(house: House) -> None:
    with pytest.raises(UserError, match="no conversation here"):
        await house.engine.library.here(CHANNEL, 1)
    await house.answered("Hello")
    older = await house.held()
    assert await house.engine.library.here(CHANNEL, 1) == older
    newer = await house.engine.turns.open(opening())
    assert (await house.engine.library.here(CHANNEL, 1)).id == newer.id


@pytest.mark.parametrize("actor", [AS_ALICE, AS_MODERATOR])
async def test_the_owner_and_moderators_give_a_title_and_who_watches_is_told(house: House, actor: Actor) -> None:
    await house.answered("Hello")
    told: list[Conversation] = []
    house.watch_titles(told.append)
    titled = await house.engine.library.title((await house.held()).id, "  Of\nowls\u202e  and \0 mice ", actor)
    assert (titled.title, titled.title_by) == ("Of owls and mice", TitleBy.PERSON)
    assert await house.held() == titled
    assert told == [titled]


async def test_a_title_is_cut_at_a_hundred_characters_and_one_without_anything_in_it_is_refused(house: House) -> None:
    await house.answered("Hello")
    held = await house.held()
    assert len((await house.engine.library.title(held.id, "word " * 99, AS_ALICE)).title) <= 100
    before = await house.held()
    for nothing in ("", " \n ", "\u200b\u2060"):
        with pytest.raises(UserError, match="title"):
            await house.engine.library.title(held.id, nothing, AS_ALICE)
    assert await house.held() == before


async def test_others_give_a_title_only_where_that_is_set(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file) as house:
        await house.answered("Hello")
        await house.answered("Me too", author=BOB)
        held = await house.held()
        for other in (AS_BOB, AS_CAROL):
            with pytest.raises(NotAllowedError):
                await house.engine.library.title(held.id, "Mine", other)
    async with living(grok, file, steering="everyone") as house:
        assert (await house.engine.library.title(held.id, "Ours", AS_CAROL)).title == "Ours"


async def test_a_moderator_of_one_channel_is_none_in_another(house: House) -> None:
    await house.answered("Hello")
    held = await house.held()
    library, elsewhere = house.engine.library, at(AS_MODERATOR, ELSEWHERE)
    for call in (
        library.title(held.id, "Mine", elsewhere),
        library.to_delete(held.id, elsewhere),
        library.delete(held.id, elsewhere),
        library.info(held.id, elsewhere),
    ):
        with pytest.raises(NotFoundError):
            await call
    await house.answered("I take part", author=Author(AS_MODERATOR.id, "moderator"))
    for call in (library.title(held.id, "Mine", elsewhere), library.to_delete(held.id, elsewhere)):
        with pytest.raises(NotAllowedError):
            await call
    assert (await library.title(held.id, "Mine", AS_MODERATOR)).title == "Mine"


async def test_info_is_for_those_who_stand_there_or_take_part(house: House) -> None:
    await house.answered("Hello")
    await house.answered("Me too", author=BOB)
    held = await house.held()
    library = house.engine.library
    for actor in (at(AS_ALICE, None), at(AS_BOB, ELSEWHERE), AS_CAROL):
        info = await library.info(held.id, actor)
        assert (info.responses, info.people, info.variants) == (4, 2, 1)
    for actor in (at(AS_CAROL, None), at(AS_CAROL, ELSEWHERE)):
        with pytest.raises(UserError, match="This conversation no longer exists") as refused:
            await library.info(held.id, actor)
        with pytest.raises(UserError) as unknown:
            await library.info("nobody", actor)
        assert str(refused.value) == str(unknown.value)  # whether there is one is not told


async def test_a_star_is_set_and_taken_by_id_and_by_an_answers_message(house: House) -> None:
    answer = await house.answered("Hello")
    library, held = house.engine.library, await house.held()
    await house.engine.places.shown(MessageRef(50, CHANNEL, answer.id))
    await house.engine.places.shown(MessageRef(51, CHANNEL, answer.id, 1))
    assert await library.stars.add(held.id, ALICE.id) is True
    assert await library.stars.add(held.id, ALICE.id) is False
    assert await library.stars.remove(held.id, ALICE.id) is True
    assert await library.stars.remove(held.id, ALICE.id) is False
    for _ in range(2):
        await library.stars.set_by_message(51, CAROL.id, on=True)
        assert await ids(library, CAROL.id, starred=True) == [held.id]
    assert await ids(library, ALICE.id, starred=True) == []
    await library.stars.set_by_message(50, CAROL.id, on=False)
    assert await ids(library, CAROL.id, starred=True) == []


async def test_a_star_on_anything_but_an_answer_means_nothing(house: House) -> None:
    await house.answered("Hello")
    for message_id in (1, 77_777):  # the question, and what nobody knows
        await house.engine.library.stars.set_by_message(message_id, ALICE.id, on=True)
    assert await ids(house.engine.library, ALICE.id, starred=True) == []


async def test_the_answer_at_a_message_is_the_one_it_shows_or_the_one_to_it(house: House) -> None:
    first, second = await house.answered("One"), await house.answered("Two")
    await house.engine.places.shown(MessageRef(50, CHANNEL, second.id, 1))
    library = house.engine.library
    assert [(await library.answer_at(number)).id for number in (1, 2, 50)] == [first.id, second.id, second.id]
    assert (await library.answer(first.id)).id == first.id
    with pytest.raises(UserError):
        await library.answer_at(77_777)
    for wrong in ("nobody", first.parent_id or ""):
        with pytest.raises(UserError):
            await library.answer(wrong)


async def test_a_message_that_is_not_answered_has_no_answer(house: House) -> None:
    running = await house.begin_scripted(Script(text="a b c d", reasoning="", hang_after_tokens=2), "One")
    assert await house.ask("and two") is None
    for message_id in (1, 2):
        with pytest.raises(UserError, match="no answer"):
            await house.engine.library.answer_at(message_id)
    await house.engine.answers.stop(running.id)


async def test_lists_are_searched_in_titles_and_texts(house: House) -> None:
    await house.answered("About owls")
    await house.answered("About mice", channel=ELSEWHERE)
    owls, mice = await house.held(), await house.held(ELSEWHERE)
    library = house.engine.library
    await library.title(mice.id, "Rodents", AS_ALICE)
    assert await ids(library, ALICE.id) == [mice.id, owls.id]
    assert await ids(library, ALICE.id, search="OWLS") == [owls.id]
    assert await ids(library, ALICE.id, search="rodent") == [mice.id]
    assert await ids(library, BOB.id) == []


async def test_deleting_takes_everything_here_and_at_xai(stateful: House) -> None:
    first, second = await stateful.answered("One"), await stateful.answered("Two")
    await stateful.engine.places.shown(MessageRef(50, CHANNEL, second.id))
    held, library = await stateful.held(), stateful.engine.library
    await library.stars.add(held.id, BOB.id)
    token = await library.shares.add(second.id, AS_ALICE, names=False)
    assert await library.shares.shown(token) is not None
    deleted = await library.delete(held.id, AS_ALICE)
    assert deleted.conversation == held
    assert [ref.message_id for ref in deleted.messages] == [1, 2, 50]
    assert deleted.xai_ids == (first.xai_id, second.xai_id)
    assert await library.shares.shown(token) is None
    assert await stateful.store.conversations.get(held.id) is None
    assert await stateful.engine.places.conversation_in(CHANNEL) is None
    await eventually(lambda: stateful.engine.xai_deletion.left == 0)
    assert await stateful.store.deletion.to_forget() == ()
    for xai_id in deleted.xai_ids:
        assert not stateful.grok.expire(xai_id)  # it is gone there


async def test_what_a_branchs_answer_under_way_has_seen_of_it_does_not_stay_at_xai(stateful: House) -> None:
    first = await stateful.answered("my secret is plums")
    await stateful.engine.variants.branch(first.id, AS_ALICE, opening(CHANNEL + 1))
    stateful.grok.script(Script(text="Plums, then.", reasoning="", hang_after_tokens=1))
    running = await stateful.begin("go on", channel=CHANNEL + 1)
    await eventually(lambda: running.draft.length > 0)
    await stateful.engine.library.delete((await stateful.held()).id, AS_ALICE)
    await stateful.engine.answers.stop(running.id)
    await stateful.quiet()
    await eventually(lambda: stateful.engine.xai_deletion.left == 0)
    assert (await stateful.kept(running.id)).xai_id is None
    deletions = [call.status for call in stateful.grok.requests if call.method == "DeleteStoredCompletion"]
    assert len(deletions) == len({first.xai_id, running.draft.xai_id})
    await stateful.answered("And now?", channel=CHANNEL + 1)
    assert previous(asked_last(stateful.grok)) == ""
    assert not any("my secret" in line for line in shown(asked_last(stateful.grok)))


async def test_only_the_owner_and_moderators_delete_whatever_is_set(grok: GrokSandbox, file: Path) -> None:
    async with living(grok, file, steering="everyone") as house:
        await house.answered("One")
        await house.answered("Me too", author=BOB)
        held, library = await house.held(), house.engine.library
        for other in (AS_BOB, AS_CAROL):
            with pytest.raises(NotAllowedError, match="owner and moderators"):
                await library.delete(held.id, other)
        assert (await library.delete(held.id, AS_MODERATOR)).conversation.id == held.id


async def test_what_runs_is_ended_and_what_waits_is_dropped_before_a_conversation_goes(house: House) -> None:
    running = await house.begin_scripted(Script(text="a b c d e", reasoning="", hang_after_tokens=2), "One")
    assert await house.ask("Two") is None
    assert await house.ask("Three", author=BOB) is None
    deleted = await house.engine.library.delete((await house.held()).id, AS_ALICE)
    assert (await running.end()).state is State.STOPPED
    assert house.grok.running == 0
    assert await house.store.queue.conversations() == ()
    assert await house.store.conversations.get(deleted.conversation.id) is None
    await house.quiet()
    assert house.engine.runner.running == ()
    assert len(house.grok.requests) == 1


async def test_two_who_delete_at_once_delete_once(house: House) -> None:
    await house.begin_scripted(Script(text="a b c d e", reasoning="", hang_after_tokens=2), "One")
    held, library = await house.held(), house.engine.library
    told = await asyncio.gather(
        library.delete(held.id, AS_ALICE), library.delete(held.id, AS_MODERATOR), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in told) == ["DeletedConversation", "NotFoundError"]
    await house.quiet()


async def test_everything_says_clearly_that_a_deleted_conversation_is_gone(house: House) -> None:
    answer = await house.answered("One")
    await house.engine.places.shown(MessageRef(50, CHANNEL, answer.id))
    held, library = await house.held(), house.engine.library
    await library.delete(held.id, AS_ALICE)
    for call in (
        library.delete(held.id, AS_ALICE),
        library.title(held.id, "Owls", AS_ALICE),
        library.stars.add(held.id, ALICE.id),
        library.stars.remove(held.id, ALICE.id),
        library.info(held.id, AS_ALICE),
        library.shares.close(held.id, AS_ALICE),
        library.transcripts.of_path(None, held.id, AS_ALICE, names=True),
        library.shares.add(answer.id, AS_ALICE, names=False),
        library.answer(answer.id),
        library.answer_at(50),
    ):
        with pytest.raises(UserError, match="no longer exists"):
            await call
    await library.stars.set_by_message(50, ALICE.id, on=True)
    await house.engine.places.hidden(50)
    await house.engine.withdrawal.message_deleted(1)
    await house.engine.library.places_gone(channel_id=CHANNEL)
    await house.engine.places.shown_whole(answer.id)
    assert await ids(library, ALICE.id) == []


async def test_a_new_conversation_begins_where_one_was_deleted(house: House) -> None:
    await house.answered("One")
    await house.engine.library.delete((await house.held()).id, AS_ALICE)
    await house.answered("Two")
    assert await house.path() == ["Two", (await house.path())[1]]


async def test_what_was_held_in_a_thread_that_discord_deleted_is_gone_here_too(house: House) -> None:
    answer = await house.answered("One")
    held, library = await house.held(), house.engine.library
    await house.engine.places.shown(MessageRef(50, CHANNEL, answer.id))
    await house.engine.places.hidden(50)
    await house.engine.library.places_gone(channel_id=CHANNEL)
    with pytest.raises(UserError, match="no longer exists"):
        await library.transcripts.of_path(None, held.id, AS_ALICE, names=True)
    with pytest.raises(NotStoredError):
        await house.store.responses.path(answer.id)
    await house.engine.library.places_gone(channel_id=CHANNEL)  # the event came twice
