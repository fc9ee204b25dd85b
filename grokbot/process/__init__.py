"""The process itself: its log, event loop, sockets, systemd, pauses between retries, and processes beside it.

Nothing is imported here: a command imports what it needs. Not here: what is built and in what order (`daemon`).
"""

__all__ = [
    "backoff",
    "health",
    "listen_addresses",
    "logs",
    "loop_lag",
    "metrics",
    "module_run",
    "sd_notify",
    "socket_path",
]
