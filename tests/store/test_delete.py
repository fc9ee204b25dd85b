from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from grokbot.conversation.records import Share
from grokbot.conversation.response import Mode, Response, State, TitleBy
from grokbot.store import NotStoredError, RowRefusedError, Store
from grokbot.store.tables.budgets import usage_ledger
from grokbot.store.tables.conversations import discord_messages, responses, shares, stars, unshown
from grokbot.store.tables.types import metadata

from .cases import ALICE, START, at, conversation, human, pending, ref
from .test_variants import keep, said

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection, Table

LATER = START + timedelta(days=1)
KEPT = START + timedelta(days=30)


def stored(response_id: str, parent_id: str | None) -> Response:
    """An answer that xAI keeps under `x-` and its id."""
    return replace(said(response_id, parent_id), xai_id=f"x-{response_id}", stored_until=KEPT)


def share_of(response_id: str, conversation_id: str = "c", token: str = "t") -> Share:  # noqa: S107 -- no secret
    return Share(
        token_hash=token, response_id=response_id, conversation_id=conversation_id, created_by=1, created_at=START,
        names=False,
    )  # fmt: skip


async def count(store: Store, table: Table) -> int:
    def query(connection: Connection) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()

    return await store._database.read(query)


async def in_any_column(store: Store, text: str) -> set[str]:
    """The tables in which a text stands anywhere."""

    def look(connection: Connection) -> set[str]:
        rows = [(table.name, row) for table in metadata.sorted_tables for row in connection.execute(select(table))]
        return {name for name, row in rows if text in repr(row)}

    return await store._database.read(look)


async def ids_at_xai(store: Store, *response_ids: str) -> list[tuple[str | None, bool]]:
    found = [await store.responses.get(response_id) for response_id in response_ids]
    return [(each.xai_id, each.stored_until is not None) for each in found if each is not None]


async def test_an_erased_text_is_gone_and_nothing_below_it_is_built_on_at_xai(store: Store) -> None:
    await keep(store, human("h1"), stored("a1", "h1"), human("h2", "a1", text="my secret"), stored("a2", "h2"))
    await keep(store, human("h3"), stored("b1", "h3"), conversation_id="d", branched_from="a2")
    await keep(store, human("h4"), stored("b2", "h4"), conversation_id="e", branched_from="b1")
    await keep(store, human("h5"), stored("b3", "h5"), conversation_id="f", branched_from="a1")
    assert await store.deletion.erase("h2", LATER) == ("x-a2", "x-b1", "x-b2")
    erased = await store.responses.get("h2")
    assert erased is not None
    assert (erased.message, erased.erased, erased.author) == ("", True, ALICE)
    assert await in_any_column(store, "my secret") == set()
    assert await ids_at_xai(store, "a2", "b1", "b2") == [(None, False)] * 3
    assert await ids_at_xai(store, "a1", "b3") == [("x-a1", True), ("x-b3", True)]
    assert await store.deletion.to_forget() == ("x-a2", "x-b1", "x-b2")
    assert (await store.conversations.get("c") or conversation()).modified_at == LATER


async def test_erasing_again_takes_what_has_come_below_since(store: Store) -> None:
    answer = pending("a", "h")
    await store.turns.begin([human("h")], answer, [], replace(conversation(), mode=Mode.STATEFUL))
    assert await store.deletion.erase("h", at(5)) == ()
    await store.turns.end(replace(stored("a", "h"), message="it ran on"), "a", at(6))
    assert await store.deletion.erase("h", at(7)) == ("x-a",)
    assert await store.deletion.erase("h", at(8)) == ()
    assert await store.deletion.to_forget() == ("x-a",)


async def test_only_what_a_person_said_can_be_erased(store: Store) -> None:
    await keep(store, human("h"), stored("a", "h"))
    for nothing in ("a", "nobody"):
        with pytest.raises(NotStoredError):
            await store.deletion.erase(nothing, LATER)
    assert await ids_at_xai(store, "a") == [("x-a", True)]


async def test_what_xai_keeps_no_longer_is_not_asked_to_be_deleted_but_what_it_may_keep_is(store: Store) -> None:
    cut_off = replace(said("cut", "h", state=State.STOPPED), xai_id="x-cut")
    await store.conversations.add_forest(
        replace(conversation(), mode=Mode.STATEFUL),
        [human("h"), replace(stored("old", "h"), stored_until=START), cut_off, stored("new", "h")],
    )
    await keep(store, human("i"), replace(said("j", "i"), xai_id="x-j"), conversation_id="d")
    assert set(await store.deletion.erase("h", LATER)) == {"x-cut", "x-new"}
    assert await store.deletion.erase("i", LATER) == ()  # stateless: xAI was never asked to keep it


async def test_a_deleted_conversation_leaves_nothing_but_what_was_spent(store: Store) -> None:
    await store.turns.begin([human("h", text="my secret")], pending("a", "h"), [ref(1, "h")], conversation())
    await store.turns.end(stored("a", "h"), "a", START)
    await store.messages.put(ref(2, "a"))
    await keep(store, human("x"), stored("y", "x"), conversation_id="d", branched_from="a")
    await store.stars.add(5, "c")
    await store.shares.add(share_of("a"))
    await store.shares.add(share_of("a", "d", "of a branch"))
    before = await store.conversations.get("c")
    deleted = await store.deletion.delete("c", LATER)
    assert deleted.conversation == before
    assert deleted.messages == (ref(1, "h"), ref(2, "a"))
    assert deleted.xai_ids == ("x-a", "x-y") == await store.deletion.to_forget()
    assert await in_any_column(store, "my secret") == set()
    assert await store.conversations.get("c") is None
    for table in (discord_messages, unshown, stars, shares):
        assert await count(store, table) == 0
    assert await count(store, usage_ledger) == 1
    branch = await store.conversations.get("d")
    assert branch is not None
    assert branch.branched_from is None
    assert [response.id for response in await store.responses.path("y")] == ["x", "y"]
    assert await ids_at_xai(store, "y") == [(None, False)]


