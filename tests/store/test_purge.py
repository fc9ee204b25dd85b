from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from grokbot.conversation.records import AuditEntry
from grokbot.conversation.records.purge import PurgeScope
from grokbot.conversation.response import Author, State
from grokbot.store import RowRefusedError, Store

from .cases import ALICE, BOB, GUILD, START, at, conversation, ended, human, pending, ref

if TYPE_CHECKING:
    from grokbot.conversation.records import PurgePlan
    from grokbot.conversation.response import Response

OF_ALICE = PurgeScope(guild_id=GUILD, user_id=ALICE.id)


def entry(went: PurgePlan) -> AuditEntry:
    return AuditEntry(
        id="e", at=START, guild_id=GUILD, actor_id=3, action="purge", details={"responses": went.responses}
    )


async def turn(store: Store, number: int, above: str | None, *authors: Author, new: str | None = None) -> Response:
    """One turn of the conversation "c", in which these say something together."""
    humans: list[Response] = []
    for place, author in enumerate(authors):
        said = human(f"h{number}{place}", humans[-1].id if humans else above, number, author)
        humans.append(replace(said, message=f"{author.name} said {number}"))
    answer = pending(f"a{number}", humans[-1].id)
    messages = [ref(10 * number + place, each.id) for place, each in enumerate(humans)]
    await store.turns.begin(humans, answer, messages, conversation() if new else None)
    done = replace(ended(answer), message=f"answer {number}", reasoning=f"thought {number}")
    await store.turns.end(done, answer.id, at(number))
    return done


async def said(store: Store) -> list[str]:
    return [response.message for response in await store.responses.path("a3")]


async def test_an_answer_to_several_people_stays_and_what_the_user_said_with_them_goes(store: Store) -> None:
    await turn(store, 1, None, ALICE, new="c")
    await turn(store, 2, "a1", BOB, ALICE)
    await turn(store, 3, "a2", BOB)
    went, _ = await store.purge.run(OF_ALICE, START, entry)
    assert (went.conversations, went.responses) == (0, 3)
    assert [each.message_id for each in went.messages] == [10, 21]
    assert await said(store) == ["", "", "bob said 2", "", "answer 2", "bob said 3", "answer 3"]
    blank = await store.responses.get("a1")
    assert blank is not None
    assert (blank.reasoning, blank.steps, blank.queries, blank.state) == ("", (), (), State.DONE)
    assert (await store.audit.page(GUILD)).entries[0].details == {"responses": 3}
    again, _ = await store.purge.run(replace(OF_ALICE, since=at(3)), START, lambda went: replace(entry(went), id="e2"))
    assert again.responses == 0


async def test_what_the_user_began_alone_goes_whole_and_not_where_it_began_earlier(store: Store) -> None:
    await turn(store, 1, None, ALICE, new="c")
    plan = await store.purge.plan(replace(OF_ALICE, since=at(1)), START)
    assert (plan.conversations, plan.responses) == (0, 2)
    assert await store.purge.conversations(OF_ALICE) == ("c",)
    assert await store.purge.conversations(replace(OF_ALICE, guild_id=GUILD + 1)) == ()
    assert await store.purge.conversations(replace(OF_ALICE, user_id=BOB.id)) == ()
    went, _ = await store.purge.run(OF_ALICE, START, entry)
    assert (went.conversations, went.responses) == (1, 2)
    assert await store.conversations.get("c") is None


async def test_a_purge_whose_line_cannot_be_written_takes_nothing_away(store: Store) -> None:
    await turn(store, 1, None, ALICE, new="c")
    await store.audit.add(AuditEntry(id="e", at=START, guild_id=GUILD, actor_id=3, action="block"))
    with pytest.raises(RowRefusedError):
        await store.purge.run(OF_ALICE, START, entry)
    assert [each.message for each in await store.responses.path("a1")] == ["alice said 1", "answer 1"]
