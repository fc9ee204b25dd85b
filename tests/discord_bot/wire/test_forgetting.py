"""What a person takes back is deleted at xAI too, also where the bot was stopped before it could be."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from tests.engine.house import eventually

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from .play import Play


def deleted_at_xai(play: Play) -> list[str | None]:
    return [call.status for call in play.grok.requests if call.method == "DeleteStoredCompletion"]


def to_forget(play: Play) -> int:
    """How many stored responses are still to be deleted at xAI."""
    with closing(sqlite3.connect(play.folder / "grokbot.sqlite3")) as database:
        [(count,)] = database.execute("SELECT count(*) FROM to_forget")
        return int(count)


async def test_what_is_taken_back_is_deleted_at_xai(begin: Callable[..., Awaitable[Play]]) -> None:
    play = await begin(mode="stateful")
    thread = await play.begin("How do figs grow?")
    await play.ends_with(thread, "counted.")
    second = await play.alice.say(thread, "and plums?")
    await play.until(lambda: len(play.asked) == 2)
    await play.ends_with(thread, "counted.")
    await play.quiet()
    kept = [call.response_id for call in play.grok.requests if call.response_id]
    await play.alice.delete(second)
    await play.grok.until(lambda: deleted_at_xai(play) == ["OK"])
    assert [play.grok.expire(each) for each in kept[:2]] == [True, False]


async def test_what_xai_could_not_be_told_of_is_deleted_after_the_next_start(
    begin: Callable[..., Awaitable[Play]],
) -> None:
    play = await begin(mode="stateful")
    thread = await play.begin("How do figs grow?")
    second = await play.alice.say(thread, "and plums?")
    await play.until(lambda: len(play.asked) == 2)
    await play.ends_with(thread, "counted.")
    await play.quiet()
    await play.grok.close()
    await play.alice.delete(second)
    await eventually(lambda: to_forget(play) == 1)
    await play.stop()
    assert deleted_at_xai(play) == []
    await play.grok.start()
    await play.start()
    await play.grok.until(lambda: deleted_at_xai(play) == ["OK"])
    await eventually(lambda: to_forget(play) == 0)
