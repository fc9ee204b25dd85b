"""The Chat service: admits a request, has its answer planned, sends it, stores it.

Here: the order of these steps. Not here: the steps, each in its own module.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.answers import (
    as_history,
    compaction,
    tokens,
)
from grokbot.sandbox.grok_server.failures import (
    response_gone,
)
from grokbot.sandbox.grok_server.stream import AnswerStream
from grokbot.wire.xai.chat_pb2 import (
    CompactContextRequest,
    CompactContextResponse,
    DeferredStatus,
    DeleteStoredCompletionRequest,
    DeleteStoredCompletionResponse,
    GetChatCompletionResponse,
    GetCompletionsRequest,
    GetDeferredCompletionResponse,
    GetDeferredRequest,
    GetStoredCompletionRequest,
    MessageRole,
    StartDeferredResponse,
)
from grokbot.wire.xai.chat_pb2_grpc import ChatServicer

if TYPE_CHECKING:
    from grokbot.sandbox.grok_server.admission.call_log import RecordedCall
    from grokbot.sandbox.grok_server.admission.door import Context, Door
    from grokbot.sandbox.grok_server.admission.limits import RateLimits
    from grokbot.sandbox.grok_server.answers import Beat
    from grokbot.sandbox.grok_server.rules import GrokRules
    from grokbot.sandbox.grok_server.stored import StoredResponses
    from grokbot.sandbox.grok_server.tasks import Task, Tasks


class ChatService(ChatServicer):
    """xAI's Chat, as far as protos/xai declares it."""

    def __init__(self, rules: GrokRules, door: Door, tasks: Tasks, stored: StoredResponses, limits: RateLimits) -> None:
        self._rules = rules
        self._door = door
        self._tasks = tasks
        self._stored = stored
        self._limits = limits
        self._deferred: dict[str, asyncio.Task[GetChatCompletionResponse]] = {}

    async def GetCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetCompletionsRequest, context: Context
    ) -> GetChatCompletionResponse:
        """Answer as a whole; takes as long as the stream would."""
        async with self._door.call(context, "GetCompletion", request) as call:
            return await self._answered(self._tasks.admit(request, call), call)

    # grpc.aio also accepts a coroutine that writes; the stub only knows iterators.
    async def GetCompletionChunk(  # type: ignore[override] # noqa: N802 - a method's name on the wire
        self, request: GetCompletionsRequest, context: Context
    ) -> None:
        """Answer token by token."""
        async with self._door.call(context, "GetCompletionChunk", request) as call:
            task = self._tasks.admit(request, call)
            plan, tally = task.plan, task.tally

            async def send(beats: list[Beat], last: bool) -> None:
                self._tasks.sent(beats, tally)
                of_a_tool = bool(beats) and beats[0].role == MessageRole.ROLE_TOOL
                usage = tally.cost_so_far() if of_a_tool else tally.usage(len(plan.citations) if last else 0)
                chunk = task.envelope.chunk(beats, usage)
                if last:
                    chunk.citations.extend(plan.citations)
                    chunk.output_files.extend(task.files)
                await context.write(chunk)
                call.cost_ticks = chunk.usage.cost_in_usd_ticks
                call.tokens_sent = tally.completion + tally.reasoning
                self._door.changes.happened()

            if request.HasField("n"):
                await AnswerStream(plan, task.script, send).run()
            else:
                await send([], True)
            self._limits.spend(call.tokens_sent)
            if request.store_messages:
                self._keep(task, task.whole())

    async def GetStoredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetStoredCompletionRequest, context: Context
    ) -> GetChatCompletionResponse:
        """A stored answer, while it is kept."""
        async with self._door.call(context, "GetStoredCompletion", request):
            return self._tasks.stored(request.response_id).response

    async def DeleteStoredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: DeleteStoredCompletionRequest, context: Context
    ) -> DeleteStoredCompletionResponse:
        """Delete a stored answer immediately."""
        async with self._door.call(context, "DeleteStoredCompletion", request):
            self._tasks.stored(request.response_id)
            self._stored.forget(request.response_id)
        return DeleteStoredCompletionResponse(response_id=request.response_id)

    async def StartDeferredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetCompletionsRequest, context: Context
    ) -> StartDeferredResponse:
        """Answer while nobody waits."""
        async with self._door.call(context, "StartDeferredCompletion", request) as call:
            task = self._tasks.admit(request, call)
            running = self._deferred[task.envelope.id] = asyncio.create_task(self._answered(task, call))
            running.add_done_callback(lambda _: self._door.changes.happened())
        return StartDeferredResponse(request_id=task.envelope.id)

    async def GetDeferredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetDeferredRequest, context: Context
    ) -> GetDeferredCompletionResponse:
        """The answer, once it is there; it is handed out once."""
        async with self._door.call(context, "GetDeferredCompletion", request):
            running = self._deferred.get(request.request_id)
            if running is None:
                raise CallFailedError(response_gone(request.request_id))
            if not running.done():
                return GetDeferredCompletionResponse(status=DeferredStatus.PENDING)
            del self._deferred[request.request_id]
            if running.exception() is not None:
                return GetDeferredCompletionResponse(status=DeferredStatus.FAILED)
        return GetDeferredCompletionResponse(status=DeferredStatus.DONE, response=running.result())

    async def CompactContext(  # noqa: N802 - a method's name on the wire
        self, request: CompactContextRequest, context: Context
    ) -> CompactContextResponse:
        """The conversation as one sealed message."""
        async with self._door.call(context, "CompactContext", request) as call:
            script, tally, conversation = self._tasks.admit_compaction(request.model, request.input, call)
            record = compaction.record_of(conversation) if script.text is None else script.text
            tally.completion = tokens.count(record)
            wait = self._rules.first_token_after if script.first_token_after is None else script.first_token_after
            await asyncio.sleep(wait + tally.completion / (script.tokens_per_second or self._rules.tokens_per_second))
            text = compaction.sealed(conversation, record, self._rules.api_key)
            self._tasks.seal(text)
            usage = tally.usage()
            call.cost_ticks = usage.cost_in_usd_ticks
        return CompactContextResponse(
            id=f"cmp_{uuid.uuid4()}",
            encrypted_content=text,
            dropped_message_count=len(request.input),
            usage=usage,
        )

    async def close(self) -> None:
        """Stop what nobody waits for."""
        running, self._deferred = self._deferred, {}
        for task in running.values():
            task.cancel()
        await asyncio.gather(*running.values(), return_exceptions=True)

    async def _answered(self, task: Task, call: RecordedCall) -> GetChatCompletionResponse:
        async def count(beats: list[Beat], _: bool) -> None:
            self._tasks.sent(beats, task.tally)

        if task.request.HasField("n"):
            await AnswerStream(task.plan, task.script, count).run()
        call.tokens_sent = task.tally.completion + task.tally.reasoning
        response = task.whole()
        call.cost_ticks = response.usage.cost_in_usd_ticks
        self._limits.spend(call.tokens_sent)
        if task.request.store_messages:
            self._keep(task, response)
        return response

    def _keep(self, task: Task, response: GetChatCompletionResponse) -> None:
        if response.outputs:
            self._stored.add(response, (*task.request.messages, as_history(response)), task.earlier)
