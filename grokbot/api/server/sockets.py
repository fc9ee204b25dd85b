"""Binds the API's servers to the addresses in the settings, with TLS if configured.

Not here: checking an address (`grokbot.process.listen_addresses`), the services (`server`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from grokbot.process.listen_addresses import SHARED_WITH_GROUP, UNIX, cannot_listen, created_with, why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import grpc

    from grokbot.api.server.certificates import Certificates
    from grokbot.conversation.errors import ConfigurationError


def listen(
    server_at: Callable[[str], grpc.aio.Server], where: Iterable[str], certificates: Certificates
) -> tuple[str, ...]:
    """Bind servers that have not started to every address. Returns the addresses with actual ports.

    Args:
        server_at: The server for an address.
        where: The addresses, in the form of the setting.
        certificates: Of all ports.

    Raises:
        ConfigurationError: It cannot listen at one of them.
    """
    return tuple(
        _unix(server_at(each), each) if each.startswith(UNIX) else _tcp(server_at(each), each, certificates)
        for each in where
    )


def _unix(server: grpc.aio.Server, where: str) -> str:
    """Bind a Unix socket, but never one in use: GRPC would take it away from its listener."""
    if why := why_not(where):
        raise _cannot(where, why)
    with created_with(SHARED_WITH_GROUP):
        try:
            server.add_insecure_port(where)
        except RuntimeError as error:
            raise _cannot(where, "this user may not make a socket there") from error
    return where


def _tcp(server: grpc.aio.Server, where: str, certificates: Certificates) -> str:
    host, _, _ = where.rpartition(":")
    credentials = certificates.credentials()
    try:
        port = server.add_insecure_port(where) if credentials is None else server.add_secure_port(where, credentials)
    except RuntimeError as error:
        raise _cannot(where, "another program is listening there, or this machine does not have it") from error
    return f"{host}:{port}"


def _cannot(where: str, why: str) -> ConfigurationError:
    return cannot_listen("api.listen", "the API", where, why)
