"""The gRPC servers' life: their services and limits, start and stop.

Not here: sockets (`process.listen_addresses`), the services' answers, callers (`calls.callers`).
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
from grokbot.api.server.certificates import Certificates
from grokbot.api.server.connections import Connections
from grokbot.api.server.sockets import listen
from grokbot.api.services import (
    Chat,
    DaemonConversations,
    DaemonFiles,
    DaemonOperator,
    DaemonStuck,
    DaemonTurns,
    StatelessChat,
    nowhere_to_look,
)
from grokbot.process import listen_addresses
from grokbot.wire.grokbot import daemon_pb2
from grokbot.wire.prompt_ide import chat_pb2, stateless_chat_pb2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from google.protobuf.descriptor import ServiceDescriptor

    from grokbot.api.services import DaemonFacts
    from grokbot.api.services.daemon_stuck import LookAgain
    from grokbot.engine.engine import Engine
    from grokbot.settings import ApiSettings

log = logging.getLogger(__name__)

MOST_CALLS = 1_000
"""Concurrent calls, of all callers: one limit for sockets, one for ports; gRPC refuses more with
RESOURCE_EXHAUSTED. It counts before callers are identified: strangers can use up a port's calls, but no socket's."""

MOST_STREAMS = 256
"""Concurrent calls per connection: more than one person may make."""

MOST_CONNECTIONS = 1_000
"""Per listening address."""

MOST_BYTES = 16 * 1024 * 1024
"""Per request."""

LAST_CALLS_SECONDS = 2.0
"""Time for running calls to end at shutdown. Answers have already ended, in the drain."""

_HEALTH_SECONDS = 1.0

_OPTIONS = (
    ("grpc.max_receive_message_length", MOST_BYTES),
    # A real client completes the HTTP/2 handshake soon; an idle connection would hold a place.
    ("grpc.server_handshake_timeout_ms", 10_000),
    ("grpc.max_concurrent_streams", MOST_STREAMS),
    ("grpc.max_allowed_incoming_connections", MOST_CONNECTIONS),
    ("grpc.so_reuseport", 0),  # a port that is taken is an error, not shared
    # Ends the calls of a client whose machine is gone and no longer answers pings.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    # Clients may ping in the same way, also while idle.
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


class ApiServer:
    """A running server.

    Args:
        addresses: Where it listens, in the form of the setting; with actual ports.
        certificates: Of its ports.
        health: Reports whether it is serving.
        shutdown: Ends its calls.
    """

    def __init__(
        self,
        addresses: tuple[str, ...],
        certificates: Certificates,
        health: health_aio.HealthServicer,
        shutdown: Shutdown,
    ) -> None:
        self.addresses = addresses
        self.certificates = certificates
        self._health = health
        self._shutdown = shutdown

    async def closing(self) -> None:
        """Announce shutdown: the health service reports it, and watches end."""
        self._shutdown.begin()
        with suppress(TimeoutError):  # a client that does not read must not delay the shutdown
            async with asyncio.timeout(_HEALTH_SECONDS):
                await self._health.enter_graceful_shutdown()

    async def drain(self, seconds: float) -> None:
        """Wait so long for answers that the engine does not run itself, then end them."""
        await self._shutdown.drain(seconds)


@asynccontextmanager
async def serving(
    settings: ApiSettings,
    engine: Engine,
    facts: Callable[[], DaemonFacts],
    look_again: LookAgain = nowhere_to_look,
) -> AsyncIterator[ApiServer]:
    """Serve the API until the block ends.

    Args:
        settings: Where to listen, and with which certificate.
        engine: Answers the calls.
        facts: Called for each status request: the daemon's state.
        look_again: Looks in Discord for missed messages.

    Raises:
        ConfigurationError: It cannot listen where the settings say.
    """
    health, shutdown = health_aio.HealthServicer(), Shutdown()
    anonymous = AnonymousCalls()
    callers = Callers(
        engine.api_keys.caller_of, engine.api_keys.opens, lambda: engine.context.settings.api.owner_id, anonymous
    )
    certificates = Certificates(settings)
    builtin = BuiltinServices(anonymous, callers)
    handlers = _handlers(callers, engine, facts, look_again, shutdown)
    # One for the sockets and one for the ports, so that strangers at a port take no calls from the operator.
    servers = {at: _server(handlers, health, builtin) for at in dict.fromkeys(map(_at, settings.listen))}
    for name in handlers:
        await health.set(name, health_pb2.HealthCheckResponse.SERVING)
    addresses = await _listening(servers, settings.listen, certificates)
    running = ApiServer(addresses, certificates, health, shutdown)
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
    """Which of the servers listens at this address."""
    return "socket" if where.startswith(listen_addresses.UNIX) else "port"


def _server(
    handlers: Mapping[str, grpc.GenericRpcHandler], health: health_aio.HealthServicer, builtin: BuiltinServices
) -> grpc.aio.Server:
    server = grpc.aio.server(options=_OPTIONS, maximum_concurrent_rpcs=MOST_CALLS, interceptors=(builtin,))
    server.add_generic_rpc_handlers(tuple(handlers.values()))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    reflection.enable_server_reflection((*handlers, health_pb2.DESCRIPTOR.services_by_name["Health"].full_name), server)
    return server


async def _listening(
    servers: Mapping[str, grpc.aio.Server], where: Sequence[str], certificates: Certificates
) -> tuple[str, ...]:
    try:
        return listen(lambda each: servers[_at(each)], where, certificates)
    except BaseException:  # gRPC crashes the process if a listening server was never started and stopped
        for server in servers.values():
            await server.start()
            await server.stop(None)
        raise


def _handlers(
    callers: Callers, engine: Engine, facts: Callable[[], DaemonFacts], look_again: LookAgain, shutdown: Shutdown
) -> Mapping[str, grpc.GenericRpcHandler]:
    """The handler of each service, by its full name."""
    daemon = (
        DaemonConversations(engine, shutdown),
        DaemonTurns(engine),
        DaemonFiles(engine),
        DaemonOperator(engine, facts),
        DaemonStuck(engine, facts, look_again),
    )
    services: tuple[tuple[ServiceDescriptor, Sequence[object]], ...] = (
        (chat_pb2.DESCRIPTOR.services_by_name["Chat"], (Chat(engine),)),
        (stateless_chat_pb2.DESCRIPTOR.services_by_name["StatelessChat"], (StatelessChat(engine, shutdown),)),
        (daemon_pb2.DESCRIPTOR.services_by_name["Daemon"], daemon),
    )
    return {service.full_name: handler_of(service, parts, callers) for service, parts in services}
