"""What an operator does to the bot as a whole: set it up, check it, install it as a service, update it.

Commands call these; what they print goes through the caller. Not here: parsing and exit codes (`cli`, `terminal`), a
running daemon (`daemon`), the database itself (`store`).
"""

__all__ = ["check"]
