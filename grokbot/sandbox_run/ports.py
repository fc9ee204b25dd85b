"""Where the sandbox's servers listen.

Not here: the servers (`sandbox`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the servers listen on 127.0.0.1; 0 for a free port."""

    discord: int = 0
    grok: int = 0
