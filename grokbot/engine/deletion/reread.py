"""Reads texts that the database does not keep: answers from xAI, and people's messages from the thread.

They are remembered for a while, in memory only. A text that cannot be read is ELSEWHERE's sentence. Not here: dropping
text (`store.privacy.drop_text`, when: `drop_text`), Discord's messages (`Reader`).
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from grokbot.conversation.errors import GrokError
from grokbot.conversation.history import ELSEWHERE
from grokbot.conversation.response import Sender

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from grokbot.conversation.response import MessageRef, Response
    from grokbot.engine.context import Provider
    from grokbot.engine.prompts.attachments import AttachedReader

Reader: TypeAlias = "Callable[[Sequence[MessageRef]], Awaitable[str | None]]"
"""Gives the joined text of Discord messages, as the engine received it; None if they are gone."""

MessagesOf: TypeAlias = "Callable[[str], Awaitable[Sequence[MessageRef]]]"
"""Finds the Discord messages of a response by its id."""

log = logging.getLogger(__name__)

AT_ONCE = 8
"""Texts read at the same time."""

REMEMBERED = 16 * 1024**2
"""Most characters of remembered texts."""


class DroppedTexts:
    """The `TextSource` of the store: reads dropped texts again.

    Args:
        grok: Reads answers.
        reader: Reads messages in Discord; None: nobody does.
        attached_again: Reads their attachments; None: nobody does.
    """

    def __init__(
        self, grok: Provider, reader: Reader | None = None, attached_again: AttachedReader | None = None
    ) -> None:
        self.attached_again = attached_again
        self._grok = grok
        self._reader = reader
        self._remembered: OrderedDict[str, str] = OrderedDict()
        self._characters = 0
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def filled(self, responses: Sequence[Response], messages_of: MessagesOf) -> tuple[Response, ...]:
        """See `store.TextSource`."""
        return tuple(await asyncio.gather(*(self._read(response, messages_of) for response in responses)))

    def remember(self, response: Response) -> None:
        """Remembers a response's text, which is about to be dropped."""
        if response.message in {"", ELSEWHERE} or response.id in self._remembered:
            return
        self._remembered[response.id] = response.message
        self._characters += len(response.message)
        while self._characters > REMEMBERED:
            _, oldest = self._remembered.popitem(last=False)
            self._characters -= len(oldest)

    async def _read(self, response: Response, messages_of: MessagesOf) -> Response:
        if response.message != ELSEWHERE:
            return response
        text = self._remembered.get(response.id)
        if text is None:
            async with self._gate:
                text = await self._at_xai(response) or await self._in_discord(response, messages_of)
            if not text:
                log.info("words.gone response=%s", response.id)
                return response
        read = replace(response, message=text)
        self.remember(read)
        return read

    async def _at_xai(self, response: Response) -> str | None:
        if response.sender is not Sender.MODEL or response.xai_id is None:
            return None
        try:
            return await self._grok.stored_text(response.xai_id)
        except GrokError as trouble:
            log.info("words.not_at_xai response=%s kind=%s", response.id, trouble.kind)
            return None

    async def _in_discord(self, response: Response, messages_of: MessagesOf) -> str | None:
        refs = await messages_of(response.id) if self._reader is not None else ()
        if self._reader is None or not refs:
            return None
        try:
            return await self._reader(refs)
        except Exception:  # a failing reader of another room must not stop the rest
            log.exception("words.not_in_discord response=%s", response.id)
            return None
