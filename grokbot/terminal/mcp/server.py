"""The protocol, over standard input and output. The only module that imports `mcp`.

Not here: the tools (`tools`), the daemon that they reach (`access`).
"""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

from grokbot.sdk.errors import ApiError
from grokbot.terminal.daemon_access import Way
from grokbot.terminal.exits import CommandFailedError, Exit
from grokbot.terminal.interrupts import Interrupts
from grokbot.terminal.mcp.access import SharedAccess
from grokbot.terminal.mcp.arguments import read_arguments
from grokbot.terminal.mcp.calls import ToolContext
from grokbot.terminal.mcp.tools import INSTRUCTIONS, TOOLS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    import anyio
    from mcp.server.context import ServerRequestContext

    from grokbot.terminal.mcp.tools import ToolCard

LONGEST_LINE = 64 * 2**20
"""Bytes of one message."""

HALF = "\\ud"
"""How an escaped half of a character begins in JSON."""

TELL_SECONDS = 0.25
"""Between two reports of progress."""


def run(*, target: str | None, key: str | None, sandbox: bool, config: Path | None) -> int:
    """Serve one client until it closes standard input. Returns the exit code.

    Args:
        target: The daemon; None: from the environment.
        key: The API key; None: from the environment.
        sandbox: Whether to answer by a made-up Grok.
        config: The settings, for when no daemon runs.
    """
    try:
        asyncio.run(_serve(SharedAccess(Way(target, key), sandbox=sandbox, config=config)))
    except (asyncio.CancelledError, KeyboardInterrupt):
        return Exit.INTERRUPTED
    return Exit.DONE


async def _serve(access: SharedAccess) -> None:
    tools = Tools(access)
    server = server_of(tools)
    with Interrupts().listening():
        try:
            async with stdio_server(await _lines()) as (reading, writing):
                await server.run(reading, writing, server.create_initialization_options())
        except* BrokenPipeError:  # the client reads no more: it has gone
            pass
        finally:
            await tools.close()


def server_of(tools: Tools) -> Server[Any]:
    """The server of these tools, over no transport yet."""
    return Server(
        "grokbot",
        version=version("grokbot"),
        title="grokbot",
        instructions=INSTRUCTIONS,
        on_list_tools=tools.listed,
        on_call_tool=tools.called,
    )


async def _lines() -> anyio.AsyncFile[str] | None:
    """Standard input, read without a thread: one that waits for a line could not be ended by a signal."""
    kind = os.fstat(sys.stdin.fileno()).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or sys.stdin.isatty()):
        return None  # a file: it ends by itself
    reader = asyncio.StreamReader(limit=LONGEST_LINE)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return cast("anyio.AsyncFile[str]", _decoded(reader))  # only its iterator is used


async def _decoded(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    while True:
        try:
            line = await reader.readline()
        except ValueError:  # it is too long; what comes of its end is no message
            continue
        if not line:
            return
        yield _readable(line.decode("utf-8", "replace"))


def _readable(line: str) -> str:
    """A message without halves of characters: the protocol's library drops one that has any, without an answer."""
    if HALF not in line.lower():
        return line
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        return line
    return json.dumps(message, ensure_ascii=False).encode("utf-8", "replace").decode() + "\n"


class Tools:
    """Answers the two requests about tools.

    Args:
        access: The daemon.
    """

    def __init__(self, access: SharedAccess) -> None:
        self._access = access
        self._running: set[asyncio.Task[types.CallToolResult]] = set()

    async def listed(self, _: ServerRequestContext[Any], __: object) -> types.ListToolsResult:
        """All tools; there is one page."""
        return types.ListToolsResult(tools=[_tool(name, card) for name, card in TOOLS.items()])

    async def called(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        """Run a tool. If the client cancels the call, the answer that it waits for is stopped.

        It runs in a task of its own: the protocol's library cancels a call's waits again and again, which would also
        interrupt the end of the call to the daemon.
        """
        task = asyncio.create_task(self._result(context, params))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        finally:
            task.cancel()

    async def close(self) -> None:
        """End what still runs."""
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)
        await self._access.close()

    async def _result(
        self, context: ServerRequestContext[Any], params: types.CallToolRequestParams
    ) -> types.CallToolResult:
        card = TOOLS.get(params.name)
        if card is None:
            return _failed(f"There is no tool {params.name!r}. There are: {', '.join(TOOLS)}.")
        try:
            given = read_arguments(card.arguments, params.arguments or {})
            async with self._access.client() as client:
                return _done(await card.work(ToolContext(client, _Progress(context).tell), given))
        except CommandFailedError as failed:
            return _failed(failed.message)
        except (ApiError, ValueError) as error:
            return _failed(str(error))


class _Progress:
    """Reports how an answer grows, not more often than somebody reads it."""

    def __init__(self, context: ServerRequestContext[Any]) -> None:
        self._session = context.session
        self._next = 0.0
        self._reports = 0

    async def tell(self, doing: str) -> None:
        """Report it, if it is time. The number only says that there is news: nobody knows how long an answer gets."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + TELL_SECONDS
            self._reports += 1
            await self._session.report_progress(self._reports, message=doing)


def _tool(name: str, card: ToolCard) -> types.Tool:
    hints = types.ToolAnnotations(
        title=card.title,
        read_only_hint=card.reads_only,
        destructive_hint=card.destroys,
        idempotent_hint=card.repeatable or card.reads_only,
        open_world_hint=card.open_world,
    )
    schema = card.arguments.model_json_schema()
    del schema["title"], schema["description"]  # of our class
    return types.Tool(name=name, title=card.title, description=card.description, input_schema=schema, annotations=hints)


def _done(result: Mapping[str, Any]) -> types.CallToolResult:
    text = json.dumps(result, ensure_ascii=False, indent=2)
    return types.CallToolResult(content=[types.TextContent(text=text)], structured_content=dict(result))


def _failed(text: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(text=text)], is_error=True)
