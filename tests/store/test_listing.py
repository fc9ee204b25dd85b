from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from grokbot.conversation.response import Author, Response, State, TitleBy, Usage
from grokbot.display import Rearranged
from grokbot.store import RowRefusedError
from grokbot.store.conversations.listing import _changed_last_first, _parts
from grokbot.store.tables.budgets import usage_ledger
from grokbot.store.tables.conversations import conversations
from grokbot.store.tables.rows import row_of_conversation

from .cases import ALICE, BOB, START, at, conversation, ended, human, pending, ref
from .test_delete import LATER, share_of, stored
from .test_variants import keep, said

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from grokbot.store import Store

CAROL = Author(333, "carol")


async def begun(
    store: Store, name: str, *responses: Response, owner: Author = ALICE, tick: int = 0, title: str = ""
) -> None:
    """A conversation of this owner, with these responses in it, changed at that time."""
    made = replace(conversation(name), owner_id=owner.id, modified_at=at(tick), title=title)
    await store.conversations.add_forest(made, [replace(r, conversation_id=name) for r in responses])


async def ids(store: Store, user: Author = ALICE, **asked: object) -> list[str]:
    page = await store.listing.page(user.id, **asked)  # type: ignore[arg-type] # as it is asked
    return [entry.conversation.id for entry in page.entries]


async def test_a_person_is_shown_what_they_own_or_wrote_in_changed_last_first(store: Store) -> None:
    await begun(store, "own", human("h1"), tick=2)
    await begun(store, "joined", human("h2", author=BOB), human("h3", author=ALICE), owner=BOB, tick=3)
    await begun(store, "bobs", human("h4", author=BOB), owner=BOB, tick=4)
    await begun(store, "empty", tick=1)
    assert await ids(store) == ["joined", "own", "empty"]
    assert await ids(store, BOB) == ["bobs", "joined"]
    assert await ids(store, CAROL) == []


async def test_pages_and_their_total_count(store: Store) -> None:
    for number in range(7):
        await begun(store, f"c{number}", tick=number)
    page = await store.listing.page(ALICE.id, offset=2, limit=3)
    assert [entry.conversation.id for entry in page.entries] == ["c4", "c3", "c2"]
    assert page.total == 7
    assert (await store.listing.page(ALICE.id, offset=7, limit=3)).entries == ()
    assert (await store.listing.page(ALICE.id, limit=0)).total == 7


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("owl", ["title", "said", "answered"]),
        ("OWL", ["title", "said", "answered"]),
        ("über ÄSTE", ["umlauts"]),
        ("ÜBER äste", ["umlauts"]),
        ("100%", ["signs"]),
        ("a_b", ["signs"]),
        ("%", ["signs"]),
        ("back/slash", ["signs"]),
        ("no such", []),
        ("   ", ["title", "said", "answered", "umlauts", "signs", "plain"]),
        (" owl ", ["title", "said", "answered"]),
        ("x" * 5_000, []),
    ],
)
async def test_a_search_finds_titles_and_what_was_said_in_whatever_case(
    store: Store, search: str, found: list[str]
) -> None:
    await begun(store, "title", tick=9, title="Of Owls")
    await begun(store, "said", human("h1", text="What is an OWL?"), tick=8)
    await begun(store, "answered", human("h2"), said("a2", "h2", "An owl is a bird."), tick=7)
    await begun(store, "umlauts", human("h3", text="über Äste"), tick=6)
    await begun(store, "signs", human("h4", text="100% a_b back/slash"), tick=5)
    await begun(store, "plain", human("h5", text="1000 aXb"), tick=4)
    await begun(store, "others", human("h6", text="owl", author=BOB), owner=BOB, tick=3)
    assert await ids(store, search=search) == found


