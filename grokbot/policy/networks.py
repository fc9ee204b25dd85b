"""Which addresses count as one guest, where guests are counted before it is known who they are. Pure."""

from __future__ import annotations

import ipaddress

HOME_BITS = 64
"""Of an IPv6 address: what one household or one machine gets, with all the addresses in it."""


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
