"""The only client of xAI: the channel, deadlines, tries, and translation of its errors.

Not here: what a request holds (`requests`), what a chunk says (`chunks`), what to do about a trouble (`engine`).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, TypeVar

import grpc
from google.protobuf.empty_pb2 import Empty

from grokbot.conversation.draft import Delayed
from grokbot.conversation.errors import GrokError, GrokFailure
from grokbot.process.backoff import Backoff
from grokbot.wire.xai import auth_pb2_grpc, chat_pb2, chat_pb2_grpc, models_pb2_grpc
from grokbot.xai.chunks import Chunks, completion_of
from grokbot.xai.errors import call_trouble, effort_refused
from grokbot.xai.prices import prices_of
from grokbot.xai.requests import efforts_upwards, metadata_of, request_of, small_request_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence

    from grokbot.conversation.draft import Completion, Events
    from grokbot.conversation.history import Prompt
    from grokbot.conversation.response import Conversation
    from grokbot.policy.budgets import Prices
    from grokbot.settings import XaiSettings
    from grokbot.wire.xai import auth_pb2

    StreamedCall = grpc.aio.UnaryStreamCall[chat_pb2.GetCompletionsRequest, chat_pb2.GetChatCompletionChunk]

T = TypeVar("T")

log = logging.getLogger(__name__)

FEW_MESSAGES = 500
"""Of one request; more are put together in a thread."""

MESSAGE_BYTES = 20 * 1024 * 1024
"""The official client's limit for one message, both ways."""

