"""The gRPC servers: sockets, connections, start and stop.

Not here: the methods (`services`), who calls (`calls`).
"""

from __future__ import annotations

from grokbot.api.server.server import Serving, serving

__all__ = ["Serving", "serving"]
