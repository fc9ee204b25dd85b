"""What somebody without a key can make a port do: little is read, few calls last, connections are counted."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from grokbot.api.calls import callers, calls, errors, unauthenticated
from grokbot.api.server import builtin_services, connections
from grokbot.process.listen_addresses import network_of
from grokbot.settings import ApiSettings
from tests.engine.house import eventually
from tests.wire.by_hand import message

from .raw import CHAT, STATELESS, Raw
from .service import serving_house

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from .service import ServedHouse

CHECK = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"
REFLECTED = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[ServedHouse]:
    """A port and a socket."""
    with tempfile.TemporaryDirectory(prefix="api-") as private:
        listen = ("127.0.0.1:0", f"unix:{private}/api.sock")
        async with serving_house(tmp_path, api=ApiSettings(listen=listen, owner_id=111)) as house:
            yield house


@pytest.fixture
async def port(both: ServedHouse) -> AsyncIterator[grpc.aio.Channel]:
    async with grpc.aio.insecure_channel(both.target) as opened:
        yield opened


def with_key(key: str) -> tuple[tuple[str, str], ...]:
    return (("apikey", key),)


async def ends(call: grpc.aio.StreamUnaryCall[bytes, bytes] | grpc.aio.StreamStreamCall[bytes, bytes]) -> str:
    """How a call ends of which nothing is sent."""
    async with asyncio.timeout(20):
        return (await call.code()).name


def silent(channel: grpc.aio.Channel, method: str, key: str = "") -> grpc.aio.StreamUnaryCall[bytes, bytes]:
    """A call that is begun, and whose request never comes."""
    call: grpc.aio.StreamUnaryCall[bytes, bytes] = channel.stream_unary(method)(metadata=with_key(key) if key else ())
    return call


@pytest.mark.parametrize("method", [CHAT + "CreateConversation", CHAT + "AddResponse", STATELESS + "AddResponse"])
async def test_a_stranger_is_refused_before_anything_of_a_request_has_come(port: grpc.aio.Channel, method: str) -> None:
    assert await ends(silent(port, method)) == "UNAUTHENTICATED"
    assert await ends(silent(port, method, "gbk_wrong")) == "UNAUTHENTICATED"


async def test_a_request_that_does_not_come_ends_the_call(
    both: ServedHouse, port: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "BODY_SECONDS", 0.3)
    key = await both.key()
    assert await ends(silent(port, CHAT + "CreateConversation", key)) == "DEADLINE_EXCEEDED"
    assert await Raw(port, with_key(key)).begin()


async def test_what_one_person_leaves_half_sent_holds_up_nobody_else(
    both: ServedHouse, port: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "MOST_READ", 2)
    bob, carol = await both.key(222, "bob"), await both.key(333, "carol")
    stalled = [silent(port, CHAT + "CreateConversation", bob) for _ in range(5)]
    await asyncio.wait([asyncio.ensure_future(call.wait_for_connection()) for call in stalled])
    assert await Raw(port, with_key(carol)).begin()
    async with grpc.aio.insecure_channel(both.serving.addresses[1]) as here:
        assert await Raw(here).begin()
    for call in stalled:
        call.cancel()
    assert await Raw(port, with_key(bob)).begin()


async def test_looking_without_a_key_is_counted_and_small_and_in_time(
    both: ServedHouse, port: grpc.aio.Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builtin_services, "LOOK_SECONDS", 0.3)
    assert await ends(silent(port, CHECK)) == "DEADLINE_EXCEEDED"
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await Raw(port).call(CHECK, message((1, "x" * 3_000_000)))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    watches = [Raw(port).stream(WATCH, b"") for _ in range(unauthenticated.MOST_LOOKS)]
    for watch in watches:
        await watch.read()
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await Raw(port).call(CHECK, b"")
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    async with grpc.aio.insecure_channel(both.serving.addresses[1]) as here:
        assert await Raw(here).call(CHECK, b"")
    for watch in watches:
        watch.cancel()

    async def free() -> bool:
        with contextlib.suppress(grpc.aio.AioRpcError):
            return bool(await Raw(port).call(CHECK, b""))
        return False

    await eventually(free)


async def test_reflection_wants_a_key_at_a_port_and_none_at_the_socket(
    both: ServedHouse, port: grpc.aio.Channel
) -> None:
    async def requests() -> AsyncIterator[bytes]:
        yield message((7, "*"))

    async def services(channel: grpc.aio.Channel, *metadata: tuple[str, str]) -> bytes:
        call: Any = channel.stream_stream(REFLECTED)
        return b"".join([each async for each in call(requests(), metadata=metadata)])

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await services(port)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert b"prompt_ide.Chat" in await services(port, *with_key(await both.key()))
    async with grpc.aio.insecure_channel(both.serving.addresses[1]) as here:
        assert b"prompt_ide.Chat" in await services(here)


def test_many_lookups_from_one_address_are_refused_at_a_limit() -> None:
    counted = unauthenticated.AnonymousCalls()
    with contextlib.ExitStack() as stack:
        for number in range(unauthenticated.MOST_CALLS):
            stack.enter_context(counted.counted(f"ipv4:192.0.2.7:{number}"))
        with pytest.raises(errors.TooManyCallsError), counted.counted("ipv4:192.0.2.7:1"):
            pass
        stack.enter_context(counted.counted("ipv4:192.0.2.8:1"))
        for _ in range(2 * unauthenticated.MOST_CALLS):
            stack.enter_context(counted.counted("unix:"))
    with counted.counted("ipv4:192.0.2.7:1"):
        pass


async def test_the_newest_connections_of_too_many_are_shut_and_older_ones_go_on(
    both: ServedHouse, port: grpc.aio.Channel
) -> None:
    key = await both.key()
    assert await Raw(port, with_key(key)).begin()  # the first connection
    where = int(both.target.rpartition(":")[2])
    crowd, others = connections.Connections([both.target], 5), connections.Connections(["127.0.0.1:1"], 0)
    with contextlib.ExitStack() as stack:
        opened = [stack.enter_context(socket.create_connection(("127.0.0.1", where))) for _ in range(4)]
        await eventually(lambda: len(crowd._known) == 5 or bool(crowd.thin()))
        opened += [stack.enter_context(socket.create_connection(("127.0.0.1", where))) for _ in range(8)]
        await eventually(lambda: (crowd.thin(), sum(map(is_shut, opened)))[1] == 8)
        assert [is_shut(one) for one in opened] == [False] * 4 + [True] * 8
        await eventually(lambda: crowd.thin() == 0)  # gRPC closes by and by what was shut
        assert others.thin() == 0
        assert [is_shut(one) for one in opened[:4]] == [False] * 4
    assert await Raw(port, with_key(key)).begin()


def is_shut(connection: socket.socket) -> bool:
    """Whether the other side has ended it; what it may have said before is passed over."""
    connection.setblocking(False)
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7:5000", "192.0.2.7"),
        ("192.0.2.7", "192.0.2.7"),
        ("[2001:db8:1:2:3:4:5:6]:5000", "2001:db8:1:2::/64"),
        ("%5B2001:db8:1:2::9%5D:5000", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[fe80::1%eth0]:1", "fe80::/64"),
        ("::1", "::/64"),
        ("", ""),
    ],
)
def test_addresses_of_one_household_count_as_one(address: str, network: str) -> None:
    assert network_of(address) == network
