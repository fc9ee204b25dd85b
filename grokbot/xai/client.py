"""The client of xAI: what can be asked of it, deadlines, retries.

Not here: the channel and one call (`calls`), a request's contents (`requests`), a chunk's contents (`chunks`), reacting
to failures (`engine`).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty

from grokbot.conversation.draft import Completion, Delayed
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.process import metrics
from grokbot.process.backoff import Backoff
from grokbot.process.health import Health, HealthPart
from grokbot.wire.xai import auth_pb2_grpc, chat_pb2, chat_pb2_grpc, image_pb2_grpc, models_pb2_grpc
from grokbot.xai.answer_watch import AnswerWatch
from grokbot.xai.calls import answer_of, not_silent, opened_channel, streamed
from grokbot.xai.chunks import Chunks, completion_of, usage_of
from grokbot.xai.errors import EFFORT
from grokbot.xai.images import image_prices_of, image_request_of, made_of
from grokbot.xai.models import models_of
from grokbot.xai.refused_options import RefusedOptions
from grokbot.xai.requests import compact_request_of, efforts_upwards, metadata_of, request_of, small_request_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

    from grokbot.conversation.draft import Events
    from grokbot.conversation.history import Prompt, PromptMessage
    from grokbot.conversation.image_request import ImageRequest, MadeImages
    from grokbot.conversation.response import Conversation
    from grokbot.policy.budgets import ListedModel
    from grokbot.settings import XaiSettings
    from grokbot.wire.xai import auth_pb2

T = TypeVar("T")

log = logging.getLogger(__name__)

FEW_MESSAGES = 500
"""Per request; larger ones, and those with pictures, are built in a thread."""

TRIES = 5
"""xAI advises five tries after a rate limit, with doubling pauses."""

OUTAGE_SECONDS = 90.0
"""How long to retry while xAI cannot be reached or is overloaded: most outages are shorter."""

LONGEST_PAUSE = 10.0
"""Between two tries, in seconds."""

LOOKUP_SECONDS = 15.0
"""The deadline of lookups and deletions."""

COMPACTION_SECONDS = 300.0
"""The deadline for making a long prompt short; its answer is waited for."""

WORDS_SECONDS = 60.0
"""The deadline of a short completion such as a title, which is less urgent than an answer."""

IMAGE_SECONDS = 300.0
"""The deadline of a request for images: a command can be answered for 15 minutes, and most take a few seconds."""


class GrokClient:
    """One channel to xAI for the whole process. Create it inside a running event loop; `close()` it.

    Args:
        settings: The address and the key.
        tries: How often a request is sent at most, as long as nothing of the answer has arrived.
        first_pause: Seconds before the second try; each further pause is twice as long, give or take a quarter.
        outage_seconds: How long to retry while xAI cannot be reached, regardless of `tries`.
        health: Learns how xAI is; None: nobody does.
    """

    def __init__(
        self,
        settings: XaiSettings,
        *,
        tries: int = TRIES,
        first_pause: float = 1.0,
        outage_seconds: float = OUTAGE_SECONDS,
        health: Health | None = None,
    ) -> None:
        health = health or Health()
        self._lookups = AnswerWatch(health.pulse(HealthPart.XAI, "lookups"))
        self._answers = AnswerWatch(health.pulse(HealthPart.XAI, "answers"))
        self._tries = tries
        self._outage = outage_seconds
        self._first_pause = first_pause
        self.use(settings)
        self._channel = opened_channel(settings.target, insecure=settings.insecure)
        self._chat: chat_pb2_grpc.ChatAsyncStub = chat_pb2_grpc.ChatStub(self._channel)
        self._images: image_pb2_grpc.ImageAsyncStub = image_pb2_grpc.ImageStub(self._channel)
        self._models: models_pb2_grpc.ModelsAsyncStub = models_pb2_grpc.ModelsStub(self._channel)
        self._auth: auth_pb2_grpc.AuthAsyncStub = auth_pb2_grpc.AuthStub(self._channel)
        self._refused = RefusedOptions()

    def use(self, settings: XaiSettings) -> None:
        """From now on requests are made with these settings, but to the same address. What runs goes on as it began."""
        self._settings = settings
        self._authorization = ("authorization", f"Bearer {settings.api_key.get_secret_value()}")

    async def close(self) -> None:
        """End running calls and close the channel."""
        await self._channel.close()

    async def stream(self, prompt: Prompt, conversation: Conversation) -> AsyncGenerator[Events, None]:
        """The events of each chunk of one answer, as chunks arrive. Never yields an empty tuple.

        An option that the model refuses is left out, at the price of one more request, once per model.

        Closing the generator, or cancelling the task that reads it, ends the call at xAI before it returns: an
        abandoned stream would keep costing money. Retries with growing pauses, and yields `Delayed` before each, as
        long as nothing has arrived and the failure is temporary. Ends the call when nothing has arrived for the
        setting's `idle_seconds`.

        Raises:
            GrokError: The answer is incomplete, for the reason given.
        """
        settings = self._settings
        if len(prompt.messages) <= FEW_MESSAGES and not any(said.parts for said in prompt.messages):
            request = request_of(prompt, conversation, settings.search_turns)
        else:
            request = await asyncio.to_thread(request_of, prompt, conversation, settings.search_turns)
        self._refused.leave_out(request)
        now = asyncio.get_running_loop().time
        begun = now()
        deadline = begun + settings.timeout_seconds
        backoff = Backoff(self._first_pause, LONGEST_PAUSE)
        for attempt in itertools.count(1):
            chunks, silent_since = Chunks(), now()
            try:
                # gRPC resumes all generators between it and the reader for each token: keep it to this one.
                metadata = (self._authorization, *metadata_of(prompt, conversation))
                calling = streamed(self._chat.GetCompletionChunk, request, metadata, deadline - now(), chunks)
                async with calling as call:
                    with not_silent(call, settings.idle_seconds) as heard:
                        async for chunk in call:
                            heard()
                            if silent_since:
                                metrics.FIRST_CHUNK.observe(now() - silent_since)
                                silent_since = 0.0
                            if events := chunks.events_of(chunk):
                                yield events
            except GrokError as trouble:
                self._answers.failed(trouble)
                if self._refused.found(trouble, request):
                    continue
                pause = backoff.pause()
                if not self._goes_on(trouble, attempt, now() + pause - begun) or now() + pause >= deadline:
                    raise
                log.warning("xai.again conversation=%s attempt=%d kind=%s", conversation.id, attempt, trouble.kind)
            else:
                self._answers.came()
                return
            yield (Delayed(),)
            await asyncio.sleep(pause)

    async def complete(
        self, prompt: Prompt, conversation: Conversation, *, max_tokens: int, seconds: float = WORDS_SECONDS
    ) -> Completion:
        """A few words in one piece, from the conversation's model, as cheaply as possible: see `small_request_of`.

        Sent once, without retries; only an effort that the model refuses costs another try,
        once per model.

        Args:
            prompt: The prompt to send.
            conversation: Gives the model and its options.
            max_tokens: Maximum length of the answer.
            seconds: The deadline.

        Raises:
            GrokError: There is no answer, or it is empty.
        """
        for effort in efforts_upwards(conversation):
            request = small_request_of(prompt, conversation.model, effort=effort, max_tokens=max_tokens)
            self._refused.leave_out(request)
            if effort is not None and not request.HasField(EFFORT):
                continue
            try:
                response = await self._unary(self._chat.GetCompletion, request, seconds)
            except GrokError as trouble:
                if effort is None or not self._refused.found(trouble, request):
                    raise
            else:
                completion = completion_of(response)
                if not completion.text.strip():
                    raise GrokError(GrokFailure.EMPTY, f"cost_ticks={completion.usage.cost_ticks}")
                return completion
        raise AssertionError("leaving the effort to the model is never refused for the effort")

    async def compact(self, messages: Sequence[PromptMessage], model: str) -> Completion:
        """The messages as one sealed message, for later requests to the same model. Sent once, without retries.

        Raises:
            GrokError: There is none; `BAD_REQUEST` if xAI or the model has no such thing.
        """
        request = await asyncio.to_thread(compact_request_of, messages, model)
        response = await self._unary(self._chat.CompactContext, request, COMPACTION_SECONDS)
        if not response.encrypted_content:
            raise GrokError(GrokFailure.EMPTY)
        return Completion(response.encrypted_content, usage_of(response.usage))

    async def delete_stored(self, xai_id: str) -> None:
        """Delete a stored response. A missing one counts as success.

        Raises:
            GrokError: It may still exist.
        """
        request = chat_pb2.DeleteStoredCompletionRequest(response_id=xai_id)
        try:
            await self._lookup(self._chat.DeleteStoredCompletion, request)
        except GrokError as trouble:
            if not trouble.detail.startswith(grpc.StatusCode.NOT_FOUND.name):
                raise

    async def stored_text(self, xai_id: str) -> str:
        """The text of a stored response; "" if it has none.

        Raises:
            GrokError: It no longer exists, or xAI does not answer.
        """
        request = chat_pb2.GetStoredCompletionRequest(response_id=xai_id)
        return completion_of(await self._lookup(self._chat.GetStoredCompletion, request)).text

    async def model_names(self) -> frozenset[str]:
        """Names and aliases of the language models available to the key.

        Raises:
            GrokError: xAI does not answer.
        """
        listed = await self._lookup(self._models.ListLanguageModels, Empty())
        return frozenset(name for model in listed.models for name in (model.name, *model.aliases))

    async def models(self) -> Mapping[str, ListedModel]:
        """Prices and context of language models, by name and alias.

        Raises:
            GrokError: xAI does not answer.
        """
        return models_of(await self._lookup(self._models.ListLanguageModels, Empty()))

    async def image_prices(self) -> Mapping[str, int]:
        """What one image costs, in ticks, by name and alias of each model that makes them.

        Raises:
            GrokError: xAI does not answer.
        """
        method = self._models.ListImageGenerationModels
        return image_prices_of(await answer_of(method, Empty(), self._authorization, LOOKUP_SECONDS))

    async def make_images(self, wanted: ImageRequest, user: str) -> MadeImages:
        """Makes or edits images. Sent once, without retries: a lost answer may have been paid for.

        Args:
            wanted: What to make.
            user: Names the person to xAI's abuse control, opaquely; "": nobody.

        Raises:
            GrokError: There are none.
        """
        request = await asyncio.to_thread(image_request_of, wanted, user)
        response = await self._unary(self._images.GenerateImage, request, IMAGE_SECONDS)
        return await asyncio.to_thread(made_of, response)

    async def key(self) -> auth_pb2.ApiKey:
        """Data about the key from xAI: its redacted form, whether it or its team is blocked.

        Raises:
            GrokError: xAI does not know the key, or does not answer.
        """
        return await self._lookup(self._auth.get_api_key_info, Empty())

    def _goes_on(self, trouble: GrokError, attempt: int, seconds: float) -> bool:
        """Whether to retry after so many tries and so many seconds since the first."""
        outlasted = trouble.kind is GrokFailure.OVERLOADED and seconds < self._outage
        return trouble.automatic and (attempt < self._tries or outlasted)

    async def _lookup(self, method: Callable[..., Awaitable[T]], request: object) -> T:
        """A call that costs nothing; it also shows that xAI is reached again, but not that there is credit."""
        try:
            found = await answer_of(method, request, self._authorization, LOOKUP_SECONDS)
        except GrokError as trouble:
            self._lookups.failed(trouble)
            raise
        self._lookups.came()
        self._answers.may_come()
        return found

    async def _unary(self, method: Callable[..., Awaitable[T]], request: object, seconds: float) -> T:
        """One call with a single answer, without retries."""
        try:
            answer = await answer_of(method, request, self._authorization, seconds)
        except GrokError as trouble:
            self._answers.failed(trouble)
            raise
        self._answers.came()
        return answer
