"""The command line's way into a running daemon: `grokbot chat`, tables, JSON, exit codes. All through the SDK.

Not here: the commands run, check and sandbox (`cli`), how the daemon is reached (`sdk`), what it answers (`api`).
"""
