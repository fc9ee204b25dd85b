"""The non-interactive commands of a running daemon. Parsing and doing are in separate modules.

Not here: the interactive chat (`chat`), layout of output (`output`).
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
    "talk_commands",
    "targets",
]
