"""The sockets that the API listens at, and what is wrong with a setting when one cannot be had.

Here: paths, modes, TLS, addresses. Not here: what is answered (`server`).
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from grokbot.conversation.errors import ConfigurationError
from grokbot.socket_path import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from grokbot.settings import ApiSettings

UNIX = "unix:"

LONGEST_PATH = 107
"""Bytes of a Unix socket's path that Linux takes (sun_path in sys/un.h has 108, one of them ends it)."""

PRIVATE = 0o700
"""The mode of a folder that is made for a socket: of our own name alone. Any other has to be there."""

_ALL_BUT_0660 = 0o117

CANNOT = "api.listen: the API cannot listen at {where}, because {why}."
ANOTHER = " Choose another address."
RUNNING = "another grokbot answers there"


def listen(server_at: Callable[[str], grpc.aio.Server], settings: ApiSettings) -> tuple[str, ...]:
    """Binds servers that have not started to every address of the settings. Returns them, ports as they were given.

    Raises:
        ConfigurationError: It cannot listen at one of them, or its certificate cannot be used.
    """
    credentials = _credentials(settings)
    return tuple(
        _unix(server_at(where), where) if where.startswith(UNIX) else _tcp(server_at(where), where, credentials)
        for where in settings.listen
    )


def take_away(address: str, inode: int | None) -> None:
    """After a server has stopped: its socket's file goes, if it still is its own."""
    path = Path(address.removeprefix(UNIX))
    if address.startswith(UNIX) and inode is not None and inode_of(address) == inode:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def inode_of(address: str) -> int | None:
    """Which file a Unix socket's address is now; None for none."""
    try:
        return os.lstat(address.removeprefix(UNIX)).st_ino if address.startswith(UNIX) else None
    except OSError:
        return None


def _unix(server: grpc.aio.Server, where: str) -> str:
    path = Path(where.removeprefix(UNIX))
    _check_free(path, where)
    with _nobody_elses():
        try:
            server.add_insecure_port(where)
        except RuntimeError as error:
            raise _cannot(where, "this user may not make a socket there") from error
    return where


def _check_free(path: Path, where: str) -> None:
    """GRPC itself would take a socket away from whoever listens at it."""
    length = len(os.fsencode(path))
    if length > LONGEST_PATH:
        raise _cannot(where, f"its path has {length} bytes and a socket's may have {LONGEST_PATH}")
    try:
        if path.parent.name == FOLDER:
            path.parent.parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(mode=PRIVATE, exist_ok=True)
        found = path.lstat()
    except FileNotFoundError:
        if path.parent.is_dir():
            return
        raise _cannot(where, "the folder of the socket is not there") from None
    except (FileExistsError, NotADirectoryError):
        raise _cannot(where, "the folder of the socket is not there") from None
    except OSError as error:
        raise _cannot(where, (error.strerror or "it failed").lower()) from error
    if not stat.S_ISSOCK(found.st_mode):
        raise _cannot(where, "there is a file already that is no socket")
    if _answers(path):
        raise _cannot(where, RUNNING)


def _answers(path: Path) -> bool:
    """Whether somebody listens there; the file of one that was killed stays behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except OSError as error:
            return error.errno not in (errno.ECONNREFUSED, errno.ENOENT)
    return True


@contextmanager
def _nobody_elses() -> Iterator[None]:
    """What is made here may be used by its owner and its group, from its first moment on."""
    before = os.umask(_ALL_BUT_0660)
    try:
        yield
    finally:
        os.umask(before)


def _tcp(server: grpc.aio.Server, where: str, credentials: grpc.ServerCredentials | None) -> str:
    host, _, _ = where.rpartition(":")
    try:
        port = server.add_insecure_port(where) if credentials is None else server.add_secure_port(where, credentials)
    except RuntimeError as error:
        raise _cannot(where, "something else listens there already, or this machine does not have it") from error
    return f"{host}:{port}"


def _credentials(settings: ApiSettings) -> grpc.ServerCredentials | None:
    """What every host:port is served with; None where they stay on this machine, in plain text."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    certificate = _read("api.tls_certificate", settings.tls_certificate)
    key = _read("api.tls_key", settings.tls_key)
    try:  # gRPC would only find out with the first client, and tell nobody
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(
            settings.tls_certificate, settings.tls_key, password=lambda: ""
        )
    except (OSError, ValueError):
        raise ConfigurationError(
            "api.tls_certificate",
            "api.tls_certificate and api.tls_key: a certificate and its own private key, without a passphrase, are "
            "needed as PEM files, and these two are not.",
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
    return ConfigurationError("api.listen", CANNOT.format(where=where, why=why) + ANOTHER)