CHANNEL_OPTIONS: Sequence[tuple[str, int]] = (
    ("grpc.max_send_message_length", MESSAGE_BYTES),
    ("grpc.max_receive_message_length", MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.enable_retries", 0),  # tries are counted here, where it is known whether something has arrived
    ("grpc.max_reconnect_backoff_ms", 5_000),  # else two minutes, in which every try fails unsent after an outage
)
"""As the official client connects, but for the last two."""

TRIES = 5
"""Rate limits of xAI are advised to be tried five times, with pauses that double."""

OUTAGE_SECONDS = 90.0
"""How long it is tried again and again where xAI cannot be reached, or is overloaded: most outages are shorter."""

LONGEST_PAUSE = 10.0
"""Between two tries, in seconds."""

LOOKUP_SECONDS = 15.0
"""The deadline of calls that only look something up, or delete something."""

WORDS_SECONDS = 60.0
"""The deadline of a few words beside a conversation, which nobody waits for as for an answer."""


class GrokClient:
    """One channel to xAI for the whole process. Made inside a running event loop; `close()` it.

    Args:
        settings: Where and with which key.
        tries: How often a request is sent in all, while nothing of the answer has arrived.
        first_pause: Seconds before the second try; each further pause is twice as long, give or take a quarter.
        outage_seconds: How long it is sent where xAI cannot be reached, however many tries that takes.
    """

    def __init__(
        self,
        settings: XaiSettings,
        *,
        tries: int = TRIES,
        first_pause: float = 1.0,
        outage_seconds: float = OUTAGE_SECONDS,
    ) -> None:
        self._timeout = settings.timeout_seconds
        self._idle = settings.idle_seconds
        self._tries = tries
        self._outage = outage_seconds
        self._first_pause = first_pause
        self._authorization = ("authorization", f"Bearer {settings.api_key.get_secret_value()}")
        if settings.insecure:
            self._channel = grpc.aio.insecure_channel(settings.target, options=CHANNEL_OPTIONS)
        else:
            tls = grpc.ssl_channel_credentials()
            self._channel = grpc.aio.secure_channel(settings.target, tls, options=CHANNEL_OPTIONS)
        self._chat: chat_pb2_grpc.ChatAsyncStub = chat_pb2_grpc.ChatStub(self._channel)
        self._models: models_pb2_grpc.ModelsAsyncStub = models_pb2_grpc.ModelsStub(self._channel)
        self._auth: auth_pb2_grpc.AuthAsyncStub = auth_pb2_grpc.AuthStub(self._channel)
        self._efforts_refused: set[tuple[str, str | None]] = set()
        """Models and the reasoning efforts that they were found not to take."""

    async def close(self) -> None:
        """Ends what is under way and the channel."""
        await self._channel.close()

    async def stream(self, prompt: Prompt, conversation: Conversation) -> AsyncGenerator[Events, None]:
        """What each chunk of one answer says, as the chunks arrive. Never yields an empty tuple.

        Closing the generator, or cancelling the task that reads it, ends the call at xAI before it returns: an
        abandoned stream would go on costing money. Sends the request again, with growing pauses and `Delayed` before
        each, as long as nothing has arrived and the trouble is one that passes by itself. Ends the call when nothing
        at all has come of it for the setting's `idle_seconds`.

        Raises:
            GrokError: Whatever kept the answer from being whole.
        """
        if len(prompt.messages) <= FEW_MESSAGES:
            request = request_of(prompt, conversation)
        else:
            request = await asyncio.to_thread(request_of, prompt, conversation)
        now = asyncio.get_running_loop().time
        begun = now()
        deadline = begun + self._timeout
        backoff = Backoff(self._first_pause, LONGEST_PAUSE)
        for attempt in itertools.count(1):
            chunks = Chunks()
            try:
                # What stands between gRPC and the reader is entered again for each token: this generator alone.
                async with self._call(request, conversation, deadline - now(), chunks) as call:
                    with _not_silent(call, self._idle) as heard:
                        async for chunk in call:
                            heard()
                            if events := chunks.events_of(chunk):
                                yield events
            except GrokError as trouble:
                pause = backoff.pause()
                if not self._goes_on(trouble, attempt, now() + pause - begun) or now() + pause >= deadline:
                    raise
                log.warning("xai.again conversation=%s attempt=%d kind=%s", conversation.id, attempt, trouble.kind)
            else:
                return
            yield (Delayed(),)
            await asyncio.sleep(pause)

    async def complete(self, prompt: Prompt, conversation: Conversation, *, max_tokens: int) -> Completion:
        """A few words in one piece, from the conversation's model, as cheaply as it can: see `small_request_of`.

        Sent once, and not again whatever the trouble; only an effort that the model does not take costs another try,
        once for each model.

        Args:
            prompt: What is sent.
            conversation: Gives the model, and how it is asked.
            max_tokens: The most tokens of the answer.

        Raises:
            GrokError: There is no answer, or nothing in it.
        """
        model = conversation.model
        for effort in efforts_upwards(conversation):
            if (model, effort) in self._efforts_refused:
                continue
            request = small_request_of(prompt, model, effort=effort, max_tokens=max_tokens)
            try:
                response = await self._unary(self._chat.GetCompletion, request, WORDS_SECONDS)
            except GrokError as trouble:
                if effort is None or not effort_refused(trouble):
                    raise
                self._efforts_refused.add((model, effort))
                log.info("xai.effort_refused model=%s effort=%s", model, effort)
            else:
                completion = completion_of(response)
                if not completion.text.strip():
                    raise GrokError(GrokFailure.EMPTY, f"cost_ticks={completion.usage.cost_ticks}")
                return completion
        raise AssertionError("leaving the effort to the model is never refused for the effort")

    async def delete_stored(self, xai_id: str) -> None:
        """Deletes a stored response. That it is not there is as good.

        Raises:
            GrokError: It may still be there.
        """
        request = chat_pb2.DeleteStoredCompletionRequest(response_id=xai_id)
        try:
            await self._unary(self._chat.DeleteStoredCompletion, request, LOOKUP_SECONDS)
        except GrokError as trouble:
            if not trouble.detail.startswith(grpc.StatusCode.NOT_FOUND.name):
                raise

    async def stored_text(self, xai_id: str) -> str:
        """What a stored response says; "" where it says nothing.

        Raises:
            GrokError: It is not there any more, or xAI does not say.
        """
        request = chat_pb2.GetStoredCompletionRequest(response_id=xai_id)
        return completion_of(await self._unary(self._chat.GetStoredCompletion, request, LOOKUP_SECONDS)).text

    async def model_names(self) -> frozenset[str]:
        """Names and aliases of the language models that the key may use.

        Raises:
            GrokError: If xAI does not say.
        """
        listed = await self._unary(self._models.ListLanguageModels, Empty(), LOOKUP_SECONDS)
        return frozenset(name for model in listed.models for name in (model.name, *model.aliases))

    async def prices(self) -> Mapping[str, Prices]:
        """What language models cost, by their names and aliases.

        Raises:
            GrokError: If xAI does not say.
        """
        return prices_of(await self._unary(self._models.ListLanguageModels, Empty(), LOOKUP_SECONDS))

    async def key(self) -> auth_pb2.ApiKey:
        """What xAI says of the key: its redacted form, whether it or its team is blocked.

        Raises:
            GrokError: If xAI does not know the key, or does not answer.
        """
        return await self._unary(self._auth.get_api_key_info, Empty(), LOOKUP_SECONDS)

    @asynccontextmanager
    async def _call(
        self, request: chat_pb2.GetCompletionsRequest, conversation: Conversation, seconds: float, chunks: Chunks
    ) -> AsyncIterator[StreamedCall]:
        """One call, which has ended after the block, however the block is left.

        What it raises is `automatic` only while nothing has arrived: afterwards it has broken off.
        """
        metadata = (self._authorization, *metadata_of(conversation))
        try:
            call = self._chat.GetCompletionChunk(request, metadata=metadata, timeout=seconds)
            try:
                yield call
            finally:
                if not call.done():
                    call.cancel()
                    await call.code()
        except grpc.aio.AioRpcError as error:
            raise _trouble(error, received=chunks.received) from None
        except grpc.aio.UsageError as error:
            raise _closed(error) from None
        except asyncio.CancelledError as error:
            if _asked_to_end():
                raise
            raise _closed(error) from None

    def _goes_on(self, trouble: GrokError, attempt: int, seconds: float) -> bool:
        """Whether the request is sent again after so many tries, so many seconds after the first."""
        outlasted = trouble.kind is GrokFailure.OVERLOADED and seconds < self._outage
        return trouble.automatic and (attempt < self._tries or outlasted)

    async def _unary(self, method: Callable[..., Awaitable[T]], request: object, seconds: float) -> T:
        """One call that has one answer, made once."""
        try:
            return await method(request, metadata=(self._authorization,), timeout=seconds)
        except grpc.aio.AioRpcError as error:
            raise _trouble(error, received=False) from None
        except grpc.aio.UsageError as error:
            raise _closed(error) from None
        except asyncio.CancelledError as error:
            if _asked_to_end():
                raise
            raise _closed(error) from None


@contextmanager
def _not_silent(call: StreamedCall, seconds: float) -> Iterator[Callable[[], None]]:
    """Ends a call of which nothing has come for so long. Yields what is called whenever something has.

    One timer looks now and then, so that a token costs no more than a look at the clock.

    Raises:
        GrokError: It was ended for that.
    """
    loop = asyncio.get_running_loop()
    last, silent = loop.time(), False
    timer: asyncio.TimerHandle

    def heard() -> None:
        nonlocal last
        last = loop.time()

    def look() -> None:
        nonlocal timer, silent
        if loop.time() - last < seconds:
            timer = loop.call_at(last + seconds, look)
        else:
            silent = True
            call.cancel()

    timer = loop.call_later(seconds, look)
    try:
        yield heard
    except asyncio.CancelledError:
        if not silent or _asked_to_end():
            raise
        raise GrokError(GrokFailure.SILENT, f"nothing came for {seconds:g} s") from None
    finally:
        timer.cancel()


def _trouble(error: grpc.aio.AioRpcError, *, received: bool) -> GrokError:
    return call_trouble(error.code().name, error.details() or "", received=received)


def _closed(error: BaseException) -> GrokError:
    """The client was closed: gRPC then cancels its calls, and refuses new ones as a wrong use of the channel."""
    return GrokError(GrokFailure.INTERRUPTED, f"closed: {type(error).__name__}")


def _asked_to_end() -> bool:
    """Whether somebody cancelled this task, rather than gRPC the call under it."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
