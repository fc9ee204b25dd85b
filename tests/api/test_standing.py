"""What every gRPC tool knows to ask: health, reflection; and how calls end when the daemon does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from grokbot.sandbox.grok_server import Script
from tests.engine.house import eventually
from tests.wire.by_hand import message, part, text

from .raw import CHAT, DAEMON, STATELESS, Raw, Refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from .service import ServedHouse

SERVICES = ("prompt_ide.Chat", "prompt_ide.StatelessChat", "grokbot.Daemon")

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


async def test_health_tells_whether_each_service_serves_and_that_it_ends(
    served: ServedHouse, channel: grpc.aio.Channel
) -> None:
    health: Any = health_pb2_grpc.HealthStub(channel)  # its types know no methods
    for service in ("", *SERVICES):
        assert (await health.Check(health_pb2.HealthCheckRequest(service=service))).status == SERVING
    watch = aiter(health.Watch(health_pb2.HealthCheckRequest()))
    assert (await anext(watch)).status == SERVING
    await served.serving.closing()
    assert (await anext(watch)).status == NOT_SERVING
    for service in SERVICES:
        assert (await health.Check(health_pb2.HealthCheckRequest(service=service))).status == NOT_SERVING


async def reflected(channel: Any, **wanted: Any) -> reflection_pb2.ServerReflectionResponse:
    async def asked() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        yield reflection_pb2.ServerReflectionRequest(**wanted)

    stub: Any = reflection_pb2_grpc.ServerReflectionStub(channel)  # its types know no methods
    answers: list[reflection_pb2.ServerReflectionResponse]
    answers = [answer async for answer in stub.ServerReflectionInfo(asked())]
    assert len(answers) == 1
    return answers[0]


async def test_a_tool_without_our_protos_finds_services_and_messages_by_reflection(channel: grpc.aio.Channel) -> None:
    listed = (await reflected(channel, list_services="")).list_services_response
    assert {*SERVICES, "grpc.health.v1.Health"} <= {service.name for service in listed.service}
    pool = descriptor_pool.DescriptorPool()
    for name in SERVICES:
        await add_to(pool, channel, name)
        assert pool.FindServiceByName(name).methods
    assert pool.FindMessageTypeByName("prompt_ide.AddResponseRequest").fields_by_name["parent_response_id"].number == 5


async def add_to(pool: descriptor_pool.DescriptorPool, channel: grpc.aio.Channel, symbol: str) -> None:
    """The file of a symbol, after those that it needs."""
    found = (await reflected(channel, file_containing_symbol=symbol)).file_descriptor_response
    await _add(pool, channel, list(found.file_descriptor_proto), set())


async def _add(
    pool: descriptor_pool.DescriptorPool, channel: grpc.aio.Channel, files: list[bytes], added: set[str]
) -> None:
    for encoded in files:
        file = descriptor_pb2.FileDescriptorProto.FromString(encoded)
        if file.name in added:
            continue
        added.add(file.name)
        for needed in file.dependency:
            more = (await reflected(channel, file_by_filename=needed)).file_descriptor_response
            await _add(pool, channel, list(more.file_descriptor_proto), added)
        pool.AddSerializedFile(encoded)


async def test_watches_end_with_a_sentence_as_soon_as_the_daemon_begins_to(served: ServedHouse, raw: Raw) -> None:
    conversation = await raw.begin()
    watch = aiter(raw.stream(DAEMON + "Watch", message((1, conversation))))
    await anext(watch)
    await served.serving.closing()
    with Refused(grpc.StatusCode.UNAVAILABLE):
        await anext(watch)
    assert await raw.call(CHAT + "ListConversations")  # everything else goes on


async def test_answers_come_to_their_end_in_the_drain_and_nothing_new_begins(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(Script(text="one two three four", tokens_per_second=20))
    conversation, other = await raw.begin(), await raw.begin()
    stream = aiter(raw.stream(CHAT + "AddResponse", message((1, conversation), (2, "Count"), (6, 1))))
    first = await anext(stream)
    await served.serving.closing()
    draining = asyncio.create_task(served.engine.drain(20.0))
    await eventually(lambda: served.engine.runner.draining)
    with Refused(grpc.StatusCode.UNAVAILABLE):
        await raw.say(other, "Too late")
    got = said([first, *[each async for each in stream]])
    assert text(got.answer, 2) == got.text == "one two three four"
    await draining


async def test_what_the_drain_cuts_off_ends_with_a_sentence_and_stays_in_the_forest(
    served: ServedHouse, raw: Raw
) -> None:
    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    conversation = await raw.begin()
    stream = aiter(raw.stream(CHAT + "AddResponse", message((1, conversation), (2, "Tell me"), (6, 1))))
    await anext(stream)
    await anext(stream)
    await served.engine.drain(0.0)
    with Refused(grpc.StatusCode.UNAVAILABLE):
        while True:
            await anext(stream)
    assert text((await raw.responses(conversation))[-1], 2).startswith("word")


async def test_a_stateless_answer_may_end_in_the_drain_and_is_cut_off_after_it(served: ServedHouse, raw: Raw) -> None:
    served.grok.script(Script(text="one two three", tokens_per_second=20))
    request = message((1, message((1, 1), (2, "Count"))))
    stream = raw.stream(STATELESS + "AddResponse", request)
    first = await anext(aiter(stream))
    await served.serving.drain(20.0)
    assert "".join(text(each, 2) for each in [first, *[each async for each in stream]]) == "one two three"

    served.grok.script(Script(text="word " * 100, hang_after_tokens=30))
    with Refused(grpc.StatusCode.UNAVAILABLE):
        await raw.all(STATELESS + "AddResponse", request)
    await served.grok.until(lambda: served.grok.running == 0)


async def test_a_slow_reader_gets_joined_pieces_and_holds_up_nobody(served: ServedHouse, raw: Raw) -> None:
    """What has come while nobody read is one piece: more than flow control holds back, so that writing has to wait."""
    served.grok.script(Script(text="x" * 150_000))
    conversation = await raw.begin()
    stream = aiter(raw.stream(CHAT + "AddResponse", message((1, conversation), (2, "Much"), (6, 1))))
    first = await anext(stream)
    await served.house.quiet()  # the answer ends although nobody reads it
    pieces = [first, *[each async for each in stream]]
    assert said(pieces).text == "x" * 150_000
    assert text(part(pieces[-1], 3), 2) == "x" * 150_000


async def test_a_daemon_that_has_ended_cannot_be_reached(served: ServedHouse) -> None:
    async with grpc.aio.insecure_channel(f"{served.target}.other") as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await Raw(channel).call(DAEMON + "GetStatus")
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
