"""A page without a browser: the socket's client, and what a page would have on its screen."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from grokbot.sandbox.discord_server import Channel
    from grokbot.sandbox.page import PageServer

WAIT = 15.0
Json = dict[str, Any]


class Tab:
    """One open page. Frames are kept as they come; state as the page would show it."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.frames: list[Json] = []
        self.messages: dict[str, Json] = {}
        self.now: dict[str, Json] = {}
        self._calls = 0

    async def send(self, **body: Any) -> None:
        await self.socket.send_str(json.dumps(body))

    async def receive(self) -> Json:
        received = await self.socket.receive()
        assert received.type is aiohttp.WSMsgType.TEXT, received
        frame: Json = json.loads(received.data)
        self.frames.append(frame)
        self.now[frame["op"]] = frame
        if frame["op"] == "messages":
            if frame["all"]:
                self.messages.clear()
            self.messages |= {message["id"]: message for message in frame["messages"]}
            for gone in frame["gone"]:
                self.messages.pop(gone, None)
        return frame

    async def until(self, condition: Callable[[], Any]) -> Any:
        """Reads until it is true of what has come."""
        async with asyncio.timeout(WAIT):
            while not (found := condition()):
                await self.receive()
        return found

    async def become(self, name: str) -> Json:
        self.now.pop("world", None)
        await self.send(op="become", person=name)
        found: Json = await self.until(lambda: self.now.get("world"))
        assert found["me"]["name"] == name
        return found

    async def open(self, channel: Channel | str) -> None:
        wanted = channel if isinstance(channel, str) else str(channel.id)
        before = len(self.frames)
        await self.send(op="open", channel=wanted)
        await self.until(
            lambda: {f["op"] for f in self.frames[before:] if f.get("channel") == wanted} >= {"messages", "commands"}
        )

    async def call(self, do: str, **more: Any) -> Json:
        """Does a call and returns its answer, whatever it is."""
        self._calls += 1
        mine = self._calls
        await self.send(op="call", id=mine, do=do, **more)
        found = await self.until(lambda: [f for f in self.frames if f["op"] == "answer" and f["id"] == mine])
        return dict(found[0])

    async def done(self, do: str, **more: Any) -> Json:
        """Does a call that must work."""
        answer = await self.call(do, **more)
        assert answer["ok"], answer
        return answer

    def saying(self, content: str) -> list[Json]:
        return [message for message in self.messages.values() if content in message["content"]]

    async def message(self, content: str) -> Json:
        found: Json = (await self.until(lambda: self.saying(content)))[0]
        return found

    async def quiet(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        try:
            async with asyncio.timeout(seconds):
                await self.receive()
        except TimeoutError:
            return True
        return False


@asynccontextmanager
async def tab(served: PageServer, person: str | None = "alice", **options: Any) -> AsyncIterator[Tab]:
    """A page that shows itself as this person."""
    options.setdefault("origin", served.address.rsplit("/", 2)[0])
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{served.address}socket", **options) as socket:
        opened = Tab(socket)
        if person is not None:
            await opened.become(person)
        yield opened
