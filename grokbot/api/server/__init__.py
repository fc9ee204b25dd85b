"""The gRPC servers: sockets, connections, start and stop.

Not here: the methods (`services`), callers (`calls`).
"""

from __future__ import annotations

from grokbot.api.server.certificates import read_certificate
from grokbot.api.server.server import ApiServer, serving

__all__ = ["ApiServer", "read_certificate", "serving"]