async def test_stars_are_each_persons_own(store: Store) -> None:
    await begun(store, "c", human("h"))
    await begun(store, "d")
    assert await store.stars.add(ALICE.id, "c") is True
    assert await store.stars.add(ALICE.id, "c") is False
    assert await store.stars.add(ALICE.id, "nobody") is False
    assert await store.stars.has(ALICE.id, "c")
    assert not await store.stars.has(BOB.id, "c")
    assert await ids(store, starred=True) == ["c"]
    assert [entry.starred for entry in (await store.listing.page(ALICE.id)).entries] == [False, True]
    assert await ids(store, starred=True, search="a question") == ["c"]
    assert await ids(store, starred=True, search="owl") == []
    assert await store.stars.remove(BOB.id, "c") is False
    assert await store.stars.remove(ALICE.id, "c") is True
    assert await store.stars.remove(ALICE.id, "c") is False
    assert await ids(store, starred=True) == []


async def test_who_only_looked_on_finds_what_they_starred_among_their_stars(store: Store) -> None:
    await begun(store, "c", human("h"))
    await store.stars.add(CAROL.id, "c")
    assert await ids(store, CAROL, starred=True) == ["c"]
    assert await ids(store, CAROL) == []


async def test_who_only_looked_on_cannot_find_out_what_is_said_there(store: Store) -> None:
    await begun(store, "c", human("h", text="plums"))
    await store.conversations.change("c", title="Figs")
    for user in (CAROL, ALICE):
        await store.stars.add(user.id, "c")
    assert await ids(store, CAROL, starred=True, search="plums") == []
    assert await ids(store, CAROL, starred=True, search="figs") == ["c"]
    assert await ids(store, ALICE, starred=True, search="plums") == ["c"]


async def test_a_line_says_how_much_there_is_and_how_it_began(store: Store) -> None:
    first, second = human("h1", text="first\n\n  words " + "and more " * 99), human("h2", "h1", text="second")
    await begun(store, "c", said("a0", None, "hello"), first, second, said("a1", "h2"))
    (entry,) = (await store.listing.page(ALICE.id)).entries
    assert entry.responses == 4
    assert entry.first_words.startswith("first words and more and more")
    assert len(entry.first_words) <= 100
    assert entry.conversation == await store.conversations.get("c")
    await store.deletion.erase("h1", START)
    (entry,) = (await store.listing.page(ALICE.id)).entries
    assert entry.first_words == "second"


async def test_a_line_begins_with_what_a_message_says_since_it_was_edited(store: Store) -> None:
    await keep(store, human("h", text="my secret"), human("h2", text="hello"), said("a", "h2"))
    change = Rearranged(moved=(), former=[("h", 1)], again=(), moves_leaf=True, leaf_id="a")
    await store.placement.change("c", change, LATER)
    (line,) = (await store.listing.page(ALICE.id)).entries
    assert line.first_words == "hello"


@pytest.mark.parametrize("search", ["\ud800", "é\ud800", "a\0b"])
async def test_a_search_for_what_no_text_can_hold_finds_nothing(store: Store, search: str) -> None:
    await keep(store, human("h", text="a"), said("a", "h"))
    assert (await store.listing.page(ALICE.id, search=search)).total == 0


async def test_who_takes_part_owns_it_or_has_written_in_it(store: Store) -> None:
    await begun(store, "c", human("h", author=BOB), owner=ALICE)
    assert await store.listing.takes_part(ALICE.id, "c")
    assert await store.listing.takes_part(BOB.id, "c")
    assert not await store.listing.takes_part(CAROL.id, "c")
    assert not await store.listing.takes_part(ALICE.id, "nobody")


async def test_who_writes_takes_part_from_then_on(store: Store) -> None:
    await store.turns.begin([human("h1")], pending("a1", "h1"), [ref(1, "h1")], conversation())
    assert not await store.listing.takes_part(BOB.id, "c")
    await store.queue.add(human("h2", author=BOB, state=State.PENDING), ref(2, "h2"))
    assert await ids(store, BOB) == ["c"]
    chain = [human("h2", "a1", author=BOB), human("h3", "h2", author=CAROL), human("h4", "h3", author=BOB)]
    await store.turns.begin(chain, pending("a2", "h4"), [ref(3, "h3"), ref(4, "h4")])
    for user in (ALICE, BOB, CAROL):
        assert (await store.listing.page(user.id)).total == 1


