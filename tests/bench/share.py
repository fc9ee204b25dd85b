"""What a share takes, from `/share` to the page in a reader's hands, and how it grows with the path.

Not here: what finding the path takes in a large database (`library`).
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
from pydantic import SecretStr
from rich.console import Console
from rich.table import Table

from grokbot.conversation.response import Sender
from grokbot.discord_bot.bot import DiscordLink
from grokbot.documents.transcript import Transcript, TranscriptTurn
from grokbot.engine.admission import Membership, Opening
from grokbot.engine.context import Context, id_maker
from grokbot.engine.engine import Engine
from grokbot.policy.actor import Actor
from grokbot.settings import DiscordSettings, Settings, StoreSettings, WebSettings, XaiSettings
from grokbot.store import Store
from grokbot.web.share_site import serving_share_site
from grokbot.xai.client import GrokClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.engine.library import Library

OWNER = 1
ACTOR = Actor(id=OWNER, name="", guild_id=1, channel_id=2)
UNCOUNTED = 1
LIMIT_TURNS, LIMIT_MS = 200, 100.0
"""What the issue asks for: from /share to the page, for a path of 200 turns."""
TIME = datetime(2026, 11, 23, 12, tzinfo=UTC)
ASKED = "How do I turn a list of measurements into a table, and which of the two ways is faster for {} rows?"
CODE_EVERY = 3
"""Answers of which one has code in it: colouring is what takes longest, and most answers are a few sentences."""
ANSWERED = """\
There are two common ways, and **which is faster** for {0} rows depends on how often you append.

1. Collect everything in a list first, then build the table once. This is nearly always the right choice.
2. Append to the table row by row. Each append copies what is there, so the work grows with the square of the rows.

The first takes about a second; see [the manual](https://example.org/manual/{0}). If you need more speed, use `numpy`.
"""
CODE = """
```python
rows = []
for reading in readings[:{0}]:
    rows.append((reading.time, reading.value))
table = Table(rows)
```
"""


@dataclass
class Taken:
    """Milliseconds of each counted run."""

    share: list[float] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    markdown: list[float] = field(default_factory=list)
    kilobytes: float = 0.0


def measure(turns: list[int], runs: int) -> None:
    """Prints what each part takes for paths of these lengths. A turn is a question and its answer."""
    taken = asyncio.run(_measured(turns, runs))
    title = "From /share to the page: p50 in milliseconds, each page made for the first time"
    table = Table(title=title, title_justify="left", min_width=90)
    for column in ("turns", "/share", "first page", "both", "limit", "for each turn", "page again", ".md", "kB"):
        table.add_column(column, justify="right")
    for count, parts in taken.items():
        share, page, again, markdown = (
            statistics.median(part) for part in (parts.share, parts.page, parts.again, parts.markdown)
        )
        limit = f"{LIMIT_MS:g}  {'met' if share + page <= LIMIT_MS else 'NOT'}" if count == LIMIT_TURNS else ""
        table.add_row(
            f"{count}", f"{share:.1f}", f"{page:.1f}", f"{share + page:.1f}", limit, f"{(share + page) / count:.2f}",
            f"{again:.1f}", f"{markdown:.1f}", f"{parts.kilobytes:.0f}",
        )  # fmt: skip
    Console(width=100).print(table)


async def _measured(turns: list[int], runs: int) -> dict[int, Taken]:
    with tempfile.TemporaryDirectory() as folder:
        async with _served(Path(folder)) as (library, url), aiohttp.ClientSession() as session:
            taken = {}
            for count in turns:
                parts = taken[count] = Taken()
                for run in range(UNCOUNTED + runs):
                    await _run(library, session, url, _transcript(count, run), parts if run >= UNCOUNTED else Taken())
            return taken


async def _run(
    library: Library, session: aiohttp.ClientSession, url: str, transcript: Transcript, taken: Taken
) -> None:
    """Each run shares another conversation, so that nothing that is kept helps the first page."""
    conversation = await library.transcripts.imported(
        transcript, Opening(guild_id=1, channel_id=2, owner_id=OWNER), ACTOR
    )
    assert conversation.leaf_id is not None
    began = time.perf_counter()
    token = await library.shares.add(conversation.leaf_id, ACTOR, names=False)
    taken.share.append((time.perf_counter() - began) * 1000)
    for part, form in ((taken.page, ""), (taken.again, ""), (taken.markdown, ".md")):
        began = time.perf_counter()
        async with session.get(f"{url}/s/{token}{form}") as answer:
            content = await answer.read()
            assert answer.status == 200
        part.append((time.perf_counter() - began) * 1000)
        if not form:
            assert content.count(b"<article") == len(transcript.turns)
            taken.kilobytes = len(content) / 1000


@asynccontextmanager
async def _served(folder: Path) -> AsyncIterator[tuple[Library, str]]:
    """The daemon's inner half and its web server, without Discord; xAI is never asked."""
    settings = Settings(
        discord=DiscordSettings(token=SecretStr("a-token")),
        xai=XaiSettings(api_key=SecretStr("a-key"), target="127.0.0.1:9", insecure=True),
        store=StoreSettings(url=str(folder / "share.sqlite3")),
        web=WebSettings(listen="127.0.0.1:0", public_url="https://grok.example.org"),
    )
    async with AsyncExitStack() as stack:
        store = await Store.open(settings.store.url)
        stack.push_async_callback(store.close)
        grok = GrokClient(settings.xai)
        stack.push_async_callback(grok.close)
        context = Context(settings, store, grok, lambda: datetime.now(UTC), id_maker())
        engine = Engine(context, Membership(DiscordLink(context.events).person))
        where = await stack.enter_async_context(serving_share_site(settings.web, engine.library.shares.shown))
        yield engine.library, f"http://{where}"


def _transcript(count: int, run: int) -> Transcript:
    turns: list[TranscriptTurn] = []
    for number in range(count):
        at = TIME + timedelta(minutes=2 * number)
        rows = 1_000 * run + number
        answered = ANSWERED if number % CODE_EVERY else ANSWERED + CODE
        turns.append(
            TranscriptTurn(speaker=f"person-{number % 3}", sender=Sender.HUMAN, text=ASKED.format(rows), at=at)
        )
        turns.append(
            TranscriptTurn(speaker="Grok", sender=Sender.MODEL, text=answered.format(rows), at=at, model="grok-4.7")
        )
    return Transcript(title=f"Tables, {run}", created_at=TIME, turns=tuple(turns), model="grok-4.7")
