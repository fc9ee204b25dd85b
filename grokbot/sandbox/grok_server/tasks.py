"""Requests for answers, admitted: every check, the script, the plan and the bill of each.

Here: what happens before the first token. Not here: sending an answer (`chat`).
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
    asks_for_title,
    compaction,
    directed,
    segments,
    text_of,
)
from grokbot.sandbox.grok_server.answers.draft import draft
from grokbot.sandbox.grok_server.failures import FAILURES, SEALED, invalid, response_gone, too_long, unknown_model
from grokbot.sandbox.grok_server.prices import find
from grokbot.wire.xai.chat_pb2 import (
    GetChatCompletionResponse,
    GetCompletionsRequest,
    IncludeOption,
    Message,
    MessageRole,
    OutputFile,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from grokbot.sandbox.grok_server.admission.call_log import RecordedCall
    from grokbot.sandbox.grok_server.admission.limits import RateLimits
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


class Tasks:
    """Admits requests.

    Attributes:
        author: Directs answers that have no script.
        cache: The prompt cache.
    """

    def __init__(
        self,
        rules: GrokRules,
        scripts: Scripts,
        stored: StoredResponses,
        files: KeptFiles,
        limits: RateLimits,
        now: Callable[[], float],
    ) -> None:
        self.cache = PromptCache()
        self.author: Author | None = None
        self._rules = rules
        self._scripts = scripts
        self._stored = stored
        self._files = files
        self._limits = limits
        self._now = now
        self._sealed: set[str] = set()
        self._unreadable: set[str] = set()

    def admit(self, request: GetCompletionsRequest, call: RecordedCall) -> Task:
        """Every check before the first token, cheapest first.

        Raises:
            CallFailedError: One of them failed.
        """
        model = self._checked(request)
        earlier = self.stored(request.previous_response_id) if request.previous_response_id else None
        conversation = self._read((*(earlier.conversation() if earlier else ()), *request.messages))
        if request.store_messages and not self._rules.store_images and _has_images(conversation):
            raise CallFailedError(invalid("A conversation with images cannot be stored."))
        titled = asks_for_title(request, conversation)  # takes no script meant for answers
        script = self._scripts.titles.take() or Script() if titled else self._script(conversation)
        tally = self._tally(model, segments(request.tools, conversation), script, call)
        envelope = Envelope(str(uuid.uuid4()), Timestamp(seconds=int(self._now())), model.name)
        call.response_id = envelope.id
        plan = draft(request, conversation, script, model, self._rules)
        return Task(request, earlier, script, plan, envelope, tally, self._written(request, script))

    def admit_compaction(
        self, model_name: str, messages: Iterable[Message], call: RecordedCall
    ) -> tuple[Script, Tally, tuple[Message, ...]]:
        """The script, the bill and the conversation of a compaction.

        Args:
            model_name: Name or alias of the model.
            messages: The conversation, as it came.
            call: Its record.

        Raises:
            CallFailedError: It is refused.
        """
        model = self._checked(GetCompletionsRequest(model=model_name, messages=messages))
        script = self._scripts.compactions.take() or Script()
        conversation = self._read(tuple(messages))
        return script, self._tally(model, segments((), conversation), script, call), conversation

    def stored(self, response_id: str) -> Stored:
        """A stored response.

        Raises:
            CallFailedError: There is none.
        """
        if not response_id:
            raise CallFailedError(invalid("The request names no response_id."))
        stored = self._stored.find(response_id)
        if stored is None:
            raise CallFailedError(response_gone(response_id))
        return stored

    def seal(self, text: str) -> None:
        """Note a sealed text that goes out."""
        self._sealed.add(text)

    def sent(self, beats: Iterable[Beat], tally: Tally) -> None:
        """Count what goes out."""
        for beat in beats:
            tally.add(beat)
            if beat.sealed:
                self._sealed.add(beat.sealed)

    def forget_seals(self) -> None:
        """No sealed text of today can be opened from now on."""
        self._unreadable |= self._sealed

    def _read(self, said: tuple[Message, ...]) -> tuple[Message, ...]:
        return compaction.unfolded(hydrated(said, self._files.find), self._rules.api_key)

    def _written(self, request: GetCompletionsRequest, script: Script) -> tuple[OutputFile, ...]:
        """The files that code execution wrote, kept like any others."""
        if IncludeOption.INCLUDE_OPTION_CODE_EXECUTION_FILES_OUTPUT not in request.include:
            return ()
        return tuple(OutputFile(file_id=self._files.add(name, data).id, name=name) for name, data in script.files)

    def _checked(self, request: GetCompletionsRequest) -> ModelFacts:
        """The model of a request that is valid by itself."""
        model = find(self._rules.models, request.model)
        if model is None:
            raise CallFailedError(unknown_model(request.model))
        wrong = problem(request, model, self._files.find, self._rules.api_key)
        if wrong is not None:
            raise CallFailedError(wrong)
        if any(message.encrypted_content in self._unreadable for message in request.messages):
            raise CallFailedError(SEALED)
        return model

    def _tally(self, model: ModelFacts, prompt: tuple[Segment, ...], script: Script, call: RecordedCall) -> Tally:
        """Count the prompt; a refused call never reaches the prompt cache."""
        text = sum(segment.text_tokens for segment in prompt)
        images = sum(segment.image_tokens for segment in prompt)
        if text + images > model.context:
            raise CallFailedError(too_long(model.context, text + images))
        if script.fail and not script.fail_after_tokens:
            raise CallFailedError(FAILURES[script.fail])
        self._limits.admit(text + images)
        call.prompt_tokens = text + images
        cached = self.cache.visit(call.metadata.get("x-grok-conv-id", ""), prompt)
        return Tally(model, text, images, cached, self._rules.tells_cost)

    def _script(self, conversation: tuple[Message, ...]) -> Script:
        script = self._scripts.answers.take()
        if script is None and self.author is not None:
            script = self.author(conversation)
        if script is None and self._rules.directives:
            asked = next((m for m in reversed(conversation) if m.role == MessageRole.ROLE_USER), Message())
            script = directed(text_of(asked))
        return script or Script()


def _has_images(conversation: tuple[Message, ...]) -> bool:
    return any(part.WhichOneof("content") == "image_url" for message in conversation for part in message.content)
