"""The real client, and short ways to ask with it.

Not here: servers (`conftest`, `official_server`), what is proved.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from grokbot.conversation.draft import Draft
from grokbot.conversation.errors import GrokError
from grokbot.conversation.history import KEPT_FOR, Prompt, PromptMessage, Role, prompt_of
from grokbot.conversation.response import Author, Conversation, Mode, Response, State
from grokbot.settings import XaiSettings
from grokbot.xai.client import GrokClient

from .cases import NOW, conversation, human, pending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from grokbot.conversation.draft import Events

ALICE = Author(1, "alice")
PAUSE = 0.001


def hello(text: str = "hello") -> Prompt:
    return Prompt((PromptMessage(Role.USER, text),))


@asynccontextmanager
async def client_of(
    target: str,
    key: str,
    *,
    timeout: float = 60,  # noqa: ASYNC109 - the client's setting
    idle: float = 600,
    **more: Any,
) -> AsyncIterator[GrokClient]:
    settings = XaiSettings(
        api_key=SecretStr(key), target=target, insecure=True, timeout_seconds=timeout, idle_seconds=idle
    )
    client = GrokClient(settings, **{"first_pause": PAUSE, "outage_seconds": 0.0, **more})
    try:
        yield client
    finally:
        await client.close()


def apply(draft: Draft, events: Events) -> None:
    assert events  # nobody is woken for nothing
    for event in events:
        draft.apply(event)


async def read(client: GrokClient, prompt: Prompt, where: Conversation | None = None) -> Draft:
    """The whole answer. What arrived before a trouble is lost: use `Draft` by hand for that."""
    draft = Draft()
    async with aclosing(client.stream(prompt, where or conversation())) as stream:
        async for events in stream:
            apply(draft, events)
    return draft


async def trouble(client: GrokClient, prompt: Prompt | None = None, draft: Draft | None = None) -> GrokError:
    """How an answer ends that does not end well; what arrived before is in `draft`."""
    draft = draft or Draft()
    try:
        async for events in client.stream(prompt or hello(), conversation()):
            apply(draft, events)
    except GrokError as found:
        return found
    raise AssertionError("the answer ended well")


@dataclass
class Chat:
    """A conversation of one person through the client, turn by turn."""

    client: GrokClient
    where: Conversation
    path: list[Response] = field(default_factory=list)

    async def say(self, text: str, *, gone: frozenset[str] = frozenset()) -> Response:
        number = len(self.path)
        parent = self.path[-1].id if self.path else None
        path = [*self.path, human(f"h{number}", parent, text, ALICE)]
        draft = await read(self.client, prompt_of(path, self.where, NOW, gone), self.where)
        assert draft.finished
        answer = draft.ended(pending(f"m{number}", path[-1].id), State.DONE, NOW)
        if self.where.mode is Mode.STATEFUL:
            answer = replace(answer, stored_until=NOW + KEPT_FOR)
        self.path = [*path, answer]
        return answer
