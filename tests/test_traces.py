"""Traces of turns: what a collector on this machine gets of a real turn, and that none holds anything up."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)

from grokbot.conversation.errors import ConfigurationError
from grokbot.process import traces
from grokbot.process.traces import TRACES, VARIABLES, Traces
from grokbot.process.turn_id import of_turn
from grokbot.sandbox.grok_server import Script
from tests.discord_bot.wire.play import playing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collector(TraceServiceServicer):
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.got: list[ExportTraceServiceRequest] = []

    async def Export(  # noqa: N802 - a method's name on the wire
        self, request: ExportTraceServiceRequest, _context: object
    ) -> ExportTraceServiceResponse:
        self.got.append(request)
        return ExportTraceServiceResponse()

    def spans(self) -> list[Span]:
        scopes = [scope for got in self.got for each in got.resource_spans for scope in each.scope_spans]
        return [span for scope in scopes for span in scope.spans]


@pytest.fixture(autouse=True)
def _no_collector_of_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[Collector, str]]:
    server, collector = grpc.aio.server(), Collector()
    add_TraceServiceServicer_to_server(collector, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield collector, f"http://127.0.0.1:{port}"
    finally:
        await server.stop(None)


def about(span: Span) -> Mapping[str, object]:
    return {each.key: getattr(each.value, str(each.value.WhichOneof("value"))) for each in span.attributes}


async def test_a_collector_gets_each_turn_with_its_parts_and_nobodys_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with collecting() as (collector, endpoint):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint)
        async with playing(tmp_path) as play:
            play.grok.script(Script(text="xyzzy answer", reasoning="xyzzy thought"))
            thread = await play.begin("xyzzy question")
            await play.whole(thread)
            await play.alice.say(thread, "xyzzy !fail refused")
            await play.has_ended(thread, "More…")
            turns = play.turns()
            await play.stop()
        assert "xyzzy" not in str(collector.got)
        assert "Alice" not in str(collector.got)
        first, second = ([span for span in collector.spans() if span.trace_id == root.trace_id] for root in (
            next(span for span in collector.spans() if about(span).get("grokbot.turn") == turn) for turn in turns
        ))  # fmt: skip
    by_name = {span.name: span for span in first}
    assert set(by_name) == {"turn", "queue", "xai.request", "discord.first_message", "discord.final_edit"}
    root = by_name.pop("turn")
    assert {span.parent_span_id for span in by_name.values()} == {root.span_id}
    assert root.start_time_unix_nano <= min(span.start_time_unix_nano for span in by_name.values())
    assert root.end_time_unix_nano >= max(span.end_time_unix_nano for span in by_name.values())
    [heard] = by_name["xai.request"].events
    request = by_name["xai.request"]
    assert heard.name == "first_token"
    assert request.start_time_unix_nano <= heard.time_unix_nano <= request.end_time_unix_nano
    told = about(root)
    assert told["grokbot.outcome"] == "done"
    assert told["gen_ai.request.model"] == "grok-4.7"
    assert told["grokbot.mode"] == "stateless"
    for amount in ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens", "grokbot.cost_dollars"):
        assert isinstance(told[amount], int | float)
        assert told[amount]
    failed = next(span for span in second if span.name == "turn")
    assert about(failed)["error.type"] == "refused"
    assert about(failed)["grokbot.outcome"] == "failed"


async def test_a_collector_that_is_away_holds_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traces, "FLUSH_SECONDS", 0.2)
    clock = asyncio.get_running_loop().time
    async with TRACES.exporting("http://127.0.0.1:9"):
        TRACES.begun("01TURN", datetime.now(UTC), model="grok", mode="stateless")
        with of_turn("01TURN"):
            work = asyncio.create_task(asyncio.sleep(0))
            TRACES.held("01TURN", work)
            TRACES.note("xai.request", 0)
        await work
        began = clock()
    assert clock() - began < 1.0


async def test_without_a_collector_or_the_library_nothing_is_sent_and_a_setting_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(traces, "find_spec", lambda _: None)
    off = Traces()
    async with off.exporting(""):
        off.begun("01TURN", None, model="grok", mode="stateless")
        assert off._turns == {}
    assert caplog.text == ""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    async with off.exporting(""):
        assert off._exporter is None
    assert "tracing.not_installed" in caplog.text
    with pytest.raises(ConfigurationError, match=r"install grokbot\[tracing\]"):
        async with off.exporting("http://127.0.0.1:4317"):
            pass
