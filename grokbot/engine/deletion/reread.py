"""The Store where no words are kept: they are read again at xAI and in the thread when somebody needs them.

What was read is remembered for a while, in memory only. What cannot be read again is ELSEWHERE's sentence. Not here:
dropping words (`store.privacy.drop_text`, when: `drop_text`), Discord (`words_from` is given a reader of its messages).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import GrokError
from grokbot.conversation.forest import Forest
from grokbot.conversation.history import ELSEWHERE, are_elsewhere
from grokbot.conversation.response import Sender
from grokbot.store import Store

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.conversation.response import MessageRef, Response
    from grokbot.xai.client import GrokClient

Reader: TypeAlias = "Callable[[Sequence[MessageRef]], Awaitable[str | None]]"
"""What messages of Discord's say together, as it was given to the engine; None where they are gone."""

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Texts that are read at the same time."""

REMEMBERED = 16 * 1024**2
"""Characters of texts that are remembered."""


class Rereading(Store):
    """A Store whose responses have their words, wherever those are. `reads_from` is called once, before all else."""

    _grok: GrokClient | None = None
    _reader: Reader | None = None

    def reads_from(self, grok: GrokClient) -> None:
        """Where answers are read again."""
        self._grok = grok
        self._remembered: OrderedDict[str, str] = OrderedDict()
        self._characters = 0
        self._gate = asyncio.Semaphore(AT_ONCE)

    def words_from(self, reader: Reader) -> None:
        """Who reads messages of Discord's: given where a response stands, by part; None where nothing is there."""
        self._reader = reader

    async def path_as_kept(self, leaf_id: str | None) -> tuple[Response, ...]:
        """The path without looking for words that are elsewhere."""
        return await super().path(leaf_id)

    async def path(self, leaf_id: str | None) -> tuple[Response, ...]:
        """See `Conversations.path`."""
        return await self._with_words(await super().path(leaf_id))

    async def forest(self, conversation_id: str) -> Forest:
        """See `Conversations.forest`."""
        forest = await super().forest(conversation_id)
        return Forest(await self._with_words(tuple(forest)))

    async def response(self, response_id: str) -> Response | None:
        """See `Conversations.response`."""
        response = await super().response(response_id)
        return (await self._with_words((response,)))[0] if response is not None else None

    async def responses_of(self, response_ids: Sequence[str]) -> tuple[Response, ...]:
        """See `Arranging.responses_of`."""
        return await self._with_words(await super().responses_of(response_ids))

    def remember(self, response: Response) -> None:
        """Keep in mind what a response says: it is about to be dropped."""
        if response.message in {"", ELSEWHERE} or response.id in self._remembered:
            return
        self._remembered[response.id] = response.message
        self._characters += len(response.message)
        while self._characters > REMEMBERED:
            _, oldest = self._remembered.popitem(last=False)
            self._characters -= len(oldest)

    async def _with_words(self, responses: Sequence[Response]) -> tuple[Response, ...]:
        if not are_elsewhere(responses):
            return tuple(responses)
        return tuple(await asyncio.gather(*(self._read(response) for response in responses)))

    async def _read(self, response: Response) -> Response:
        if response.message != ELSEWHERE:
            return response
        text = self._remembered.get(response.id)
        if text is None:
            async with self._gate:
                text = await self._at_xai(response) or await self._in_discord(response)
            if not text:
                log.info("words.gone response=%s", response.id)
                return response
        read = replace(response, message=text)
        self.remember(read)
        return read

    async def _at_xai(self, response: Response) -> str | None:
        if self._grok is None or response.sender is not Sender.MODEL or response.xai_id is None:
            return None
        try:
            return await self._grok.stored_text(response.xai_id)
        except GrokError as trouble:
            log.info("words.not_at_xai response=%s kind=%s", response.id, trouble.kind)
            return None

    async def _in_discord(self, response: Response) -> str | None:
        refs = await self.messages_of(response.id) if self._reader is not None else ()
        if self._reader is None or not refs:
            return None
        try:
            return await self._reader(refs)
        except Exception:  # a reader of another room must not keep the rest from being read
            log.exception("words.not_in_discord response=%s", response.id)
            return None
