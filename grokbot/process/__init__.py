"""The process itself: its log, event loop, sockets, systemd, and pauses between retries.

Nothing is imported here: a command imports what it needs. Not here: what is built and in what order (`daemon`).
"""

__all__ = ["backoff", "listen_addresses", "logs", "loop_lag", "sd_notify", "socket_path"]
