"""The gRPC servers, from their start to their end: which services, which limits, how it stops.

Not here: sockets (`process.listen_addresses`), what the services answer, who calls (`calls.callers`).
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health_aio
from grpc_reflection.v1alpha import reflection

from grokbot.api.calls import AnonymousCalls, Callers, Shutdown, handler_of
from grokbot.api.server.builtin_services import BuiltinServices
from grokbot.api.server.connections import Connections
from grokbot.api.server.sockets import listen
from grokbot.api.services import Chat, DaemonConversations, DaemonFiles, DaemonOperator, StatelessChat
from grokbot.process import listen_addresses
from grokbot.wire.grokbot import daemon_pb2
from grokbot.wire.prompt_ide import chat_pb2, stateless_chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from google.protobuf.descriptor import ServiceDescriptor

    from grokbot.api.services import DaemonFacts
    from grokbot.engine.engine import Engine
    from grokbot.settings import ApiSettings

log = logging.getLogger(__name__)

MOST_CALLS = 1_000
"""Calls under way at once, of all callers at sockets together, and as many at ports; gRPC refuses the next with
RESOURCE_EXHAUSTED. It counts before it is known who calls: strangers may use up a port's, and nobody else's."""

MOST_STREAMS = 256
"""Calls at once over one connection: more than one person may make."""

MOST_CONNECTIONS = 1_000
"""To each address that it listens at."""

MOST_BYTES = 16 * 1024 * 1024
"""Of one request."""

LAST_CALLS_SECONDS = 2.0
"""How long calls that are under way may take when the daemon ends. Answers have ended by then, in its drain."""

_HEALTH_SECONDS = 1.0

_OPTIONS = (
    ("grpc.max_receive_message_length", MOST_BYTES),
    # Whoever connects speaks HTTP/2 soon, and does not take all that there is of it.
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_concurrent_streams", MOST_STREAMS),
    ("grpc.max_allowed_incoming_connections", MOST_CONNECTIONS),
    ("grpc.so_reuseport", 0),  # a port that is taken is an error, not shared
    # A client whose machine is gone ends its calls: whoever does not answer this ping is not there any more.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients may ask in the same way, also over a channel on which nothing is under way.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


class ApiServer:
    """A server that runs.

    Args:
        addresses: Where it listens, in the form of the setting; ports as they were given.
        health: What tells whether it serves.
        shutdown: What ends its calls.
    """

    def __init__(self, addresses: tuple[str, ...], health: health_aio.HealthServicer, shutdown: Shutdown) -> None:
        self.addresses = addresses
        self._health = health
        self._shutdown = shutdown

    async def closing(self) -> None:
        """The daemon is about to end: the health service says so, and whoever only watches is sent away."""
        self._shutdown.begin()
        with suppress(TimeoutError):  # a client that does not read must not hold up the end
            async with asyncio.timeout(_HEALTH_SECONDS):
                await self._health.enter_graceful_shutdown()

    async def drain(self, seconds: float) -> None:
        """Lets answers that the engine does not run itself come to their end for so long, then ends them."""
        await self._shutdown.drain(seconds)


@asynccontextmanager
async def serving(settings: ApiSettings, engine: Engine, facts: Callable[[], DaemonFacts]) -> AsyncIterator[ApiServer]:
    """Serves the API until the block ends.

    Args:
        settings: Where to listen, and who is the operator.
        engine: Answers the calls.
        facts: Called for each status request: what the daemon says of itself.

    Raises:
        ConfigurationError: It cannot listen where the settings say.
    """
    health, shutdown = health_aio.HealthServicer(), Shutdown()
    anonymous = AnonymousCalls()
    callers = Callers(engine.api_keys.caller_of, engine.api_keys.opens, settings.owner_id, anonymous)
    builtin = BuiltinServices(anonymous, callers)
    handlers = _handlers(callers, engine, facts, shutdown)
    # One for the sockets and one for the ports, so that whoever knocks at a port takes no call from the operator.
    servers = {at: _server(handlers, health, builtin) for at in dict.fromkeys(map(_at, settings.listen))}
    for name in handlers:
        await health.set(name, health_pb2.HealthCheckResponse.SERVING)
    running = ApiServer(await _listening(servers, settings), health, shutdown)
    inodes = {address: listen_addresses.inode_of(address) for address in running.addresses}
    for server in servers.values():
        await server.start()
    crowds = asyncio.create_task(Connections(running.addresses).keep(), name="api connections")
    for address in running.addresses:
        log.info("api.listening at=%s", address)
    try:
        yield running
    finally:
        crowds.cancel()
        await running.closing()
        await running.drain(0.0)
        await asyncio.gather(*(server.stop(LAST_CALLS_SECONDS) for server in servers.values()))
        for address, inode in inodes.items():
            listen_addresses.remove_socket(address, inode)


def _at(where: str) -> str:
    """Which of the servers listens there."""
    return "socket" if where.startswith(listen_addresses.UNIX) else "port"


def _server(
    handlers: Mapping[str, grpc.GenericRpcHandler], health: health_aio.HealthServicer, builtin: BuiltinServices
) -> grpc.aio.Server:
    server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=MOST_CALLS, interceptors=(builtin,))
    server.add_generic_rpc_handlers(tuple(handlers.values()))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection((*handlers, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name), server)
    return server


async def _listening(servers: Mapping[str, grpc.aio.Server], settings: ApiSettings) -> tuple[str, ...]:
    try:
        return listen(lambda where: servers[_at(where)], settings)
    except BaseException:  # gRPC ends the process where a server that listens somewhere was never started and stopped
        for server in servers.values():
            await server.start()
            await server.stop(None)
        raise


def _handlers(
    callers: Callers, engine: Engine, facts: Callable[[], DaemonFacts], shutdown: Shutdown
) -> Mapping[str, grpc.GenericRpcHandler]:
    """What answers each of the services, by its full name."""
    daemon = (DaemonConversations(engine, shutdown), DaemonFiles(engine), DaemonOperator(engine, facts))
    services: tuple[tuple[ServiceDescriptor, Sequence[object]], ...] = (
        (chat_pb2.DESCRIPTOR.services_by_name["Chat"], (Chat(engine),)),
        (stateless_chat_pb2.DESCRIPTOR.services_by_name["StatelessChat"], (StatelessChat(engine, shutdown),)),
        (daemon_pb2.DESCRIPTOR.services_by_name["Daemon"], daemon),
    )
    return {service.full_name: handler_of(service, parts, callers) for service, parts in services}
