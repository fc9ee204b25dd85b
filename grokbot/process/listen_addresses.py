"""Addresses: whether a server can listen at one, in plain words, and which of them count as one guest.

Not here: binding (`api.server.sockets`, `web.listener`), where the daemon's own socket is (`process.socket_path`).
"""

from __future__ import annotations

import errno
import ipaddress
import os
import socket
import stat
from contextlib import suppress
from pathlib import Path

from grokbot.conversation.errors import ConfigurationError
from grokbot.process.socket_path import FOLDER

UNIX = "unix:"
"""Begins the address of a Unix socket; any other address is "host:port"."""

LONGEST_PATH = 107
"""Bytes of a Unix socket's path that Linux takes (sun_path in sys/un.h has 108, one of them ends it)."""

PRIVATE = 0o700
"""The mode of a folder that is made for a socket. Only a folder with our own name is made."""

HOME_BITS = 64
"""Of an IPv6 address: what one household or one machine gets, with all the addresses in it."""

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
    """The error for an address that cannot be had.

    Args:
        setting: Its dotted name.
        server: Who was to listen there.
        where: The address.
        why: The reason, as `reason_of` and `why_not` give it.
    """
    return ConfigurationError(
        setting, f"{setting}: {server} cannot listen at {where}, because {why}. Set another address."
    )


def reason_of(error: OSError) -> str:
    """Why an address cannot be had, in plain words."""
    if isinstance(error, socket.gaierror):
        return "the host name is unknown"
    return _WHY.get(error.errno or 0) or (error.strerror or "it failed").lower()


def why_not(where: str) -> str:
    """Why no Unix socket may be made there; "" where it may. Servers take a socket away from whoever listens at it."""
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
    """Whether somebody listens there; the file of one that was killed stays behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
        except OSError as error:
            return error.errno not in (errno.ECONNREFUSED, errno.ENOENT)
    return True


def inode_of(address: str) -> int | None:
    """Which file a Unix socket's address is now; None for none."""
    try:
        return os.lstat(address.removeprefix(UNIX)).st_ino if address.startswith(UNIX) else None
    except OSError:
        return None


def remove_socket(address: str, inode: int | None) -> None:
    """After a server has stopped: its socket's file goes, if it still is its own."""
    if address.startswith(UNIX) and inode is not None and inode_of(address) == inode:
        with suppress(OSError):
            Path(address.removeprefix(UNIX)).unlink(missing_ok=True)


def network_of(address: str) -> str:
    """An address, with or without its port, as it is counted; what is none counts as itself."""
    bare = address.replace("%5B", "[").replace("%5D", "]")  # as gRPC writes them
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
