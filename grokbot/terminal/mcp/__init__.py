"""`grokbot mcp`: the daemon's conversations as tools of the Model Context Protocol, for any client of it.

Not here: the daemon's own API (`sdk`), commands that a person types (`commands`).
"""

__all__ = ["access", "arguments", "calls", "server", "tools"]
