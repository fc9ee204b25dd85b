"""One open page: who it shows the world to, what it looks at, and what it was sent.

Here: the socket's frames. State is compared with what was sent last and sent anew, never queued, so a slow page gets
fewer frames and holds nobody up. Not here: the state (view.py, open_channel.py, traffic.py), acts (calls.py).
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType

from grokbot.sandbox.discord_server import RefusedError
from grokbot.sandbox.discord_server.rules.protocol import read_json
from grokbot.sandbox.page.arguments import CallError, number, sentence
from grokbot.sandbox.page.open_channel import OpenChannel
from grokbot.sandbox.page.view import View, world_frame

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiohttp import web

    from grokbot.sandbox.discord_server import Channel, DiscordSandbox
    from grokbot.sandbox.discord_server.rules.protocol import Json
    from grokbot.sandbox.page.calls import Calls
    from grokbot.sandbox.page.insight import Insight
    from grokbot.sandbox.page.traffic import TrafficLog
    from grokbot.sandbox.page.trouble import Troubles

FRAME_SECONDS = 0.1
"""At most ten times a second."""

REFILL_SECONDS = 0.5
"""How often it is looked at buckets that fill up."""

FOREST_SECONDS = 0.5
"""At most how often the conversation is read."""

SETTLED_SECONDS = 1.5
"""After a silence of this length it is read once more: what is stored last changes nothing in Discord."""

SEND_SECONDS = 10.0
"""A page that takes nothing for so long is gone."""

CALLS_MAX = 32
"""Calls under way for one page."""


class Shared:
    """What all pages of one sandbox have in common."""

    def __init__(
        self,
        discord: DiscordSandbox,
        insight: Insight,
        calls: Calls,
        traffic: TrafficLog,
        troubles: Troubles,
        title: str | None,
    ) -> None:
        self.discord, self.insight, self.calls = discord, insight, calls
        self.traffic, self.troubles, self.title = traffic, troubles, title
        self.dismissed: set[int] = set()


class Viewer:
    """Serves one socket until it is closed."""

    def __init__(self, shared: Shared, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._shared = shared
        self._socket = socket
        self._transport = transport
        self._view: View | None = None
        self._window: OpenChannel | None = None
        self._panel = False
        self._sent: dict[str, Any] = {}
        self._entries = 0
        self._news = asyncio.Event()
        self._forest_news = asyncio.Event()
        self._calls: set[asyncio.Task[None]] = set()

    def wake(self, *, panel: bool = False) -> None:
        """Something changed; `panel`: something that only the panel shows."""
        if not panel or self._panel:
            self._news.set()

    def cut(self) -> None:
        """Ends the connection at once."""
        if self._transport is not None:
            self._transport.abort()

    async def run(self) -> None:
        """Reads what the page sends and tells it what it sees, until it is closed."""
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._tell_forest())]
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    await self._receive(message.data)
        finally:
            for task in (*tasks, *self._calls):
                task.cancel()
            await asyncio.gather(*tasks, *self._calls, return_exceptions=True)

    # what comes in

    async def _receive(self, raw: str) -> None:
        try:
            body = read_json(raw)
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            await self._send({"op": "answer", "id": None, "ok": False, "error": "That was no JSON object."})
            return
        told = None
        if body.get("op") == "become":
            told = self._become(body)
        elif self._view is None:
            told = "Say first who you are."
        elif body.get("op") == "open":
            told = self._open(self._view, body)
        elif body.get("op") == "panel":
            self._turn_panel(on=body.get("on") is True)
        elif body.get("op") != "call":
            told = "The page sent something that this sandbox does not know."
        elif len(self._calls) >= CALLS_MAX:
            told = "Too much at once: wait for the answers."
        else:
            task = asyncio.create_task(self._call(self._view, body))
            self._calls.add(task)
            task.add_done_callback(self._calls.discard)
        if told is not None:
            await self._send({"op": "answer", "id": body.get("id"), "ok": False, "error": told})

    def _become(self, body: Json) -> str | None:
        people, name = self._shared.discord.people, body.get("person")
        # A page that has just been opened, or that remembers somebody of another sandbox, becomes the first.
        person = people.get(name) if isinstance(name, str) else None
        person = person or next(iter(people.values()), None)
        if person is None:
            return "There is nobody of that name."
        self._view = View(self._shared.discord, person, self._shared.dismissed)
        self._sent.clear()
        self._entries = 0
        channel = self._window.channel if self._window is not None else None
        self._window = OpenChannel(self._view, channel) if channel is not None and self._view.sees(channel) else None
        self._look()
        return None

    def _open(self, view: View, body: Json) -> str | None:
        try:
            channel = view.find_channel(number(body, "channel"))
        except CallError as error:
            return str(error)
        except RefusedError as refused:
            return sentence(refused)
        self._window = OpenChannel(view, channel)
        for op in ("typing", "commands", "commands at", "forest"):
            self._sent.pop(op, None)
        self._look()
        return None

    def _turn_panel(self, *, on: bool) -> None:
        self._panel = on
        self._entries = 0
        for op in ("buckets", "sums", "forest", "troubles"):
            self._sent.pop(op, None)
        self._look()

    def _look(self) -> None:
        self._news.set()
        self._forest_news.set()

    async def _call(self, view: View, body: Json) -> None:
        here = {} if self._window is None else {"here": str(self._window.channel.id)}
        answer = await self._shared.calls.do(view, body | here)
        await self._send({"op": "answer", "id": body.get("id")} | answer)

    # what goes out

    async def _write(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience()):
                    await self._news.wait()
            self._news.clear()
            view = self._view
            for frame in list(self._frames()):
                if self._view is view:  # else it was another person's
                    await self._send(frame)
            await asyncio.sleep(FRAME_SECONDS)

    def _patience(self) -> float | None:
        """Seconds after which something changes by itself; None for nothing."""
        if self._view is None:
            return None
        times = list(self._view.typing(self._window.channel).values()) if self._window is not None else []
        if self._panel and self._sent.get("buckets"):
            times.append(REFILL_SECONDS)
        return min(times, default=None)

    def _frames(self) -> Iterator[Json]:
        """What changed since the last look."""
        view, shared = self._view, self._shared
        if view is None:
            return
        revision, world = shared.discord.world.revision, shared.discord.world
        state, connected = shared.insight.state, shared.discord.connected
        if self._is_new("world", (revision, state, connected, shared.insight.web)):
            self._forest_news.set()
            yield world_frame(view, shared.insight, shared.title)
        if self._window is not None and not view.sees(self._window.channel):
            self._window = None
        if (window := self._window) is not None:
            if (frame := window.look()) is not None:
                self._forest_news.set()
                yield frame
            channel = window.channel
            who = sorted(view.typing(channel))
            if self._is_new("typing", who, unless=[]):
                yield {"op": "typing", "channel": str(channel.id), "who": who}
            if self._is_new("commands at", (world.structure, world.commands.revision)):
                offered = view.me.offered(channel)
                if self._is_new("commands", offered):
                    yield {"op": "commands", "channel": str(channel.id), "commands": offered}
        if self._panel:
            yield from self._panel_frames()

    def _panel_frames(self) -> Iterator[Json]:
        traffic = self._shared.traffic
        entries, self._entries = traffic.since(self._entries)
        if entries:
            yield {"op": "traffic", "entries": entries}
        buckets = traffic.buckets()
        # The page counts the seconds down by itself.
        if self._is_new("buckets", [(each["name"], each["place"], each["remaining"]) for each in buckets]):
            yield {"op": "buckets", "buckets": buckets}
        states: tuple[Json, ...] = (
            {"op": "sums"} | traffic.sums(),
            {"op": "troubles", "troubles": self._shared.troubles.listed()},
        )
        yield from (state for state in states if self._is_new(state["op"], state))

    async def _tell_forest(self) -> None:
        """Reads the conversation of the open channel whenever something may have changed in it."""
        settled = True
        while True:
            try:
                async with asyncio.timeout(None if settled else SETTLED_SECONDS):
                    await self._forest_news.wait()
                settled = False
            except TimeoutError:
                settled = True
            self._forest_news.clear()
            if self._panel and self._window is not None:
                await self._send_forest(self._window.channel)
                await asyncio.sleep(FOREST_SECONDS)

    async def _send_forest(self, channel: Channel) -> None:
        conversation = await self._shared.insight.forest(channel.id)
        here = self._window is not None and self._window.channel is channel
        if here and self._is_new("forest", (channel.id, conversation)):
            await self._send({"op": "forest", "channel": str(channel.id), "conversation": conversation})

    def _is_new(self, op: str, now: Any, *, unless: Any = ...) -> bool:
        """Whether the page does not have this yet; `unless` is what it takes for granted."""
        if self._sent.get(op, unless) == now:
            return False
        self._sent[op] = now
        return True

    async def _send(self, frame: Json) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._socket.send_str(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))
        except (TimeoutError, ConnectionError, RuntimeError):
            self.cut()