async def test_who_begins_somebody_elses_conversation_takes_part_in_it(store: Store) -> None:
    owned = replace(conversation(), owner_id=CAROL.id)
    await store.turns.begin([human("h1", author=BOB)], pending("a1", "h1"), [], owned)
    assert await store.listing.takes_part(BOB.id, "c")
    assert await store.listing.takes_part(CAROL.id, "c")


async def test_info_tells_what_a_conversation_is_and_has_taken(store: Store) -> None:
    empty, failed = pending("a3", "h"), said("a4", "h", "")
    first = stored("a1", "h")
    first = replace(first, finished_at=first.created_at + timedelta(seconds=2.5))
    answers = [first, replace(stored("a2", "h"), usage=Usage(1, 1, 1, 1, 1, None)), empty, failed]
    await begun(store, "c", human("h"), *answers, human("i", "a1", author=BOB))
    await store.conversations.change("c", leaf_id="a1")
    await keep(store, conversation_id="d", branched_from="a1")
    await keep(store, conversation_id="e", branched_from="h")
    await store.stars.add(BOB.id, "c")
    for number in range(3):
        await store.shares.add(share_of("a1", "c", f"t{number}"))
    await store.shares.revoke("d", LATER)
    info = await store.listing.info("c", BOB.id)
    assert info is not None
    assert info.conversation == await store.conversations.get("c")
    assert (info.starred, info.responses, info.variants, info.branches, info.shares, info.people) == (
        True, 6, 3, 2, 3, 2,
    )  # fmt: skip
    assert info.tokens == Usage(21, 9, 41, 11, 3, 246)
    assert info.seconds == 2.5
    assert info.kept_until == answers[0].stored_until


async def test_info_of_what_has_not_begun_is_all_nothing(store: Store) -> None:
    await begun(store, "c")
    info = await store.listing.info("c", BOB.id)
    assert info is not None
    assert (info.starred, info.responses, info.variants, info.branches, info.shares, info.people) == (
        False, 0, 0, 0, 0, 0,
    )  # fmt: skip
    assert (info.tokens, info.kept_until) == (Usage(), None)
    assert await store.listing.info("nobody", BOB.id) is None


async def test_shares_are_open_until_they_are_revoked(store: Store) -> None:
    await begun(store, "c", human("h"), said("a", "h"))
    theirs, own = replace(share_of("a", token="1"), created_by=BOB.id), replace(share_of("a", token="2"), names=True)
    for share in (theirs, own):
        await store.shares.add(share)
    assert await store.shares.get("1") == theirs
    assert await store.shares.get("2") == own
    assert await store.shares.get("3") is None
    with pytest.raises(RowRefusedError):
        await store.shares.add(own)
    assert await store.shares.revoke("c", LATER, CAROL.id) == 0
    assert await store.shares.revoke("c", LATER, BOB.id) == 1
    assert await store.shares.get("1") == replace(theirs, revoked_at=LATER)
    assert await store.shares.revoke("c", LATER) == 1
    assert await store.shares.revoke("c", LATER) == 0


async def test_a_title_that_a_person_gave_is_not_replaced_by_groks(store: Store) -> None:
    await begun(store, "c")
    assert await store.conversations.set_title("c", "Owls\0", TitleBy.GROK)
    assert await store.conversations.set_title("c", "More owls", TitleBy.GROK)
    assert await store.conversations.set_title("c", "Mine", TitleBy.PERSON)
    assert not await store.conversations.set_title("c", "Owls", TitleBy.GROK)
    assert await store.conversations.set_title("c", "Mine too", TitleBy.PERSON)
    found = await store.conversations.get("c")
    assert found is not None
    assert (found.title, found.title_by) == ("Mine too", TitleBy.PERSON)
    assert not await store.conversations.set_title("nobody", "x", TitleBy.PERSON)


