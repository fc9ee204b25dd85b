"""Command line clients of a running daemon: `grokbot chat`, tables, JSON, exit codes. All through the SDK.

Not here: the commands run, check and sandbox (`cli`), the connection (`sdk`), the daemon's side (`api`).
"""
