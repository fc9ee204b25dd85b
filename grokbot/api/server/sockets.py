"""Binds the API's servers to the addresses in the settings, with TLS if configured.

Not here: checking an address (`grokbot.process.listen_addresses`), the services (`server`).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import grpc

from grokbot.conversation.errors import ConfigurationError
from grokbot.process.listen_addresses import SHARED_WITH_GROUP, UNIX, cannot_listen, created_with, why_not

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from grokbot.settings import ApiSettings


def listen(server_at: Callable[[str], grpc.aio.Server], settings: ApiSettings) -> tuple[str, ...]:
    """Bind servers that have not started to every address in the settings. Returns the addresses with actual ports.

    Raises:
        ConfigurationError: It cannot listen at one of them, or its certificate is unusable.
    """
    credentials = _credentials(settings)
    return tuple(
        _unix(server_at(where), where) if where.startswith(UNIX) else _tcp(server_at(where), where, credentials)
        for where in settings.listen
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


def _tcp(server: grpc.aio.Server, where: str, credentials: grpc.ServerCredentials | None) -> str:
    host, _, _ = where.rpartition(":")
    try:
        port = server.add_insecure_port(where) if credentials is None else server.add_secure_port(where, credentials)
    except RuntimeError as error:
        raise _cannot(where, "another program is listening there, or this machine does not have it") from error
    return f"{host}:{port}"


def _credentials(settings: ApiSettings) -> grpc.ServerCredentials | None:
    """The TLS credentials for every host:port; None for plain text on this machine."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    certificate = _read("api.tls_certificate", settings.tls_certificate)
    key = _read("api.tls_key", settings.tls_key)
    try:  # gRPC would only notice with the first client, and report nothing
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.tls_certificate, settings.tls_key, password=lambda: ""
        )
    except (OSError, ValueError):
        raise ConfigurationError(
            "api.tls_certificate",
            "api.tls_certificate and api.tls_key do not fit together: they must be PEM files of a certificate and its "
            "private key, without a passphrase.",
        ) from None
    return grpc.ssl_server_credentials([(key, certificate)])


def _read(key: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            key, f"{key}: {path} cannot be read: {(error.strerror or 'it failed').lower()}."
        ) from error


def _cannot(where: str, why: str) -> ConfigurationError:
    return cannot_listen("api.listen", "the API", where, why)
