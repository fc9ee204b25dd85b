"""grokbot.Daemon's own way to say something, and what is known of the answer.

Each method is a request, one call to the engine, an answer. Not here: running methods (`calls.calls`), the answer's
parts (`answers`), other changes to a conversation (`daemon_conversations`).
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING

from grokbot.api.messages.daemon import answer_message, asked_mode, asked_options
from grokbot.api.messages.prompt_ide import conversation_message
from grokbot.api.services.answers import begun, let_go, outcome, streamed
from grokbot.conversation.options import effective
from grokbot.engine.programs import UploadedFile
from grokbot.wire.grokbot import daemon_pb2 as wire

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import RunningAnswer
    from grokbot.policy.actor import Actor


class DaemonTurns:
    """The service's methods for one turn.

    Args:
        engine: The engine.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def ask(self, request: wire.AskRequest, caller: Actor) -> AsyncGenerator[wire.AskResponse, None]:
        """Say something, and stream the answer with what is known of it."""
        turns, options = self._engine.program_turns, asked_options(request)
        parent_id = request.parent_response_id or None
        files = [UploadedFile(each.name, each.data) for each in request.attachments]
        upload = await self._engine.uploads.read(files)
        if request.conversation_id:
            asking = turns.say(request.conversation_id, caller, request.message, parent_id, options, upload)
        else:
            asking = turns.stateful(
                caller,
                request.message,
                response_id=parent_id,
                options=options,
                system_prompt=request.system_prompt or None,
                mode=asked_mode(request),
                upload=upload,
            )
        return self._asked(await begun(self._engine, asking))

    async def get_answer(self, request: wire.GetAnswerRequest, caller: Actor) -> wire.Answer:
        """What is known of an answer."""
        return answer_message(await self._engine.program_conversations.answer(request.response_id, caller))

    async def _asked(self, running: RunningAnswer) -> AsyncGenerator[wire.AskResponse, None]:
        try:
            yield wire.AskResponse(conversation=conversation_message(running.conversation))
            async with aclosing(streamed(self._engine, running)) as parts:
                async for part in parts:
                    yield wire.AskResponse(part=part)
            snapshot = running.snapshot()
            model = effective(running.conversation, running.response.options).model
            yield wire.AskResponse(answer=answer_message(outcome(snapshot), model=model, cut_short=snapshot.cut_short))
        finally:
            await let_go(self._engine, running)