async def test_what_is_imported_is_there_whole_or_not_at_all(store: Store) -> None:
    chain = [human("h"), ended(pending("a", "h"))]
    for wrong in (
        (replace(conversation(), leaf_id="nobody"), chain),
        (conversation(), [*chain, human("i", "nobody")]),
        (conversation(), [*chain, human("h")]),
    ):
        with pytest.raises(RowRefusedError):
            await store.conversations.add_forest(*wrong)
        assert await store.conversations.get("c") is None
    await store.conversations.add_forest(replace(conversation(), leaf_id="a"), chain)
    assert await store.responses.path("a") == tuple(chain)


async def test_what_people_of_an_import_asked_is_put_to_the_owner(store: Store) -> None:
    await begun(store, "c", human("h", author=Author(-1, "somebody")))
    answer = pending("a", "h")
    await store.turns.begin([], answer, [])
    await store.turns.end(ended(answer), "a", START)
    rows = await store._database.rows(select(usage_ledger.c.user_id))
    assert [row["user_id"] for row in rows] == [ALICE.id]


async def test_everybodys_list_holds_all_there_is_with_ones_own_stars(store: Store) -> None:
    await begun(store, "alices", human("h1", text="Of owls"), tick=3)
    await begun(store, "bobs", human("h2", author=BOB, text="Of owls"), owner=BOB, tick=2)
    await begun(store, "nobodys", owner=Author(0, "operator"), tick=1)
    await store.stars.add(CAROL.id, "bobs")
    await store.stars.add(BOB.id, "alices")
    assert await ids(store, CAROL) == []
    page = await store.listing.page(CAROL.id, everybodys=True)
    assert [(entry.conversation.id, entry.starred) for entry in page.entries] == [
        ("alices", False),
        ("bobs", True),
        ("nobodys", False),
    ]
    assert page.total == await store.listing.count() == 3
    assert await ids(store, CAROL, everybodys=True, search="OWL") == ["alices", "bobs"]
    assert await ids(store, CAROL, everybodys=True, starred=True) == ["bobs"]
    assert await ids(store, CAROL, starred=True, search="owl") == []  # what was said is none of carol's business
    assert await ids(store, CAROL, everybodys=True, starred=True, search="owl") == ["bobs"]
    assert await ids(store, CAROL, everybodys=True, offset=1, limit=1) == ["bobs"]


async def test_a_list_of_thousands_is_read_whole_where_that_is_asked_for(store: Store) -> None:
    rows = [row_of_conversation(replace(conversation(f"c{n:05}"), modified_at=at(n))) for n in range(2_000)]

    def add(connection: Connection) -> None:
        connection.execute(insert(conversations), rows)

    await store._database.write(add)
    page = await store.listing.page(CAROL.id, everybodys=True, limit=5_000)
    assert [entry.conversation.id for entry in page.entries] == [f"c{n:05}" for n in reversed(range(2_000))]
    assert page.total == 2_000


async def test_a_page_of_everybodys_list_reads_no_more_than_itself(store: Store) -> None:
    """By the plan rather than by the clock: the newest come from an index in their order."""

    def plan(connection: Connection) -> str:
        page = _changed_last_first(_parts([], everybodys=True, starred=False)).limit(10)
        written = str(page.compile(connection, compile_kwargs={"literal_binds": True}))
        return " ".join(str(row) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {written}"))

    found = await store._database.read(plan)
    assert "ix_conversations_modified_at" in found
    assert "TEMP B-TREE" not in found


async def test_what_is_shared_of_a_conversation_is_what_is_not_revoked(store: Store) -> None:
    await begun(store, "c", human("h"), said("a", "h"), human("h2", "a"), said("a2", "h2"))
    assert await store.shares.of("c") == set()
    for response_id, token in (("a", "t1"), ("a", "t2"), ("a2", "t3")):
        await store.shares.add(share_of(response_id, token=token))
    assert await store.shares.of("c") == {"a", "a2"}
    await store.shares.revoke("c", START)
    assert await store.shares.of("c") == set()
    assert await store.shares.of("no such conversation") == set()
