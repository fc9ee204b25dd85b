"""One answer as a stream of messages, for AddResponse, Resample and Replace.

Not here: beginning an answer (`engine`), the deltas (`messages.deltas`), building messages
(`messages.prompt_ide`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from grokbot.api.calls import STOPPED, AnswerStoppedError
from grokbot.api.messages.deltas import Pieces
from grokbot.api.messages.prompt_ide import budget, query_action, response_message, token
from grokbot.api.services.batches import gathering_seconds
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.conversation.options import effective
from grokbot.conversation.response import State
from grokbot.wire.prompt_ide import chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Iterator
    from typing import Any

    from grokbot.conversation.response import Response
    from grokbot.engine.engine import Engine
    from grokbot.engine.turns import RunningAnswer, Snapshot

BegunT = TypeVar("BegunT", bound="RunningAnswer | Response")


async def begun(engine: Engine, beginning: Coroutine[Any, Any, BegunT]) -> BegunT:
    """The new answer, or the response that was written instead. If the caller disconnects, the answer is stopped.

    Raises:
        GrokbotError: It could not begin.
    """
    task = asyncio.ensure_future(beginning)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is None:
            await engine.answers.stop(task.result().id)  # a written response has no answer running under its id
        raise


async def let_go(engine: Engine, running: RunningAnswer) -> None:
    """Stop an answer whose listener is gone, and its call at xAI, unless it has ended."""
    if not running.has_ended:
        await engine.answers.stop(running.id)


async def streamed(engine: Engine, running: RunningAnswer) -> AsyncGenerator[chat_pb2.AddResponseResponse, None]:
    """The human's response, the answer in pieces, then the whole answer. Closing the stream early stops the answer.

    A slow reader delays nobody: all that has arrived meanwhile becomes one piece.

    Raises:
        GrokbotError: The answer failed or broke off.
    """
    above = running.conversation.branched_from
    try:
        if running.asked.last is not None:
            yield chat_pb2.AddResponseResponse(user_response=response_message(running.asked.last, above=above))
        pieces = Pieces()
        while True:
            snapshot = running.snapshot()
            for message in _news(pieces, snapshot):
                yield message
            if snapshot.ended is not None:
                break
            await running.news(snapshot.revision)
            if snapshot.text:  # the first piece goes immediately
                await asyncio.sleep(gathering_seconds(len(engine.runner.running)))
        for message in _last(running, snapshot):
            yield message
    finally:
        await let_go(engine, running)


def outcome(snapshot: Snapshot) -> Response:
    """The ended answer: finished, or stopped with some text.

    Raises:
        GrokbotError: It failed.
    """
    answer = snapshot.ended
    if answer is None:
        raise AssertionError("it has not ended")
    if answer.state is State.STOPPED:
        if not answer.answered:
            raise AnswerStoppedError(STOPPED)
        return answer
    if snapshot.trouble is not None:
        raise snapshot.trouble
    if answer.state is not State.DONE:
        raise GrokError(GrokFailure.OTHER)
    return answer


def _news(pieces: Pieces, snapshot: Snapshot) -> Iterator[chat_pb2.AddResponseResponse]:
    for query in pieces.queries(snapshot.queries):
        yield query_action(query)
    text = pieces.text(snapshot.text)
    if text:
        yield token(text)


def _last(running: RunningAnswer, snapshot: Snapshot) -> Iterator[chat_pb2.AddResponseResponse]:
    answer = outcome(snapshot)
    limit = effective(running.conversation, running.response.options).options.max_tokens
    spent = budget(answer.usage, limit)
    if spent is not None:
        yield spent
    yield chat_pb2.AddResponseResponse(
        model_response=response_message(answer, above=running.conversation.branched_from)
    )
