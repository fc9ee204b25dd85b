"""The TLS certificate of the API's ports, which can be replaced while they listen.

Not here: binding the ports (`sockets`).
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import grpc

from grokbot.conversation.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from grokbot.settings import ApiSettings

    CertificateFiles = grpc.ServerCertificateConfiguration


class Certificates:
    """One for the API. Connections keep the certificate with which they began; new ones get the newest.

    Raises:
        ConfigurationError: The certificate is unusable.
    """

    def __init__(self, settings: ApiSettings) -> None:
        self._newest = read_certificate(settings)

    def use(self, certificate: CertificateFiles | None) -> None:
        """From now on new connections get this one; None changes nothing."""
        self._newest = certificate or self._newest

    def credentials(self) -> grpc.ServerCredentials | None:
        """For one port, which asks before each handshake; None for plain text on this machine."""
        if self._newest is None:
            return None
        given = self._newest

        def newer() -> CertificateFiles | None:  # gRPC builds a context of OpenSSL from each that it gets
            nonlocal given
            before, given = given, self._newest or given
            return None if given is before else given

        return grpc.dynamic_ssl_server_credentials(given, newer)  # type: ignore[arg-type] # the stubs lack that None


def read_certificate(settings: ApiSettings) -> CertificateFiles | None:
    """The certificate and key in the files that are set; None if there are none.

    Raises:
        ConfigurationError: They are unusable.
    """
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
    return grpc.ssl_server_certificate_configuration([(key, certificate)])


def _read(key: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError(
            key, f"{key}: {path} cannot be read: {(error.strerror or 'it failed').lower()}."
        ) from error
