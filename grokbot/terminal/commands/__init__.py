"""The commands that talk to a running daemon, print and end. Each is parsed in one place and done in another.

Not here: the interactive chat (`chat`), how figures look (`output`).
"""

__all__ = [
    "commands",
    "completion",
    "conversations",
    "delete",
    "export_import",
    "operator",
    "operator_commands",
    "options",
    "targets",
]
