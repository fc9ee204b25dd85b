"""An answer of a conversation that stands nowhere in Discord is not given at every start anew."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from .play import WAIT

if TYPE_CHECKING:
    from .play import Play


async def test_an_answer_without_a_channel_does_not_stay_among_what_is_to_be_shown(play: Play) -> None:
    thread = await play.begin("hello")
    await play.whole(thread)
    await play.stop()
    play.was_killed(answered=True)
    path = play.folder / "grokbot.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE conversations SET channel_id = NULL")
        assert database.execute("SELECT count(*) FROM unshown").fetchone() == (1,)
    await play.start()
    async with asyncio.timeout(WAIT):
        while True:
            with closing(sqlite3.connect(path)) as database:
                if database.execute("SELECT count(*) FROM unshown").fetchone() == (0,):
                    break
            await asyncio.sleep(0.01)
