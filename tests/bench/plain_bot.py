"""A bot as one would write it first, to be measured beside ours: a thread, one edit a second, the rest to discord.py.

It keeps nothing, looks after no limit and tells nobody anything. Run as a program, with grokbot's settings in the
environment. Not here: what is measured.
"""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import discord
import grpc

from grokbot.discord_bot.connection import point_at
from grokbot.settings import load
from grokbot.wire.xai import chat_pb2, chat_pb2_grpc

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from grokbot.sandbox.stage import Stage
    from grokbot.settings import XaiSettings

EVERY_SECONDS = 1.0
READY_SECONDS = 60.0
LIMIT = 2000


class PlainBot(discord.Client):
    """Answers mentions, and whatever is written in threads."""

    def __init__(self, xai: XaiSettings) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.guild_messages = intents.message_content = True
        super().__init__(intents=intents, guild_ready_timeout=0.25)
        self._xai = xai
        self._stub: chat_pb2_grpc.ChatAsyncStub | None = None

    async def on_message(self, message: discord.Message) -> None:
        """Somebody asks."""
        if message.author.bot or self.user is None:
            return
        place: Any = message.channel
        if not isinstance(place, discord.Thread):
            if not self.user.mentioned_in(message):
                return
            place = await message.create_thread(name="Talk")
        text: list[str] = []
        reading = asyncio.create_task(self._read(message.content.replace(self.user.mention, "").strip(), text))
        shown: list[discord.Message] = []
        contents: list[str] = []
        while True:
            ended = reading.done()
            for number, content in enumerate(cut("".join(text))):
                if number == len(shown):
                    shown.append(await place.send(content))
                    contents.append(content)
                elif contents[number] != content:
                    await shown[number].edit(content=content)
                    contents[number] = content
            if ended:
                return
            await asyncio.wait([reading], timeout=EVERY_SECONDS if shown else 0.02)

    async def _read(self, question: str, text: list[str]) -> None:
        if self._stub is None:
            self._stub = chat_pb2_grpc.ChatStub(grpc.aio.insecure_channel(self._xai.target))
        said = chat_pb2.Message(role=chat_pb2.ROLE_USER, content=[chat_pb2.Content(text=question)])
        request = chat_pb2.GetCompletionsRequest(model=self._xai.model, messages=[said], n=1)
        key = ("authorization", f"Bearer {self._xai.api_key.get_secret_value()}")
        async for chunk in self._stub.GetCompletionChunk(request, metadata=[key]):
            text.extend(output.delta.content for output in chunk.outputs)


def cut(text: str) -> list[str]:
    """The messages of a text of plain words."""
    parts = []
    while len(text) > LIMIT:
        end = text.rfind(" ", 0, LIMIT)
        parts.append(text[:end])
        text = text[end + 1 :]
    return [*parts, text] if text.strip() else parts


class PlainProcess:
    """One run of it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    async def terminate(self) -> None:
        """It has nothing to keep."""
        self._process.kill()
        await self._process.wait()


@asynccontextmanager
async def plain_process(stage: Stage, folder: Path) -> AsyncIterator[PlainProcess]:
    """Starts it, and waits until it listens."""
    with (folder / "plain").open("wb") as sink:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bench.plain_bot"),
            stderr=sink,
            env={**os.environ, **stage.environment()},
        )
    running = PlainProcess(process)
    try:
        await stage.discord.until(lambda: stage.discord.connected, READY_SECONDS)
        await asyncio.sleep(EVERY_SECONDS)
        yield running
    finally:
        if process.returncode is None:
            await running.terminate()


def main() -> None:
    """Runs until it is ended."""
    settings = load()
    point_at(settings.discord)
    PlainBot(settings.xai).run(settings.discord.token.get_secret_value(), log_handler=None)


if __name__ == "__main__":
    main()
