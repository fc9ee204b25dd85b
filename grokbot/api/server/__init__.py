"""The gRPC servers: sockets, connections, start and stop.

Not here: the methods (`services`), callers (`calls`).
"""

from __future__ import annotations

from grokbot.api.server.server import ApiServer, serving

__all__ = ["ApiServer", "serving"]
