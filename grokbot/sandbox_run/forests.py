"""The conversation of a channel as the page draws it, read from the daemon's database, whether the daemon runs or not.

Not here: drawing it (the page).
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from grokbot.conversation.errors import GrokbotError
from grokbot.conversation.response import TICKS_A_DOLLAR, Sender
from grokbot.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from grokbot.conversation.response import Conversation, Response
    from grokbot.sandbox.discord_server.rules.protocol import Json

TEXT_MAX = 120


class Forests:
    """Reads the database at `path`, once there is one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: Store | None = None

    async def of(self, channel_id: int) -> Json | None:
        """The newest conversation of a channel; None where there is none, or nothing can be read yet."""
        try:
            store = await self._opened()
            found = await store.conversations.newest_in(channel_id) if store is not None else None
            return await _drawn(store, found) if store is not None and found is not None else None
        except GrokbotError:
            return None

    async def close(self) -> None:
        """Close the database."""
        if self._store is not None:
            await self._store.close()

    async def _opened(self) -> Store | None:
        if self._store is None and self._path.is_file() and self._path.stat().st_size:
            self._store = await Store.read_only(f"sqlite+aiosqlite:///{self._path}")
        return self._store


async def _drawn(store: Store, conversation: Conversation) -> Json:
    forest = await store.responses.forest(conversation.id)
    path = {response.id for response in await store.responses.path_as_stored(conversation.leaf_id)}
    places: dict[str, int] = {}
    for ref in await store.messages.in_conversation(conversation.id):
        places.setdefault(ref.response_id, ref.message_id)
    variants = _variants(forest)
    return {
        "id": conversation.id,
        "title": conversation.title,
        "mode": conversation.mode.value,
        "model": conversation.model,
        "leaf": conversation.leaf_id,
        "cost": sum(_ticks(response) for response in forest) / TICKS_A_DOLLAR,
        "nodes": [
            {
                "id": response.id,
                "parent": response.parent_id,
                "sender": response.sender.value,
                "state": response.state.value,
                "text": response.message[:TEXT_MAX],
                "who": response.author.name if response.author is not None else response.model or "Grok",
                "message": str(places[response.id]) if response.id in places else None,
                "on_path": response.id in path,
                "variant": variants.get(response.id),
                "tokens": _tokens(response),
                "cost": _ticks(response) / TICKS_A_DOLLAR,
            }
            for response in forest
        ],
    }


def _variants(forest: Sequence[Response]) -> Mapping[str, str]:
    """Such as "2/3" for the second of three answers to the same."""
    answers: dict[str | None, list[str]] = defaultdict(list)
    for response in forest:
        if response.sender is Sender.MODEL:
            answers[response.parent_id].append(response.id)
    return {
        response_id: f"{number}/{len(ids)}"
        for ids in answers.values()
        if len(ids) > 1
        for number, response_id in enumerate(ids, start=1)
    }


def _tokens(response: Response) -> int:
    used = response.usage
    return 0 if used is None else used.prompt_tokens + used.completion_tokens + used.reasoning_tokens


def _ticks(response: Response) -> int:
    return (response.usage.cost_ticks or 0) if response.usage is not None else 0
