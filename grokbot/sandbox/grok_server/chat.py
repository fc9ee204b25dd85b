"""The Chat service: admits a request, has its answer planned, sends it, stores it.

Here: the order of these steps. Not here: the steps, each in its own module.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from google.protobuf.timestamp_pb2 import Timestamp

from grokbot.sandbox.grok_server.admission.content import hydrated
from grokbot.sandbox.grok_server.admission.door import CallFailedError
from grokbot.sandbox.grok_server.admission.validation import problem
from grokbot.sandbox.grok_server.answers import (
    Envelope,
    PromptCache,
    Script,
    Scripts,
    Tally,
    as_history,
    asks_for_title,
    directed,
    segments,
    text_of,
)
from grokbot.sandbox.grok_server.answers.draft import draft
from grokbot.sandbox.grok_server.failures import (
    FAILURES,
    NOT_OFFERED,
    SEALED,
    invalid,
    response_gone,
    too_long,
    unknown_model,
)
from grokbot.sandbox.grok_server.prices import find
from grokbot.sandbox.grok_server.stream import AnswerStream
from grokbot.wire.xai.chat_pb2 import (
    CompactContextRequest,
    CompactContextResponse,
    DeleteStoredCompletionRequest,
    DeleteStoredCompletionResponse,
    GetChatCompletionResponse,
    GetCompletionsRequest,
    GetDeferredCompletionResponse,
    GetDeferredRequest,
    GetStoredCompletionRequest,
    IncludeOption,
    Message,
    MessageRole,
    OutputFile,
    StartDeferredResponse,
)
from grokbot.wire.xai.chat_pb2_grpc import ChatServicer

if TYPE_CHECKING:
    from collections.abc import Callable

    from grokbot.sandbox.grok_server.admission.call_log import RecordedCall
    from grokbot.sandbox.grok_server.admission.door import Context, Door
    from grokbot.sandbox.grok_server.answers import Author, Beat, Plan, Segment
    from grokbot.sandbox.grok_server.media.kept_files import KeptFiles
    from grokbot.sandbox.grok_server.prices import ModelFacts
    from grokbot.sandbox.grok_server.rules import GrokRules
    from grokbot.sandbox.grok_server.stored import Stored, StoredResponses


@dataclass(frozen=True, slots=True)
class Task:
    """One admitted request and everything its answer needs."""

    request: GetCompletionsRequest
    earlier: Stored | None
    script: Script
    plan: Plan
    envelope: Envelope
    tally: Tally
    files: tuple[OutputFile, ...]

    def whole(self) -> GetChatCompletionResponse:
        """The whole answer, once all of it was sent."""
        # A whole answer tells of each call how it ended.
        beats = replace(self.plan, verbose=True).beats() if self.request.HasField("n") else ()
        response = self.envelope.whole(beats, self.tally.usage(len(self.plan.citations)), self.request)
        response.citations.extend(self.plan.citations)
        response.output_files.extend(self.files)
        return response


class ChatService(ChatServicer):
    """xAI's Chat, as far as protos/xai declares it."""

    def __init__(
        self,
        rules: GrokRules,
        door: Door,
        scripts: Scripts,
        stored: StoredResponses,
        files: KeptFiles,
        now: Callable[[], float],
    ) -> None:
        self.cache = PromptCache()
        self.sealed: set[str] = set()
        """All sealed texts."""
        self.unreadable: set[str] = set()
        """Sealed texts that can no longer be opened."""
        self.author: Author | None = None
        self._rules = rules
        self._door = door
        self._scripts = scripts
        self._stored = stored
        self._files = files
        self._now = now

    async def GetCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetCompletionsRequest, context: Context
    ) -> GetChatCompletionResponse:
        """Answer as a whole; takes as long as the stream would."""
        async with self._door.call(context, "GetCompletion", request) as call:
            task = self._admit(request, call)

            async def count(beats: list[Beat], _: bool) -> None:
                for beat in beats:
                    task.tally.add(beat)
                    self.sealed.update(filter(None, [beat.sealed]))

            if request.HasField("n"):
                await AnswerStream(task.plan, task.script, count).run()
            call.tokens_sent = task.tally.completion + task.tally.reasoning
            response = task.whole()
            call.cost_ticks = response.usage.cost_in_usd_ticks
            if request.store_messages:
                self._keep(task, response)
        return response

    # grpc.aio also accepts a coroutine that writes; the stub only knows iterators.
    async def GetCompletionChunk(  # type: ignore[override] # noqa: N802 - a method's name on the wire
        self, request: GetCompletionsRequest, context: Context
    ) -> None:
        """Answer token by token."""
        async with self._door.call(context, "GetCompletionChunk", request) as call:
            task = self._admit(request, call)
            plan, tally = task.plan, task.tally

            async def send(beats: list[Beat], last: bool) -> None:
                for beat in beats:
                    tally.add(beat)
                    self.sealed.update(filter(None, [beat.sealed]))
                chunk = task.envelope.chunk(beats, tally.usage(len(plan.citations) if last else 0))
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
            if request.store_messages:
                self._keep(task, task.whole())

    async def GetStoredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetStoredCompletionRequest, context: Context
    ) -> GetChatCompletionResponse:
        """A stored answer, while it is kept."""
        async with self._door.call(context, "GetStoredCompletion", request):
            return self._find(request.response_id).response

    async def DeleteStoredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: DeleteStoredCompletionRequest, context: Context
    ) -> DeleteStoredCompletionResponse:
        """Delete a stored answer immediately."""
        async with self._door.call(context, "DeleteStoredCompletion", request):
            self._find(request.response_id)
            self._stored.forget(request.response_id)
        return DeleteStoredCompletionResponse(response_id=request.response_id)

    async def StartDeferredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetCompletionsRequest, context: Context
    ) -> StartDeferredResponse:
        """Not offered yet."""
        async with self._door.call(context, "StartDeferredCompletion", request):
            raise CallFailedError(NOT_OFFERED)

    async def GetDeferredCompletion(  # noqa: N802 - a method's name on the wire
        self, request: GetDeferredRequest, context: Context
    ) -> GetDeferredCompletionResponse:
        """Not offered yet."""
        async with self._door.call(context, "GetDeferredCompletion", request):
            raise CallFailedError(NOT_OFFERED)

    async def CompactContext(  # noqa: N802 - a method's name on the wire
        self, request: CompactContextRequest, context: Context
    ) -> CompactContextResponse:
        """Not offered yet."""
        async with self._door.call(context, "CompactContext", request):
            raise CallFailedError(NOT_OFFERED)

    def _find(self, response_id: str) -> Stored:
        if not response_id:
            raise CallFailedError(invalid("The request names no response_id."))
        stored = self._stored.find(response_id)
        if stored is None:
            raise CallFailedError(response_gone(response_id))
        return stored

    def _admit(self, request: GetCompletionsRequest, call: RecordedCall) -> Task:
        """Every check before the first token, cheapest first."""
        model = find(self._rules.models, request.model)
        if model is None:
            raise CallFailedError(unknown_model(request.model))
        wrong = problem(request, model, self._files.find, self._rules.api_key)
        if wrong is not None:
            raise CallFailedError(wrong)
        if any(message.encrypted_content in self.unreadable for message in request.messages):
            raise CallFailedError(SEALED)
        earlier = self._find(request.previous_response_id) if request.previous_response_id else None
        said = (*(earlier.conversation() if earlier else ()), *request.messages)
        conversation = hydrated(said, self._files.find)
        if request.store_messages and not self._rules.store_images and _has_images(conversation):
            raise CallFailedError(invalid("A conversation with images cannot be stored."))
        prompt = segments(request.tools, conversation)
        titled = asks_for_title(request, conversation)  # takes no script meant for answers
        script = self._scripts.titles.take() or Script() if titled else self._script(conversation)
        tally = self._tally(model, prompt, script, call)
        envelope = Envelope(str(uuid.uuid4()), Timestamp(seconds=int(self._now())), model.name)
        call.response_id = envelope.id
        call.prompt_tokens = tally.usage().prompt_tokens
        plan = draft(request, conversation, script, model, self._rules)
        return Task(request, earlier, script, plan, envelope, tally, self._written(request, script))

    def _written(self, request: GetCompletionsRequest, script: Script) -> tuple[OutputFile, ...]:
        """The files that code execution wrote, kept like any others."""
        if IncludeOption.INCLUDE_OPTION_CODE_EXECUTION_FILES_OUTPUT not in request.include:
            return ()
        return tuple(OutputFile(file_id=self._files.add(name, data).id, name=name) for name, data in script.files)

    def _tally(self, model: ModelFacts, prompt: tuple[Segment, ...], script: Script, call: RecordedCall) -> Tally:
        """Count the prompt; a refused call never reaches the prompt cache."""
        text = sum(segment.text_tokens for segment in prompt)
        images = sum(segment.image_tokens for segment in prompt)
        if text + images > model.context:
            raise CallFailedError(too_long(model.context, text + images))
        if script.fail and not script.fail_after_tokens:
            raise CallFailedError(FAILURES[script.fail])
        return Tally(model, text, images, self.cache.visit(call.metadata.get("x-grok-conv-id", ""), prompt))

    def _script(self, conversation: tuple[Message, ...]) -> Script:
        script = self._scripts.answers.take()
        if script is None and self.author is not None:
            script = self.author(conversation)
        if script is None and self._rules.directives:
            asked = next((m for m in reversed(conversation) if m.role == MessageRole.ROLE_USER), Message())
            script = directed(text_of(asked))
        return script or Script()

    def _keep(self, task: Task, response: GetChatCompletionResponse) -> None:
        if response.outputs:
            self._stored.add(response, (*task.request.messages, as_history(response)), task.earlier)


def _has_images(conversation: tuple[Message, ...]) -> bool:
    return any(part.WhichOneof("content") == "image_url" for message in conversation for part in message.content)
