"""grokbot.Daemon's file methods: export and import.

Not here: the file formats (`documents`), permissions (`engine`).
"""

from __future__ import annotations

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING

from grokbot.api.messages.prompt_ide import conversation_message
from grokbot.conversation.errors import UserError
from grokbot.documents.as_html import to_html
from grokbot.documents.as_json import from_json, to_json
from grokbot.documents.as_markdown import to_markdown
from grokbot.documents.transcript import file_name, public
from grokbot.engine.admission import nowhere
from grokbot.wire.grokbot import daemon_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from grokbot.documents.transcript import Transcript
    from grokbot.engine.engine import Engine
    from grokbot.policy.actor import Actor
    from grokbot.wire.prompt_ide import chat_pb2

WRITERS: Mapping[str, tuple[str, Callable[[Transcript], str]]] = {
    "markdown": ("md", to_markdown),
    "json": ("json", to_json),
    "html": ("html", partial(to_html, clock=time.monotonic)),
}
"""By format name: the file extension and the writer."""

NO_FORMAT = "`format` must be `markdown`, `json` or `html`."
NO_TEXT = "`content` must be UTF-8 text, as every export is."


class DaemonFiles:
    """The service's file methods.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._at_work = asyncio.Lock()
        """One file at a time: reading and writing run in a thread, which takes CPU time from all answers."""

    async def export(self, request: wire.ExportRequest, caller: Actor) -> wire.Document:
        """Export a path as a file."""
        if request.format not in WRITERS:
            raise UserError(NO_FORMAT)
        ending, write = WRITERS[request.format]
        transcript = await self._engine.library.transcripts.of_path(
            request.response_id or None, request.conversation_id, caller, names=request.names
        )
        async with self._at_work:
            text = await asyncio.to_thread(write, public(transcript))
        return wire.Document(content=text.encode("utf-8", "replace"), file_name=file_name(transcript, ending))

    async def import_(self, request: wire.ImportRequest, caller: Actor) -> chat_pb2.Conversation:
        """Import a conversation from a file."""
        try:
            text = request.content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise UserError(NO_TEXT) from None
        async with self._at_work:
            transcript = await asyncio.to_thread(from_json, text)
        imported = await self._engine.library.transcripts.imported(transcript, nowhere(caller.id), caller)
        return conversation_message(imported)
