"""Listening addresses: why a server cannot listen at one, in plain words, and which addresses count as one client.

Not here: binding (`api.server.sockets`, `web.listener`), the daemon's own socket (`process.socket_path`).
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from grokbot.conversation.errors import ConfigurationError
from grokbot.process.socket_path import FOLDER, LONGEST_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

UNIX = "unix:"
"""Prefix of a Unix socket's address; any other address is "host:port"."""

SHARED_WITH_GROUP = 0o660
"""The mode of a socket that its owner and its group may use."""

PRIVATE = 0o700
"""The mode of a folder created for a socket. Only a folder with our own name is created."""

HOME_BITS = 64
"""Prefix length in an IPv6 address that one household or machine gets, with all addresses in it."""

NO_FOLDER = "the socket's folder does not exist"
RUNNING = "another grokbot is running there"

_WHY = {
    errno.EADDRINUSE: "another program is listening there",
    errno.EACCES: "this user has no permission to listen there",
    errno.EADDRNOTAVAIL: "this machine does not have that address",
    errno.EEXIST: NO_FOLDER,
    errno.ENOENT: NO_FOLDER,
    errno.ENOTDIR: NO_FOLDER,
}


def cannot_listen(setting: str, server: str, where: str, why: str) -> ConfigurationError:
    """The error for an address where a server cannot listen.

    Args:
        setting: Its dotted name.
        server: The server.
        where: The address.
        why: The reason, from `reason_of` or `why_not`.
    """
    return ConfigurationError(
        setting, f"{setting}: {server} cannot listen at {where}, because {why}. Set another address."
    )


def reason_of(error: OSError) -> str:
    """Why listening failed, in plain words."""
    if isinstance(error, socket.gaierror):
        return "the host name is unknown"
    return _WHY.get(error.errno or 0) or (error.strerror or "it failed").lower()


def why_not(where: str) -> str:
    """Why no Unix socket may be created there; "" if it may. Servers take a socket away from an existing listener."""
    path = Path(where.removeprefix(UNIX))
    length = len(os.fsencode(path))
    if length > LONGEST_PATH:
        return f"its path has {length} bytes, and Linux allows {LONGEST_PATH}"
    try:
        if path.parent.name == FOLDER:
            path.parent.parent.mkdir(parents=True, exist_ok=True)
            path.parent.mkdir(mode=PRIVATE, exist_ok=True)
        found = path.lstat()
    except FileNotFoundError:
        return "" if path.parent.is_dir() else NO_FOLDER
    except OSError as error:
        return reason_of(error)
    if not stat.S_ISSOCK(found.st_mode):
        return "a file is there that is not a socket"
    return RUNNING if _answers(path) else ""


def _answers(path: Path) -> bool:
    """Whether somebody is listening there; a killed process leaves its file behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except OSError as error:
            return error.errno not in (errno.ECONNREFUSED, errno.ENOENT)
    return True


@contextmanager
def created_with(mode: int) -> Iterator[None]:
    """Sockets that are made within the block have this mode from the start."""
    before = os.umask(0o777 & ~mode)
    try:
        yield
    finally:
        os.umask(before)


def inode_of(address: str) -> int | None:
    """The inode of a Unix socket's file; None if there is none."""
    try:
        return os.lstat(address.removeprefix(UNIX)).st_ino if address.startswith(UNIX) else None
    except OSError:
        return None


def remove_socket(address: str, inode: int | None) -> None:
    """Delete a stopped server's socket file, if it is still its own."""
    if address.startswith(UNIX) and inode is not None and inode_of(address) == inode:
        with suppress(OSError):
            Path(address.removeprefix(UNIX)).unlink(missing_ok=True)


def network_of(address: str) -> str:
    """The network that an address, with or without port, is counted under; an invalid address counts as itself."""
    bare = address.replace("%5B", "[").replace("%5D", "]")  # gRPC's notation
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        parsed = ipaddress.ip_address(bare.partition("%")[0])
    except ValueError:
        return bare
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, HOME_BITS), strict=False))