@pytest.mark.parametrize("text", ["my secret", "my secret " * 5_000])
@pytest.mark.parametrize("way", ["erase", "delete", "drop"])
async def test_what_is_taken_away_is_in_no_file_of_the_database(store: Store, place: Path, text: str, way: str) -> None:
    def holding() -> list[str]:
        return [file.name for file in place.parent.iterdir() if b"my secret" in file.read_bytes()]

    await keep(store, human("h", text="x" if way == "drop" else text), said("a", "h"))
    if way == "drop":
        await store.queue.add(human("w", text=text, state=State.PENDING), ref(7, "w"))
    assert holding()
    if way == "erase":
        await store.deletion.erase("h", LATER)
    elif way == "delete":
        await store.deletion.delete("c", LATER)
    else:
        assert await store.queue.drop(7)
    assert holding() == []
    assert place.with_name(f"{place.name}-wal").stat().st_size == 0
    await store.close()
    assert holding() == []


async def test_while_somebody_else_reads_the_journal_stays_and_nothing_else_does(
    store: Store, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(store, human("h", text="my secret"), said("a", "h"), human("h2", "a", text="more"))
    backup = sqlite3.connect(place, isolation_level=None)
    backup.execute("BEGIN")
    backup.execute("SELECT * FROM responses").fetchall()
    await store.deletion.erase("h", LATER)
    assert [record.message for record in caplog.records] == ["store.not_wiped"]
    assert await in_any_column(store, "my secret") == set()
    backup.close()
    await store.deletion.erase("h2", LATER)  # makes up for it
    assert place.with_name(f"{place.name}-wal").stat().st_size == 0


async def test_a_title_by_grok_goes_with_what_it_was_made_of_and_a_persons_stays(store: Store) -> None:
    path = [human("h1"), said("a1", "h1"), human("h2", "a1"), said("a2", "h2"), human("h3", "a2")]
    await keep(store, *path)
    for title_by, gone, stays in ((TitleBy.GROK, "h1", False), (TitleBy.GROK, "h2", False), (TitleBy.GROK, "h3", True),
                                  (TitleBy.PERSON, "h4", True)):  # fmt: skip
        if gone == "h4":
            await keep(store, human("h4"), conversation_id="d")
        of = "d" if gone == "h4" else "c"
        await store.conversations.change(of, title="Owls", title_by=title_by)
        await store.deletion.erase(gone, LATER, titled_within=2)
        found = await store.conversations.get(of)
        assert found is not None
        assert (found.title, found.title_by) == (("Owls", title_by) if stays else ("", None))
    await store.conversations.change("c", title="Owls", title_by=TitleBy.GROK)
    await store.deletion.erase("h1", LATER, titled_within=2)  # it was erased before: a title since then is none of it
    assert (await store.conversations.get("c") or conversation()).title == "Owls"


async def test_a_conversation_is_deleted_once(store: Store) -> None:
    await keep(store, human("h"), said("a", "h"))
    told = await asyncio.gather(*(store.deletion.delete("c", LATER) for _ in range(2)), return_exceptions=True)
    assert sorted(type(each).__name__ for each in told) == ["DeletedConversation", "NotStoredError"]


async def test_a_conversation_as_deep_as_they_come_is_deleted(store: Store) -> None:
    chain = [human("r00000")]
    for number in range(1, 5_000):
        made = stored if number % 2 else human
        chain.append(made(f"r{number:05}", chain[-1].id))
    await keep(store, *chain)
    await keep(store, human("x"), conversation_id="d", branched_from=chain[2_501].id)
    deleted = await store.deletion.delete("c", LATER)
    assert len(deleted.xai_ids) == len(set(deleted.xai_ids)) == 2_500
    assert await count(store, responses) == 1


async def test_what_is_to_be_forgotten_at_xai_outlives_a_crash_until_it_is(store: Store, url: str) -> None:
    await keep(store, human("h"), stored("a", "h"), stored("b", "h"))
    await store.deletion.delete("c", LATER)
    await store.close()
    again = await Store.open(url)
    assert await again.deletion.to_forget() == ("x-a", "x-b")
    await again.deletion.forgotten(["x-a", "nothing"])
    assert await again.deletion.to_forget() == ("x-b",)
    await again.close()


async def test_what_was_deleted_meanwhile_is_refused_in_every_other_call(store: Store) -> None:
    await keep(store, human("h"), said("a", "h"))
    await store.deletion.delete("c", LATER)
    with pytest.raises(RowRefusedError):
        await store.shares.add(share_of("a"))
    with pytest.raises(RowRefusedError):
        await store.messages.put(ref(1, "a"))
    with pytest.raises(NotStoredError):
        await store.turns.end(stored("a", "h"), "a", START)
    assert await store.stars.add(5, "c") is False
    assert await store.shares.revoke("c", LATER) == 0
    await store.messages.shown_whole("a")
    await store.messages.drop(1)
