"""Traces of turns for OpenTelemetry: where the time of an answer goes. Off, and free of cost, unless somebody collects.

A room notes where the thing happens: `TRACES.note("xai.request", since)`. Attributes are ids, kinds and numbers, never
texts or names. The extra grokbot[tracing] brings the library, which is imported only to send. Not here: the log's turn
ids (`turn_id`), metrics (`metrics`).
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ConfigurationError
from grokbot.conversation.response import TICKS_A_DOLLAR
from grokbot.process.turn_id import current_turn

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from opentelemetry.context import Context
    from opentelemetry.trace import Span

    from grokbot.conversation.response import Usage

log = logging.getLogger(__name__)

Attributes = dict[str, str | int | float]

VARIABLES = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""OpenTelemetry's own; the library reads them, and the others that belong to them."""

LIBRARY = "opentelemetry.exporter"
NOT_INSTALLED = "Traces need the package opentelemetry: install grokbot[tracing], or leave monitoring.traces empty."
FLUSH_SECONDS = 2.0
"""How long a stop waits for a collector; what it has not taken by then is lost."""


@dataclass(slots=True)
class _Turn:
    """A turn's span, which ends with the last of the tasks that work for it."""

    span: Span
    context: Context
    tasks: int = 0


class Traces:
    """What the rooms call. Does nothing until `exporting` runs."""

    def __init__(self) -> None:
        self._exporter: _Exporter | None = None
        self._turns: dict[str, _Turn] = {}

    @asynccontextmanager
    async def exporting(self, endpoint: str) -> AsyncIterator[None]:
        """Sends traces to a collector (OTLP over gRPC) while the block runs, in a thread of its own.

        Args:
            endpoint: The collector's URL; "": what OpenTelemetry's variables say, and nowhere without them.

        Raises:
            ConfigurationError: The setting names a collector, but the extra is not installed.
        """
        if not endpoint and not any(os.environ.get(name) for name in VARIABLES):
            yield
            return
        if find_spec("opentelemetry") is None or find_spec(LIBRARY) is None:
            if endpoint:
                raise ConfigurationError("monitoring.traces", NOT_INSTALLED)
            log.warning("tracing.not_installed extra=tracing")
            yield
            return
        self._exporter = await asyncio.to_thread(_Exporter, endpoint)
        try:
            yield
        finally:
            ending, self._exporter = self._exporter, None
            self._turns.clear()
            # In a thread that nothing waits for: a collector that is away keeps the library busy.
            flushing = threading.Thread(target=ending.close, name="traces", daemon=True)
            flushing.start()
            await asyncio.to_thread(flushing.join, FLUSH_SECONDS)

    def begun(self, turn_id: str, asked_at: datetime | None, *, model: str, mode: str) -> None:
        """A turn begins.

        Args:
            turn_id: The id of its answer.
            asked_at: When its first message came, since when it has waited; None if an old one is answered once more.
            model: The model's name.
            mode: The conversation's.
        """
        if self._exporter is None:
            return
        now = time.time_ns()
        asked = now if asked_at is None else min(now, int(asked_at.timestamp() * 1e9))
        about: Attributes = {"grokbot.turn": turn_id, "grokbot.mode": mode, "gen_ai.provider.name": "x_ai"}
        if re.fullmatch(r"[\w.:/-]{1,64}", model, re.ASCII):  # people may name one
            about["gen_ai.request.model"] = model
        turn = self._turns[turn_id] = self._exporter.begun(asked, about)
        if asked_at is not None:
            self._exporter.note(turn.context, "queue", asked, now)

    def held(self, turn_id: str, task: asyncio.Task[None]) -> None:
        """A task works for a turn, whose span lasts as long."""
        turn = self._turns.get(turn_id)
        if turn is None:
            return
        turn.tasks += 1

        def over(_: object) -> None:
            turn.tasks -= 1
            if not turn.tasks and self._turns.pop(turn_id, None) is not None:
                turn.span.end()

        task.add_done_callback(over)

    def ended(self, turn_id: str, *, outcome: str, failure: str, about: Mapping[str, int | float]) -> None:
        """The answer of a turn has ended; it may still have to be shown.

        Args:
            turn_id: The id of the answer.
            outcome: Its state.
            failure: The kind of what went wrong; "" if nothing did.
            about: Tokens and cost.
        """
        turn = self._turns.get(turn_id)
        if turn is None or self._exporter is None:
            return
        turn.span.set_attributes({"grokbot.outcome": outcome, **about})
        if failure:
            turn.span.set_attribute("error.type", failure)
            self._exporter.fail(turn.span)

    def note(self, name: str, since: int, *, events: Mapping[str, int] | None = None) -> None:
        """Something that the current turn waited for is over.

        Args:
            name: What it was.
            since: When it began, by `time.time_ns()`.
            events: What happened in between, and when.
        """
        if self._exporter is None or (turn := self._turns.get(current_turn())) is None:
            return
        self._exporter.note(turn.context, name, since, time.time_ns(), events or {})


class _Exporter:
    """The only one that knows the library. Made in a thread: importing it takes a moment."""

    def __init__(self, endpoint: str) -> None:
        from opentelemetry import trace  # noqa: PLC0415 - see the top
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

        logging.getLogger("opentelemetry").setLevel(logging.ERROR)  # each try at a collector that is away is a warning
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "grokbot"}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint or None)))
        self._tracer = self._provider.get_tracer("grokbot")
        self._trace = trace

    def begun(self, at: int, about: Attributes) -> _Turn:
        span = self._tracer.start_span("turn", self._nothing_around(), attributes=about, start_time=at)
        return _Turn(span, self._trace.set_span_in_context(span, self._nothing_around()))

    def note(self, turn: Context, name: str, since: int, until: int, events: Mapping[str, int] | None = None) -> None:
        span = self._tracer.start_span(name, turn, start_time=since)
        for event, at in (events or {}).items():
            span.add_event(event, timestamp=at)
        span.end(until)

    def fail(self, span: Span) -> None:
        span.set_status(self._trace.StatusCode.ERROR)

    def close(self) -> None:
        self._provider.shutdown()

    @staticmethod
    def _nothing_around() -> Context:
        from opentelemetry.context import Context  # noqa: PLC0415 - it is loaded by now

        return Context()


def figures_of(usage: Usage | None) -> Mapping[str, int | float]:
    """Tokens and cost, by OpenTelemetry's names where it has some."""
    if usage is None:
        return {}
    return {
        "gen_ai.usage.input_tokens": usage.prompt_tokens,
        "gen_ai.usage.output_tokens": usage.completion_tokens + usage.reasoning_tokens,
        "grokbot.cost_dollars": (usage.cost_ticks or 0) / TICKS_A_DOLLAR,
    }


TRACES = Traces()
"""One for the process, as the metrics are."""
