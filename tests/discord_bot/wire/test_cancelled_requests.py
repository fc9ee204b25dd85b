"""Whoever waits for a request is cancelled in the middle of a limit on the whole bot: the next request goes out all the
same, whoever made the first, and to whichever address.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest
from discord.http import HTTPClient
from discord.webhook.async_ import AsyncWebhookAdapter

from grokbot.discord_bot.connection.request_tasks import TaskHTTPClient, TaskWebhookAdapter
from grokbot.sandbox.grok_server import Script

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from .play import Play

WORDS = " ".join(f"word{number}" for number in range(60))
SECONDS = 0.6
"""How long the limit lasts; what waits is cancelled in the midst of it."""


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> set[asyncio.Task[Any]]:
    """The tasks that wait for a request just now, whichever way it goes."""
    found: set[asyncio.Task[Any]] = set()

    def noted(request: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Coroutine[Any, Any, Any]]:
        async def noting(*given: Any, **more: Any) -> Any:
            task = asyncio.current_task()
            assert task is not None
            found.add(task)
            try:
                return await request(*given, **more)
            finally:
                found.discard(task)

        return noting

    for way in (TaskHTTPClient, TaskWebhookAdapter):
        monkeypatch.setattr(way, "request", noted(way.request))
    return found


async def types(play: Play) -> None:
    play.grok.script(Script(text="Late.", reasoning="", first_token_after=1.0))
    await play.alice.say(play.alice.direct_messages(), "hello")


async def sends(play: Play) -> None:
    play.grok.script(Script(text="At once.", reasoning=""))
    await play.alice.say(play.alice.direct_messages(), "hello")


async def edits(play: Play) -> None:
    play.grok.script(Script(text=WORDS, reasoning="", tokens_per_second=60.0))
    await play.alice.say(play.alice.direct_messages(), "hello")


async def opens(play: Play) -> None:
    await play.alice.say(play.general, "<@BOT> hello")


async def presses(play: Play) -> None:
    play.says("Pressed.")
    channel = play.bob.direct_messages()
    await play.bob.say(channel, "hello")
    await play.ends_with(channel, "Pressed.")
    await play.whole(channel)
    asyncio.ensure_future(play.bob.press(play.messages(channel)[-1], label="More…"))  # noqa: RUF006 - nobody waits for it


async def asks(play: Play) -> None:
    asyncio.ensure_future(play.alice.slash(play.general, "help"))  # noqa: RUF006 - the same


async def is_told_more(play: Play) -> None:
    asyncio.ensure_future(play.alice.slash(play.general, "history"))  # noqa: RUF006 - the same


async def reads_again(play: Play) -> None:
    thread = await play.begin("once")
    await play.whole(thread)
    play.discord.disconnect(resumable=False, abort=True)
    await play.alice.say(thread, "said meanwhile")


async def renames(play: Play) -> None:
    thread = await play.begin("once")
    await play.whole(thread)
    asyncio.ensure_future(play.alice.slash(thread, "title", text="Another name"))  # noqa: RUF006 - the same


WAYS: dict[str, tuple[str, str, Callable[[Play], Awaitable[None]]]] = {
    "typing": ("POST", "/channels/*/typing", types),
    "send": ("POST", "/channels/*/messages", sends),
    "edit": ("PATCH", "/channels/*/messages/*", edits),
    "thread": ("POST", "/channels/*/messages/*/threads", opens),
    "acknowledgement": ("POST", "/interactions/*/*/callback", presses),
    "first answer to a command": ("POST", "/interactions/*/*/callback", asks),
    "further answer": ("POST", "/webhooks/*/*", is_told_more),
    "what was missed": ("GET", "/channels/*/messages", reads_again),
    "rename": ("PATCH", "/channels/*", renames),
}


@pytest.mark.parametrize("way", WAYS)
async def test_the_next_request_goes_out_though_who_waited_was_cancelled_under_a_limit_on_everything(
    play: Play, waiting: set[asyncio.Task[Any]], way: str
) -> None:
    play.injected_429 = play.broken_off = True
    method, path, act = WAYS[way]
    play.discord.faults.add(method, path, status=429, retry_after=SECONDS, everywhere=True)
    await act(play)
    await play.until(lambda: play.discord.faults.happened)
    await asyncio.sleep(SECONDS / 3)  # the answer has arrived, and the limit is being slept out
    assert waiting
    for task in set(waiting):
        task.cancel()
    await asyncio.sleep(0)
    play.says("I still answer.")
    witness = play.discord.create_user("witness")
    await witness.say(witness.direct_messages(), "and now?")
    await play.reads(witness.direct_messages(), "I still answer.")


def test_every_request_of_the_library_goes_through_the_two_ways_that_are_carried() -> None:
    for kind, allowed in (
        (HTTPClient, {"request", "get_from_cdn", "ws_connect", "static_login", "close", "clear", "__init__"}),
        (AsyncWebhookAdapter, {"request"}),
    ):
        direct = {
            function.name
            for function in ast.walk(ast.parse(inspect.getsource(kind)))
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
            for each in ast.walk(function)
            if isinstance(each, ast.Attribute)
            and (
                each.attr == "__session"
                or (each.attr in {"request", "get", "post"} and ast.unparse(each.value) == "session")
            )
        }
        assert direct <= allowed
