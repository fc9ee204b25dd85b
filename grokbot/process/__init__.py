"""The process itself: its log, its event loop, its sockets, systemd, the pauses between its tries.

Nothing is loaded here: a command loads what it needs. Not here: what is built and in what order (`daemon`).
"""

__all__ = ["backoff", "listen_addresses", "logs", "loop_lag", "sd_notify", "socket_path"]
